//! What could not be expressed, in the headers and in the row, of whole answers and of streams.

use serde_json::{Value, json};

use crate::{
    ask::{self, Ask, Dialect},
    fake::Fake,
    rig::{self, Rig},
};

fn body(script: &str, stream: bool) -> Value {
    let model = format!("anthropic/{script}");
    let mut body = ask::body(Dialect::OpenAi, Ask::Text, &model, stream);
    body["seed"] = json!(7);
    body
}

/// Also where the headers of a stream leave before its provider has answered.
#[tokio::test]
async fn losses_are_in_the_headers_and_in_the_row_streamed_or_not() {
    for (script, stream, pace) in [
        ("text", false, rig::PACE),
        ("text", true, rig::PACE),
        ("slow-text", true, rig::IMPATIENT),
    ] {
        let fake = Fake::start().await;
        let rig = Rig::with_pace(&rig::both(&fake), pace).await;
        let url = format!("{}/v1/chat/completions", rig.url);
        let answer = rig.client.post(url).json(&body(script, stream)).send();
        let answer = answer.await.unwrap();
        let name = format!("{script} stream={stream}");
        let told = answer.headers().get("x-patchbay-loss").cloned();
        let told = told.unwrap_or_else(|| panic!("{name}"));
        assert!(
            told.to_str().unwrap().contains("dropped seed"),
            "{name}: {told:?}"
        );
        answer.bytes().await.unwrap();
        let (row, _) = rig.only_row().await;
        assert!(row.losses.iter().any(|loss| loss.field == "seed"), "{name}");
    }
}
