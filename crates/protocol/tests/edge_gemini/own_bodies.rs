//! A client's own body on its way to the vendor: signatures that are put in and taken out.

use bytes::Bytes;
use http::HeaderMap;
use protocol::{
    Operation, RawRequest,
    canonical::{Capabilities, Losses, Opaque, OpaqueKind, Part, Recalled},
    client_codec, upstream_codec,
};

use crate::trial::GEMINI;

/// "patchbay anthropic signature x".
const OURS: &str = "cGF0Y2hiYXkgYW50aHJvcGljIHNpZ25hdHVyZSB4";

fn signs() -> Capabilities {
    Capabilities {
        signed_calls: true,
        ..Capabilities::default()
    }
}

fn body(parts: &str, said: &str) -> Bytes {
    let call = r#"{"functionCall":{"name":"f"}}"#;
    Bytes::from(format!(
        r#"{{"contents":[{{"role":"user","parts":{parts}}},{{"role":"model","parts":[{said}{call}]}}]}}"#
    ))
}

#[test]
fn one_part_that_is_no_list_hides_none_of_the_others() {
    for parts in [r#"[{"text":"hi"}]"#, r#"{"text":"hi"}"#] {
        let thought = format!(r#"{{"thought":true,"text":"Hm.","thoughtSignature":"{OURS}"}},"#);
        let mut losses = Losses::default();
        let codec = upstream_codec(GEMINI);
        let cleaned = codec.cleaned(&body(parts, &thought), &signs(), &mut losses);
        let vouched = format!(
            r#"{{"contents":[{{"role":"user","parts":{parts}}},{{"role":"model","parts":[{{"thoughtSignature":"skip_thought_signature_validator","functionCall":{{"name":"f"}}}}]}}]}}"#
        );
        assert_eq!(cleaned.unwrap(), vouched);
        let fields: Vec<&str> = losses.iter().map(|loss| &*loss.field).collect();
        assert_eq!(fields, ["contents[].parts[].thoughtSignature"; 2]);

        let state = Part::Reasoning {
            text: String::new(),
            opaque: Some(Opaque {
                owner: GEMINI,
                kind: OpaqueKind::Content,
                value: "QQ==".to_owned(),
                id: None,
            }),
        };
        let recalled = Recalled {
            call: 0,
            ahead: vec![state],
            behind: Vec::new(),
        };
        let signed = codec.recalled(&body(parts, ""), &[recalled], &signs());
        let expected = format!(
            r#"{{"contents":[{{"role":"user","parts":{parts}}},{{"role":"model","parts":[{{"thoughtSignature":"QQ==","functionCall":{{"name":"f"}}}}]}}]}}"#
        );
        assert_eq!(signed.unwrap(), expected);
    }
}

#[test]
fn an_only_part_that_is_no_list_goes_with_its_content() {
    let asked = r#"{"role":"user","parts":{"text":"hi"}}"#;
    let thought =
        format!(r#"{{"role":"model","parts":{{"thought":true,"thoughtSignature":"{OURS}"}}}}"#);
    let body = Bytes::from(format!(r#"{{"contents":[{asked},{thought},{asked}]}}"#));
    let codec = upstream_codec(GEMINI);
    let cleaned = codec.cleaned(&body, &signs(), &mut Losses::default());
    assert_eq!(
        cleaned.unwrap(),
        format!(r#"{{"contents":[{asked},{asked}]}}"#)
    );
}

#[test]
fn a_repeated_model_stands_in_the_folder_that_the_address_has() {
    let body =
        Bytes::from_static(br#"{"generateContentRequest":{"model":"models/given","contents":[]}}"#);
    let headers = HeaderMap::new();
    let raw = RawRequest {
        operation: Operation::CountTokens,
        path: "/v1beta/models/given:countTokens",
        query: None,
        headers: &headers,
        body: &body,
    };
    let envelope = client_codec(GEMINI).peek(raw).unwrap();
    for (model, name) in [
        ("gemini-3-pro", "models/gemini-3-pro"),
        ("models/gemini-3-pro", "models/gemini-3-pro"),
        ("tunedModels/mine", "tunedModels/mine"),
    ] {
        let renamed = envelope.with_model(&body, model).concat();
        let expected =
            format!(r#"{{"generateContentRequest":{{"model":"{name}","contents":[]}}}}"#);
        assert_eq!(String::from_utf8(renamed).unwrap(), expected);
    }
}
