//! The vendor's JSON, and nothing else. Requests have one set of types for both directions; replies one for what
//! providers write and one for what clients read, because the latter are complete and the former need not be.

mod annotation;
mod reply;
mod request;
mod search;
mod sent;

pub(super) use crate::json::{Text, TextOr};
pub(super) use annotation::Annotation;
pub(super) use reply::{EventBody, Kind, Output, Reply, Said, TokenCount, Usage};
pub(super) use request::{
    Choice, Content, Item, JsonFormat, ReasoningOptions, ResponsesRequest, TextOptions, Tool,
};
pub(super) use search::SearchAction;
pub(super) use sent::{
    ErrorOut, Frame, Incomplete, InputDetails, ItemOut, OutputDetails, Piece, RaisedOut,
    ReasoningOut, ResponseOut, UsageOut,
};
