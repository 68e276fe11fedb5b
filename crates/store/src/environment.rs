//! Environment variables, handed in: tests never touch those of the process.

use std::{collections::HashMap, sync::Arc};

/// Where named values come from.
#[derive(Clone, Debug, Default)]
pub enum Environment {
    /// A fixed set.
    Fixed(Arc<HashMap<String, String>>),
    /// The variables of this process, read at each question.
    #[default]
    Process,
}

impl Environment {
    pub fn fixed<const N: usize>(variables: [(&str, &str); N]) -> Self {
        let owned = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
        Self::Fixed(Arc::new(HashMap::from(owned)))
    }

    /// None when unset, empty, or not Unicode.
    pub fn variable(&self, name: &str) -> Option<String> {
        let value = match self {
            Self::Fixed(variables) => variables.get(name).cloned(),
            Self::Process => std::env::var(name).ok(),
        };
        value.filter(|value| !value.is_empty())
    }
}
