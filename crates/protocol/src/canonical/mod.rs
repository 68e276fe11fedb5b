//! The canonical model: the one shape between all wire formats.

mod answers;
mod awaited;
pub(crate) mod cache;
pub(crate) mod choice;
pub mod completion;
mod demands;
mod drawing;
pub(crate) mod effort;
mod embed;
mod error;
mod event;
mod fence;
pub(crate) mod free_text;
mod grammar;
pub(crate) mod history;
mod loss;
pub(crate) mod media;
mod names;
mod note;
pub(crate) mod output;
mod own_fields;
mod pairs;
mod part;
mod parts;
mod promised;
mod recalled;
mod request;
mod response;
pub(crate) mod room;
pub(crate) mod schema;
mod search;
mod several;
mod spare;
pub(crate) mod spelling;
mod stops;
mod strict;
mod target;
pub(crate) mod think_tags;
pub(crate) mod turns;
mod undo;
mod unseen;
mod usage;
mod veil;

pub(crate) use answers::{AnswerSoFar, Answers};
pub(crate) use cache::Marking;
pub use cache::{CacheMark, CacheMarks, CachePlace, refuses_marks};
pub use completion::{Completes, CompletionForm, Infill};
pub use demands::{Demands, Overseer};
pub use drawing::Drawing;
pub use effort::Effort;
pub use embed::{EmbedInput, EmbedReply, EmbedRequest, EmbedTask};
pub use error::{ApiError, ErrorKind, Fault};
pub use event::{Choice, Delta, Event, Events, Finish, FinishReason, PartKind};
pub use grammar::{Breach, Grammar};
pub use loss::{Loss, LossKind, Losses};
pub(crate) use loss::{
    NO_DRAWING, NO_PART, NOT_OF_MODEL, NOT_OF_PROTOCOL, ONLY_ADDRESS, UNSURE_OFF,
};
pub use media::{Base64, Media, MediaSource};
pub(crate) use names::ToolNames;
pub(crate) use note::count_chars;
pub use note::{Citation, Logprob, Logprobs, Note, Notes, Page, Search};
pub(crate) use own_fields::OwnField;
pub use own_fields::OwnFields;
pub use part::{Opaque, OpaqueKind, Part};
pub use parts::{CallFragment, Parts};
pub use promised::JsonDemand;
pub use recalled::Recalled;
pub(crate) use request::CACHE_KEY;
pub use request::{
    Completion, Message, OutputFormat, Penalties, Reasoning, Request, Role, Sampling, Tool,
    ToolChoice, ToolKind,
};
pub use response::{Answer, Fold, Response};
pub use room::Room;
pub(crate) use search::{BESIDE_TOOLS, SearchSetting, WEB_SEARCH};
pub use search::{Location, WebSearch};
pub use several::Several;
pub use spare::{Omission, Spare};
pub use spelling::call_id;
pub(crate) use strict::may_be_strict;
pub use target::{Capabilities, StructuredOutput, TargetModel, ThinkingForm, TokenLimitField};
pub use undo::{Undo, UndoReply};
pub use unseen::refuses_images;
pub use usage::Usage;
pub use veil::Shown;
