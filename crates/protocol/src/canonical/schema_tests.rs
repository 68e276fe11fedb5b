//! What becomes of the schemas of tools.

use super::*;

fn sent(schema: &str) -> (String, usize) {
    let mut losses = Losses::default();
    let schema = RawValue::from_string(schema.to_owned()).unwrap();
    let sent = object_schema(Some(&schema), &mut losses).get().to_owned();
    (sent, losses.len())
}

#[test]
fn edge_022_every_schema_is_an_object() {
    let deep = format!("{}{{}}{}", r#"{"not":"#.repeat(140), "}".repeat(140));
    let nothing = object_schema(None, &mut Losses::default());
    assert_eq!(nothing.get(), r#"{"type":"object","properties":{}}"#);
    for (given, expected, losses) in [
        ("{}", r#"{"type":"object","properties":{}}"#, 0),
        ("null", r#"{"type":"object","properties":{}}"#, 0),
        (
            r#"{"properties":{"a":{}},"required":["a"]}"#,
            r#"{"type":"object","properties":{"a":{}},"required":["a"]}"#,
            0,
        ),
        (
            r#"{ "type": "object" }"#,
            r#"{"type":"object","properties":{}}"#,
            1,
        ),
        ("true", r#"{"type":"object","properties":{}}"#, 0),
        ("[]", r#"{"type":"object","properties":{}}"#, 1),
        ("\"x\"", r#"{"type":"object","properties":{}}"#, 1),
        (deep.as_str(), r#"{"type":"object","properties":{}}"#, 1),
        (
            r#"{"type":"string"}"#,
            r#"{"type":"object","properties":{}}"#,
            1,
        ),
    ] {
        assert_eq!(sent(given), (expected.to_owned(), losses));
    }
}

#[test]
fn edge_128_words_of_older_drafts_and_null_are_mended() {
    for (given, expected) in [
        (
            r#"{"type":"object","properties":null,"required":null}"#,
            r#"{"type":"object","properties":{}}"#,
        ),
        (
            r#"{"type":"object","properties":{},"additionalProperties":"no"}"#,
            r#"{"type":"object","properties":{},"additionalProperties":true}"#,
        ),
        (
            r#"{"type":"object","properties":{"a":{"anyOf":[{"type":"object","required":null}]}}}"#,
            r#"{"type":"object","properties":{"a":{"anyOf":[{"type":"object"}]}}}"#,
        ),
        (
            r#"{"type":"object","properties":{"t":{"type":"array","items":[{"type":"string"}],"additionalItems":false}}}"#,
            r#"{"type":"object","properties":{"t":{"type":"array","items":{},"prefixItems":[{"type":"string"}],"maxItems":1}}}"#,
        ),
        (
            r#"{"type":"object","properties":{"e":{"type":"number","minimum":1,"exclusiveMinimum":true},"f":{"exclusiveMaximum":false}}}"#,
            r#"{"type":"object","properties":{"e":{"type":"number","exclusiveMinimum":1},"f":{}}}"#,
        ),
    ] {
        assert_eq!(sent(given), (expected.to_owned(), 1));
    }
    let (list, losses) = sent(r#"{"type":"object","properties":{"l":{"type":"array"}}}"#);
    let expected = r#"{"type":"object","properties":{"l":{"type":"array","items":{}}}}"#;
    assert_eq!((&*list, losses), (expected, 1));
}

#[test]
fn edge_128_alternatives_at_the_root_are_merged() {
    for (given, expected) in [
        (
            r#"{"oneOf":[{"type":"object","properties":{"k":{"const":"a"},"x":{}},"required":["k","x"]},{"type":"object","properties":{"k":{"const":"b"}},"required":["k"]}]}"#,
            json!({
                "type": "object",
                "properties": {"k": {"anyOf": [{"const": "a"}, {"const": "b"}]}, "x": {}},
                "required": ["k"],
                "description": "oneOf: [{\"type\":\"object\",\"properties\":{\"k\":{\"const\":\"a\"},\"x\":{}},\"required\":[\"k\",\"x\"]},{\"type\":\"object\",\"properties\":{\"k\":{\"const\":\"b\"}},\"required\":[\"k\"]}]",
            }),
        ),
        (
            r##"{"$ref":"#/$defs/A","$defs":{"A":{"allOf":[{"properties":{"a":{}},"required":["a"]},{"properties":{"b":{}}}]}}}"##,
            json!({
                "type": "object",
                "$defs": {"A": {"allOf": [{"properties": {"a": {}}, "required": ["a"]}, {"properties": {"b": {}}}]}},
                "properties": {"a": {}, "b": {}},
                "required": ["a"],
            }),
        ),
        (
            r#"{"type":"object","description":"D","properties":{"a":{}},"anyOf":[{"required":["a"]}]}"#,
            json!({
                "type": "object",
                "description": "D\nanyOf: [{\"required\":[\"a\"]}]",
                "properties": {"a": {}},
                "required": ["a"],
            }),
        ),
    ] {
        let (merged, losses) = sent(given);
        let merged: Value = serde_json::from_str(&merged).unwrap();
        assert_eq!((merged, losses), (expected, 1));
    }
}

#[test]
fn edge_133_a_sound_schema_stays_byte_for_byte() {
    let schema = r#"{ "type":"object", "properties":{"required":{"const":1.50,"default":null}, "items":{"enum":[["array"]]}}, "additionalProperties":false }"#;
    assert_eq!(sent(schema), (schema.to_owned(), 0));
}

#[test]
fn a_long_definition_is_read_once_however_often_a_root_refers_to_it() {
    let members: Vec<String> = (0..500)
        .map(|at| format!(r#""p{at}":{{"description":"{}"}}"#, "d".repeat(1_000)))
        .collect();
    let alternatives = vec![r##"{"$ref":"#/$defs/B"}"##; 2_000].join(",");
    let given = format!(
        r#"{{"anyOf":[{alternatives}],"$defs":{{"B":{{"properties":{{{}}}}}}}}}"#,
        members.join(",")
    );
    let began = std::time::Instant::now();
    let (sent, _) = sent(&given);
    assert!(began.elapsed().as_secs() < 20);
    let sent: serde_json::Value = serde_json::from_str(&sent).unwrap();
    assert_eq!(sent["properties"]["p499"]["description"], "d".repeat(1_000));
}
