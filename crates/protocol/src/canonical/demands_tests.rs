//! Replies of providers that were not told to stop, or were only asked for JSON, cut and checked in any split.

use proptest::prelude::*;
use serde_json::value::RawValue;

use super::*;
use crate::canonical::{
    Answer, Choice, Delta, Event, Finish, FinishReason, Grammar, Notes, Opaque, OpaqueKind, Part,
    PartKind, Tool, ToolChoice, ToolKind, Usage,
};

fn reply(parts: Vec<Part>, reason: FinishReason) -> Response {
    Response {
        id: "r".to_owned(),
        model: "m".to_owned(),
        answers: vec![Answer {
            parts,
            notes: Notes::default(),
            finish: Finish::new(reason, None),
        }],
        usage: None,
        losses: Vec::new(),
    }
}

fn text(words: &str) -> Part {
    Part::Text(words.to_owned())
}

/// The events of a reply, its texts in pieces of so many letters.
fn in_pieces(reply: Response, letters: usize) -> Events {
    let mut out = Events::new();
    for (choice, event) in reply.into_events() {
        match event {
            Event::PartDelta {
                index,
                delta: Delta::Text(text),
            } => {
                let chars: Vec<char> = text.chars().collect();
                for piece in chars.chunks(letters) {
                    let delta = Delta::Text(piece.iter().collect());
                    out.push((choice, Event::PartDelta { index, delta }));
                }
            }
            event => out.push((choice, event)),
        }
    }
    out
}

/// One event at a time, as a stream brings them.
fn overseen(demands: &Demands, events: Events) -> Events {
    let mut overseer = demands.oversee();
    let mut out = Events::new();
    for event in events {
        let mut batch = vec![event];
        overseer.apply(&mut batch);
        out.append(&mut batch);
    }
    Grammar::check(&out).unwrap();
    out
}

fn stops(stops: &[&str]) -> Demands {
    Demands {
        stops: stops.iter().map(|stop| (*stop).to_owned()).collect(),
        ..Demands::default()
    }
}

fn cut(demands: &Demands, words: &str, letters: usize) -> (String, Option<String>) {
    let events = in_pieces(reply(vec![text(words)], FinishReason::Length), letters);
    let whole = Response::from_events(overseen(demands, events)).unwrap();
    let answer = &whole.answers[0];
    let Part::Text(text) = &answer.parts[0] else {
        panic!("{answer:?}");
    };
    let expected = match answer.finish.stop_sequence {
        Some(_) => FinishReason::Stop,
        None => FinishReason::Length,
    };
    assert_eq!(answer.finish.reason, expected);
    (text.clone(), answer.finish.stop_sequence.clone())
}

proptest! {
    #[test]
    fn edge_111_a_reply_is_cut_where_the_first_complete_stop_begins_in_any_split(
        words in "[ab界 ]{0,24}", wanted in prop::collection::vec("[ab界]{1,4}", 1..4), letters in 1usize..6,
    ) {
        let list: Vec<&str> = wanted.iter().map(String::as_str).collect();
        let (told, stop) = cut(&stops(&list), &words, letters);
        let places = list.iter().filter_map(|stop| Some((words.find(stop)?, stop.len())));
        let first = places.min_by_key(|(at, length)| (at + length, *at));
        match first {
            Some((at, length)) => {
                prop_assert_eq!(&told, &words[..at]);
                prop_assert_eq!(stop.unwrap(), &words[at..at + length]);
            }
            None => prop_assert_eq!((told, stop), (words, None)),
        }
    }
}

#[test]
fn edge_111_what_is_no_beginning_of_a_stop_is_not_held_back() {
    let demands = stops(&["END"]);
    let mut overseer = demands.oversee();
    let mut said = |words: &str| {
        let delta = Delta::Text(words.to_owned());
        let mut events = vec![(0, Event::PartDelta { index: 0, delta })];
        overseer.apply(&mut events);
        events
            .into_iter()
            .map(|(_, event)| match event {
                Event::PartDelta {
                    delta: Delta::Text(text),
                    ..
                } => text,
                event => panic!("{event:?}"),
            })
            .collect::<String>()
    };
    // Before a part is open nothing is known of it.
    assert_eq!(said("x"), "x");
    let mut start = vec![(
        0,
        Event::PartStart {
            index: 0,
            part: PartKind::Text,
        },
    )];
    overseer.apply(&mut start);
    let mut said = |words: &str| {
        let delta = Delta::Text(words.to_owned());
        let mut events = vec![(0, Event::PartDelta { index: 0, delta })];
        overseer.apply(&mut events);
        events.len()
    };
    assert_eq!(said("Hello"), 1);
    assert_eq!(said("E"), 0);
    assert_eq!(said("N"), 0);
    assert_eq!(said("C"), 1);
}

#[test]
fn edge_111_reasoning_and_arguments_are_not_cut_and_open_parts_are_closed() {
    let opaque = Opaque {
        owner: crate::Protocol::Anthropic,
        kind: OpaqueKind::Signature,
        value: "s".to_owned(),
        id: None,
    };
    let reasoning = Part::Reasoning {
        text: "END".to_owned(),
        opaque: Some(opaque),
    };
    let call = Part::ToolCall {
        id: "a".to_owned(),
        name: "END".to_owned(),
        arguments: "{\"END\":1}".to_owned(),
    };
    let whole = reply(
        vec![reasoning.clone(), text("one END two"), call.clone()],
        FinishReason::ToolCalls,
    );
    let demands = stops(&["END"]);
    let told = demands.enforce(whole).unwrap();
    assert_eq!(told.answers[0].parts, [reasoning, text("one ")]);
    let whole = reply(vec![call.clone()], FinishReason::ToolCalls);
    assert_eq!(demands.enforce(whole).unwrap().answers[0].parts, [call]);
}

#[test]
fn what_was_cut_here_is_counted_as_far_as_it_was_told() {
    let demands = stops(&["END"]);
    let counted = Usage {
        input: Some(2000),
        output: Some(1000),
        reasoning: Some(900),
        ..Usage::default()
    };
    let mut whole = reply(vec![text("one two END three")], FinishReason::Stop);
    whole.usage = Some(counted);
    assert_eq!(demands.enforce(whole).unwrap().usage, Some(counted));
    // Some say at the head of a stream that they have begun to write.
    let begun = Usage {
        input: Some(2000),
        output: Some(1),
        ..Usage::default()
    };
    let cut = reply(vec![text("one two END three")], FinishReason::Stop);
    let mut events = in_pieces(cut, 3);
    events.insert(1, (0, Event::Usage(begun)));
    let told = Response::from_events(overseen(&demands, events)).unwrap();
    let usage = told.usage.unwrap();
    assert_eq!((usage.input, usage.output), (Some(2000), Some(2)));
    assert!(usage.estimated);
    assert_eq!(told.losses.len(), 1);
    let uncut = reply(vec![text("one two")], FinishReason::Stop);
    let mut events = in_pieces(uncut, 3);
    events.insert(1, (0, Event::Usage(begun)));
    let told = Response::from_events(overseen(&demands, events)).unwrap();
    assert_eq!((told.usage, told.losses.len()), (Some(begun), 0));
}

#[test]
fn what_others_are_counted_by_is_told_where_an_answer_was_cut() {
    let demands = stops(&["END"]);
    let counted = Usage {
        input: Some(2000),
        output: Some(7),
        ..Usage::default()
    };
    let start = || Event::Start {
        id: "r".to_owned(),
        model: "m".to_owned(),
    };
    let part = || Event::PartStart {
        index: 0,
        part: PartKind::Text,
    };
    let says = |words: &str| Event::PartDelta {
        index: 0,
        delta: Delta::Text(words.to_owned()),
    };
    let finish = || Event::Finish(Finish::new(FinishReason::Stop, None));
    let events = vec![
        (0, start()),
        (1, start()),
        (0, part()),
        (1, part()),
        (0, says("one END two")),
        (0, Event::PartEnd { index: 0 }),
        (0, Event::Usage(counted)),
        (0, finish()),
        (1, says("three")),
        (1, Event::PartEnd { index: 0 }),
        (1, finish()),
    ];
    let told = Response::from_events(overseen(&demands, events)).unwrap();
    assert_eq!(told.usage, Some(counted));
    assert_eq!(told.losses, []);
    assert_eq!(told.answers[0].parts, [text("one ")]);
    assert_eq!(told.answers[1].parts, [text("three")]);
}

#[test]
fn a_whole_reply_is_counted_as_the_provider_says() {
    let counted = Usage {
        input: Some(2000),
        output: Some(7),
        ..Usage::default()
    };
    let mut whole = reply(vec![text("one")], FinishReason::Stop);
    whole
        .answers
        .extend(reply(vec![text("two END")], FinishReason::Stop).answers);
    whole.usage = Some(counted);
    let told = stops(&["END"]).enforce(whole).unwrap();
    assert_eq!((told.usage, told.losses), (Some(counted), vec![]));
}

#[test]
fn it_is_over_only_when_every_choice_is() {
    let demands = stops(&["END"]);
    let mut overseer = demands.oversee();
    let mut push = |choice: Choice, event: Event| {
        overseer.apply(&mut vec![(choice, event)]);
        overseer.is_over()
    };
    let start = || Event::Start {
        id: "r".to_owned(),
        model: "m".to_owned(),
    };
    let part = || Event::PartStart {
        index: 0,
        part: PartKind::Text,
    };
    let end = || Event::PartDelta {
        index: 0,
        delta: Delta::Text("END".to_owned()),
    };
    for choice in 0..2 {
        assert!(!push(choice, start()));
        assert!(!push(choice, part()));
    }
    assert!(!push(0, end()));
    assert!(push(1, end()));
}

/// Two answers, the first of which is cut before the second begins.
#[test]
fn an_answer_that_is_cut_takes_no_other_with_it() {
    let answer = |words: &str| reply(vec![text(words)], FinishReason::Stop).answers;
    let mut both = reply(Vec::new(), FinishReason::Stop);
    both.answers = [answer("one END more"), answer("two whole")].concat();
    let mut demands = stops(&["END"]);
    let texts = |reply: Response| {
        let answers = reply.answers.into_iter();
        answers.map(|answer| answer.parts).collect::<Vec<_>>()
    };
    let expected = [vec![text("one ")], vec![text("two whole")]];
    let told = demands.enforce(both.clone()).unwrap();
    assert_eq!(texts(told), expected);
    demands.answers.count = 2;
    let told = overseen(&demands, in_pieces(both, 3));
    assert_eq!(texts(Response::from_events(told).unwrap()), expected);
}

fn schema() -> JsonDemand {
    let schema = r#"{"type":"object","properties":{"city":{"type":"string"}},"required":["city"],"additionalProperties":false}"#;
    JsonDemand::Schema(RawValue::from_string(schema.to_owned()).unwrap())
}

fn json(demand: JsonDemand) -> Demands {
    Demands {
        json: Some(demand),
        ..Demands::default()
    }
}

/// The texts of a reply that keeps to the demand, or the sentence that says it does not; streamed and whole.
fn promised(
    demand: JsonDemand,
    parts: Vec<Part>,
    reason: FinishReason,
) -> Result<Vec<Part>, String> {
    let demands = json(demand);
    let whole = demands.enforce(reply(parts.clone(), reason));
    let events = overseen(&demands, in_pieces(reply(parts, reason), 3));
    let streamed = Response::from_events(events);
    let parts = |reply: Response| reply.answers.into_iter().next().unwrap().parts;
    let (whole, streamed) = (whole.map(parts), streamed.map(parts));
    assert_eq!(whole, streamed);
    whole.map_err(|error| {
        assert_eq!(error.code.as_deref(), Some("json_not_as_asked"));
        assert!(error.kind.is_retryable());
        error.message
    })
}

#[test]
fn what_was_asked_for_arrives_bare() {
    for words in [
        "{\"city\":\"Rome\"}",
        "  {\"city\":\"Rome\"}\n",
        "```json\n{\"city\":\"Rome\"}\n```",
        "```\n{\"city\":\"Rome\"}```\n",
    ] {
        let told = promised(schema(), vec![text(words)], FinishReason::Stop);
        assert_eq!(told.unwrap(), [text("{\"city\":\"Rome\"}")], "{words}");
    }
    let told = promised(JsonDemand::Object, vec![text("{}")], FinishReason::Stop);
    assert_eq!(told.unwrap(), [text("{}")]);
}

#[test]
fn what_was_not_asked_for_is_a_failure_that_repeats_nothing_of_it() {
    for (demand, words, why) in [
        (
            schema(),
            "Rome, secret",
            "it is not JSON (line 1, column 1)",
        ),
        (schema(), "", "it is not JSON (line 1, column 0)"),
        (
            schema(),
            "{\"city\":\"Rome\"} I hope this helps!",
            "it is not JSON (line 1, column 17)",
        ),
        (
            schema(),
            "{\"city\":5}",
            "`/city` breaks the schema's rule `type`",
        ),
        (
            schema(),
            "{}",
            "the whole of it breaks the schema's rule `required`",
        ),
        (JsonDemand::Object, "[1]", "it is JSON, but no object"),
    ] {
        let refused = promised(demand, vec![text(words)], FinishReason::Stop).unwrap_err();
        assert!(refused.contains(why), "{words}: {refused}");
        assert!(!refused.contains("secret"), "{refused}");
    }
}

#[test]
fn calls_cut_replies_and_refusals_are_no_broken_promise() {
    let call = Part::ToolCall {
        id: "a".to_owned(),
        name: "weather".to_owned(),
        arguments: "{}".to_owned(),
    };
    let looking = vec![text("Looking."), call];
    let told = promised(schema(), looking.clone(), FinishReason::ToolCalls);
    assert_eq!(told.unwrap(), looking);
    let half = vec![text("{\"city\":")];
    let told = promised(schema(), half.clone(), FinishReason::Length);
    assert_eq!(told.unwrap(), half);
    let refusal = vec![Part::Refusal("No.".to_owned())];
    let told = promised(schema(), refusal.clone(), FinishReason::Stop);
    assert_eq!(told.unwrap(), refusal);
}

#[test]
fn a_schema_that_cannot_be_read_is_said_to_be_unchecked() {
    let schema = r#"{"$ref":"https://elsewhere.example/schema.json"}"#;
    let demand = JsonDemand::Schema(RawValue::from_string(schema.to_owned()).unwrap());
    let told = json(demand).enforce(reply(vec![text("{}")], FinishReason::Stop));
    let losses = told.unwrap().losses;
    assert_eq!(losses.len(), 1);
    assert_eq!(losses[0].field, "response_format");
}

/// What is told of a reply whose only text is checked against an expression, and how it is called.
fn matched(pattern: &str, words: &str) -> Result<Vec<String>, String> {
    let schema = serde_json::json!({"type": "object", "properties": {"a": {"pattern": pattern}}});
    let demand = JsonDemand::Schema(serde_json::value::to_raw_value(&schema).unwrap());
    let words = serde_json::json!({ "a": words }).to_string();
    let told = json(demand).enforce(reply(vec![text(&words)], FinishReason::Stop));
    told.map(|told| told.losses.into_iter().map(|loss| loss.why).collect())
        .map_err(|error| error.message)
}

#[test]
fn an_expression_that_could_be_tried_for_ever_is_said_to_be_unchecked() {
    let unchecked = |what: &str| {
        [format!(
            "is JSON, but was not checked: trying the {what} of its schema may take too long"
        )]
    };
    let letters = "a".repeat(20_000);
    let many = format!("^{}a*$", "(?=.*a$)".repeat(2_000));
    let counted = r"(?:\pL{90}\w{9,90}){90}$";
    for pattern in [
        r"(?=.*b)a*$",
        r"^(?:(a|aa)\1?)+$",
        "^(?:a(?=a)|aa)+$",
        "^(?:a++|aa)+$",
    ] {
        let told = matched(pattern, &letters).unwrap();
        assert_eq!(told, unchecked("expressions"), "{pattern:.40}");
    }
    for long in [many.as_str(), counted] {
        let told = matched(long, &letters).unwrap();
        assert_eq!(told, unchecked("parts"), "{long:.40}");
    }
}

#[test]
fn references_that_lead_on_without_end_are_said_to_be_unchecked() {
    for (length, ways) in [(30, 2), (20_000, 1)] {
        let mut shared = serde_json::Map::new();
        for at in 0..length {
            let next = serde_json::json!({"$ref": format!("#/$defs/{}", at + 1)});
            shared.insert(
                at.to_string(),
                serde_json::json!({"anyOf": vec![next; ways]}),
            );
        }
        let schema = serde_json::json!({"$ref": "#/$defs/0", "$defs": shared});
        let demand = JsonDemand::Schema(serde_json::value::to_raw_value(&schema).unwrap());
        let told = json(demand).enforce(reply(vec![text("{}")], FinishReason::Stop));
        let why = &told.unwrap().losses[0].why;
        assert!(why.ends_with("trying the parts of its schema may take too long"));
    }
}

#[test]
fn references_that_cross_are_said_to_be_unchecked() {
    let others = |at: usize| {
        let others = (0..7).filter(move |other| *other != at);
        let others = others.map(|other| serde_json::json!({"$ref": format!("#/$defs/{other}")}));
        (
            at.to_string(),
            serde_json::json!({"allOf": others.collect::<Vec<_>>()}),
        )
    };
    let shared: serde_json::Map<_, _> = (0..7).map(others).collect();
    let schema = serde_json::json!({"$ref": "#/$defs/0", "$defs": shared});
    let demand = JsonDemand::Schema(serde_json::value::to_raw_value(&schema).unwrap());
    let told = json(demand).enforce(reply(vec![text("{}")], FinishReason::Stop));
    let why = &told.unwrap().losses[0].why;
    assert!(why.ends_with("trying the parts of its schema may take too long"));
}

#[test]
fn a_broken_rule_is_named_where_that_takes_little() {
    let parts = vec![serde_json::json!({"type": "null"}); 2_000];
    let schema = serde_json::json!({"type": "object", "additionalProperties": {"anyOf": parts}});
    let demand = JsonDemand::Schema(serde_json::value::to_raw_value(&schema).unwrap());
    let told = |count: usize| {
        let members = (0..count).map(|at| (format!("a{at}"), at.into()));
        let value = serde_json::Value::Object(members.collect()).to_string();
        let told = json(demand.clone()).enforce(reply(vec![text(&value)], FinishReason::Stop));
        told.unwrap_err().message
    };
    let few = told(1);
    assert!(
        few.contains("`/a0` breaks the schema's rule `anyOf`"),
        "{few}"
    );
    let many = told(100);
    assert!(many.contains("it does not keep to the schema"), "{many}");
}

#[test]
fn an_expression_that_looks_ahead_from_its_beginning_is_tried() {
    let address = r"^(?!\.)(?!.*\.\.)([A-Za-z0-9_'+\-\.]*)[A-Za-z0-9_+-]@([A-Za-z0-9][A-Za-z0-9\-]*\.)+[A-Za-z]{2,}$";
    assert_eq!(matched(address, "ada@example.org"), Ok(vec![]));
    let refused = matched(address, "ada..b@example.org").unwrap_err();
    assert!(
        refused.contains("`/a` breaks the schema's rule `pattern`"),
        "{refused}"
    );
    let letters = "a".repeat(20_000);
    assert_eq!(matched("^(?=.*a)[a-z]+$", &letters), Ok(vec![]));
    assert!(matched("^(?=.*b)[a-z]+$", &letters).is_err());
}

#[test]
fn what_is_native_is_left_to_the_provider() {
    let able = Capabilities::default();
    let raw = RawValue::from_string("{\"type\":\"object\"}".to_owned()).unwrap();
    let request = Request {
        output: OutputFormat::JsonSchema {
            name: None,
            description: None,
            schema: raw,
            strict: None,
        },
        ..Request::default()
    };
    let weather = Tool {
        name: "weather".to_owned(),
        description: None,
        kind: ToolKind::Function { schema: None },
        strict: None,
    };
    let demands = |request: &Request, target: &Capabilities| {
        let mut request = Arc::new(request.clone());
        Demands::of(&mut request, target, &mut Losses::default())
    };
    let with = |structured_output| Capabilities {
        structured_output,
        ..Capabilities::default()
    };
    assert!(demands(&request, &able).is_empty());
    assert!(demands(&request, &with(StructuredOutput::ForcedTool)).is_empty());
    let asked = demands(&request, &with(StructuredOutput::Instruction));
    assert!(matches!(asked.json, Some(JsonDemand::Schema(_))));
    let any = Request {
        output: OutputFormat::Json,
        ..Request::default()
    };
    assert!(demands(&any, &able).is_empty());
    let switchless = Capabilities {
        json_mode: false,
        ..Capabilities::default()
    };
    assert!(matches!(
        demands(&any, &switchless).json,
        Some(JsonDemand::Object)
    ));
    // Beside tools it is only asked for.
    let either = Capabilities {
        output_with_tools: false,
        ..able.clone()
    };
    assert!(demands(&request, &either).is_empty());
    for asked in [&request, &any] {
        let with_tool = Request {
            tools: vec![weather.clone()],
            ..asked.clone()
        };
        assert!(demands(&with_tool, &either).json.is_some());
        assert!(demands(&with_tool, &able).is_empty());
    }
    // Its own tool must be called: there is no text to check.
    let forced = Request {
        tools: vec![weather],
        tool_choice: ToolChoice::Required,
        ..request
    };
    assert!(demands(&forced, &with(StructuredOutput::Instruction)).is_empty());
    // A tool that is not there is not called.
    let missing = Request {
        tool_choice: ToolChoice::Named("news".to_owned()),
        ..forced
    };
    assert!(!demands(&missing, &with(StructuredOutput::Instruction)).is_empty());
}

#[test]
fn edge_111_only_the_sequences_that_the_target_does_not_take_are_ours() {
    let target = Capabilities {
        stops: 1,
        ..Capabilities::default()
    };
    let mut request = Arc::new(Request::default());
    Arc::make_mut(&mut request).sampling.stop = vec!["a".to_owned(), "b".to_owned()];
    let mut losses = Losses::default();
    let demands = Demands::of(&mut request, &target, &mut losses);
    assert_eq!(demands.stops, ["b"]);
    assert_eq!(request.sampling.stop, ["a"]);
    assert_eq!(losses.len(), 1);
}

#[test]
fn edge_025_blank_sequences_are_ours_where_the_target_refuses_them() {
    let target = Capabilities {
        stops: 2,
        blank_stops: false,
        ..Capabilities::default()
    };
    let mut request = Arc::new(Request::default());
    Arc::make_mut(&mut request).sampling.stop = ["\n", "", "a", "\n\n", "b", "c"]
        .map(str::to_owned)
        .to_vec();
    let demands = Demands::of(&mut request, &target, &mut Losses::default());
    assert_eq!(demands.stops, ["\n", "\n\n", "c"]);
    assert_eq!(request.sampling.stop, ["a", "b"]);
}
