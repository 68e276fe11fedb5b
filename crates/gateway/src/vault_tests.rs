//! What is kept comes back to its owner, in its place, and to nobody else.

use std::{sync::Arc, time::Duration};

use protocol::canonical::{Delta, Event, Finish, FinishReason, OpaqueKind, PartKind};

use super::{
    shelf::{LIFE, MAX_BYTES},
    *,
};

fn owner(model: &str) -> Owner {
    Owner {
        provider: "lab".to_owned(),
        account: None,
        model: model.to_owned(),
    }
}

fn proof(value: &str) -> Opaque {
    Opaque {
        owner: Protocol::Anthropic,
        kind: OpaqueKind::Signature,
        value: value.to_owned(),
        id: None,
    }
}

fn reasoning(text: &str, opaque: Option<Opaque>) -> Part {
    Part::Reasoning {
        text: text.to_owned(),
        opaque,
    }
}

fn call(id: &str) -> Part {
    Part::ToolCall {
        id: id.to_owned(),
        name: "weather".to_owned(),
        arguments: format!(r#"{{"of":"{id}"}}"#),
    }
}

fn text(words: &str) -> Part {
    Part::Text(words.to_owned())
}

/// A vault that has seen a reply of `model`.
fn seen(model: &str, parts: Vec<Part>) -> Arc<Vault> {
    let vault = Arc::new(Vault::default());
    see(&vault, model, parts);
    vault
}

fn see(vault: &Arc<Vault>, model: &str, parts: Vec<Part>) {
    see_after(vault, model, history(Vec::new()), parts);
}

fn see_after(vault: &Arc<Vault>, model: &str, request: Request, parts: Vec<Part>) {
    let reply = protocol::canonical::Response {
        id: "r".to_owned(),
        model: model.to_owned(),
        answers: vec![protocol::canonical::Answer {
            parts,
            notes: protocol::canonical::Notes::default(),
            finish: Finish::new(FinishReason::ToolCalls, None),
        }],
        usage: None,
        losses: Vec::new(),
    };
    answering(vault, model, request).observe(&reply.into_events());
}

/// Watches a reply of `model` to a request.
fn answering(vault: &Arc<Vault>, model: &str, request: Request) -> Witness {
    let request = Arc::new(request);
    let asked: Asked = Box::new(move || Some(Arc::clone(&request)));
    Witness::new(vault, owner(model), asked)
}

fn wanted(owner: &Owner) -> Wanted<'_> {
    Wanted {
        owner,
        protocol: Protocol::Anthropic,
        as_text: false,
        by_name: false,
    }
}

fn history(parts: Vec<Part>) -> Request {
    Request {
        messages: vec![
            Message::new(Role::User, vec![text("Weather?")]),
            Message::new(Role::Assistant, parts),
        ],
        ..Request::default()
    }
}

/// The assistant's parts as `model` gets them.
fn restored(vault: &Vault, model: &str, parts: Vec<Part>) -> (Vec<Part>, usize) {
    let mut losses = Losses::default();
    let request = history(parts);
    let mended = vault.restored(&request, wanted(&owner(model)), &mut losses);
    let mut mended = mended.unwrap_or(request);
    (mended.messages.remove(1).parts, losses.len())
}

#[tokio::test]
async fn complaint_18_state_that_a_client_dropped_is_put_back_in_its_place() {
    let reply = vec![
        reasoning("First.", Some(proof("s1"))),
        text("Looking."),
        reasoning("Then.", Some(proof("s2"))),
        call("a"),
        reasoning("And.", Some(proof("s3"))),
        call("b"),
    ];
    let vault = seen("m", reply.clone());
    let bare = vec![text("Looking."), call("a"), call("b")];
    assert_eq!(restored(&vault, "m", bare), (reply.clone(), 1));
    // A client that shows the reasoning, and knows no place for its proof.
    let shown = vec![
        reasoning("First.Then.And.", None),
        text("Looking."),
        call("a"),
        call("b"),
    ];
    assert_eq!(restored(&vault, "m", shown), (reply.clone(), 1));
    // One that carries it all is left alone.
    assert_eq!(restored(&vault, "m", reply.clone()), (reply, 0));
}

#[tokio::test]
async fn text_that_a_client_put_into_a_message_of_its_own_stands_behind_it() {
    let signed = reasoning("First.", Some(proof("s")));
    let vault = seen("m", vec![signed.clone(), text("Looking."), call("a")]);
    let mut request = history(vec![text("Looking.")]);
    request
        .messages
        .push(Message::new(Role::Assistant, vec![call("a")]));
    let mended = vault.restored(&request, wanted(&owner("m")), &mut Losses::default());
    let messages = mended.unwrap().messages;
    assert_eq!(messages[1].parts, [signed, text("Looking.")]);
    assert_eq!(messages[2].parts, [call("a")]);
}

#[tokio::test]
async fn state_that_a_client_put_into_messages_of_their_own_is_brought_along() {
    let signed = reasoning("First.", Some(proof("s")));
    let vault = seen("m", vec![signed.clone(), text("Looking."), call("a")]);
    let mut request = history(vec![signed]);
    for part in [text("Looking."), call("a")] {
        request
            .messages
            .push(Message::new(Role::Assistant, vec![part]));
    }
    let owner = owner("m");
    let mended = vault.restored(&request, wanted(&owner), &mut Losses::default());
    assert!(mended.is_none());
    assert_eq!(vault.lacking(&request, wanted(&owner)), []);
}

#[tokio::test]
async fn complaint_17_state_goes_to_its_owner_only() {
    let signed = vec![reasoning("Hm.", Some(proof("s"))), call("a")];
    let vault = seen("m", signed.clone());
    assert_eq!(
        restored(&vault, "other", vec![call("a")]),
        (vec![call("a")], 0)
    );
    // Carried by the client to another model: the proof is taken out, and that is said.
    assert_eq!(
        restored(&vault, "other", signed),
        (vec![reasoning("Hm.", None), call("a")], 1)
    );
    assert_eq!(
        restored(&vault, "m", vec![call("unknown")]),
        (vec![call("unknown")], 0)
    );
}

#[tokio::test]
async fn complaint_19_reasoning_without_proof_goes_back_only_where_it_is_wanted() {
    let vault = seen("m", vec![reasoning("Hm.", None), call("a")]);
    let request = history(vec![call("a")]);
    let restored = |as_text| {
        let wanted = Wanted {
            owner: &owner("m"),
            protocol: Protocol::OpenAiChat,
            as_text,
            by_name: false,
        };
        vault.restored(&request, wanted, &mut Losses::default())
    };
    assert!(restored(false).is_none());
    assert_eq!(
        restored(true).unwrap().messages[1].parts,
        [reasoning("Hm.", None), call("a")]
    );
    // What the client brought along is not put in again.
    let brought = history(vec![reasoning("Hm.", None), call("a")]);
    let owner = owner("m");
    let wanted = Wanted {
        as_text: true,
        protocol: Protocol::OpenAiChat,
        ..wanted(&owner)
    };
    assert!(
        vault
            .restored(&brought, wanted, &mut Losses::default())
            .is_none()
    );
    assert!(vault.lacking(&brought, wanted).is_empty());
}

#[tokio::test]
async fn complaint_18_a_call_without_an_id_is_known_by_its_place() {
    let signed = reasoning("Hm.", Some(proof("s")));
    let called = |id: &str, arguments: &str| Part::ToolCall {
        id: id.to_owned(),
        name: "weather".to_owned(),
        arguments: arguments.to_owned(),
    };
    let vault = seen(
        "m",
        vec![signed.clone(), called("toolu_1", r#"{"a":1,"b":"x"}"#)],
    );
    // Made by the decoder, and written in another way by the client.
    let bare = called("call_0", r#"{ "b": "x", "a": 1.0 }"#);
    let whole = vec![signed.clone(), bare.clone()];
    assert_eq!(restored(&vault, "m", vec![bare.clone()]), (whole, 1));
    let other_arguments = vec![called("call_0", r#"{"a":2,"b":"x"}"#)];
    assert_eq!(
        restored(&vault, "m", other_arguments.clone()),
        (other_arguments, 0)
    );
    // Another conversation that began alike has not taken it away from those with ids.
    see(
        &vault,
        "m",
        vec![
            reasoning("Hm?", Some(proof("t"))),
            called("toolu_2", r#"{"a":1,"b":"x"}"#),
        ],
    );
    let with_id = vec![called("toolu_1", r#"{"a":1,"b":"x"}"#)];
    assert_eq!(restored(&vault, "m", with_id).0[0], signed);
    // The second call of a conversation is another one than the first.
    let second = vec![called("call_0", "{}"), bare.clone()];
    assert_eq!(restored(&vault, "m", second.clone()), (second, 0));
    // And so is the first one of another conversation.
    let mut elsewhere = history(vec![bare]);
    elsewhere.messages[0].parts = vec![text("Something else?")];
    let mut losses = Losses::default();
    let mended = vault.restored(&elsewhere, wanted(&owner("m")), &mut losses);
    assert!(mended.is_none());
}

/// A conversation in which the user said some things first, and the assistant others then.
fn after(asked: &[&str], said: Vec<Vec<Part>>) -> Request {
    let asked = asked
        .iter()
        .map(|words| Message::new(Role::User, vec![text(words)]));
    let said = said
        .into_iter()
        .map(|parts| Message::new(Role::Assistant, parts));
    Request {
        messages: asked.chain(said).collect(),
        ..Request::default()
    }
}

#[tokio::test]
async fn calls_that_are_numbered_in_each_conversation_are_told_apart() {
    let numbered = |arguments: &str| Part::ToolCall {
        id: "functions.list:0".to_owned(),
        name: "list".to_owned(),
        arguments: arguments.to_owned(),
    };
    let thought = |words: &str| reasoning(words, Some(proof(words)));
    let vault = Arc::new(Vault::default());
    // The same first words, as agents put them before the question.
    let conversations = [
        ("About A?", "{\"in\":\"a\"}"),
        ("About B?", "{\"in\":\"b\"}"),
        ("And C?", "{}"),
        ("And D?", "{}"),
    ];
    for (question, arguments) in conversations {
        let request = after(&["Be kind.", question], Vec::new());
        let reply = vec![thought(question), numbered(arguments)];
        see_after(&vault, "m", request, reply);
    }
    let owner = owner("m");
    let by_name = Wanted {
        by_name: true,
        ..wanted(&owner)
    };
    let restored = |request: &Request, wanted| {
        let mended = vault.restored(request, wanted, &mut Losses::default());
        mended.map(|mended| mended.messages.last().unwrap().parts.clone())
    };
    for (question, arguments) in conversations {
        let call = numbered(arguments);
        let request = after(&["Be kind.", question], vec![vec![call.clone()]]);
        for wanted in [wanted(&owner), by_name] {
            let whole = vec![thought(question), call.clone()];
            assert_eq!(restored(&request, wanted), Some(whole), "{question}");
        }
    }
    // Of this one nothing is kept.
    for arguments in ["{}", "{\"in\":\"a\"}"] {
        let request = after(&["Be kind.", "And E?"], vec![vec![numbered(arguments)]]);
        assert_eq!(restored(&request, wanted(&owner)), None);
    }
    // The next step of the same conversation, with the same number.
    let before = vec![numbered("{}")];
    let request = after(&["Be kind.", "And C?"], vec![before.clone()]);
    let second = vec![thought("Once more."), numbered("{}")];
    see_after(&vault, "m", request, second.clone());
    let request = after(&["Be kind.", "And C?"], vec![before.clone(), before]);
    let mended = vault.restored(&request, wanted(&owner), &mut Losses::default());
    let messages = mended.unwrap().messages;
    assert_eq!(messages[2].parts[0], thought("And C?"));
    assert_eq!(messages[3].parts, second);
}

#[tokio::test]
async fn an_id_that_came_twice_is_known_by_its_place() {
    let vault = seen("m", vec![reasoning("A.", Some(proof("a"))), call("x_abc")]);
    let first = after(&["Weather?"], vec![vec![call("x_abc")]]);
    let elsewhere = after(&["Else?"], vec![vec![call("x_abc")]]);
    let unknown = after(&["What?"], vec![vec![call("x_abc")]]);
    let owner = owner("m");
    let led = |request: &Request| {
        let mended = vault.restored(request, wanted(&owner), &mut Losses::default());
        mended.map(|mended| mended.messages[1].parts[0].clone())
    };
    // As long as nobody else has it, it may be anywhere: clients shorten their histories.
    let own = Some(reasoning("A.", Some(proof("a"))));
    assert_eq!((led(&first), led(&unknown)), (own.clone(), own.clone()));
    let reply = vec![reasoning("B.", Some(proof("b"))), call("x_abc")];
    see_after(&vault, "m", after(&["Else?"], Vec::new()), reply);
    let others = Some(reasoning("B.", Some(proof("b"))));
    assert_eq!(
        (led(&first), led(&elsewhere), led(&unknown)),
        (own, others, None)
    );
}

#[tokio::test]
async fn only_what_the_model_is_at_is_lacking() {
    let reply = vec![
        reasoning("First.", Some(proof("s1"))),
        text("Looking."),
        reasoning("Then.", Some(proof("s2"))),
        call("a"),
    ];
    let vault = seen("m", reply.clone());
    let lacking = |request: &Request| vault.lacking(request, wanted(&owner("m")));
    let mut request = history(vec![text("Looking."), call("a")]);
    let result = Part::ToolResult {
        id: "a".to_owned(),
        parts: vec![text("Sun.")],
        is_error: false,
    };
    request
        .messages
        .push(Message::new(Role::Tool, vec![result]));
    let recalled = Recalled {
        call: 0,
        ahead: vec![reply[0].clone()],
        behind: vec![reply[2].clone()],
    };
    assert_eq!(lacking(&request), [recalled]);
    // It was brought along.
    request.messages[1].parts = reply;
    assert_eq!(lacking(&request), []);
    // The conversation has gone on since.
    request.messages[1].parts = vec![call("a")];
    let next = Message::new(Role::User, vec![text("And tomorrow?")]);
    request.messages.push(next);
    assert_eq!(lacking(&request), []);
}

#[tokio::test]
async fn one_who_knows_calls_by_name_lacks_them_wherever_they_stand() {
    let signed = reasoning("Hm.", Some(proof("s")));
    let vault = seen("m", vec![signed.clone(), call("a")]);
    let owner = owner("m");
    let by_name = Wanted {
        by_name: true,
        ..wanted(&owner)
    };
    let mut request = history(vec![call("a")]);
    let next = Message::new(Role::User, vec![text("And tomorrow?")]);
    request.messages.push(next);
    assert_eq!(vault.lacking(&request, wanted(&owner)), []);
    let recalled = Recalled {
        call: 0,
        ahead: vec![signed],
        behind: Vec::new(),
    };
    assert_eq!(vault.lacking(&request, by_name), [recalled]);
    // The same words of another call.
    let Part::ToolCall {
        name, arguments, ..
    } = call("a")
    else {
        unreachable!("a call is a call");
    };
    let id = "b".to_owned();
    request.messages.truncate(1);
    let alike = Part::ToolCall {
        id,
        name,
        arguments,
    };
    request
        .messages
        .push(Message::new(Role::Assistant, vec![alike]));
    assert_eq!(vault.lacking(&request, wanted(&owner)).len(), 1);
    assert_eq!(vault.lacking(&request, by_name), []);
}

#[tokio::test(start_paused = true)]
async fn nothing_is_kept_for_ever_or_without_end() {
    let reply = |id: &str, size: usize| {
        let opaque = proof(&"x".repeat(size));
        vec![reasoning("", Some(opaque)), call(id)]
    };
    let vault = seen("m", reply("a", 10));
    tokio::time::advance(LIFE + Duration::from_secs(1)).await;
    assert_eq!(restored(&vault, "m", vec![call("a")]), (vec![call("a")], 0));
    for number in 0..40 {
        see(&vault, "m", reply(&format!("call_{number}"), 1 << 20));
    }
    assert!(vault.shelf().bytes <= MAX_BYTES);
    let knows = |id: &str| restored(&vault, "m", vec![call(id)]).1 == 1;
    assert!(!knows("call_0") && knows("call_39"));
    // The same call again takes the place of the first.
    let before = vault.shelf().bytes;
    see(&vault, "m", reply("call_39", 1 << 20));
    assert_eq!(vault.shelf().bytes, before);
}

#[tokio::test]
async fn what_stands_behind_something_unknown_is_not_kept() {
    let thought = |state: &str| format!(r#"{{"type":"reasoning","encrypted_content":"{state}"}}"#);
    let called = |id: &str| {
        format!(
            r#"{{"type":"function_call","call_id":"{id}","name":"weather","arguments":"{{}}"}}"#
        )
    };
    // The search is the provider's own: which reasoning was for it, only the provider knows.
    let search = r#"{"type":"web_search_call","id":"ws_1","status":"completed"}"#;
    let output = [
        thought("s1"),
        called("a"),
        thought("s2"),
        search.to_owned(),
        thought("s3"),
        called("b"),
    ];
    let reply = format!(
        r#"{{"status":"completed","output":[{}]}}"#,
        output.join(",")
    );
    let codec = protocol::upstream_codec(Protocol::OpenAiResponses);
    let exchange = protocol::ExchangeId("x".to_owned());
    let vault = Arc::new(Vault::default());
    answering(&vault, "m", history(Vec::new()))
        .observe(&codec.decode_whole(reply.as_bytes(), &exchange).unwrap());
    let shelf = vault.shelf();
    let kept: Vec<&str> = shelf.kept.values().map(|kept| &*kept.call.id).collect();
    assert_eq!(kept, ["a"]);
}

#[tokio::test]
async fn a_reply_that_failed_leaves_nothing() {
    let vault = Arc::new(Vault::default());
    let mut witness = answering(&vault, "m", history(Vec::new()));
    let kind = PartKind::ToolCall {
        id: "a".to_owned(),
        name: "weather".to_owned(),
    };
    let start = |index, part| (0, Event::PartStart { index, part });
    let delta = Delta::Opaque(proof("s"));
    witness.observe(&[
        start(0, PartKind::Reasoning),
        (0, Event::PartDelta { index: 0, delta }),
        start(1, kind),
        (0, Event::Finish(Finish::new(FinishReason::Error, None))),
    ]);
    assert!(vault.shelf().kept.is_empty());
}
