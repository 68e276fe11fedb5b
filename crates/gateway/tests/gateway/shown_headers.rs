//! The headers that a row shows are those that the provider got.

use std::collections::BTreeMap;

use http::HeaderMap;
use serde_json::json;
use store::exchanges::{Bodies, ExchangeRow};

use crate::{ask::Dialect, fake::Fake, rig};

/// By name, since the order of headers says nothing.
type Headers = BTreeMap<String, Vec<String>>;

fn shown(bodies: &Bodies) -> Headers {
    let json = bodies.upstream_request_headers.as_ref().unwrap();
    let pairs: Vec<(String, String)> = serde_json::from_slice(&json.bytes).unwrap();
    let mut headers = Headers::new();
    for (name, value) in pairs {
        headers.entry(name).or_default().push(value);
    }
    headers
}

/// What came in, without what nobody may see.
fn got(headers: &HeaderMap, credential: &str) -> Headers {
    let mut all = Headers::new();
    for (name, value) in headers {
        let value = match name.as_str() {
            // What a provider is configured with may be a credential, too.
            name if name == credential || name == "x-team" => "…",
            _ => value.to_str().unwrap(),
        };
        let values = all.entry(name.to_string()).or_default();
        values.push(value.to_owned());
    }
    all
}

async fn sent(fake: &Fake, config: &str, to: Dialect, stream: bool) -> (ExchangeRow, Bodies) {
    let rig = rig::Rig::with(config).await;
    let body = json!({"model": format!("{}/text", to.word()), "stream": stream,
        "max_tokens": 9, "messages": [{"role": "user", "content": "Hello"}]});
    let request = rig.client.post(format!("{}/v1/messages", rig.url));
    let request = request.header("anthropic-beta", "odd-one").json(&body);
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status(), 200, "{to:?}");
    answer.bytes().await.unwrap();
    assert_eq!(fake.seen.requests().len(), 1, "{to:?}");
    rig.only_row().await
}

#[tokio::test]
async fn all_headers_that_went_out_are_shown() {
    for to in Dialect::UPSTREAMS {
        for stream in [false, true] {
            // The second address is not known to be this computer's: a fuller client leads there.
            for host in ["127.0.0.1", "0.0.0.0"] {
                let fake = Fake::start().await;
                let config = rig::both(&fake)
                    .replace("127.0.0.1", host)
                    .replace("retries = 0", "retries = 0\nheaders = { x-team = \"red\" }");
                let (_, bodies) = sent(&fake, &config, to, stream).await;
                let (headers, ..) = fake.seen.requests().remove(0);
                let (credential, _) = to.credential("");
                let name = format!("{to:?} stream={stream} {host}");
                assert_eq!(headers["x-team"], "red", "{name}");
                assert_eq!(shown(&bodies), got(&headers, credential), "{name}");
            }
        }
    }
}

#[tokio::test]
async fn no_credential_is_shown_where_none_went() {
    let fake = Fake::start().await;
    let config = format!(
        "[[providers]]\nid = \"ollama\"\nprotocol = \"ollama\"\nbase_url = \"{}\"\n[log]\nbodies = \"all\"\n",
        fake.url
    );
    let rig = rig::Rig::with(&config).await;
    let body = json!({"model": "ollama/text", "messages": [{"role": "user", "content": "Hello"}]});
    let request = rig.client.post(format!("{}/api/chat", rig.url)).json(&body);
    request.send().await.unwrap().bytes().await.unwrap();
    let (_, bodies) = rig.only_row().await;
    let (headers, ..) = fake.seen.requests().remove(0);
    assert_eq!(shown(&bodies), got(&headers, ""));
}
