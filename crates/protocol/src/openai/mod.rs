//! What the protocols of OpenAI share: how failures, lists of models, log probabilities and media are written, and
//! what a request may say beside the conversation, and of a search of the web. No protocol of its own.

pub(crate) mod error;
pub(crate) mod fields;
pub(crate) mod logprobs;
pub(crate) mod media;
pub(crate) mod models;
pub(crate) mod search;
