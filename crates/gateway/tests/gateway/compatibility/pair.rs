//! One client and one provider with a gateway between them.

use std::panic::{AssertUnwindSafe, catch_unwind};

use axum::Router;
use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde_json::json;
use store::exchanges::ExchangeRow;

use super::{
    ends::{Client, Upstream},
    features::{Feature, LONG, PICTURE, Trial, Way},
};
use crate::{
    ask::PNG,
    fake::{self, Fake},
    question::{self, Question, Said, completions},
    rig::{self, Rig},
    told::Told,
};

pub(super) struct Pair {
    client: Client,
    upstream: Upstream,
    fake: Fake,
    rig: Rig,
}

/// What came of one request, as the client saw it.
pub(super) struct Answer {
    pub(super) way: Way,
    pub(super) exchange: String,
    pub(super) status: u16,
    pub(super) retry_after: Option<String>,
    /// As the headers tell them.
    pub(super) losses: String,
    /// What the client understood, or what it choked on.
    pub(super) told: Result<Told, String>,
    /// What was asked, and what arrived of it.
    pub(super) asked: Question,
    pub(super) heard: Option<Question>,
}

impl Pair {
    pub(super) async fn open(client: Client, upstream: Upstream) -> Self {
        let fake = Fake::start().await;
        let rig = Rig::with_internet(&rig::both(&fake)).await;
        Self {
            client,
            upstream,
            fake,
            rig,
        }
    }

    /// Nothing where the client has no words for it, or the provider no such failure.
    pub(super) async fn try_out(&self, feature: &Feature, pictures: &Pictures) -> Vec<Answer> {
        let hello = Question::of_user("Hello");
        let fails = self.upstream != Upstream::Echo;
        match &feature.trial {
            Trial::Answered {
                question,
                script,
                ways,
            } => {
                let mut question = pictures.placed(question);
                if self.client == Client::Completions && feature.name == LONG {
                    question = question.as_one_text();
                }
                let mut answers = Vec::new();
                for way in *ways {
                    answers.extend(self.ask(&question, self.client.script(script), *way).await);
                }
                answers
            }
            Trial::Cut if fails => {
                let answer = self.ask(&hello, "cut-hello", Way::Streamed).await;
                answer.into_iter().collect()
            }
            Trial::Fails(status) if fails || *status == 404 => {
                let mut answers = Vec::new();
                // A model that failed is left alone for a while: the second one is another.
                for (way, name) in [(Way::Whole, ""), (Way::Streamed, "-again")] {
                    let script = format!("error-{status}{name}");
                    answers.extend(self.ask(&hello, &script, way).await);
                }
                answers
            }
            Trial::Cut | Trial::Fails(_) => Vec::new(),
            Trial::Malformed => self.mumble(&hello).await,
        }
    }

    async fn ask(&self, question: &Question, script: &str, way: Way) -> Option<Answer> {
        let stream = way == Way::Streamed;
        let model = self.upstream.model(script);
        let body = self.client.body(question, &model, stream)?;
        Some(self.send(question, &model, body.to_string(), way).await)
    }

    /// What is said is a number, and the second time the body has no end.
    async fn mumble(&self, question: &Question) -> Vec<Answer> {
        let model = self.upstream.model("hello");
        let mut body = self.client.body(question, &model, false).unwrap();
        body[self.client.said_in()] = json!(5);
        let number = body.to_string();
        let endless = number.trim_end_matches('}').to_owned();
        vec![
            self.send(question, &model, number, Way::Whole).await,
            self.send(question, &model, endless, Way::Whole).await,
        ]
    }

    async fn send(&self, asked: &Question, model: &str, body: String, way: Way) -> Answer {
        let before = self.fake.seen.requests().len();
        let path = self.client.path(model, way == Way::Streamed);
        let url = format!("{}{path}", self.rig.url);
        let request = self.rig.client.post(url).body(body);
        let request = request.header("content-type", "application/json");
        let answer = request.send().await.unwrap();
        let header = |name: &str| {
            let value = answer.headers().get(name)?;
            Some(value.to_str().unwrap().to_owned())
        };
        let status = answer.status().as_u16();
        let (retry_after, losses) = (header("retry-after"), header("x-patchbay-loss"));
        let exchange = header("x-patchbay-exchange").unwrap();
        let mut bytes = answer.bytes().await.unwrap().to_vec();
        let is_stream = way == Way::Streamed && status == 200;
        if is_stream && let Upstream::Speaks(dialect) = self.upstream {
            bytes = without_cut(&bytes, fake::cut(dialect), dialect.has_lines());
        }
        let told = catch_unwind(AssertUnwindSafe(|| self.client.told(is_stream, &bytes)));
        let text = String::from_utf8_lossy(&bytes).into_owned();
        Answer {
            way,
            exchange,
            status,
            retry_after,
            losses: losses.unwrap_or_default(),
            told: told.map_err(|_| text),
            asked: asked.clone(),
            heard: self.heard(before),
        }
    }

    fn heard(&self, before: usize) -> Option<Question> {
        let Upstream::Speaks(dialect) = self.upstream else {
            return None;
        };
        let requests = self.fake.seen.requests();
        let (_, body, path) = requests.get(before)?;
        Some(match path.as_str() {
            "/api/generate" => completions::read_generate(body),
            "/v1/completions" => completions::read(body),
            _ => question::read(dialect, body),
        })
    }

    pub(super) async fn close(self) -> Vec<ExchangeRow> {
        self.rig.rows().await
    }
}

/// Passed through, what was cut is the provider's; what is behind it must be whole.
fn without_cut(bytes: &[u8], cut: &str, has_lines: bool) -> Vec<u8> {
    let end = if has_lines { "\n" } else { "\n\n" };
    let text = String::from_utf8_lossy(bytes);
    text.replace(&format!("{cut}{end}"), "").into_bytes()
}

/// A server that has the picture, under a name of the internet.
pub(super) struct Pictures {
    port: u16,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Pictures {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Pictures {
    pub(super) async fn open() -> Self {
        let router = Router::new().fallback(async || BASE64_STANDARD.decode(PNG).unwrap());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let task = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { port, task }
    }

    fn host(&self) -> String {
        format!("pictures.example:{}", self.port)
    }

    /// The question with the address where the picture really is.
    fn placed(&self, question: &Question) -> Question {
        let mut question = question.clone();
        for said in &mut question.said {
            if let Said::ImageAt(url) = said {
                *url = PICTURE.replace("pictures.example", &self.host());
            }
        }
        question
    }

    /// A sentence with the address as it is written in the table.
    pub(super) fn unplaced(&self, sentence: &str) -> String {
        sentence.replace(&self.host(), "pictures.example")
    }
}
