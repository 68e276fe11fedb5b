//! Writes what every client is told of the recorded replies, laid out as the golden files are, to where the
//! comparison with the vendors' published types reads it (`tests/published`).

use std::{
    fmt::Write as _,
    fs, io,
    path::{Path, PathBuf},
};

use bytes::BytesMut;
use protocol::{
    ClientCodec, Operation, Protocol, ReplyContext,
    canonical::{
        ApiError, Completion, EmbedReply, EmbedRequest, Events, Losses, Request, Response,
    },
    client_codec,
    realtime::Dialect,
};

use super::{
    checks::{self, sessions},
    page::Page,
};

/// A folder like `fixtures/`.
pub(crate) struct Told(PathBuf);

impl Told {
    /// Nothing is left of an earlier run.
    pub(crate) fn new() -> Self {
        let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join("recorded");
        match fs::remove_dir_all(&place) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => panic!("{error}"),
            _ => Self(place),
        }
    }

    pub(crate) fn reply(&self, file: &str, response: &Response, events: &Events) {
        let asked = checks::asked(events.iter().map(|(choice, _)| choice + 1).max());
        for client in Protocol::CLIENTS {
            let page = said(client, &asked, &checks::reply(), response, events);
            self.encoded(client, "responses", file, &page);
        }
        for dialect in Dialect::ALL {
            let (actions, _) = sessions::over_a_socket(dialect, events);
            let mut lines = String::new();
            for event in sessions::script::sent(&actions) {
                writeln!(lines, "S {event}").unwrap();
            }
            let name = format!("{}.{}", flat(file), dialect.word());
            let place = self.0.join(Protocol::OpenAiRealtime.word());
            write(&place.join("sessions"), &name, &lines);
        }
    }

    /// The same of a text that was gone on with.
    pub(crate) fn completed(&self, file: &str, response: &Response, events: &Events) {
        let asked = Request {
            completion: Some(Completion::default()),
            ..checks::asked(None)
        };
        let context = of(Operation::Complete);
        for client in [Protocol::Ollama, Protocol::OpenAiChat] {
            let page = said(client, &asked, &context, response, events);
            self.encoded(client, "completed", file, &page);
        }
    }

    pub(crate) fn tokens(&self, file: &str, tokens: u64) {
        for client in Protocol::CLIENTS {
            let mut page = Page::default();
            page.heading("tokens");
            page.json(&client_codec(client).encode_token_count(tokens));
            self.encoded(client, "models", file, &page);
        }
    }

    pub(crate) fn failure(&self, file: &str, error: &ApiError) {
        for client in Protocol::CLIENTS {
            let answer = client_codec(client).encode_error(error, Some(&checks::exchange()));
            let mut page = Page::default();
            page.heading(&answer.status.to_string());
            page.json(&answer.body);
            self.encoded(client, "errors", file, &page);
        }
    }

    pub(crate) fn vectors(&self, file: &str, reply: &EmbedReply) {
        for client in [Protocol::Gemini, Protocol::Ollama, Protocol::OpenAiChat] {
            let mut page = Page::default();
            for (heading, base64) in [("several", false), ("packed", true)] {
                let request = EmbedRequest {
                    base64,
                    ..EmbedRequest::default()
                };
                let (codec, context) = (client_codec(client), of(Operation::Embed));
                let mut losses = Losses::default();
                page.heading(heading);
                page.json(&codec.encode_embed_reply(reply, &request, &context, &mut losses));
            }
            self.encoded(client, "vectors", file, &page);
        }
    }

    fn encoded(&self, client: Protocol, kind: &str, file: &str, page: &Page) {
        let place = self.0.join(client.word()).join("encoded").join(kind);
        write(&place, &flat(file), &page.to_string());
    }
}

/// A reply whole and streamed.
fn said(
    client: Protocol,
    asked: &Request,
    context: &ReplyContext,
    response: &Response,
    events: &Events,
) -> Page {
    let codec: &dyn ClientCodec = client_codec(client);
    let mut losses = Losses::default();
    let mut page = Page::default();
    page.heading("whole");
    page.json(&codec.encode_response(response, asked, context, &mut losses));
    page.heading("streamed");
    let mut encoder = codec.event_encoder(asked, context);
    let mut sent = BytesMut::new();
    for (choice, event) in events {
        encoder.push(*choice, event, &mut sent, &mut losses);
    }
    page.text(str::from_utf8(&sent).unwrap());
    page
}

fn of(operation: Operation) -> ReplyContext {
    ReplyContext {
        operation,
        ..checks::reply()
    }
}

fn flat(file: &str) -> String {
    file.replace('/', ".")
}

fn write(folder: &Path, name: &str, text: &str) {
    fs::create_dir_all(folder).unwrap();
    fs::write(folder.join(format!("{name}.snap")), text).unwrap();
}
