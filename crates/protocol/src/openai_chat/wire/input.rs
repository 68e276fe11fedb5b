//! What prompts and texts to embed are made of.

use std::fmt;

use serde::{
    Deserialize, Deserializer, Serialize,
    de::{Error, SeqAccess, Visitor},
};

use super::{Text, TextOr};

/// One text, or several, or tokens in their place.
pub(in crate::openai_chat) type Inputs<'a> = TextOr<'a, Vec<Input<'a>>>;

/// A text, the id of a token, or a text as the ids of its tokens.
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
pub(in crate::openai_chat) enum Input<'a> {
    Text(Text<'a>),
    Token(u64),
    Tokens(Vec<u64>),
}

impl<'de: 'a, 'a> Deserialize<'de> for Input<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;

        impl<'de> Visitor<'de> for Either {
            type Value = Input<'de>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a string or ids of tokens")
            }

            fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Input::Text(text.into()))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Input::Text(text.to_owned().into()))
            }

            fn visit_u64<E: Error>(self, token: u64) -> Result<Self::Value, E> {
                Ok(Input::Token(token))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
                let mut tokens = Vec::with_capacity(seq.size_hint().unwrap_or(0));
                while let Some(token) = seq.next_element()? {
                    tokens.push(token);
                }
                Ok(Input::Tokens(tokens))
            }
        }

        deserializer.deserialize_any(Either)
    }
}
