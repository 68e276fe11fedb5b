//! What the protocols of OpenAI share: how failures and lists of models are written. No protocol of its own.

pub(crate) mod error;
pub(crate) mod models;
