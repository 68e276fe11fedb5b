//! Fields that a wire struct has no name for, where only their names count.

use std::fmt::Display;

use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use super::says_nothing;
use crate::canonical::{Losses, NOT_OF_PROTOCOL};

/// The names of those in which something is said. Flatten it into structs that stand inside a request and can carry
/// such a field nowhere (`#[serde(flatten, skip_serializing)]`), not into those of a stream's chunks.
#[derive(Clone, Debug, Default)]
pub(crate) struct Unknown(Vec<String>);

impl<'de> Deserialize<'de> for Unknown {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let fields = Map::<String, Value>::deserialize(deserializer)?.into_iter();
        let said = fields.filter(|(_, value)| !says_nothing(value));
        Ok(Self(said.map(|(name, _)| name).collect()))
    }
}

impl Unknown {
    pub(crate) fn into_names(self) -> Vec<String> {
        self.0
    }

    /// Each of them is a loss; `place` is where their struct stands.
    pub(crate) fn report(&self, place: &dyn Display, losses: &mut Losses) {
        for name in &self.0 {
            losses.dropped(format!("{place}.{name}"), NOT_OF_PROTOCOL);
        }
    }
}
