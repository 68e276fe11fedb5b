//! What is noted of an answer's events: sizes and times, never their text.

use std::borrow::Cow;

use protocol::canonical::{self, ApiError, Choice, Delta, Event, Finish, PartKind, Usage};
use store::exchanges::{Body, ExchangeRow};

/// More are counted, not listed.
const MAX_LISTED: usize = 1000;
/// Of text of any kind; only where the provider does not count.
const BYTES_PER_TOKEN: u64 = 4;

#[derive(Default)]
pub(super) struct Notes {
    listed: Vec<Note>,
    /// Nobody will see the list.
    unlisted: bool,
    count: u64,
    first_token_ms: Option<f64>,
    usage: Option<Usage>,
    finish: Option<Finish>,
    error: Option<ApiError>,
    output_bytes: u64,
}

/// One event.
struct Note {
    at_ms: f64,
    event: &'static str,
    detail: Detail,
}

/// Written out only if somebody keeps it.
enum Detail {
    Fragment(&'static str, usize, usize),
    Index(usize),
    None,
    Part(usize, &'static str, Option<Box<str>>),
    Usage(Box<Usage>),
    Words(Cow<'static, str>),
}

impl Notes {
    pub(super) fn take(&mut self, events: &[(Choice, Event)], at_ms: f64) {
        let most = if self.unlisted { 0 } else { MAX_LISTED };
        self.listed
            .reserve(events.len().min(most.saturating_sub(self.listed.len())));
        for (_, event) in events {
            self.count += 1;
            let (word, detail) = self.note(event, at_ms);
            if self.listed.len() < most {
                self.listed.push(Note {
                    at_ms,
                    event: word,
                    detail,
                });
            }
        }
    }

    fn note(&mut self, event: &Event, at_ms: f64) -> (&'static str, Detail) {
        match event {
            Event::Error(error) => {
                self.error = Some(error.clone());
                ("error", Detail::Words(error.message.clone().into()))
            }
            Event::Finish(finish) => {
                self.finish = Some(finish.clone());
                ("finish", Detail::Words(finish.reason.word().into()))
            }
            Event::Loss(loss) => ("loss", Detail::Words(loss.field.clone().into())),
            Event::Note(note) => {
                let kind = match **note {
                    canonical::Note::Citation(_) => "citation",
                    canonical::Note::Logprobs(_) => "logprobs",
                    canonical::Note::Search(_) => "search",
                };
                ("note", Detail::Words(kind.into()))
            }
            Event::PartDelta { index, delta } => {
                self.first_token_ms.get_or_insert(at_ms);
                let (kind, length) = match delta {
                    Delta::Arguments(text) => ("arguments", text.len()),
                    Delta::Opaque(opaque) => ("opaque", opaque.value.len()),
                    Delta::Text(text) => ("text", text.len()),
                };
                self.output_bytes += length as u64;
                ("part_delta", Detail::Fragment(kind, *index, length))
            }
            Event::PartEnd { index } => ("part_end", Detail::Index(*index)),
            Event::PartStart { index, part } => {
                let (kind, name) = match part {
                    PartKind::Image(_) => {
                        self.first_token_ms.get_or_insert(at_ms);
                        ("image", None)
                    }
                    PartKind::Reasoning => ("reasoning", None),
                    PartKind::Refusal => ("refusal", None),
                    PartKind::Text => ("text", None),
                    PartKind::ToolCall { name, .. } => {
                        self.first_token_ms.get_or_insert(at_ms);
                        self.output_bytes += name.len() as u64;
                        ("tool call", Some(name.as_str().into()))
                    }
                };
                ("part_start", Detail::Part(*index, kind, name))
            }
            Event::Ping => ("ping", Detail::None),
            Event::Start { model, .. } => ("start", Detail::Words(model.clone().into())),
            Event::Usage(usage) => {
                self.usage.get_or_insert_default().update(usage);
                ("usage", Detail::Usage(Box::new(*usage)))
            }
        }
    }

    /// The answer's own failure.
    pub(super) fn error(&self) -> Option<ApiError> {
        self.error.clone()
    }

    /// Of a reply that was not counted, or not to its end: until there a provider's count is no more than a beginning.
    pub(super) fn estimated_output(&self) -> Option<u64> {
        let counted = self.usage.and_then(|usage| usage.output);
        let is_measured = counted.is_some() && self.finish.is_some();
        (self.output_bytes > 0 && !is_measured).then(|| {
            let written = self.output_bytes.div_ceil(BYTES_PER_TOKEN);
            written.max(counted.unwrap_or(0))
        })
    }

    /// From here on events are counted alone.
    pub(super) fn list_no_more(&mut self) {
        self.unlisted = true;
    }

    pub(super) fn forget_first_token(&mut self) {
        self.first_token_ms = None;
    }

    pub(super) fn fill(&self, row: &mut ExchangeRow) {
        row.event_count = self.count;
        row.timing.first_token = self.first_token_ms;
        row.first_token_ms = self.first_token_ms.map(|at_ms| at_ms as u64);
        if let Some(finish) = &self.finish {
            row.finish_reason = Some(finish.reason.word().into());
            row.finish_raw.clone_from(&finish.raw);
        }
        if let Some(usage) = &self.usage {
            row.input_tokens = usage.input;
            row.output_tokens = usage.output;
            row.cache_read_tokens = usage.cache_read;
            row.cache_write_tokens = usage.cache_write;
            row.reasoning_tokens = usage.reasoning;
            row.usage_estimated = usage.estimated;
        }
    }

    /// One JSON object a line.
    pub(super) fn lines(&self) -> Option<Body> {
        #[derive(serde::Serialize)]
        struct Line<'a> {
            at: f64,
            event: &'a str,
            detail: &'a str,
        }
        let mut lines = Vec::new();
        for note in &self.listed {
            let detail = note.detail.words();
            let line = Line {
                at: (note.at_ms * 1000.0).round() / 1000.0,
                event: note.event,
                detail: &detail,
            };
            if serde_json::to_writer(&mut lines, &line).is_ok() {
                lines.push(b'\n');
            }
        }
        (!lines.is_empty()).then(|| Body::whole(lines))
    }
}

impl Detail {
    fn words(&self) -> Cow<'_, str> {
        match self {
            Self::Fragment(kind, index, bytes) => format!("{index}: {kind}, {bytes} bytes").into(),
            Self::Index(index) => index.to_string().into(),
            Self::None => "".into(),
            Self::Part(index, kind, None) => format!("{index}: {kind}").into(),
            Self::Part(index, kind, Some(name)) => format!("{index}: {kind} {name}").into(),
            Self::Usage(usage) => words(usage).into(),
            Self::Words(words) => words.as_ref().into(),
        }
    }
}

fn words(usage: &Usage) -> String {
    [
        ("input", usage.input),
        ("cache read", usage.cache_read),
        ("cache write", usage.cache_write),
        ("output", usage.output),
        ("reasoning", usage.reasoning),
    ]
    .into_iter()
    .filter_map(|(name, count)| count.map(|count| format!("{name} {count}")))
    .collect::<Vec<_>>()
    .join(", ")
}
