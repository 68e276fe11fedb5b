//! Measures Patchbay beside two yardsticks of ours, in one run and on one machine: a bare hyper proxy, and a
//! proxy that parses every streamed chunk into a `serde_json::Value`. Each runs as a process of its own.

#![expect(
    clippy::print_stdout,
    reason = "the report is what this program is for"
)]

mod goals;
mod load;
mod mock;
mod proxy;
mod serve;
mod subject;

use std::path::PathBuf;

use clap::{Parser, Subcommand};

use crate::{
    goals::Report,
    load::{Case, Figures},
    proxy::Mode,
    subject::Subject,
};

pub(crate) type Error = Box<dyn std::error::Error + Send + Sync>;

#[derive(Parser)]
struct Arguments {
    /// The headless binary to measure.
    #[arg(long, default_value = "target/release/patchbay")]
    patchbay: PathBuf,
    /// Requests a measurement of CPU time.
    #[arg(long, default_value_t = 8_000)]
    requests: usize,
    /// Only this case, for a profiler.
    #[arg(long)]
    case: Option<Case>,
    /// Where to write the figures as JSON.
    #[arg(long)]
    json: Option<PathBuf>,
    #[command(subcommand)]
    role: Option<Role>,
}

/// The parts that run as processes of their own.
#[derive(Subcommand)]
enum Role {
    /// The provider: answers at once.
    Mock,
    /// A yardstick in front of `upstream`.
    Proxy { mode: Mode, upstream: String },
}

fn main() -> Result<(), Error> {
    let arguments = Arguments::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        match arguments.role {
            Some(Role::Mock) => serve::serve(mock::answer).await,
            Some(Role::Proxy { mode, upstream }) => {
                let proxy = proxy::Proxy::new(mode, &upstream);
                serve::serve(move |request| proxy.clone().forward(request)).await
            }
            None => measure(&arguments).await,
        }
    })
}

/// Of each measurement of CPU time: many short ones, in which the subjects take turns.
const ROUNDS: usize = 15;

async fn measure(arguments: &Arguments) -> Result<(), Error> {
    let mock = Subject::role("mock", &["mock"]).await?;
    let upstream = mock.address.clone();
    let bare = Subject::role("bare hyper proxy", &["proxy", "bare", &upstream]).await?;
    let parsing = Subject::role("parsing proxy", &["proxy", "parsing", &upstream]).await?;
    let patchbay = Subject::patchbay(&arguments.patchbay, &upstream).await?;
    let idle_bytes = patchbay.resident_bytes()?;

    let mut figures = Vec::new();
    for (case, subjects) in [
        (Case::Whole, vec![&bare, &patchbay]),
        (Case::Stream, vec![&bare, &parsing, &patchbay]),
        (Case::TranslatedWhole, vec![&patchbay]),
        (Case::TranslatedStream, vec![&patchbay]),
    ] {
        if arguments.case.is_some_and(|only| only != case) {
            continue;
        }
        // The first round warms connections, caches and allocators.
        for subject in &subjects {
            load::run(case, subject, arguments.requests / 20).await?;
        }
        let mut rounds = vec![Vec::new(); subjects.len()];
        for _ in 0..ROUNDS {
            for (subject, rounds) in subjects.iter().zip(&mut rounds) {
                rounds.push(load::run(case, subject, arguments.requests).await?);
            }
        }
        for (subject, rounds) in subjects.iter().zip(rounds) {
            figures.push(Figures::of(case, subject.name, &rounds));
        }
    }
    let mut first_bytes = Vec::new();
    for subject in [&mock, &bare, &patchbay] {
        first_bytes.push(load::first_byte(subject).await?);
    }
    let mut gaps = Vec::new();
    for subject in [&mock, &bare, &patchbay] {
        gaps.push(load::gaps(subject).await?);
    }
    let report = Report {
        figures,
        first_bytes,
        gaps,
        idle_bytes,
        binary_bytes: std::fs::metadata(&arguments.patchbay)?.len(),
    };
    println!("{report}");
    if let Some(path) = &arguments.json {
        std::fs::write(path, serde_json::to_string_pretty(&report)?)?;
    }
    for subject in [patchbay, parsing, bare, mock] {
        subject.stop().await?;
    }
    Ok(())
}
