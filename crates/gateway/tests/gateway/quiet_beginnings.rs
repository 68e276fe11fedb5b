//! A passed-through reply that has begun and then says nothing: who waits for it hears that it is still there.

use axum::{
    body::{Body, Bytes},
    response::Response,
};
use futures_util::{StreamExt as _, stream};
use serde_json::json;

use crate::{
    rig::{IMPATIENT, Rig},
    scripted::Scripted,
};

/// The beginning of a reply, and silence behind it.
fn begun(frame: &'static str) -> Response {
    let frame =
        stream::once(async { Ok::<_, std::io::Error>(Bytes::from_static(frame.as_bytes())) });
    Response::builder()
        .header("content-type", "text/event-stream")
        .body(Body::from_stream(frame.chain(stream::pending())))
        .unwrap()
}

#[tokio::test]
async fn a_reply_that_has_only_begun_is_kept_alive() {
    const MESSAGE: &str = "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"msg_1\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"m\",\"content\":[],\"usage\":{\"input_tokens\":1,\"output_tokens\":1}}}\n\n";
    const RESPONSE: &str = "event: response.created\ndata: {\"type\":\"response.created\",\"sequence_number\":0,\"response\":{\"id\":\"resp_1\",\"object\":\"response\",\"status\":\"in_progress\",\"model\":\"m\",\"output\":[]}}\n\n";
    for (protocol, path, frame, sign) in [
        ("anthropic", "/v1/messages", MESSAGE, "event: ping"),
        ("openai_responses", "/v1/responses", RESPONSE, ": ping"),
    ] {
        let provider = Scripted::start(move |_, _| begun(frame)).await;
        let rig = Rig::with_pace(&provider.config(protocol), IMPATIENT).await;
        let body = json!({"model": "lab/m", "stream": true, "max_tokens": 9, "input": "Hi.",
            "messages": [{"role": "user", "content": "Hi."}]});
        let request = rig.client.post(format!("{}{path}", rig.url)).json(&body);
        let mut answer = request.send().await.unwrap();
        let mut heard = String::new();
        while !heard.contains(sign) {
            let chunk = answer.chunk().await.unwrap().expect("it goes on");
            heard.push_str(str::from_utf8(&chunk).unwrap());
        }
        assert!(heard.starts_with(frame), "{heard}");
    }
}
