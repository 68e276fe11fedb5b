//! What providers say of fields that they refuse, and what is left out for it.

use super::*;
use crate::canonical::Fault;

const SPARES: [Spare; 6] = [
    Spare::new("temperature"),
    Spare::new("user"),
    Spare::new("generationConfig.topK"),
    Spare::new("reasoning.summary").said("reasoning summaries"),
    Spare::new("reasoning_effort"),
    Spare::new("include").only(&[r#"["a"]"#]),
];

const BODY: &str = r#"{"temperature":0.20,"messages":[{"content":"\u00e9 user"}],"user":"me","generationConfig":{"topK":4},"reasoning":{"effort":"low","summary":"auto"},"reasoning_effort":"minimal","include":["a"]}"#;

fn failure(message: &str) -> ApiError {
    let mut failure = ApiError::new(ErrorKind::InvalidRequest, Fault::Provider, message);
    failure.status = Some(400);
    failure
}

/// The body without one, where it is in it.
fn left_by(omission: &Omission, body: &Bytes) -> Option<Bytes> {
    let (left, gone) = Omission::without(body, std::slice::from_ref(omission));
    (!gone.is_empty()).then_some(left)
}

fn omitted(failure: &ApiError) -> Option<&'static str> {
    let body = Bytes::from_static(BODY.as_bytes());
    let omission = Omission::of(failure, &SPARES, &body)?;
    assert!(!omission.is_disproved(failure, &body));
    let left = left_by(&omission, &body).unwrap();
    assert!(omission.is_disproved(failure, &left));
    Some(omission.field())
}

#[test]
fn complaint_26_a_refused_field_is_known_by_what_is_said_of_it() {
    let cases = [
        ("Unrecognized request argument supplied: user", Some("user")),
        (
            "Unsupported parameter: 'temperature' is not supported with this model.",
            Some("temperature"),
        ),
        (
            "`temperature` is deprecated for this model.",
            Some("temperature"),
        ),
        ("user: Extra inputs are not permitted", Some("user")),
        (
            "[{'type': 'extra_forbidden', 'loc': ('body', 'user'), 'msg': 'Extra inputs are not permitted', 'input': 'temperature'}]",
            Some("user"),
        ),
        (
            "body -> user\n  Extra inputs are not permitted (type=extra_forbidden)",
            Some("user"),
        ),
        (
            "Invalid JSON payload received. Unknown name \"topK\" at 'generation_config': Cannot find field.",
            Some("generationConfig.topK"),
        ),
        ("top_k is not supported here", Some("generationConfig.topK")),
        (
            "Your organization must be verified to generate reasoning summaries.",
            Some("reasoning.summary"),
        ),
        // What it must be is for the client to know.
        ("temperature: must be less than or equal to 1", None),
        ("This user is not supported in your country", None),
        ("messages.0.user: Extra inputs are not permitted", None),
        ("user.name: Extra inputs are not permitted", None),
        ("tools: Extra inputs are not permitted", None),
        ("Unsupported parameter: 'reasoning_effort_2'", None),
    ];
    for (message, field) in cases {
        assert_eq!(omitted(&failure(message)), field, "{message}");
    }
    let mut by_param = failure("It is not supported.");
    by_param.param = Some("reasoning.summary".to_owned());
    assert_eq!(omitted(&by_param), Some("reasoning.summary"));
    by_param.status = Some(404);
    assert_eq!(omitted(&by_param), None);
}

#[test]
fn only_the_field_is_left_out() {
    let body = Bytes::from_static(BODY.as_bytes());
    for (said, gone) in [
        ("unknown: user", r#""user":"me","#),
        ("unknown: topk", r#""topK":4"#),
        ("unknown: temperature", r#""temperature":0.20,"#),
        ("unknown: summary", r#","summary":"auto""#),
        ("unknown: include", r#","include":["a"]"#),
    ] {
        let omission = Omission::of(&failure(said), &SPARES, &body).unwrap();
        let left = left_by(&omission, &body).unwrap();
        assert_eq!(left, BODY.replace(gone, ""));
        assert_eq!(left_by(&omission, &left), None);
    }
}

#[test]
fn a_value_that_is_refused_is_left_out_alone() {
    let body = Bytes::from_static(BODY.as_bytes());
    let said = "Unsupported value: 'reasoning_effort' does not support 'minimal' with this model. Supported values are: 'low'.";
    let omission = Omission::of(&failure(said), &SPARES, &body).unwrap();
    assert!(left_by(&omission, &body).is_some());
    let other = Bytes::from(BODY.replace("minimal", "low"));
    assert_eq!(left_by(&omission, &other), None);
    // More stands in it than may be left out.
    let more = Bytes::from(BODY.replace(r#"["a"]"#, r#"["a","b"]"#));
    assert_eq!(
        Omission::of(&failure("unknown: include"), &SPARES, &more),
        None
    );
}

#[test]
fn all_that_is_refused_goes_in_one_go() {
    let body = Bytes::from_static(BODY.as_bytes());
    let omissions: Vec<Omission> = ["include", "reasoning_effort", "user", "summary", "user"]
        .iter()
        .filter_map(|name| Omission::of(&failure(&format!("unknown: {name}")), &SPARES, &body))
        .collect();
    let (left, gone) = Omission::without(&body, &omissions);
    assert_eq!(
        left,
        r#"{"temperature":0.20,"messages":[{"content":"\u00e9 user"}],"generationConfig":{"topK":4},"reasoning":{"effort":"low"}}"#
    );
    assert_eq!(gone.len(), 4);
    assert!(Omission::any_in(&omissions, &body));
    assert!(!Omission::any_in(&omissions, &left));
}

#[test]
fn a_value_stands_for_itself_and_a_field_for_all_of_them() {
    let body = Bytes::from_static(BODY.as_bytes());
    let other = Bytes::from(BODY.replace("0.20", "0.3"));
    let one = Omission::of_value(&failure("unknown: temperature"), &SPARES, &body).unwrap();
    let any = one.altogether();
    assert!(one.is_of_same_field(&any) && one != any);
    for (omission, is_in) in [(one, false), (any, true)] {
        let omissions = [omission];
        assert!(Omission::any_in(&omissions, &body));
        assert_eq!(Omission::any_in(&omissions, &other), is_in);
    }
}
