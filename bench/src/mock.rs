//! The provider of the measurements: an OpenAI chat answer, whole or as a stream of 64 chunks.

use std::{convert::Infallible, sync::LazyLock, time::Duration};

use bytes::Bytes;
use futures_util::{StreamExt, stream};
use http::{Request, Response};
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::{Frame, Incoming};

use crate::serve::Body;

/// Deltas of one stream.
pub(crate) const CHUNKS: usize = 64;
/// A path that ends so is answered with a pause before every chunk.
pub(crate) const PACE: Duration = Duration::from_millis(10);

static WHOLE: LazyLock<Bytes> = LazyLock::new(|| {
    let text = "A patch bay connects what was not made for each other. ".repeat(16);
    Bytes::from(format!(
        r#"{{"id":"chatcmpl-1","object":"chat.completion","created":1763700000,"model":"mock","choices":[{{"index":0,"message":{{"role":"assistant","content":"{text}","refusal":null}},"logprobs":null,"finish_reason":"stop"}}],"usage":{{"prompt_tokens":100,"completion_tokens":200,"total_tokens":300}}}}"#
    ))
});

static STREAM: LazyLock<Vec<Bytes>> = LazyLock::new(|| {
    let chunk = |delta: &str, finish: &str| {
        Bytes::from(format!(
            "data: {{\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"created\":1763700000,\"model\":\"mock\",\"choices\":[{{\"index\":0,\"delta\":{delta},\"logprobs\":null,\"finish_reason\":{finish}}}]}}\n\n"
        ))
    };
    let mut chunks = vec![chunk(r#"{"role":"assistant","content":""}"#, "null")];
    chunks.extend((0..CHUNKS).map(|n| chunk(&format!(r#"{{"content":"word {n} "}}"#), "null")));
    chunks.push(chunk("{}", r#""stop""#));
    chunks.push(Bytes::from_static(b"data: [DONE]\n\n"));
    chunks
});

pub(crate) async fn answer(request: Request<Incoming>) -> Response<Body> {
    let paced = request.uri().path().contains("/paced/");
    let Ok(body) = request.into_body().collect().await else {
        return Response::new(whole(Bytes::new()));
    };
    let body = body.to_bytes();
    if body.is_empty() {
        return json(Bytes::from_static(
            br#"{"object":"list","data":[{"id":"mock","object":"model","created":1,"owned_by":"bench"}]}"#,
        ));
    }
    let asks_for_stream = serde_json::from_slice::<serde_json::Value>(&body)
        .is_ok_and(|request| request["stream"] == true);
    if !asks_for_stream {
        return json(WHOLE.clone());
    }
    let chunks = stream::iter(STREAM.iter().cloned()).then(move |chunk| async move {
        if paced {
            tokio::time::sleep(PACE).await;
        } else {
            // One write a chunk, as a provider that thinks between tokens.
            tokio::task::yield_now().await;
        }
        Ok::<_, Infallible>(Frame::data(chunk))
    });
    let mut response = Response::new(StreamBody::new(chunks).map_err(Into::into).boxed());
    response.headers_mut().insert(
        http::header::CONTENT_TYPE,
        http::HeaderValue::from_static("text/event-stream"),
    );
    response
}

fn json(body: Bytes) -> Response<Body> {
    let mut response = Response::new(whole(body));
    response.headers_mut().insert(
        http::header::CONTENT_TYPE,
        http::HeaderValue::from_static("application/json"),
    );
    response
}

fn whole(body: Bytes) -> Body {
    Full::new(body).map_err(|never| match never {}).boxed()
}
