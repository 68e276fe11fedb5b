//! Pages of a list, by the parameters in the query of its address.

use crate::{ModelInfo, canonical::ApiError, query::parameter};

/// The most models on a page.
const MOST: usize = 1000;

/// A piece of a list. More may lie in the direction that was asked for.
#[derive(Debug, PartialEq)]
pub(super) struct Page<'m> {
    pub(super) models: &'m [ModelInfo],
    pub(super) has_more: bool,
}

impl<'m> Page<'m> {
    /// All models where `limit` is not given: clients that do not page would never see the rest.
    pub(super) fn of(models: &'m [ModelInfo], query: &str) -> Result<Self, ApiError> {
        let limit = match parameter(query, "limit") {
            None => models.len(),
            Some(limit) => match limit.parse() {
                Ok(limit @ 1..=MOST) => limit,
                Ok(_) | Err(_) => {
                    let message = format!("`limit` is a number from 1 to {MOST}.");
                    return Err(ApiError::invalid_request(message).with_param("limit"));
                }
            },
        };
        // An id that stands there twice leads on, never back.
        let (mut ids, mut again) = (models.iter(), models.iter());
        let after = place(query, "after_id", |id| {
            again.rposition(|model| model.id == id)
        })?;
        let before = place(query, "before_id", |id| {
            ids.position(|model| model.id == id)
        })?;
        Ok(match (after, before) {
            (Some(_), Some(_)) => {
                let message = "`after_id` and `before_id` exclude each other.";
                return Err(ApiError::invalid_request(message).with_param("before_id"));
            }
            (None, Some(end)) => Self {
                models: &models[end.saturating_sub(limit)..end],
                has_more: end > limit,
            },
            (after, None) => {
                let rest = &models[after.map_or(0, |place| place + 1)..];
                Self {
                    models: &rest[..limit.min(rest.len())],
                    has_more: rest.len() > limit,
                }
            }
        })
    }
}

/// Where the model stands that a parameter names.
fn place(
    query: &str,
    name: &'static str,
    find: impl FnOnce(&str) -> Option<usize>,
) -> Result<Option<usize>, ApiError> {
    let Some(id) = parameter(query, name) else {
        return Ok(None);
    };
    let message = || {
        let message = format!("`{name}` names no model of this list.");
        ApiError::invalid_request(message).with_param(name)
    };
    find(&id).map(Some).ok_or_else(message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn models() -> Vec<ModelInfo> {
        let model = |id: &str| ModelInfo {
            id: id.to_owned(),
            ..ModelInfo::default()
        };
        ["a/1", "b", "c", "d", "e"].map(model).to_vec()
    }

    #[test]
    fn a_list_is_paged_in_both_directions() {
        let models = models();
        for (query, expected, has_more) in [
            ("", "a/1 b c d e", false),
            ("limit=", "a/1 b c d e", false),
            ("limit=2", "a/1 b", true),
            ("limit=5", "a/1 b c d e", false),
            ("limit=1000", "a/1 b c d e", false),
            ("limit=2&after_id=b", "c d", true),
            ("limit=2&after_id=c", "d e", false),
            ("beta=true&limit=2&after_id=a%2F1", "b c", true),
            ("after_id=c", "d e", false),
            ("after_id=e", "", false),
            ("limit=2&before_id=d", "b c", true),
            ("limit=2&before_id=c", "a/1 b", false),
            ("limit=2&before_id=b", "a/1", false),
            ("before_id=a%2F1", "", false),
            ("after_id=&before_id=c", "a/1 b", false),
        ] {
            let page = Page::of(&models, query).unwrap();
            let ids: Vec<&str> = page.models.iter().map(|model| model.id.as_str()).collect();
            assert_eq!(ids.join(" "), expected, "{query}");
            assert_eq!(page.has_more, has_more, "{query}");
        }
    }

    #[test]
    fn a_page_that_cannot_be_is_refused_by_its_parameter() {
        for (query, at) in [
            ("limit=0", "limit"),
            ("limit=1001", "limit"),
            ("limit=-1", "limit"),
            ("limit=ten", "limit"),
            ("after_id=x", "after_id"),
            ("before_id=x", "before_id"),
            ("after_id=b&before_id=c", "before_id"),
        ] {
            let error = Page::of(&models(), query).unwrap_err();
            assert_eq!(error.param.as_deref(), Some(at), "{query}");
            assert_eq!(error.http_status(), 400, "{query}");
        }
    }
}
