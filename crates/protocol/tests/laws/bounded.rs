//! What the fuzz targets do without end, for a bounded time: each decoder on unsound copies of its own fixtures. A
//! fixed number of them, the same in every run; or new ones for as many seconds as `FUZZ_SECONDS` says.

use std::{
    env,
    time::{Duration, Instant},
};

use protocol::{Protocol, realtime::Dialect};

use crate::{
    checks,
    fixtures::{self, Fixture},
    mutation::{self, Dice},
};

/// For each decoder of a protocol.
const COPIES: usize = 300;

/// Bytes as good as chance, from a beginning.
struct Chance(u64);

impl Chance {
    fn bytes(&mut self) -> Vec<u8> {
        let words = std::iter::repeat_with(|| {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            self.0.to_le_bytes()
        });
        words.take(4).flatten().collect()
    }

    fn below(&mut self, end: usize) -> usize {
        Dice::new(&self.bytes()).roll(end)
    }
}

/// Tries unsound copies of each protocol's fixtures, and fails if there are none.
fn tried(fixtures: Vec<Fixture>, check: impl Fn(Protocol, &[u8], &mut Chance)) {
    let seconds = env::var("FUZZ_SECONDS").ok();
    let seconds = seconds.and_then(|seconds| seconds.parse().ok());
    let until = seconds.map(|seconds| Instant::now() + Duration::from_secs(seconds));
    let seed = match until {
        Some(_) => u64::from(std::process::id()) << 20 | 1,
        None => 2026,
    };
    let mut chance = Chance(seed);
    let mut groups: Vec<(Protocol, Vec<Fixture>)> = Vec::new();
    for fixture in fixtures {
        match groups
            .iter_mut()
            .find(|(known, _)| *known == fixture.protocol)
        {
            Some((_, group)) => group.push(fixture),
            None => groups.push((fixture.protocol, vec![fixture])),
        }
    }
    assert!(!groups.is_empty());
    loop {
        for (protocol, group) in &groups {
            for _ in 0..COPIES {
                let fixture = &group[chance.below(group.len())];
                let dice = chance.bytes();
                let mut dice = Dice::new(&dice);
                let is_stream = ["sse", "bin", "ndjson", "script", "snap"]
                    .iter()
                    .any(|kind| fixture.name.ends_with(kind));
                let bytes = if is_stream {
                    mutation::stream(&fixture.bytes, &mut dice)
                } else {
                    mutation::document(&fixture.bytes, &mut dice)
                };
                check(*protocol, &bytes, &mut chance);
            }
        }
        if until.is_none_or(|until| Instant::now() >= until) {
            return;
        }
    }
}

#[test]
fn streams() {
    tried(fixtures::streams(), |protocol, bytes, chance| {
        let sizes = [1 + chance.below(60), 1 + chance.below(9)];
        checks::stream(protocol, bytes, &sizes);
    });
}

#[test]
fn connections() {
    tried(fixtures::all("sessions", "script"), |_, bytes, chance| {
        let dialect = Dialect::ALL[chance.below(Dialect::ALL.len())];
        checks::sessions::session(dialect, bytes);
    });
}

/// What a provider says on a connection that is passed through.
#[test]
fn connections_of_others() {
    let mut fixtures = fixtures::all("sessions", "snap");
    for fixture in &mut fixtures {
        let page = String::from_utf8_lossy(&fixture.bytes);
        let said = page.lines().filter_map(|line| line.strip_prefix("S "));
        fixture.bytes = said.collect::<Vec<_>>().join("\n").into_bytes();
    }
    tried(fixtures, |_, bytes, _| checks::sessions::listens(bytes));
}

#[test]
fn replies() {
    tried(fixtures::all("responses", "json"), |protocol, bytes, _| {
        checks::response(protocol, bytes);
    });
}

#[test]
fn failures() {
    tried(
        fixtures::all("errors", "json"),
        |protocol, bytes, chance| {
            let status = u16::try_from(400 + chance.below(200)).unwrap();
            checks::failure(protocol, status, bytes);
        },
    );
}

#[test]
fn requests() {
    tried(fixtures::all("requests", "json"), |protocol, bytes, _| {
        checks::request(protocol, bytes);
        checks::envelope(bytes);
    });
}

#[test]
fn texts_to_go_on_with() {
    let mut fixtures = fixtures::all("completions", "json");
    let lines =
        r#"{"model":"m","prompt":"a","suffix":"b","options":{"num_predict":3},"stream":false}"#;
    fixtures.push(Fixture {
        name: "lines".to_owned(),
        protocol: Protocol::Ollama,
        bytes: lines.as_bytes().to_vec(),
    });
    tried(fixtures, |protocol, bytes, _| {
        checks::completion(protocol, bytes)
    });
}

/// A client's texts to embed and a provider's answers, of protocols that have no fixtures of them.
const VECTORS: [(Protocol, &str); 7] = [
    (
        Protocol::Gemini,
        r#"{"content":{"parts":[{"text":"a"}]},"taskType":"RETRIEVAL_QUERY","outputDimensionality":2}"#,
    ),
    (
        Protocol::Gemini,
        r#"{"requests":[{"model":"models/m","content":{"parts":[{"text":"a"}]}}]}"#,
    ),
    (
        Protocol::Gemini,
        r#"{"embeddings":[{"values":[0.5,-1]}],"usageMetadata":{"promptTokenCount":2}}"#,
    ),
    (
        Protocol::Ollama,
        r#"{"model":"m","input":["a","b"],"truncate":true,"dimensions":2}"#,
    ),
    (
        Protocol::Ollama,
        r#"{"model":"m","embeddings":[[0.5,-1]],"prompt_eval_count":2}"#,
    ),
    (
        Protocol::OpenAiChat,
        r#"{"object":"list","data":[{"object":"embedding","index":0,"embedding":[0.5,-1]}],"model":"m","usage":{"prompt_tokens":2,"total_tokens":2}}"#,
    ),
    (
        Protocol::OpenAiChat,
        r#"{"data":[{"index":1,"embedding":"AAAAPwAAgL8="},{"index":0,"embedding":"AAAAPw=="}]}"#,
    ),
];

#[test]
fn texts_to_embed_and_their_vectors() {
    let mut fixtures = fixtures::all("embeddings", "json");
    fixtures.extend(VECTORS.map(|(protocol, text)| Fixture {
        name: "vectors".to_owned(),
        protocol,
        bytes: text.as_bytes().to_vec(),
    }));
    tried(fixtures, |protocol, bytes, _| {
        for path in checks::EMBED_PATHS {
            checks::embed_request(protocol, path, bytes);
        }
        checks::embed_reply(protocol, bytes);
    });
}
