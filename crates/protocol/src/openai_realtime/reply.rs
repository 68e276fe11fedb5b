//! Events to steps, one a line: items strictly one after another, each part one item.

use std::{borrow::Cow, collections::VecDeque};

use bytes::BytesMut;

use super::wire::{Failure, InputDetails, OpenedItem, OutputDetails, Over, Status, Step, UsageOut};
use crate::{
    EventEncoder,
    canonical::{
        ApiError, Choice, Delta, Event, FinishReason, Losses, NO_DRAWING, NOT_OF_PROTOCOL, Note,
        PartKind, Usage, WEB_SEARCH,
    },
    framing::ndjson,
    openai::error,
};

/// A reply on its way to its session.
#[derive(Debug)]
pub(super) struct Encoder {
    estimated_input: Option<u64>,
    /// Parts in order of their start. Only the first one's item may be open; the others wait.
    parts: VecDeque<Part>,
    usage: Option<Usage>,
    /// Bytes of text written, for an estimate where the provider counts nothing.
    written: usize,
    done: bool,
}

#[derive(Debug)]
struct Part {
    index: usize,
    kind: PartKind,
    ended: bool,
    /// Its item is open.
    opened: bool,
    /// What came while an earlier part was still open.
    waiting: Vec<String>,
}

impl Encoder {
    pub(super) fn new(estimated_input: Option<u64>) -> Self {
        Self {
            estimated_input,
            parts: VecDeque::new(),
            usage: None,
            written: 0,
            done: false,
        }
    }

    fn begin(&mut self, index: usize, kind: &PartKind, out: &mut BytesMut, losses: &mut Losses) {
        match kind {
            PartKind::Image(_) => return losses.dropped("content", NO_DRAWING),
            PartKind::Reasoning => return losses.dropped("reasoning", NOT_OF_PROTOCOL),
            PartKind::Refusal | PartKind::Text | PartKind::ToolCall { .. } => {}
        }
        self.parts.push_back(Part {
            index,
            kind: kind.clone(),
            ended: false,
            opened: false,
            waiting: Vec::new(),
        });
        if self.parts.len() == 1 {
            self.begin_first(out);
        }
    }

    /// A call's item opens at once; others wait for something to say.
    fn begin_first(&mut self, out: &mut BytesMut) {
        if let Some(Part {
            kind: PartKind::ToolCall { name, .. },
            ..
        }) = self.parts.front()
        {
            self.written += name.len();
            self.open_first(out);
        }
    }

    fn open_first(&mut self, out: &mut BytesMut) {
        let Some(part) = self.parts.front_mut().filter(|part| !part.opened) else {
            return;
        };
        part.opened = true;
        let item = match &part.kind {
            PartKind::ToolCall { id, name } => OpenedItem::FunctionCall {
                call_id: Cow::Borrowed(id),
                name: Cow::Borrowed(name),
            },
            PartKind::Image(_) | PartKind::Reasoning | PartKind::Refusal | PartKind::Text => {
                OpenedItem::Message
            }
        };
        ndjson::write(&Step::Opened { item }, out);
    }

    fn delta(&mut self, index: usize, delta: &Delta, out: &mut BytesMut) {
        // State of a provider's own is kept by the gateway, where its provider wants it back.
        let (Delta::Arguments(fragment) | Delta::Text(fragment)) = delta else {
            return;
        };
        if fragment.is_empty() {
            return;
        }
        let mut parts = self.parts.iter_mut().enumerate();
        match parts.find(|(_, part)| part.index == index) {
            Some((0, _)) => self.delta_of_first(fragment, out),
            Some((_, part)) => part.waiting.push(fragment.clone()),
            // Of what has no place.
            None => {}
        }
    }

    fn delta_of_first(&mut self, fragment: &str, out: &mut BytesMut) {
        self.written += fragment.len();
        self.open_first(out);
        let delta = Cow::Borrowed(fragment);
        let step = match self.parts.front().map(|part| &part.kind) {
            Some(PartKind::ToolCall { .. }) => Step::Arguments { delta },
            Some(PartKind::Image(_) | PartKind::Reasoning | PartKind::Refusal | PartKind::Text)
            | None => Step::Text { delta },
        };
        ndjson::write(&step, out);
    }

    /// Items are over only when something goes on behind them: what was cut is not to be acted on. `cut`: the
    /// last one was, by a limit.
    fn settle(&mut self, cut: bool, out: &mut BytesMut) {
        let least = usize::from(cut);
        while self.parts.len() > least && self.parts.front().is_some_and(|part| part.ended) {
            if let Some(part) = self.parts.pop_front()
                && part.opened
            {
                ndjson::write(&Step::Closed, out);
            }
            self.begin_first(out);
            if let Some(part) = self.parts.front_mut() {
                for fragment in std::mem::take(&mut part.waiting) {
                    self.delta_of_first(&fragment, out);
                }
            }
        }
    }

    fn finish(&mut self, reason: FinishReason, out: &mut BytesMut, losses: &mut Losses) {
        let (status, reason) = match reason {
            reason if is_cut(reason) => (Status::Incomplete, Some("max_output_tokens")),
            FinishReason::ContentFilter => (Status::Incomplete, Some("content_filter")),
            FinishReason::ContextFull
            | FinishReason::Error
            | FinishReason::Length
            | FinishReason::Other
            | FinishReason::Pause
            | FinishReason::Stop
            | FinishReason::ToolCalls => (Status::Completed, None),
        };
        let response = Over {
            status,
            reason: reason.map(Cow::Borrowed),
            error: None,
            usage: Some(self.usage(losses)),
        };
        ndjson::write(&Step::Over { response }, out);
        self.done = true;
    }

    fn fail(&mut self, failure: &ApiError, out: &mut BytesMut) {
        let response = Over {
            status: Status::Failed,
            reason: None,
            error: Some(told(failure)),
            usage: None,
        };
        ndjson::write(&Step::Over { response }, out);
        self.done = true;
    }

    /// Clients want numbers: where the provider gave none, they are estimated, and that is reported.
    fn usage(&self, losses: &mut Losses) -> UsageOut {
        let known = self.usage.unwrap_or_default();
        let (input, output) = known.totals(self.estimated_input, self.written, losses);
        UsageOut {
            total_tokens: input.saturating_add(output),
            input_tokens: input,
            output_tokens: output,
            input_token_details: InputDetails {
                text_tokens: input,
                image_tokens: Some(0),
                cached_tokens: known.cache_read.unwrap_or(0),
                ..InputDetails::default()
            },
            output_token_details: OutputDetails {
                text_tokens: output,
                audio_tokens: 0,
            },
        }
    }
}

impl EventEncoder for Encoder {
    fn push(&mut self, choice: Choice, event: &Event, out: &mut BytesMut, losses: &mut Losses) {
        if self.done {
            return;
        }
        // An error ends the whole reply, whichever answer it comes in.
        if let Event::Error(failure) = event {
            self.fail(failure, out);
            return;
        }
        if choice != 0 {
            let why = "several answers do not fit in this protocol: the first is kept";
            losses.dropped("n", why);
            return;
        }
        let cut = matches!(event, Event::Finish(finish) if is_cut(finish.reason));
        self.settle(cut, out);
        match event {
            Event::PartStart { index, part } => self.begin(*index, part, out, losses),
            Event::PartDelta { index, delta } => self.delta(*index, delta, out),
            Event::PartEnd { index } => {
                if let Some(part) = self.parts.iter_mut().find(|part| part.index == *index) {
                    part.ended = true;
                }
            }
            Event::Usage(usage) => self.usage.get_or_insert_default().update(usage),
            Event::Ping => out.extend_from_slice(b"\n"),
            Event::Loss(loss) => losses.add(loss),
            Event::Note(note) => match **note {
                Note::Citation(_) => losses.dropped("annotations", NOT_OF_PROTOCOL),
                Note::Search(_) => losses.dropped(WEB_SEARCH, NOT_OF_PROTOCOL),
                // Nobody can ask for them.
                Note::Logprobs(_) => {}
            },
            Event::Finish(finish) => match finish.failure() {
                Some(failure) => self.fail(&failure, out),
                None => self.finish(finish.reason, out, losses),
            },
            Event::Error(_) | Event::Start { .. } => {}
        }
    }
}

fn is_cut(reason: FinishReason) -> bool {
    matches!(
        reason,
        FinishReason::ContextFull | FinishReason::Length | FinishReason::Pause
    )
}

/// A failure as clients read it.
pub(super) fn told(failure: &ApiError) -> Failure<'static> {
    let (kind, code) = error::words(failure);
    Failure {
        kind: kind.to_owned().into(),
        code: code.map(|code| code.to_owned().into()),
        message: failure.message.clone().into(),
        param: failure.param.clone().map(Into::into),
    }
}
