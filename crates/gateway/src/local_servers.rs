//! Finds the model servers that already run on this computer, by asking the usual ports.

use std::{
    net::{Ipv4Addr, SocketAddr},
    time::Duration,
};

use bytes::Bytes;
use futures_util::future::join_all;
use http::Uri;
use http_body_util::{BodyExt as _, Empty, Limited};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use serde::Deserialize;
use tokio::time::timeout;

const MAX_BODY: usize = 1024 * 1024;

/// Where to look.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Probe {
    /// The preset that listens there unless somebody moved it.
    pub(crate) preset: &'static str,
    pub(crate) port: u16,
}

/// The ports that these servers have out of the box.
pub(crate) const USUAL: [Probe; 4] = [
    Probe {
        preset: "ollama",
        port: 11434,
    },
    Probe {
        preset: "lm-studio",
        port: 1234,
    },
    Probe {
        preset: "llama-cpp",
        port: 8080,
    },
    Probe {
        preset: "vllm",
        port: 8000,
    },
];

/// A server that answered.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Found {
    pub(crate) preset: &'static str,
    pub(crate) port: u16,
    pub(crate) models: Vec<String>,
}

/// Asks all at once; what does not answer like a model server, or only after this long, is left out.
pub(crate) async fn find(probes: &[Probe], patience: Duration) -> Vec<Found> {
    let client = Client::builder(TokioExecutor::new()).build_http();
    let asked = probes.iter().map(|probe| ask(&client, *probe, patience));
    join_all(asked).await.into_iter().flatten().collect()
}

/// Whether a provider's base URL leads to this port of this computer.
pub(crate) fn leads_to(base_url: &str, port: u16) -> bool {
    let Ok(uri) = base_url.parse::<Uri>() else {
        return false;
    };
    let here = matches!(
        uri.host(),
        Some("127.0.0.1" | "localhost" | "[::1]" | "0.0.0.0")
    );
    here && uri.port_u16().unwrap_or(80) == port
}

type Asker = Client<HttpConnector, Empty<Bytes>>;

async fn ask(client: &Asker, probe: Probe, patience: Duration) -> Option<Found> {
    let list = json::<List>(client, probe.port, "/v1/models");
    if let Ok(Some(list)) = timeout(patience, list).await
        && list.object == "list"
    {
        let models = list.data.unwrap_or_default();
        let preset = models
            .iter()
            .find_map(Model::server)
            .unwrap_or(probe.preset);
        return Some(Found {
            preset,
            port: probe.port,
            models: models.into_iter().map(|model| model.id).collect(),
        });
    }
    // An Ollama from before it spoke this protocol still says its version.
    let version = json::<Version>(client, probe.port, "/api/version");
    let version = timeout(patience, version).await.ok()??;
    (!version.version.is_empty()).then_some(Found {
        preset: "ollama",
        port: probe.port,
        models: Vec::new(),
    })
}

async fn json<T: for<'a> Deserialize<'a>>(client: &Asker, port: u16, path: &str) -> Option<T> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let uri: Uri = format!("http://{address}{path}").parse().ok()?;
    let response = client.get(uri).await.ok()?;
    if !response.status().is_success() {
        return None;
    }
    let body = Limited::new(response.into_body(), MAX_BODY)
        .collect()
        .await
        .ok()?;
    serde_json::from_slice(&body.to_bytes()).ok()
}

#[derive(Deserialize)]
struct List {
    #[serde(default)]
    object: String,
    /// Ollama without a model answers `null`.
    data: Option<Vec<Model>>,
}

#[derive(Deserialize)]
struct Model {
    id: String,
    #[serde(default)]
    owned_by: String,
}

impl Model {
    /// What the model's server calls itself, wherever it listens.
    fn server(&self) -> Option<&'static str> {
        match self.owned_by.as_str() {
            "llamacpp" => Some("llama-cpp"),
            "vllm" => Some("vllm"),
            _ => None,
        }
    }
}

#[derive(Deserialize)]
struct Version {
    version: String,
}

#[cfg(test)]
#[path = "local_servers_tests.rs"]
mod tests;
