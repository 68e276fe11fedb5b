//! Canonical values as pages that a person reads: one thing a line, what is unset left out.

use std::fmt;

use protocol::{
    Encoded,
    canonical::{
        ApiError, CacheMarks, Drawing, Events, Losses, Message, OutputFormat, Part, Penalties,
        Reasoning, Request, Response, Sampling, ToolChoice, Undo,
    },
};

#[derive(Default)]
pub(crate) struct Page(String);

impl fmt::Display for Page {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.0.trim_end())
    }
}

impl Page {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn heading(&mut self, text: &str) {
        if !self.0.is_empty() {
            self.line("");
        }
        self.line(&format!("## {text}"));
    }

    pub(crate) fn text(&mut self, text: &str) {
        self.line(text.trim_end());
    }

    /// Any JSON, laid out; whatever else it is as it came.
    pub(crate) fn json(&mut self, body: &[u8]) {
        match serde_json::from_slice::<serde_json::Value>(body) {
            Ok(value) => self.line(&format!("{value:#}")),
            Err(_) => self.line(&String::from_utf8_lossy(body)),
        }
    }

    pub(crate) fn error(&mut self, error: &ApiError) {
        self.line(&format!("{error:#?}"));
    }

    pub(crate) fn losses(&mut self, losses: &Losses) {
        for loss in losses.iter() {
            let kind = format!("{:?}", loss.kind).to_lowercase();
            self.line(&format!("loss: {kind} `{}` {}", loss.field, loss.why));
        }
    }

    pub(crate) fn events(&mut self, events: &Events) {
        for (choice, event) in events {
            match choice {
                0 => self.line(&format!("{event:?}")),
                choice => self.line(&format!("[{choice}] {event:?}")),
            }
        }
    }

    pub(crate) fn response(&mut self, response: &Response) {
        let Response {
            id,
            model,
            answers,
            usage,
            losses,
        } = response;
        self.field("id", id);
        self.field("model", model);
        for answer in answers {
            self.line("answer:");
            self.parts(&answer.parts);
            for citation in &answer.notes.citations {
                self.line(&format!("  {citation:?}"));
            }
            for (_, search) in &answer.notes.searches {
                self.line(&format!("  {search:?}"));
            }
            self.line(&format!("  {:?}", answer.finish));
        }
        self.option("usage", usage.as_ref());
        for loss in losses {
            self.line(&format!("{loss:?}"));
        }
    }

    pub(crate) fn encoded(&mut self, encoded: &Encoded) {
        for (name, value) in &encoded.headers {
            self.line(&format!("{name}: {}", value.to_str().unwrap()));
        }
        self.json(&encoded.body);
        // A fence and ids that are spent are the gateway's to undo: no encoder knows of them.
        let Undo {
            tool_names,
            json_tool,
            fence: _,
            spent_ids: _,
        } = &encoded.undo;
        if !encoded.undo.is_empty() {
            self.line(&format!(
                "Undo {{ tool_names: {tool_names:?}, json_tool: {json_tool:?} }}"
            ));
        }
    }

    /// Takes the request apart whole, so that a new field cannot be forgotten here.
    pub(crate) fn request(&mut self, request: &Request) {
        let Request {
            own_fields: _,
            model,
            instructions,
            messages,
            tools,
            groups,
            tool_choice,
            parallel_tool_calls,
            sampling,
            reasoning,
            session,
            shown: _,
            output,
            drawing,
            completion,
            choices,
            stream,
            stream_usage,
            user,
            legacy_calls,
            rest,
            cache,
            kept_here: _,
            repeated: _,
        } = request;
        self.field("model", model);
        if !instructions.is_empty() {
            self.line("instructions:");
            self.parts(instructions);
        }
        for Message {
            role,
            parts,
            name,
            at: _,
        } in messages
        {
            match name {
                Some(name) => self.line(&format!("{role:?} {name:?}:")),
                None => self.line(&format!("{role:?}:")),
            }
            self.parts(parts);
        }
        for tool in tools {
            self.line(&format!("{tool:?}"));
        }
        if !groups.is_empty() {
            self.field("groups", groups);
        }
        if *tool_choice != ToolChoice::Unset {
            self.field("tool_choice", tool_choice);
        }
        self.option("parallel_tool_calls", parallel_tool_calls.as_ref());
        self.sampling(sampling);
        if *reasoning != Reasoning::Unset {
            self.field("reasoning", reasoning);
        }
        if !matches!(output, OutputFormat::Text) {
            self.field("output", output);
        }
        if *drawing != Drawing::Unasked {
            self.field("drawing", drawing);
        }
        self.option("completion", completion.as_ref());
        self.option("choices", choices.as_ref());
        if *stream {
            self.field("stream", stream);
        }
        if *stream_usage {
            self.field("stream_usage", stream_usage);
        }
        self.option("user", user.as_ref());
        self.option("session", session.as_ref());
        if *legacy_calls {
            self.field("legacy_calls", legacy_calls);
        }
        if *cache != CacheMarks::default() {
            self.field("cache", cache);
        }
        if let Some((owner, rest)) = rest {
            for (name, value) in rest {
                self.line(&format!("rest of {}: {name} = {value}", owner.word()));
            }
        }
    }

    fn sampling(&mut self, sampling: &Sampling) {
        let Sampling {
            max_output_tokens,
            temperature,
            top_p,
            top_k,
            stop,
            seed,
            penalties:
                Penalties {
                    frequency,
                    presence,
                },
            logprobs,
        } = sampling;
        self.option("max_output_tokens", max_output_tokens.as_ref());
        self.option("temperature", temperature.as_ref());
        self.option("top_p", top_p.as_ref());
        self.option("top_k", top_k.as_ref());
        if !stop.is_empty() {
            self.field("stop", stop);
        }
        self.option("seed", seed.as_ref());
        self.option("frequency penalty", frequency.as_ref());
        self.option("presence penalty", presence.as_ref());
        self.option("logprobs", logprobs.as_ref());
    }

    fn parts(&mut self, parts: &[Part]) {
        for part in parts {
            self.line(&format!("  {part:?}"));
        }
    }

    fn field(&mut self, name: &str, value: &impl fmt::Debug) {
        self.line(&format!("{name}: {value:?}"));
    }

    fn option(&mut self, name: &str, value: Option<&impl fmt::Debug>) {
        if let Some(value) = value {
            self.field(name, value);
        }
    }

    fn line(&mut self, line: &str) {
        self.0.push_str(line);
        self.0.push('\n');
    }
}
