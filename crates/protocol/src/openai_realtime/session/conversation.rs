//! The items of a connection, in order.

use serde_json::value::RawValue;

use super::{Refused, items::Item, refused};

/// Bytes of all items together: what a request can hold.
const MAX_CONVERSATION: usize = 64 << 20;
/// Every turn reads them all.
const MAX_ITEMS: usize = 10_000;

#[derive(Debug, Default)]
pub(super) struct Conversation {
    items: Vec<Item>,
    bytes: usize,
}

impl Conversation {
    pub(super) fn last_id(&self) -> Option<&str> {
        self.items.last().map(|item| item.id.as_str())
    }

    pub(super) fn raws(&self) -> Vec<&RawValue> {
        self.items.iter().map(|item| &*item.raw).collect()
    }

    pub(super) fn get(&self, id: &str) -> Result<&Item, Refused> {
        let at = self.position(id)?;
        self.items.get(at).ok_or_else(|| unknown(id))
    }

    /// Puts a client's item behind another one, or at the end. Returns the one it stands behind.
    pub(super) fn insert(
        &mut self,
        item: Item,
        behind: Option<&str>,
    ) -> Result<Option<String>, Refused> {
        if self.position(&item.id).is_ok() {
            let message = format!("There is an item `{}` already.", item.id);
            return Err(refused("item_already_exists", Some("item.id"), message));
        }
        let full = self.items.len() >= MAX_ITEMS
            || self.bytes.saturating_add(item.size()) > MAX_CONVERSATION;
        if full {
            let message = "This conversation is full. Delete items, or open another connection.";
            return Err(refused("conversation_too_large", Some("item"), message));
        }
        let at = match behind {
            None => self.items.len(),
            Some("root") => 0,
            Some(id) => {
                let at = self.position(id);
                let at = at.map_err(|refused| refused.at("previous_item_id".to_owned()))?;
                at + 1
            }
        };
        Ok(self.put(at, item))
    }

    /// Puts an item of the model behind the one before it. Where that is gone: at the end.
    pub(super) fn continue_from(&mut self, item: Item, anchor: Option<&str>) -> Option<String> {
        let at = match anchor {
            None => 0,
            Some(id) => self.position(id).map_or(self.items.len(), |at| at + 1),
        };
        self.put(at, item)
    }

    fn put(&mut self, at: usize, item: Item) -> Option<String> {
        let previous = at.checked_sub(1).and_then(|at| self.items.get(at));
        let previous = previous.map(|item| item.id.clone());
        self.bytes = self.bytes.saturating_add(item.size());
        self.items.insert(at, item);
        previous
    }

    /// What is known of an item by now; nothing where it has been deleted.
    pub(super) fn replace(&mut self, item: Item) {
        if let Ok(at) = self.position(&item.id)
            && let Some(place) = self.items.get_mut(at)
        {
            self.bytes = self.bytes.saturating_add(item.size());
            self.bytes = self.bytes.saturating_sub(place.size());
            *place = item;
        }
    }

    pub(super) fn remove(&mut self, id: &str) -> Result<(), Refused> {
        let at = self.position(id)?;
        let item = self.items.remove(at);
        self.bytes = self.bytes.saturating_sub(item.size());
        Ok(())
    }

    fn position(&self, id: &str) -> Result<usize, Refused> {
        // Clients mostly speak of what came last.
        let at = self.items.iter().rposition(|item| item.id == id);
        at.ok_or_else(|| unknown(id))
    }
}

fn unknown(id: &str) -> Refused {
    let id: String = id.chars().take(60).collect();
    let message = format!("There is no item `{id}` in this conversation.");
    refused("item_not_found", Some("item_id"), message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_conversation_takes_no_more_and_goes_on() {
        let quarter = serde_json::value::to_raw_value(&"x".repeat(MAX_CONVERSATION / 4)).unwrap();
        let item = |id: usize| Item {
            id: id.to_string(),
            role: None,
            raw: quarter.clone(),
        };
        let mut conversation = Conversation::default();
        for id in 0..3 {
            assert!(conversation.insert(item(id), None).is_ok());
        }
        let refused = conversation.insert(item(3), None).unwrap_err();
        let code = refused.failure.code.unwrap();
        assert_eq!(&*code, "conversation_too_large");
        assert!(conversation.remove("1").is_ok());
        let previous = conversation.insert(item(3), None);
        assert_eq!(previous.ok().flatten().as_deref(), Some("2"));
        assert_eq!(conversation.bytes, 3 * quarter.get().len());
    }
}
