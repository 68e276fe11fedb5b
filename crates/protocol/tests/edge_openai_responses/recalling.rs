//! Reasoning that a client left out, put into its own list of items.

use bytes::Bytes;
use protocol::{
    Protocol,
    canonical::{Capabilities, Opaque, OpaqueKind, Part, Recalled},
    upstream_codec,
};

fn thought(name: &str) -> Part {
    Part::Reasoning {
        text: String::new(),
        opaque: Some(Opaque {
            owner: Protocol::OpenAiResponses,
            kind: OpaqueKind::Content,
            value: format!("gAAA-{name}"),
            id: Some(format!("rs_{name}")),
        }),
    }
}

fn item(name: &str) -> String {
    format!(
        r#"{{"type":"reasoning","id":"rs_{name}","summary":[],"encrypted_content":"gAAA-{name}"}}"#
    )
}

fn recalled(call: usize, ahead: &[&str], behind: &[&str]) -> Recalled {
    let thoughts = |names: &[&str]| names.iter().map(|name| thought(name)).collect();
    Recalled {
        call,
        ahead: thoughts(ahead),
        behind: thoughts(behind),
    }
}

fn mended(items: &str, state: &[Recalled]) -> Option<String> {
    let codec = upstream_codec(Protocol::OpenAiResponses);
    let body = Bytes::from(format!(r#"{{ "store":false, "input" : [{items}]}}"#));
    let mended = codec.recalled(&body, state, &Capabilities::default())?;
    let mended = String::from_utf8(mended.to_vec()).unwrap();
    let items = mended.strip_prefix(r#"{ "store":false, "input" : ["#);
    Some(items.unwrap().strip_suffix("]}").unwrap().to_owned())
}

const USER: &str = r#"{"role":"user","content":"Weather?"}"#;
const WORDS: &str = r#"{"type":"message","role":"assistant","content":"Looking."}"#;
const CALL: &str =
    r#"{"type":"function_call", "x":1.50,"call_id":"call_a","name":"weather","arguments":"{}"}"#;
const OTHER: &str = r#"{"type":"custom_tool_call","call_id":"call_b","name":"patch","input":""}"#;
const OUTPUT: &str = r#"{"type":"function_call_output","call_id":"call_a","output":"sunny"}"#;

#[test]
fn reasoning_is_put_before_what_it_led_to_in_the_order_it_had() {
    let state = [recalled(0, &["1", "2"], &[]), recalled(1, &["3"], &[])];
    assert_eq!(
        mended(&format!("{USER}, {CALL} ,{OUTPUT},{OTHER}"), &state).unwrap(),
        format!(
            "{USER}, {},{},{CALL} ,{OUTPUT},{},{OTHER}",
            item("1"),
            item("2"),
            item("3")
        )
    );
    // Calls at once have the same reasoning before them: it is kept with the first.
    assert_eq!(
        mended(&format!("{USER},{CALL},{OTHER},{OUTPUT}"), &state[..1]).unwrap(),
        format!("{USER},{},{},{CALL},{OTHER},{OUTPUT}", item("1"), item("2"))
    );
}

#[test]
fn reasoning_stands_on_its_own_side_of_the_words() {
    let state = [recalled(0, &["1"], &["2"])];
    assert_eq!(
        mended(&format!("{USER},{WORDS},{CALL},{OUTPUT}"), &state).unwrap(),
        format!("{USER},{},{WORDS},{},{CALL},{OUTPUT}", item("1"), item("2"))
    );
    // The words are gone, and what led to them alone would be refused.
    assert_eq!(
        mended(&format!("{USER},{CALL},{OUTPUT}"), &state).unwrap(),
        format!("{USER},{},{CALL},{OUTPUT}", item("2"))
    );
    let led = [recalled(0, &["1"], &[])];
    assert_eq!(
        mended(&format!("{USER},{CALL},{OUTPUT}"), &led).unwrap(),
        format!("{USER},{},{CALL},{OUTPUT}", item("1"))
    );
}

#[test]
fn a_call_with_reasoning_of_the_clients_own_is_left_alone() {
    let state = [recalled(0, &["1"], &[])];
    for before in [
        r#"{"type":"reasoning","id":"rs_1","summary":[]}"#,
        r#"{"type":"web_search_call","id":"ws_1","status":"completed"}"#,
    ] {
        let items = format!("{USER},{before},{CALL},{OUTPUT}");
        assert_eq!(mended(&items, &state), None);
    }
    // That of an earlier turn is not this call's.
    let earlier = format!("{USER},{},{WORDS},{USER},{},{CALL}", item("0"), item("1"));
    let bare = earlier.replace(&format!("{},{CALL}", item("1")), CALL);
    assert_eq!(mended(&bare, &state), Some(earlier));
    assert_eq!(mended(&format!("{USER},{CALL}"), &[]), None);
}

#[test]
fn reasoning_without_its_state_cannot_be_sent_again() {
    let readable = Part::Reasoning {
        text: "Rome, then.".to_owned(),
        opaque: None,
    };
    let state = [Recalled {
        call: 0,
        ahead: vec![readable],
        behind: Vec::new(),
    }];
    assert_eq!(mended(&format!("{USER},{CALL}"), &state), None);
}
