//! What admin answers say to people; the words are made as the store makes its own.

pub(crate) use store::{
    sentence,
    wording::{Sentence, Wording},
};
