//! Conversations that clients leave with us: resumed with providers that know nothing of them.

use serde_json::{Value, json};

use crate::{
    ask::Dialect,
    fake::Fake,
    rig::{self, Rig},
    scripted::{self, Scripted},
};

async fn send(rig: &Rig, body: &Value) -> (u16, Value) {
    let request = rig.client.post(format!("{}/v1/responses", rig.url));
    let answer = request.json(body).send().await.unwrap();
    let status = answer.status().as_u16();
    if body["stream"] != true {
        return (status, answer.json().await.unwrap());
    }
    let text = answer.text().await.unwrap();
    let last = text.lines().rfind(|line| line.starts_with("data: "));
    let last: Value = serde_json::from_str(&last.unwrap()[6..]).unwrap();
    (status, last["response"].clone())
}

async fn get(rig: &Rig, path: &str) -> (u16, Value) {
    let request = rig.client.get(format!("{}/v1/responses/{path}", rig.url));
    let answer = request.send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

#[tokio::test]
async fn edge_103_complaint_23_a_conversation_goes_on_with_any_provider() {
    for stream in [false, true] {
        let fake = Fake::start().await;
        let rig = Rig::with(&rig::both(&fake)).await;
        let first = json!({"model": "openai_chat/text", "input": "One?", "stream": stream,
            "instructions": "Be brief."});
        let (status, one) = send(&rig, &first).await;
        assert_eq!(status, 200, "{one}");
        // Another provider, another protocol.
        let second = json!({"model": "anthropic/tools", "input": [{"role": "user", "content": "Two?"}],
            "previous_response_id": one["id"], "stream": stream, "max_output_tokens": 100});
        let (status, two) = send(&rig, &second).await;
        assert_eq!(status, 200, "{two}");
        let (_, sent, _) = fake.seen.requests().pop().unwrap();
        let said: Vec<&Value> = sent["messages"].as_array().unwrap().iter().collect();
        let text = |at: usize| said[at]["content"].to_string();
        assert!(text(0).contains("One?"), "{sent}");
        assert!(text(1).contains("Hello from far away"), "{sent}");
        assert!(text(2).contains("Two?"), "{sent}");
        // Edge case 103: what leads a conversation leads it once.
        assert!(sent.get("system").is_none(), "{sent}");
        // A call of that reply is answered by its id alone.
        let call = &two["output"].as_array().unwrap()[1];
        assert_eq!(call["type"], "function_call");
        let third = json!({"model": "openai_chat/text", "previous_response_id": two["id"], "stream": stream,
            "input": [{"type": "function_call_output", "call_id": call["call_id"], "output": "-3 C"}]});
        let (status, three) = send(&rig, &third).await;
        assert_eq!(status, 200, "{three}");
        let (_, sent, _) = fake.seen.requests().pop().unwrap();
        let roles: Vec<&str> = sent["messages"]
            .as_array()
            .unwrap()
            .iter()
            .map(|message| message["role"].as_str().unwrap())
            .collect();
        assert_eq!(roles, ["user", "assistant", "user", "assistant", "tool"]);
    }
}

/// What the client is told of a prompt that nobody counted is told in the row.
#[tokio::test]
async fn the_estimate_of_a_continued_conversation_is_of_all_of_it() {
    let reply = json!({"id": "c", "model": "m", "choices": [{"index": 0, "finish_reason": "stop",
        "message": {"role": "assistant", "content": "Word ".repeat(500)}}]});
    let provider = Scripted::start(move |_, _| scripted::json(&reply)).await;
    let rig = Rig::with(&provider.config("openai_chat")).await;
    let (_, one) = send(&rig, &json!({"model": "lab/m", "input": "One?"})).await;
    let goes_on = json!({"model": "lab/m", "input": "Two?", "previous_response_id": one["id"]});
    let (status, two) = send(&rig, &goes_on).await;
    assert_eq!(status, 200, "{two}");
    let told = two["usage"]["input_tokens"].as_u64().unwrap();
    assert!(told > 500, "{told}");
    let rows = rig.rows().await;
    assert_eq!(rows[1].input_tokens, Some(told));
    assert!(rows[1].usage_estimated);
}

#[tokio::test]
async fn a_provider_of_the_same_protocol_gets_what_it_cannot_know() {
    let fake = Fake::start().await;
    let rig = Rig::with(&rig::both(&fake)).await;
    let (_, one) = send(&rig, &json!({"model": "anthropic/text", "input": "One?"})).await;
    let goes_on = json!({"model": "openai_responses/text", "input": "Two?", "previous_response_id": one["id"]});
    assert_eq!(send(&rig, &goes_on).await.0, 200);
    let (_, sent, _) = fake.seen.requests().pop().unwrap();
    assert_eq!(sent["input"].as_array().unwrap().len(), 3, "{sent}");
    assert!(sent.get("previous_response_id").is_none());
    // What it keeps itself stays as it is.
    let own = json!({"model": "openai_responses/text", "input": "Two?", "previous_response_id": "resp_theirs"});
    assert_eq!(send(&rig, &own).await.0, 200);
    let (_, sent, _) = fake.seen.requests().pop().unwrap();
    assert_eq!(sent["previous_response_id"], "resp_theirs");
}

#[tokio::test]
async fn a_reply_is_there_until_it_is_deleted() {
    let fake = Fake::start().await;
    let config = rig::both(&fake).replace(
        "protocol = \"openai_responses\"",
        "protocol = \"openai_chat\"",
    );
    let rig = Rig::with(&config).await;
    let asked = json!({"model": "openai_chat/text", "input": [
        {"role": "user", "content": "One."}, {"role": "user", "content": "Two."}]});
    let (_, reply) = send(&rig, &asked).await;
    let id = reply["id"].as_str().unwrap();
    assert_eq!(get(&rig, id).await, (200, reply.clone()));
    let (status, items) = get(&rig, &format!("{id}/input_items?order=asc&limit=1")).await;
    assert_eq!((status, &items["has_more"]), (200, &json!(true)));
    assert_eq!(
        items["data"][0]["content"][0],
        json!({"type": "input_text", "text": "One."})
    );
    let after = items["last_id"].as_str().unwrap();
    let (_, items) = get(&rig, &format!("{id}/input_items?order=asc&after={after}")).await;
    assert_eq!(items["data"][0]["content"][0]["text"], "Two.");
    assert_eq!(items["has_more"], false);
    let gone = rig.client.delete(format!("{}/v1/responses/{id}", rig.url));
    let gone: Value = gone.send().await.unwrap().json().await.unwrap();
    assert_eq!(
        gone,
        json!({"id": id, "object": "response", "deleted": true})
    );
    for path in [id.to_owned(), format!("{id}/input_items")] {
        let (status, error) = get(&rig, &path).await;
        assert_eq!(
            (status, &error["error"]["code"]),
            (404, &json!("response_not_found"))
        );
    }
    let goes_on =
        json!({"model": "openai_chat/text", "input": "Three?", "previous_response_id": id});
    let (status, error) = send(&rig, &goes_on).await;
    assert_eq!(status, 400);
    assert_eq!(error["error"]["code"], "previous_response_not_found");
    assert_eq!(error["error"]["param"], "previous_response_id");
}

#[tokio::test]
async fn a_page_of_items_that_cannot_be_is_refused_by_its_parameter() {
    let fake = Fake::start().await;
    let rig = Rig::with(&rig::both(&fake)).await;
    let asked = json!({"model": "openai_chat/text", "input": "One?"});
    let (_, reply) = send(&rig, &asked).await;
    let id = reply["id"].as_str().unwrap();
    for (query, at) in [
        ("after=msg_x", "after"),
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("limit=many", "limit"),
        ("order=up", "order"),
    ] {
        let (status, error) = get(&rig, &format!("{id}/input_items?{query}")).await;
        assert_eq!((status, &error["error"]["param"]), (400, &json!(at)));
        let message = error["error"]["message"].as_str().unwrap();
        assert!(message.contains(&format!("`{at}`")), "{message}");
    }
    let (status, _) = get(
        &rig,
        &format!("{id}/input_items?limit=100&order=desc&after="),
    )
    .await;
    assert_eq!(status, 200);
}

#[tokio::test]
async fn a_kept_reply_is_streamed_again_from_where_its_client_wants() {
    let fake = Fake::start().await;
    let rig = Rig::with(&rig::both(&fake)).await;
    for stream in [false, true] {
        let tool = json!({"type": "custom", "name": "weather", "description": "It."});
        let asked = json!({"model": "anthropic/tools", "input": "One?", "stream": stream,
            "max_output_tokens": 100, "tools": [tool], "metadata": {"team": "blue"}});
        let (status, reply) = send(&rig, &asked).await;
        assert_eq!(status, 200, "{reply}");
        let id = reply["id"].as_str().unwrap();
        let events = async |query: &str| -> Vec<Value> {
            let url = format!("{}/v1/responses/{id}?{query}", rig.url);
            let answer = rig.client.get(url).send().await.unwrap();
            let kind = answer.headers()["content-type"].to_str().unwrap();
            assert!(kind.starts_with("text/event-stream"), "{kind}");
            let text = answer.text().await.unwrap();
            let data = text.lines().filter_map(|line| line.strip_prefix("data: "));
            data.map(|data| serde_json::from_str(data).unwrap())
                .collect()
        };
        let all = events("stream=true").await;
        let numbers: Vec<u64> = all
            .iter()
            .map(|event| event["sequence_number"].as_u64().unwrap())
            .collect();
        assert_eq!(numbers, (0..all.len() as u64).collect::<Vec<_>>());
        assert_eq!(all[0]["type"], "response.created");
        assert_eq!(all[0]["response"]["metadata"], json!({"team": "blue"}));
        assert_eq!(all.last().unwrap()["response"], reply);
        let rest = events("stream=true&starting_after=3").await;
        assert_eq!(rest, all[4..]);
        // The numbers of the stream that was lost may have been higher.
        let end = events("stream=true&starting_after=4000").await;
        assert_eq!(end, all[all.len() - 1..]);
        assert_eq!(get(&rig, &format!("{id}?stream=false")).await.1, reply);
        let (status, error) = get(&rig, &format!("{id}?stream=true&starting_after=-1")).await;
        assert_eq!(
            (status, &error["error"]["param"]),
            (400, &json!("starting_after"))
        );
    }
}

#[tokio::test]
async fn a_conversation_whose_beginning_was_deleted_is_refused_by_that_beginning() {
    let fake = Fake::start().await;
    let rig = Rig::with(&rig::both(&fake)).await;
    let (_, one) = send(&rig, &json!({"model": "openai_chat/text", "input": "One?"})).await;
    let two =
        json!({"model": "openai_chat/text", "input": "Two?", "previous_response_id": one["id"]});
    let (_, two) = send(&rig, &two).await;
    let first = one["id"].as_str().unwrap();
    let url = format!("{}/v1/responses/{first}", rig.url);
    assert_eq!(rig.client.delete(url).send().await.unwrap().status(), 200);
    let asked = fake.seen.requests().len();
    // Nobody else has what was kept here, a provider of the same protocol neither.
    for model in ["openai_chat/text", "openai_responses/text"] {
        let three = json!({"model": model, "input": "Three?", "previous_response_id": two["id"]});
        let (status, error) = send(&rig, &three).await;
        assert_eq!(status, 400, "{error}");
        assert_eq!(error["error"]["code"], "previous_response_not_found");
        assert_eq!(error["error"]["param"], "previous_response_id");
        let message = error["error"]["message"].as_str().unwrap();
        assert!(message.contains(&format!("`{first}`")), "{message}");
        assert!(message.contains("Send the whole conversation"), "{message}");
    }
    assert_eq!(fake.seen.requests().len(), asked);
    assert_eq!(rig.rows().await.len(), 4);
}

#[tokio::test]
async fn what_is_not_to_be_stored_is_not() {
    let fake = Fake::start().await;
    let config = rig::both(&fake).replace(
        "protocol = \"openai_responses\"",
        "protocol = \"openai_chat\"",
    );
    let rig = Rig::with(&config).await;
    let asked = json!({"model": "openai_chat/text", "input": "One?", "store": false});
    let (_, reply) = send(&rig, &asked).await;
    assert_eq!(get(&rig, reply["id"].as_str().unwrap()).await.0, 404);
}

#[tokio::test]
async fn items_of_kept_replies_may_be_named_by_their_ids() {
    let fake = Fake::start().await;
    let rig = Rig::with(&rig::both(&fake)).await;
    let (_, reply) = send(&rig, &json!({"model": "openai_chat/text", "input": "One?"})).await;
    let item = &reply["output"][0]["id"];
    let goes_on = json!({"model": "openai_chat/text", "input": [{"role": "user", "content": "One?"},
        {"type": "item_reference", "id": item}, {"role": "user", "content": "Two?"}]});
    assert_eq!(send(&rig, &goes_on).await.0, 200);
    let (_, sent, _) = fake.seen.requests().pop().unwrap();
    assert_eq!(sent["messages"][1]["content"], "Hello from far away");
    let unknown =
        json!({"model": "openai_chat/text", "input": [{"type": "item_reference", "id": "msg_x"}]});
    assert_eq!(send(&rig, &unknown).await.0, 400);
}

#[tokio::test]
async fn the_tokens_of_a_request_are_counted_by_who_can() {
    let fake = Fake::start().await;
    let rig = Rig::with(&rig::both(&fake)).await;
    for (model, exact) in [
        ("openai_responses/text", Some(4242)),
        ("anthropic/text", Some(4242)),
        ("gemini/text", Some(4242)),
        ("ollama/text", None),
    ] {
        let body = crate::ask::body(Dialect::Responses, crate::ask::Ask::Tools, model, false);
        let request = rig
            .client
            .post(format!("{}/v1/responses/input_tokens", rig.url));
        let told: Value = request
            .json(&body)
            .send()
            .await
            .unwrap()
            .json()
            .await
            .unwrap();
        let tokens = told["input_tokens"].as_u64().unwrap();
        match exact {
            Some(exact) => assert_eq!(tokens, exact),
            None => {
                assert_eq!(told["object"], "response.input_tokens");
                assert!((10..200).contains(&tokens), "{tokens}");
            }
        }
    }
}

#[tokio::test]
async fn a_reply_repeats_what_was_asked() {
    for stream in [false, true] {
        let fake = Fake::start().await;
        let rig = Rig::with(&rig::both(&fake)).await;
        let (_, one) = send(&rig, &json!({"model": "anthropic/text", "input": "One?"})).await;
        assert_eq!(
            (&one["metadata"], &one["store"], &one["tools"]),
            (&json!({}), &json!(true), &json!([]))
        );
        let tool = json!({"type": "function", "name": "f", "parameters": {"type": "object"}, "strict": false});
        let asked = json!({"model": "anthropic/text", "input": "Two?", "stream": stream,
            "previous_response_id": one["id"], "metadata": {"team": "blue"}, "instructions": "Be brief.",
            "tools": [tool], "tool_choice": "auto", "truncation": "auto", "user": "u-1",
            "reasoning": {"effort": "low", "summary": "auto"}, "text": {"format": {"type": "text"}, "verbosity": "low"},
            "temperature": 0.5, "top_p": 0.25, "max_output_tokens": 100, "parallel_tool_calls": false});
        let (status, two) = send(&rig, &asked).await;
        assert_eq!(status, 200, "{two}");
        let (_, kept) = get(&rig, two["id"].as_str().unwrap()).await;
        let repeated = asked.as_object().unwrap().iter();
        for (name, value) in
            repeated.filter(|(name, _)| !matches!(name.as_str(), "model" | "input" | "stream"))
        {
            assert_eq!(&two[name], value, "{name} stream={stream}");
            assert_eq!(&kept[name], value, "{name} stream={stream}");
        }
        let rows = rig.rows().await;
        let mut losses = rows.iter().flat_map(|row| &row.losses);
        assert!(losses.all(|loss| loss.field != "metadata"));
    }
}

#[tokio::test]
async fn a_request_that_is_not_quite_json_goes_on_as_well() {
    let fake = Fake::start().await;
    let rig = Rig::with(&rig::both(&fake)).await;
    let (_, one) = send(&rig, &json!({"model": "anthropic/text", "input": "One?"})).await;
    let goes_on =
        json!({"model": "anthropic/text", "input": "Two?", "previous_response_id": one["id"]});
    let goes_on = goes_on.to_string().into_bytes();
    let marked = [b"\xef\xbb\xbf", &goes_on[..]].concat();
    let mut broken = goes_on;
    let at = broken.windows(4).position(|four| four == b"Two?").unwrap();
    broken[at] = 0xff;
    for body in [marked, broken] {
        let request = rig.client.post(format!("{}/v1/responses", rig.url));
        let request = request.header("content-type", "application/json");
        let answer = request.body(body).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        let (_, sent, _) = fake.seen.requests().pop().unwrap();
        assert_eq!(sent["messages"].as_array().unwrap().len(), 3, "{sent}");
    }
}

#[tokio::test]
async fn an_item_that_was_asked_is_referred_to_by_the_name_that_it_is_listed_with() {
    let fake = Fake::start().await;
    let rig = Rig::with(&rig::both(&fake)).await;
    let asked = json!({"model": "anthropic/text", "input": [{"role": "user", "content": "One?"}]});
    let (_, one) = send(&rig, &asked).await;
    let id = one["id"].as_str().unwrap();
    let (_, items) = get(&rig, &format!("{id}/input_items")).await;
    for store in [true, false] {
        let again = json!({"model": "anthropic/text", "store": store,
            "input": [{"type": "item_reference", "id": items["first_id"]}]});
        let (status, told) = send(&rig, &again).await;
        assert_eq!(status, 200, "{told}");
        let (_, sent, _) = fake.seen.requests().pop().unwrap();
        assert!(sent["messages"].to_string().contains("One?"), "{sent}");
    }
}
