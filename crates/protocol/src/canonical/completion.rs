//! Going on with a text at a target that cannot simply be given it: a gap is filled by the model's template, and
//! whoever can only chat is asked for the text in words.

use std::{borrow::Cow, sync::Arc};

use super::{
    ApiError, Capabilities, Completion, Effort, Losses, Message, OutputFormat, Part, Reasoning,
    Request, Role, ThinkingForm,
};

/// How a model goes on with a text; the poorest way first.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum CompletionForm {
    /// Only in a chat that asks for it.
    Chat,
    /// By an operation that takes nothing but the text.
    Raw,
    /// By an operation of its own, which takes what stands behind a gap, too.
    Native,
}

impl CompletionForm {
    /// What is left where a failure refuses a text to go on with as such: it has no such operation, or none for this
    /// model, or knows no gaps.
    pub fn left_by(failure: &ApiError) -> Option<Self> {
        const NO_GAPS: [&str; 3] = [
            "does not support insert",
            "does not support suffix",
            "suffix is not currently supported",
        ];
        const NO_TEXTS: [&str; 3] = [
            "does not support generate",
            "does not support the completions api",
            "not supported in the v1/completions endpoint",
        ];
        let words = failure.message.to_lowercase();
        let says = |known: &[&str]| known.iter().any(|known| words.contains(known));
        let is_elsewhere = matches!(failure.status, Some(404 | 405 | 501));
        if is_elsewhere || says(&NO_TEXTS) {
            Some(Self::Chat)
        } else if says(&NO_GAPS) {
            Some(Self::Raw)
        } else {
            None
        }
    }
}

/// How a protocol knows the operation.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Completes {
    /// For a text and nothing beside it.
    BareText,
    /// With all that a chat takes, too.
    Everything,
    Never,
}

/// How a model was taught to fill a gap: sure to work wherever it takes a text as it is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Infill {
    /// The text with `{prefix}` and `{suffix}` in it, in the model's own marks.
    pub template: String,
    /// Marks that end what it fills in.
    pub stop: Vec<String>,
}

impl Infill {
    fn filled(&self, prefix: &str, suffix: &str) -> String {
        let mut text = String::with_capacity(self.template.len() + prefix.len() + suffix.len());
        let mut rest = self.template.as_str();
        while let Some(at) = rest.find('{') {
            text.push_str(&rest[..at]);
            rest = &rest[at..];
            let (given, after) = if let Some(after) = rest.strip_prefix("{prefix}") {
                (prefix, after)
            } else if let Some(after) = rest.strip_prefix("{suffix}") {
                (suffix, after)
            } else {
                ("{", &rest[1..])
            };
            text.push_str(given);
            rest = after;
        }
        text.push_str(rest);
        text
    }
}

const GO_ON: &str = "The user's message is the beginning of a text. Write what comes next, and nothing else: do not \
repeat any of it, do not comment on it, do not answer it, and put no code fence around what you write. Go on exactly \
where it breaks off, in the middle of a line or of a word if need be.";

const FILL: &str = "The user's message is a text with a gap: what stands before the gap is between <before> and \
</before>, what stands behind it between <after> and </after>. Write what belongs in the gap, and nothing else: repeat \
neither what stands before nor what stands behind, do not comment on it, and put no code fence around what you write. \
What you write is put into the gap as it is, so begin and end in the middle of a line if need be.";

impl Request {
    /// The text to go on with; empty when there is none.
    pub fn prompt(&self) -> &str {
        let parts = self.messages.first().map(|message| &*message.parts);
        match parts {
            Some([Part::Text(text), ..]) => text,
            Some(_) | None => "",
        }
    }

    /// What stands beside the text to go on with: images.
    fn beside_prompt(&self) -> impl Iterator<Item = &Part> {
        let parts = self.messages.iter().flat_map(|message| &message.parts);
        parts.skip_while(|part| matches!(part, Part::Text(_)))
    }

    /// Whether there is nothing but a text to go on with: no images, no instructions, no form of the answer.
    pub(crate) fn is_bare_text(&self) -> bool {
        self.instructions.is_empty()
            && matches!(self.output, OutputFormat::Text)
            && self.beside_prompt().next().is_none()
    }

    /// All texts to go on with.
    pub(crate) fn prompts(&self) -> impl Iterator<Item = &str> {
        let others = self.completion.iter().flat_map(|text| &text.others);
        [self.prompt()]
            .into_iter()
            .chain(others.map(String::as_str))
    }

    /// How many answers there are in all: to the first text all of its own, then to the next.
    pub fn answers(&self) -> u32 {
        let texts = u32::try_from(self.prompts().count()).unwrap_or(u32::MAX);
        self.choices.unwrap_or(1).max(1).saturating_mul(texts)
    }

    /// A request for each text to go on with; itself where there are not several.
    pub fn apart(self: &Arc<Self>) -> Vec<Arc<Self>> {
        match &self.completion {
            Some(completion) if !completion.others.is_empty() => {
                let requests = self.prompts().map(|prompt| {
                    let mut request = with_prompt(self, prompt.to_owned());
                    if let Some(completion) = &mut request.completion {
                        completion.others.clear();
                    }
                    Arc::new(request)
                });
                requests.collect()
            }
            Some(_) | None => vec![Arc::clone(self)],
        }
    }
}

/// The request as a target can carry it out: still to go on with a text ([`Request::completion`] is set), or a chat.
/// `completes`: how the target's protocol knows the operation. Several texts are asked for [`Request::apart`].
///
/// # Errors
/// `InvalidRequest` when it asks for what no translation can give.
pub fn fit<'r>(
    request: &'r Request,
    completes: Completes,
    capabilities: &Capabilities,
    losses: &mut Losses,
) -> Result<Cow<'r, Request>, ApiError> {
    let Some(completion) = &request.completion else {
        return Ok(Cow::Borrowed(request));
    };
    if completion.echo && request.sampling.logprobs.is_some() {
        return Err(ApiError::invalid(
            "logprobs",
            "logprobs of the prompt, which `echo` asks for, are not supported by this model.",
        ));
    }
    let form = match completes {
        Completes::Never => CompletionForm::Chat,
        Completes::BareText
            if !request.is_bare_text() && chats_as_well(completion, capabilities) =>
        {
            CompletionForm::Chat
        }
        Completes::BareText | Completes::Everything => capabilities.completion,
    };
    match (form, &completion.suffix, &capabilities.infill) {
        (CompletionForm::Chat, _, _) | (CompletionForm::Raw, Some(_), None) => {
            chat(request, completion, capabilities, losses).map(Cow::Owned)
        }
        (CompletionForm::Native | CompletionForm::Raw, Some(suffix), Some(infill)) => {
            Ok(Cow::Owned(infilled(request, suffix, infill, losses)))
        }
        (CompletionForm::Native, Some(_), None)
        | (CompletionForm::Native | CompletionForm::Raw, None, _) => Ok(Cow::Borrowed(request)),
    }
}

/// Whether a chat is no worse an answer: not of a model that only goes on with texts, nor where a gap is filled by
/// one that was taught to.
fn chats_as_well(completion: &Completion, capabilities: &Capabilities) -> bool {
    let is_taught = capabilities.infill.is_some() || capabilities.completion_path.is_some();
    capabilities.chats && !(completion.suffix.is_some() && is_taught)
}

/// Whether a code fence around the reply is the chat's doing: the text that is gone on with has none.
pub fn has_no_fence(request: &Request) -> bool {
    let suffix = request
        .completion
        .as_ref()
        .and_then(|completion| completion.suffix.as_deref());
    [request.prompt(), suffix.unwrap_or_default()]
        .iter()
        .all(|text| !text.contains("```"))
}

fn infilled(request: &Request, suffix: &str, infill: &Infill, losses: &mut Losses) -> Request {
    losses.emulated(
        "suffix",
        "went into the prompt, between the marks that this model knows",
    );
    let mut filled = with_prompt(request, infill.filled(request.prompt(), suffix));
    filled.completion = Some(Completion::default());
    let stops = &mut filled.sampling.stop;
    for mark in &infill.stop {
        if !stops.contains(mark) {
            stops.push(mark.clone());
        }
    }
    filled
}

fn chat(
    request: &Request,
    completion: &Completion,
    capabilities: &Capabilities,
    losses: &mut Losses,
) -> Result<Request, ApiError> {
    let prompt = request.prompt();
    let (words, said) = match &completion.suffix {
        None if prompt.trim().is_empty() => {
            return Err(ApiError::invalid(
                "prompt",
                "`prompt` is empty; this model needs a text to go on with.",
            ));
        }
        None => (GO_ON, prompt.to_owned()),
        Some(suffix) => {
            let gap = format!("<before>{prompt}</before>\n<after>{suffix}</after>");
            (FILL, gap)
        }
    };
    losses.emulated(
        "prompt",
        "was sent in a chat that asks to go on with it: this model does nothing but chat",
    );
    let mut chat = with_prompt(request, said);
    chat.completion = None;
    chat.instructions.push(Part::Text(words.to_owned()));
    unhurried(&mut chat, capabilities, losses);
    Ok(chat)
}

/// Whoever completes a text waits at the keyboard: as little reasoning as the model allows, and room for it.
fn unhurried(chat: &mut Request, capabilities: &Capabilities, losses: &mut Losses) {
    if chat.reasoning != Reasoning::Unset {
        return;
    }
    match capabilities.thinking {
        // Not every one of these can do without.
        ThinkingForm::Effort => {
            chat.reasoning = Reasoning::Effort(Effort::Low);
            if let Some(limit) = &mut chat.sampling.max_output_tokens {
                *limit = limit.saturating_add(Effort::Low.budget());
                let why = "was raised, because this model's reasoning counts against it";
                losses.emulated("max_tokens", why);
            }
        }
        ThinkingForm::Adaptive | ThinkingForm::Budget | ThinkingForm::None => {
            chat.reasoning = Reasoning::Off;
        }
        ThinkingForm::Unsure => {}
    }
}

/// The request with another text, and what stands beside the text.
fn with_prompt(request: &Request, text: String) -> Request {
    let mut parts = vec![Part::Text(text)];
    parts.extend(request.beside_prompt().cloned());
    Request {
        messages: vec![Message::new(Role::User, parts)],
        ..request.clone()
    }
}

#[cfg(test)]
#[path = "completion_tests.rs"]
mod tests;
