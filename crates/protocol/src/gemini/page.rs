//! Pages of the list of models, by the parameters in the query of its address.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

use crate::{ModelInfo, canonical::ApiError, query};

/// The most models on a page, however many are asked for.
const MOST: usize = 1000;

/// A piece of a list, and the token that leads on from it.
#[derive(Debug, PartialEq)]
pub(super) struct Page<'m> {
    pub(super) models: &'m [ModelInfo],
    pub(super) next: Option<String>,
}

impl<'m> Page<'m> {
    /// All models where no size is given: clients that do not page would never see the rest.
    pub(super) fn of(models: &'m [ModelInfo], query: &str) -> Result<Self, ApiError> {
        let size = match parameter(query, ["pageSize", "page_size"]) {
            None => models.len(),
            Some(size) => match size.parse() {
                Ok(0) => models.len(),
                Ok(size) => MOST.min(size),
                Err(_) => {
                    let message = "`pageSize` is a whole number from 0 on.";
                    return Err(ApiError::invalid_request(message).with_param("page_size"));
                }
            },
        };
        let begins = match parameter(query, ["pageToken", "page_token"]) {
            None => 0,
            Some(token) => behind(models, &token).ok_or_else(|| {
                let message = "`pageToken` leads to no page of this list. Send the `nextPageToken` of the page before, or none to begin anew.";
                ApiError::invalid_request(message).with_param("page_token")
            })?,
        };
        let rest = &models[begins..];
        let models = &rest[..size.min(rest.len())];
        let last = models.last().filter(|_| models.len() < rest.len());
        Ok(Self {
            models,
            next: last.map(|last| URL_SAFE_NO_PAD.encode(&last.id)),
        })
    }
}

/// A token is the last model of the page before: what is added to the list meanwhile moves nothing.
fn behind(models: &[ModelInfo], token: &str) -> Option<usize> {
    let id = URL_SAFE_NO_PAD.decode(token).ok()?;
    let at = models.iter().rposition(|model| model.id.as_bytes() == id)?;
    Some(at + 1)
}

/// In either spelling of a name.
fn parameter(query: &str, names: [&str; 2]) -> Option<String> {
    names
        .into_iter()
        .find_map(|name| query::parameter(query, name))
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
    fn a_list_is_read_page_by_page() {
        let models = models();
        for size in 1..=6 {
            let (mut seen, mut query) = (Vec::new(), format!("key=x&pageSize={size}"));
            for _ in 0..models.len() {
                let page = Page::of(&models, &query).unwrap();
                assert!(page.models.len() <= size);
                seen.extend_from_slice(page.models);
                let Some(next) = page.next else { break };
                query = format!("page_size={size}&pageToken={next}");
            }
            assert_eq!(seen, models, "{size}");
        }
        for query in [
            "",
            "pageSize=",
            "pageSize=0",
            "pageSize=5",
            "pageSize=90000",
        ] {
            let page = Page::of(&models, query).unwrap();
            assert_eq!((page.models, page.next), (&*models, None), "{query}");
        }
    }

    #[test]
    fn a_page_that_cannot_be_is_refused_by_its_parameter() {
        for (query, at) in [
            ("pageSize=-1", "page_size"),
            ("pageSize=ten", "page_size"),
            ("pageToken=eA", "page_token"),
            ("pageToken=!", "page_token"),
        ] {
            let error = Page::of(&models(), query).unwrap_err();
            assert_eq!(error.param.as_deref(), Some(at), "{query}");
            assert_eq!(error.http_status(), 400, "{query}");
        }
    }
}
