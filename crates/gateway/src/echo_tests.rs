//! What the echo answers.

use std::rc::Rc;

use protocol::canonical::{Message, Part, Response, Role, Sampling};
use serde_json::{json, value::RawValue};

use super::{rules::Rules, *};

fn raw(json: &str) -> Box<RawValue> {
    RawValue::from_string(json.to_owned()).unwrap()
}

fn says(text: &str) -> Request {
    Request {
        messages: vec![Message::new(Role::User, vec![Part::Text(text.to_owned())])],
        ..Request::default()
    }
}

fn weather(name: &str) -> Tool {
    Tool {
        name: name.to_owned(),
        description: None,
        kind: ToolKind::Function {
            schema: Some(raw(
                r#"{"type":"object","properties":{"city":{"type":"string"},"days":{"type":"integer","minimum":2}},"required":["city"]}"#,
            )),
        },
        strict: None,
    }
}

fn answer(request: &Request) -> Response {
    let mut script = Script::new(
        &Arc::new(request.clone()),
        &ExchangeId("x1".to_owned()),
        &mut Losses::default(),
    )
    .unwrap();
    let mut events = Events::new();
    script.finish(&mut events);
    Response::from_events(events).unwrap()
}

fn text(request: &Request) -> String {
    match answer(request).answers.swap_remove(0).parts.as_slice() {
        [Part::Text(text)] => text.clone(),
        other => panic!("not one text: {other:?}"),
    }
}

#[test]
fn it_says_who_it_is_and_repeats() {
    assert_eq!(
        text(&says("hello there")),
        "This is the offline echo of Patchbay. You said: hello there"
    );
}

#[test]
fn a_named_tool_is_called_with_valid_arguments() {
    let mut request = says("anything");
    request.tools = vec![weather("other"), weather("get_weather")];
    request.tool_choice = ToolChoice::Named("get_weather".to_owned());
    let answer = answer(&request).answers.swap_remove(0);
    assert_eq!(answer.finish.reason, FinishReason::ToolCalls);
    assert_eq!(
        answer.parts,
        [Part::ToolCall {
            id: "call_x1_0_0".to_owned(),
            name: "get_weather".to_owned(),
            arguments: r#"{"city":"echo","days":2}"#.to_owned(),
        }]
    );
}

#[test]
fn tools_are_called_when_they_are_spoken_of_and_not_otherwise() {
    let calls = |said: &str, parallel: Option<bool>| {
        let mut request = says(said);
        request.tools = vec![weather("get_weather"), weather("get_time")];
        request.parallel_tool_calls = parallel;
        let parts = answer(&request).answers.swap_remove(0).parts;
        let is_call = |part: &&Part| matches!(part, Part::ToolCall { .. });
        parts.iter().filter(is_call).count()
    };
    assert_eq!(calls("good morning", None), 0);
    assert_eq!(calls("please call get_weather", None), 1);
    assert_eq!(calls("get_weather and get_time, please", None), 2);
    assert_eq!(calls("get_weather and get_time, please", Some(false)), 1);
}

#[test]
fn a_tools_result_is_told() {
    let mut request = says("call get_weather");
    request.tools = vec![weather("get_weather")];
    request.messages.push(Message::new(
        Role::Assistant,
        vec![Part::ToolCall {
            id: "c1".to_owned(),
            name: "get_weather".to_owned(),
            arguments: "{}".to_owned(),
        }],
    ));
    request.messages.push(Message::new(
        Role::Tool,
        vec![Part::ToolResult {
            id: "c1".to_owned(),
            parts: vec![Part::Text("-3 C".to_owned())],
            is_error: false,
        }],
    ));
    assert_eq!(text(&request), "The tool get_weather answered: -3 C");
}

#[test]
fn limits_and_stop_sequences_hold() {
    let mut request = says("one two three");
    request.sampling = Sampling {
        max_output_tokens: Some(2),
        ..Sampling::default()
    };
    assert_eq!(text(&request), "This is ");
    assert_eq!(
        answer(&request).answers[0].finish.reason,
        FinishReason::Length
    );
    request.sampling = Sampling {
        stop: vec!["two".to_owned(), "offline".to_owned()],
        ..Sampling::default()
    };
    assert_eq!(text(&request), "This is the ");
    assert_eq!(
        answer(&request).answers[0].finish.stop_sequence.as_deref(),
        Some("offline")
    );
}

#[test]
fn an_instance_keeps_to_its_schema() {
    for (schema, expected) in [
        (r#"{"type":"string","minLength":6}"#, r#""echooo""#),
        (r#"{"type":"string","maxLength":2}"#, r#""ec""#),
        (r#"{"enum":["b","a"]}"#, r#""b""#),
        (r#"{"const":7}"#, "7"),
        (r#"{"type":"integer","exclusiveMinimum":4}"#, "5"),
        (r#"{"type":"integer","maximum":-3}"#, "-3"),
        (r#"{"type":"integer","minimum":4,"multipleOf":5}"#, "5"),
        (r#"{"type":"number","minimum":0.25,"maximum":0.75}"#, "0.75"),
        (r#"{"type":["null","boolean"]}"#, "true"),
        (
            r#"{"type":"array","items":{"type":"integer"},"minItems":2}"#,
            "[1,2]",
        ),
        (r#"{"anyOf":[{"type":"null"},{"type":"integer"}]}"#, "1"),
        (
            r##"{"$defs":{"a":{"type":"object","properties":{"b":{"type":"boolean"}},"required":["b"]}},"$ref":"#/$defs/a"}"##,
            r#"{"b":true}"#,
        ),
        (
            r#"{"allOf":[{"properties":{"a":{"const":1}},"required":["a"]},{"properties":{"b":{"const":2}},"required":["b"]}]}"#,
            r#"{"a":1,"b":2}"#,
        ),
        (
            r#"{"type":"string","pattern":"^[A-Z]{2}-\\d+$","minLength":6}"#,
            r#""AA-000""#,
        ),
        (r#"{"type":"object","required":["x"]}"#, r#"{"x":"echo"}"#),
    ] {
        assert_eq!(
            instance::of("schema", schema, &mut Losses::default()).to_string(),
            expected,
            "{schema}"
        );
    }
}

#[test]
fn names_that_nobody_gave_keep_to_their_rules() {
    for (schema, expected) in [
        (
            r#"{"type":"object","propertyNames":{"type":"string"},"additionalProperties":{"type":"integer"}}"#,
            "{}",
        ),
        (
            r#"{"propertyNames":{"enum":["a","b"]},"additionalProperties":{"const":1},"minProperties":2}"#,
            r#"{"a":1,"b":1}"#,
        ),
        (
            r#"{"propertyNames":{"pattern":"^[A-Z]{2}$"},"additionalProperties":{"const":1},"minProperties":2}"#,
            r#"{"BB":1,"CC":1}"#,
        ),
        (
            r#"{"patternProperties":{"^x-":{"const":1}},"additionalProperties":false,"minProperties":2}"#,
            r#"{"x-":1,"x-ooo":1}"#,
        ),
        (
            r#"{"patternProperties":{"^\\d+$":{"type":"boolean"}},"minProperties":1}"#,
            r#"{"1":false}"#,
        ),
    ] {
        let mut losses = Losses::default();
        let made = instance::of("schema", schema, &mut losses).to_string();
        assert_eq!(made, expected, "{schema}");
        assert!(losses.is_empty(), "{schema}");
    }
}

#[test]
fn a_rule_that_may_be_broken_is_told() {
    for (schema, fields) in [
        (r#"{"type":"string","not":{"type":"string"}}"#, vec!["not"]),
        (r#"{"not":{}}"#, vec!["not"]),
        (
            r#"{"type":"object","not":{"required":["a"]},"properties":{"a":{}}}"#,
            vec!["not"],
        ),
        (
            r#"{"type":"array","items":{"if":{"minimum":1},"then":{"minimum":9},"type":"integer"}}"#,
            vec!["if"],
        ),
        (
            r#"{"type":"array","items":{"type":"string"},"contains":{"type":"integer"}}"#,
            vec!["type"],
        ),
        (
            r#"{"contains":{"const":7},"minContains":2,"uniqueItems":true}"#,
            vec!["uniqueItems"],
        ),
        (
            r#"{"contains":{"const":7},"minContains":3,"maxItems":2}"#,
            vec!["contains"],
        ),
        (
            r#"{"type":"string","enum":["a","b"],"minLength":3}"#,
            vec!["minLength"],
        ),
        (r#"{"const":"a","enum":["b","c"]}"#, vec!["enum"]),
        (
            r#"{"type":"array","items":{"type":"boolean"},"minItems":3,"uniqueItems":true}"#,
            vec!["uniqueItems"],
        ),
        (
            r#"{"dependencies":{"a":["b"]},"properties":{"a":{}}}"#,
            vec!["dependencies"],
        ),
        // Nothing here can tell whether it is one.
        (r#"{"type":"object","minimum":"much","if":{}}"#, vec!["if"]),
        (
            r#"{"required":["x-a"],"patternProperties":{"^x-":{"const":1}}}"#,
            vec!["patternProperties"],
        ),
        (
            r#"{"minProperties":1,"propertyNames":{"maxLength":9},"patternProperties":{"(?=x)":{}}}"#,
            vec!["minProperties", "propertyNames"],
        ),
        (
            r#"{"minProperties":3,"propertyNames":{"enum":["a"]}}"#,
            vec!["minProperties"],
        ),
    ] {
        let mut losses = Losses::default();
        instance::of("schema", schema, &mut losses);
        let told: Vec<_> = losses.iter().map(|loss| loss.field.clone()).collect();
        let fields: Vec<_> = fields.iter().map(|name| format!("schema.{name}")).collect();
        assert_eq!(told, fields, "{schema}");
    }
}

#[test]
fn an_instance_keeps_to_rules_of_rules() {
    for (schema, expected) in [
        (r#"{"not":{"type":"string"}}"#, "1"),
        (r#"{"not":{"type":["string","integer"]}}"#, "true"),
        (
            r#"{"type":["string","boolean"],"not":{"type":"string"}}"#,
            "true",
        ),
        (r#"{"type":"string","not":{"const":"echo"}}"#, r#""echo1""#),
        (r#"{"type":"integer","not":{"enum":[1,2,3]}}"#, "4"),
        (r#"{"type":"boolean","not":{"const":true}}"#, "false"),
        (
            r##"{"$defs":{"no":{"const":"echo"}},"type":"string","not":{"$ref":"#/$defs/no"}}"##,
            r#""echo1""#,
        ),
        (r#"{"enum":["b","a"],"not":{"const":"b"}}"#, r#""a""#),
        (
            r#"{"type":"string","enum":["a","bcd"],"minLength":2}"#,
            r#""bcd""#,
        ),
        (r#"{"enum":["a1","b2"],"pattern":"^b"}"#, r#""b2""#),
        (r#"{"enum":[1,5,9],"minimum":4}"#, "5"),
        (r#"{"type":"integer","enum":["1",2]}"#, "2"),
        (
            r#"{"allOf":[{"enum":["a","b"]},{"enum":["b","c"]}]}"#,
            r#""b""#,
        ),
        (
            r#"{"type":"array","items":{"enum":["a","b","cc","dd"],"minLength":2},"minItems":2,"uniqueItems":true}"#,
            r#"["cc","dd"]"#,
        ),
        (r#"{"type":"array","contains":{"const":7}}"#, "[7]"),
        (
            r#"{"contains":{"type":"integer"},"minContains":3}"#,
            "[1,2,3]",
        ),
        (
            r#"{"items":{"type":"integer"},"contains":{"minimum":8},"minItems":2}"#,
            "[8,2]",
        ),
        (
            r#"{"prefixItems":[{"const":"a"}],"contains":{"const":7}}"#,
            r#"["a",7]"#,
        ),
        (
            r#"{"prefixItems":[{"const":7},{"const":8}],"contains":{"const":8},"maxItems":2}"#,
            "[7,8]",
        ),
        (
            r##"{"$defs":{"a":{"type":"object","properties":{"k":{"type":"string"}},"required":["k"]}},"type":"array","items":{"$ref":"#/$defs/a"},"contains":{"properties":{"k":{"const":"x"}}}}"##,
            r#"[{"k":"x"}]"#,
        ),
        (
            r#"{"type":"array","contains":{"const":7},"minContains":0,"maxItems":0}"#,
            "[]",
        ),
        (
            r#"{"if":{"type":"integer"},"then":{"minimum":9}}"#,
            r#""echo""#,
        ),
    ] {
        let mut losses = Losses::default();
        let made = instance::of("schema", schema, &mut losses);
        assert_eq!(made.to_string(), expected, "{schema}");
        let told: Vec<_> = losses.iter().map(|loss| loss.field.as_str()).collect();
        assert!(told.is_empty(), "{schema}: {told:?}");
        let parsed = serde_json::from_str(schema).unwrap();
        assert!(jsonschema::is_valid(&parsed, &made), "{schema}");
    }
}

/// Schemas of words that agree with each other, and of such that do not.
fn any_schema() -> impl proptest::strategy::Strategy<Value = serde_json::Value> {
    use proptest::prelude::*;
    let value = || {
        prop_oneof![
            Just(json!("a")),
            Just(json!("echo")),
            Just(json!(3)),
            Just(json!(null))
        ]
    };
    let kind = || {
        prop::sample::select(vec![
            "string", "integer", "boolean", "null", "array", "object",
        ])
    };
    let leaf = prop_oneof![
        Just(json!({})),
        kind().prop_map(|kind| json!({"type": kind})),
        value().prop_map(|value| json!({"const": value})),
        prop::collection::vec(value(), 1..4).prop_map(|values| json!({"enum": values})),
        (0..9).prop_map(|least| json!({"minLength": least, "minimum": least})),
        "[ab]{0,3}".prop_map(|text| json!({"pattern": format!("^{text}")})),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            inner.clone().prop_map(|inner| json!({"not": inner})),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| json!({"allOf": [a, b]})),
            (inner.clone(), inner.clone(), 0..4).prop_map(
                |(items, contains, least)| json!({"type": "array", "items": items, "contains": contains, "minContains": least})
            ),
            (inner.clone(), inner).prop_map(
                |(a, b)| json!({"type": "object", "properties": {"a": a, "b": b}, "required": ["a"], "if": {"minProperties": 2}, "then": {"maxProperties": 1}})
            ),
        ]
    })
}

proptest::proptest! {
    #[test]
    fn an_instance_fits_its_schema_or_says_what_it_misses(schema in any_schema()) {
        let mut losses = Losses::default();
        let made = instance::of("schema", &schema.to_string(), &mut losses);
        let fits = jsonschema::is_valid(&schema, &made);
        proptest::prop_assert_eq!(fits, losses.is_empty(), "{} of {}", made, schema);
    }
}

#[test]
fn a_schema_that_contains_itself_ends() {
    let schema = r##"{"type":"object","properties":{"next":{"$ref":"#"}},"required":["next"]}"##;
    assert!(
        instance::of("schema", schema, &mut Losses::default())
            .to_string()
            .starts_with(r#"{"next":{"next""#)
    );
}

#[test]
fn a_schema_that_contains_itself_many_times_ends_soon() {
    for schema in [
        r##"{"type":"object","required":["a","b"],"properties":{"a":{"$ref":"#"},"b":{"$ref":"#"}}}"##,
        r##"{"type":"array","minItems":60,"items":{"$ref":"#"}}"##,
        r##"{"$ref":"#"}"##,
    ] {
        let made = instance::of("schema", schema, &mut Losses::default()).to_string();
        assert!(made.len() < 1 << 20, "{} bytes of {schema}", made.len());
    }
}

#[test]
fn an_expression_that_may_be_tried_for_ever_is_told_and_not_tried() {
    // Millions of ways to match it, for each of the values.
    let text = format!("{}!", "a".repeat(40));
    for pattern in [r"^(?:a(?=a)|aa)+$", r"^(?:(a|aa)\1?)+$", "^(?:a++|aa)+$"] {
        for value in [
            json!({"type": "string", "enum": [text], "pattern": pattern}),
            json!({"type": "object", "enum": [{text.as_str(): 1}], "patternProperties": {pattern: {}}}),
        ] {
            let rule = value.as_object().unwrap().clone();
            assert!(Rules::new(&json!({})).of_part(rule).is_none(), "{value}");
            let schema = json!({"type": "array", "items": value, "minItems": 60});
            let mut losses = Losses::default();
            instance::of("schema", &schema.to_string(), &mut losses);
            let fields: Vec<_> = losses.iter().map(|loss| loss.field.as_str()).collect();
            assert_eq!(fields, ["schema.pattern"], "{schema}");
        }
    }
    let schema = json!({"type": "string", "description": "C++ (?=", "pattern": "^[a-z]+$"});
    let mut losses = Losses::default();
    instance::of("schema", &schema.to_string(), &mut losses);
    assert_eq!(losses, Losses::default());
}

#[test]
fn references_without_end_are_told_and_not_tried() {
    for (length, word) in [(30, "anyOf"), (30, "allOf"), (20_000, "oneOf")] {
        let mut shared = serde_json::Map::new();
        for at in 0..length {
            let next = json!({"$ref": format!("#/$defs/{}", at + 1)});
            let all = if length > 30 {
                vec![next]
            } else {
                vec![next; 2]
            };
            shared.insert(at.to_string(), json!({ word: all }));
        }
        let schema = json!({"type": "object", "enum": [{}], "$ref": "#/$defs/0", "$defs": shared});
        let mut losses = Losses::default();
        instance::of("schema", &schema.to_string(), &mut losses);
        let fields: Vec<_> = losses.iter().map(|loss| loss.field.as_str()).collect();
        assert_eq!(fields, ["schema.$ref"], "{word}");
    }
}

#[test]
fn a_small_schema_that_asks_for_much_ends_soon() {
    let names: Vec<String> = (0..1500).map(|at| format!("p{at}")).collect();
    let of = |property: &dyn Fn(&str) -> serde_json::Value| {
        let properties = names.iter().map(|name| (name.clone(), property(name)));
        serde_json::Map::from_iter(properties)
    };
    let none_fits = json!({"type": "string", "enum": names, "minLength": 9});
    let half = json!({"type": "string", "enum": names});
    let wide = json!({"type": "object", "maxProperties": 0, "properties": of(&|_| json!({}))});
    for (property, shared) in [
        (json!({"$ref": "#/$defs/a"}), json!({"a": none_fits})),
        (
            json!({"allOf": [{"$ref": "#/$defs/a"}, {"$ref": "#/$defs/a"}]}),
            json!({"a": half}),
        ),
        (json!({"$ref": "#/$defs/a"}), json!({"a": wide})),
        (
            json!({"not": {"$ref": "#/$defs/a"}}),
            json!({"a": {}, "b": wide}),
        ),
    ] {
        let schema =
            json!({"type": "object", "properties": of(&|_| property.clone()), "$defs": shared});
        let mut losses = Losses::default();
        instance::of("schema", &schema.to_string(), &mut losses);
        assert!(!losses.is_empty(), "{property}");
    }
}

#[test]
fn values_of_two_lists_are_those_in_both() {
    let schema =
        json!({"allOf": [{"enum": [1, "a", {"b": [2]}, 1.0]}, {"enum": [{"b": [2]}, 1.0, "c"]}]});
    let mut losses = Losses::default();
    let made = instance::of("schema", &schema.to_string(), &mut losses);
    assert_eq!((made, losses), (json!({"b": [2]}), Losses::default()));
}

#[test]
fn a_rule_is_made_ready_once_for_all_its_values() {
    let (root, part) = (json!({}), json!({"enum": ["a"], "pattern": "^a"}));
    let (rules, part) = (Rules::new(&root), part.as_object().unwrap());
    let [first, second] = [(); 2].map(|()| rules.of_part(part.clone()).unwrap());
    assert!(Rc::ptr_eq(&first, &second));
}

#[test]
fn a_deep_schema_is_followed_to_its_end() {
    let mut schema = json!({"type": "string"});
    let mut expected = json!("echo");
    for _ in 0..60 {
        schema = json!({"type": "object", "required": ["a"], "properties": {"a": schema}});
        expected = json!({"a": expected});
    }
    let made = instance::of("schema", &schema.to_string(), &mut Losses::default());
    assert_eq!(made, expected);
}

#[test]
fn every_request_gives_the_same_answer_in_the_same_grammar() {
    let mut request = says("call get_weather");
    request.tools = vec![weather("get_weather")];
    request.choices = Some(2);
    request.reasoning = Reasoning::Adaptive;
    let events = || {
        let mut script = Script::new(
            &Arc::new(request.clone()),
            &ExchangeId("x1".to_owned()),
            &mut Losses::default(),
        )
        .unwrap();
        let mut events = Events::new();
        for _ in 0..script.len() {
            script.push(b".", &mut events);
        }
        events
    };
    assert_eq!(events(), events());
    protocol::canonical::Grammar::check(&events()).unwrap();
}

fn refused(request: &Request) -> ApiError {
    let mut losses = Losses::default();
    let script = Script::new(
        &Arc::new(request.clone()),
        &ExchangeId("x1".to_owned()),
        &mut losses,
    );
    script.err().unwrap()
}

#[test]
fn what_it_cannot_do_is_refused_or_told() {
    let mut request = says("hi");
    request.choices = Some(9);
    let error = refused(&request);
    assert_eq!(error.message, "The echo gives at most 8 answers, not 9.");
    assert_eq!(
        (error.http_status(), error.param.as_deref()),
        (400, Some("n"))
    );

    let mut request = says("hi");
    request.tools = vec![weather("get_weather")];
    for choice in [
        ToolChoice::Named("get_time".to_owned()),
        ToolChoice::Allowed {
            names: vec!["get_weather".to_owned(), "get_time".to_owned()],
            required: true,
        },
    ] {
        request.tool_choice = choice;
        let error = refused(&request);
        assert!(error.message.contains("`get_time`"), "{error}");
        assert_eq!(error.param.as_deref(), Some("tool_choice"));
    }
    request.tools.clear();
    request.tool_choice = ToolChoice::Required;
    assert!(refused(&request).message.contains("no tools"));

    let mut request = says("hi");
    request.sampling.logprobs = Some(2);
    request.output = OutputFormat::JsonSchema {
        name: None,
        description: None,
        schema: raw(r#"{"type":"string","pattern":"(?=a).*"}"#),
        strict: None,
    };
    let mut losses = Losses::default();
    Script::new(
        &Arc::new(request),
        &ExchangeId("x1".to_owned()),
        &mut losses,
    )
    .unwrap();
    let fields: Vec<_> = losses.iter().map(|loss| loss.field.as_str()).collect();
    assert_eq!(fields, ["logprobs", "response_format.pattern"]);
}
