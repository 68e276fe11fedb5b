//! The vendor's JSON and nothing else. What comes in borrows from the body; what goes out borrows from the
//! canonical model. A part is one flat struct, whichever of its fields is filled.

mod grounding;
mod request;
mod shared;

pub(super) use grounding::Grounding;
pub(super) use request::{
    AnswerBody, BlobBody, ContentBody, ContentOut, CountOut, DeclarationBody, DeclarationOut,
    FileBody, GenerationConfigBody, GenerationConfigOut, Many, PartBody, Raws, RequestBody,
    RequestOut, ThinkingBody, ThinkingOut, ToolBody, ToolConfigBody, ToolConfigOut, ToolOut,
};
pub(super) use shared::{
    AnswerOut, BlobOut, CallOut, CandidateBody, CandidateOut, FileOut, LogprobsResult, PartOut,
    Reply, ReplyOut, ReplyPart, TokenCount, UsageBody, UsageOut,
};
