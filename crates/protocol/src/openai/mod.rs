//! What the protocols of OpenAI share: how failures, lists of models and log probabilities are written, and what a
//! request may say beside the conversation. No protocol of its own.

pub(crate) mod error;
pub(crate) mod fields;
pub(crate) mod logprobs;
pub(crate) mod models;
