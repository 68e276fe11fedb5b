//! The parameters of an address, as clients choose by them what they are shown.

use std::ops::RangeInclusive;

use http::Uri;
use protocol::canonical::ApiError;

pub(super) struct Query<'u>(&'u str);

impl<'u> Query<'u> {
    pub(super) fn of(uri: &'u Uri) -> Self {
        Self(uri.query().unwrap_or_default())
    }

    /// An empty one is none.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        let mut pairs = url::form_urlencoded::parse(self.0.as_bytes());
        let (_, value) = pairs.find(|(key, _)| key == name)?;
        (!value.is_empty()).then(|| value.into_owned())
    }

    /// # Errors
    /// `InvalidRequest` where it is no number, or one outside of the range.
    pub(super) fn number(
        &self,
        name: &str,
        range: RangeInclusive<u64>,
    ) -> Result<Option<u64>, ApiError> {
        let Some(text) = self.text(name) else {
            return Ok(None);
        };
        match text.parse() {
            Ok(number) if range.contains(&number) => Ok(Some(number)),
            Ok(_) | Err(_) => Err(refused(
                name,
                match range.into_inner() {
                    (least, u64::MAX) => format!("`{name}` is a whole number from {least} on."),
                    (least, most) => format!("`{name}` is a number from {least} to {most}."),
                },
            )),
        }
    }

    /// One of two words, the first where it is not given. `true` where it is the first.
    ///
    /// # Errors
    /// `InvalidRequest` where it is neither.
    pub(super) fn is_first(&self, name: &str, words: [&str; 2]) -> Result<bool, ApiError> {
        let [first, second] = words;
        match self.text(name) {
            None => Ok(true),
            Some(word) if word == first => Ok(true),
            Some(word) if word == second => Ok(false),
            Some(_) => Err(refused(
                name,
                format!("`{name}` is `{first}` or `{second}`."),
            )),
        }
    }
}

pub(super) fn refused(name: &str, message: String) -> ApiError {
    ApiError::invalid_request(message).with_param(name)
}
