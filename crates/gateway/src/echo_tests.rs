//! What the echo answers.

use protocol::canonical::{Message, Part, Response, Role, Sampling};
use serde_json::{json, value::RawValue};

use super::*;

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
            instance::of(schema, &mut Losses::default()).to_string(),
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
        let made = instance::of(schema, &mut losses).to_string();
        assert_eq!(made, expected, "{schema}");
        assert!(losses.is_empty(), "{schema}");
    }
}

#[test]
fn a_rule_that_may_be_broken_is_told() {
    for (schema, fields) in [
        (r#"{"not":{"type":"string"}}"#, vec!["not"]),
        (
            r#"{"type":"array","items":{"if":{},"then":{}},"contains":{"const":7}}"#,
            vec!["contains", "if"],
        ),
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
        instance::of(schema, &mut losses);
        let told: Vec<_> = losses.iter().map(|loss| loss.field.as_str()).collect();
        assert_eq!(told, fields, "{schema}");
    }
}

#[test]
fn a_schema_that_contains_itself_ends() {
    let schema = r##"{"type":"object","properties":{"next":{"$ref":"#"}},"required":["next"]}"##;
    assert!(
        instance::of(schema, &mut Losses::default())
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
        let made = instance::of(schema, &mut Losses::default()).to_string();
        assert!(made.len() < 1 << 20, "{} bytes of {schema}", made.len());
    }
}

#[test]
fn a_deep_schema_is_followed_to_its_end() {
    let mut schema = json!({"type": "string"});
    let mut expected = json!("echo");
    for _ in 0..60 {
        schema = json!({"type": "object", "required": ["a"], "properties": {"a": schema}});
        expected = json!({"a": expected});
    }
    let made = instance::of(&schema.to_string(), &mut Losses::default());
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
    assert_eq!(fields, ["logprobs", "pattern"]);
}
