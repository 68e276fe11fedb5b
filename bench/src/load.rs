//! The load: what is sent, and what is measured while it is.

use std::time::{Duration, Instant};

use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use serde::Serialize;
use tokio::{net::TcpStream, task::JoinSet};

use crate::{Error, mock, subject::Subject};

/// Connections at once.
const CLIENTS: usize = 16;
/// For what a subject does once the answers are out: it belongs to them.
const AFTERWARDS: Duration = Duration::from_millis(200);
/// Sequential requests of a latency measurement.
const PROBES: usize = 2_000;

#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Case {
    /// One JSON answer, passed through.
    Whole,
    /// 64 chunks, passed through.
    Stream,
    /// An Anthropic client in front of the OpenAI provider, one JSON answer.
    TranslatedWhole,
    /// The same, 64 chunks.
    TranslatedStream,
}

impl Case {
    fn request(self, provider: &str) -> (&'static str, Bytes) {
        let stream = matches!(self, Self::Stream | Self::TranslatedStream);
        let text = "What does a patch bay do? ".repeat(40);
        let body = |extra: &str| {
            format!(
                r#"{{"model":"{provider}/mock","stream":{stream},{extra}"messages":[{{"role":"user","content":"{text}"}}]}}"#
            )
        };
        match self {
            Self::Whole | Self::Stream => ("/v1/chat/completions", body("").into()),
            Self::TranslatedWhole | Self::TranslatedStream => {
                ("/v1/messages", body(r#""max_tokens":1000,"#).into())
            }
        }
    }
}

/// Of one case with one subject.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Figures {
    pub(crate) case: Case,
    pub(crate) subject: &'static str,
    /// CPU time of the subject's process per request, at its best: noise only ever adds.
    pub(crate) cpu_us: f64,
    pub(crate) requests_per_second: f64,
    /// The same in each round. In a round all subjects have the same machine, whose pace changes from one to the next.
    pub(crate) rounds_us: Vec<f64>,
}

impl Figures {
    pub(crate) fn of(case: Case, subject: &'static str, rounds: &[Round]) -> Self {
        let each = |figure: fn(&Round) -> f64| rounds.iter().map(figure);
        Self {
            case,
            subject,
            cpu_us: each(|round| round.cpu_us).fold(f64::INFINITY, f64::min),
            requests_per_second: each(|round| round.requests_per_second).fold(0.0, f64::max),
            rounds_us: each(|round| round.cpu_us).collect(),
        }
    }

    /// How many times as dear as another subject: the median of the rounds.
    pub(crate) fn beside(&self, other: &Self) -> f64 {
        let rounds = self.rounds_us.iter().zip(&other.rounds_us);
        let mut ratios: Vec<f64> = rounds.map(|(own, others)| own / others).collect();
        ratios.sort_unstable_by(f64::total_cmp);
        ratios.get(ratios.len() / 2).copied().unwrap_or(f64::NAN)
    }
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Round {
    cpu_us: f64,
    requests_per_second: f64,
}

/// Sends `requests` over [`CLIENTS`] connections.
pub(crate) async fn run(case: Case, subject: &Subject, requests: usize) -> Result<Round, Error> {
    let cpu = subject.cpu_time()?;
    let start = Instant::now();
    let mut clients = JoinSet::new();
    let each = (requests / CLIENTS).max(1);
    for _ in 0..CLIENTS {
        let address = subject.address.clone();
        clients.spawn(async move {
            let mut client = Client::connect(&address).await?;
            let (path, body) = case.request("mock");
            for _ in 0..each {
                client.whole(path, body.clone()).await?;
            }
            Ok::<_, Error>(())
        });
    }
    while let Some(client) = clients.join_next().await {
        client??;
    }
    let elapsed = start.elapsed();
    tokio::time::sleep(AFTERWARDS).await;
    let cpu = subject.cpu_time()? - cpu;
    let sent = (each * CLIENTS) as f64;
    Ok(Round {
        cpu_us: cpu.as_secs_f64() * 1e6 / sent,
        requests_per_second: sent / elapsed.as_secs_f64(),
    })
}

/// From the last byte of the request to the first of a stream's body.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct FirstByte {
    pub(crate) subject: &'static str,
    pub(crate) best_us: f64,
    pub(crate) median_us: f64,
}

pub(crate) async fn first_byte(subject: &Subject) -> Result<FirstByte, Error> {
    let mut client = Client::connect(&subject.address).await?;
    let (path, body) = Case::Stream.request("mock");
    let mut times = Vec::with_capacity(PROBES);
    for _ in 0..PROBES {
        times.push(client.arrivals(path, body.clone()).await?.first);
    }
    times.sort_unstable();
    Ok(FirstByte {
        subject: subject.name,
        best_us: times[0].as_secs_f64() * 1e6,
        median_us: times[PROBES / 2].as_secs_f64() * 1e6,
    })
}

/// The longest silence between two chunks of a stream whose provider pauses evenly.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Gaps {
    pub(crate) subject: &'static str,
    pub(crate) longest_ms: f64,
}

pub(crate) async fn gaps(subject: &Subject) -> Result<Gaps, Error> {
    let mut client = Client::connect(&subject.address).await?;
    let (path, body) = Case::Stream.request("paced");
    let path = if subject.name == "patchbay" {
        path.to_owned()
    } else {
        format!("/paced{path}")
    };
    // The median of several streams: one hiccup of the machine is not the subject's.
    let mut longest = Vec::new();
    for _ in 0..9 {
        let arrivals = client.arrivals(&path, body.clone()).await?;
        // Behind a pause each chunk comes by itself, or somebody held it back.
        if arrivals.pieces < mock::CHUNKS {
            let pieces = arrivals.pieces;
            return Err(format!("a paced stream arrived in {pieces} pieces").into());
        }
        longest.push(arrivals.longest_gap);
    }
    longest.sort_unstable();
    Ok(Gaps {
        subject: subject.name,
        longest_ms: longest[longest.len() / 2].as_secs_f64() * 1e3,
    })
}

struct Arrivals {
    first: Duration,
    longest_gap: Duration,
    pieces: usize,
}

/// One kept-alive connection.
struct Client {
    address: String,
    sender: SendRequest<Full<Bytes>>,
}

impl Client {
    async fn connect(address: &str) -> Result<Self, Error> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let (sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        tokio::spawn(connection);
        Ok(Self {
            address: address.to_owned(),
            sender,
        })
    }

    async fn send(
        &mut self,
        path: &str,
        body: Bytes,
    ) -> Result<http::Response<hyper::body::Incoming>, Error> {
        let request = Request::post(path)
            .header("host", &self.address)
            .header("content-type", "application/json")
            .body(Full::new(body))?;
        self.sender.ready().await?;
        let answer = self.sender.send_request(request).await?;
        if answer.status().is_success() {
            return Ok(answer);
        }
        let status = answer.status();
        let body = answer.into_body().collect().await?.to_bytes();
        Err(format!("{status}: {}", String::from_utf8_lossy(&body)).into())
    }

    async fn whole(&mut self, path: &str, body: Bytes) -> Result<(), Error> {
        let mut body = self.send(path, body).await?.into_body();
        while let Some(frame) = body.frame().await {
            frame?;
        }
        Ok(())
    }

    async fn arrivals(&mut self, path: &str, body: Bytes) -> Result<Arrivals, Error> {
        let start = Instant::now();
        let mut body = self.send(path, body).await?.into_body();
        let mut last = None;
        let mut arrivals = Arrivals {
            first: Duration::ZERO,
            longest_gap: Duration::ZERO,
            pieces: 0,
        };
        while let Some(frame) = body.frame().await {
            frame?;
            let now = Instant::now();
            match last.replace(now) {
                None => arrivals.first = now - start,
                Some(before) => arrivals.longest_gap = arrivals.longest_gap.max(now - before),
            }
            arrivals.pieces += 1;
        }
        Ok(arrivals)
    }
}
