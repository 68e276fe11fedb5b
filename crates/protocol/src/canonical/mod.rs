//! The canonical model: the one shape between all wire formats.

mod error;
mod event;
mod grammar;
mod loss;
mod media;
mod part;
mod parts;
mod request;
mod response;
pub(crate) mod spelling;
mod target;
mod undo;
mod usage;

pub use error::{ApiError, ErrorKind, Fault};
pub use event::{Choice, Delta, Event, Events, Finish, FinishReason, PartKind};
pub use grammar::{Breach, Grammar};
pub use loss::{Loss, LossKind, Losses};
pub(crate) use media::is_web_address;
pub use media::{Base64, Media, MediaSource};
pub use part::{Opaque, OpaqueKind, Part};
pub use parts::{CallFragment, Parts};
pub use request::{
    Effort, Message, OutputFormat, Penalties, Reasoning, Request, Role, Sampling, Tool, ToolChoice,
    ToolKind,
};
pub use response::{Answer, Fold, Response};
pub use target::{Capabilities, StructuredOutput, TargetModel, ThinkingForm, TokenLimitField};
pub use undo::{Undo, UndoReply};
pub use usage::Usage;
