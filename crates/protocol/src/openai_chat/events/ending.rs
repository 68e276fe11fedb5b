//! How a stream to a client ends: behind the last answer the token counts, where they were asked for, and the mark.

use bytes::BytesMut;

use super::usage_of;
use crate::{
    ReplyContext,
    canonical::{ApiError, Losses, Request, Usage},
    framing::sse,
    openai::error,
    openai_chat::wire,
};

/// What has to be known for it.
pub(in crate::openai_chat) struct Ending {
    /// The client asked for token counts.
    shows_usage: bool,
    expected: usize,
    finished: usize,
    usage: Option<Usage>,
    estimated_input: Option<u64>,
    /// Bytes of text written, for an estimate where the provider counts nothing.
    written: usize,
    done: bool,
}

impl Ending {
    pub(in crate::openai_chat) fn new(request: &Request, reply: &ReplyContext) -> Self {
        Self {
            shows_usage: request.stream_usage,
            expected: request.answers() as usize,
            finished: 0,
            usage: None,
            estimated_input: reply.estimated_input_tokens,
            written: 0,
            done: false,
        }
    }

    /// Nothing may follow any more.
    pub(in crate::openai_chat) fn is_done(&self) -> bool {
        self.done
    }

    pub(in crate::openai_chat) fn writes(&mut self, text: &str) {
        self.written += text.len();
    }

    pub(in crate::openai_chat) fn counts(&mut self, usage: &Usage) {
        self.usage.get_or_insert_default().update(usage);
    }

    /// The field as each chunk has it: not there, null, or the counts.
    pub(in crate::openai_chat) fn shown(
        &self,
        usage: Option<wire::Usage>,
    ) -> Option<Option<wire::Usage>> {
        self.shows_usage.then_some(usage)
    }

    /// An answer is over. True behind the last one: now come the counts, and the mark.
    pub(in crate::openai_chat) fn is_last(&mut self) -> bool {
        self.finished += 1;
        self.finished >= self.expected
    }

    /// The counts, where the client asked for them.
    pub(in crate::openai_chat) fn usage(&self, losses: &mut Losses) -> Option<wire::Usage> {
        self.shows_usage
            .then(|| usage_of(self.usage, self.estimated_input, self.written, losses))
    }

    pub(in crate::openai_chat) fn mark(&mut self, out: &mut BytesMut) {
        out.extend_from_slice(b"data: [DONE]\n\n");
        self.done = true;
    }

    pub(in crate::openai_chat) fn fail(&mut self, failure: &ApiError, out: &mut BytesMut) {
        sse::write("", &error::body(failure), out);
        // Its mark stands behind whole answers alone: who overlooks the error must not take this for one.
        self.done = true;
    }
}
