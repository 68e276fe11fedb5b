//! The rows of the table: what is asked for, and what the provider's model does.

use serde_json::json;

use crate::{
    ask::PNG,
    fake::says::UNICODE,
    question::{Question, Said},
};

pub(super) struct Feature {
    pub(super) name: &'static str,
    pub(super) trial: Trial,
}

pub(super) enum Trial {
    /// A question that must arrive, and an answer that must come back.
    Answered {
        question: Question,
        script: &'static str,
        ways: &'static [Way],
    },
    /// A stream that breaks off.
    Cut,
    /// The provider fails with a status.
    Fails(u16),
    /// The client sends what nobody can read.
    Malformed,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Way {
    Streamed,
    Whole,
}

const BOTH: &[Way] = &[Way::Whole, Way::Streamed];

/// Where a picture is found that is given by its address.
pub(super) const PICTURE: &str = "http://pictures.example/dot.png";

pub(super) const LONG: &str = "200 KB history";

pub(super) fn all() -> Vec<Feature> {
    let hello = || Question::of_user("Hello");
    let answered = |name, question, script, ways| Feature {
        name,
        trial: Trial::Answered {
            question,
            script,
            ways,
        },
    };
    let fails = |name, status| Feature {
        name,
        trial: Trial::Fails(status),
    };
    vec![
        answered("text", hello(), "hello", &[Way::Whole]),
        answered("stream", hello(), "hello", &[Way::Streamed]),
        answered("system", system(), "hello", BOTH),
        answered("multi-turn", turns(), "hello", BOTH),
        answered("image base64", shown(dot()), "image", BOTH),
        answered(
            "image URL",
            shown(Said::ImageAt(PICTURE.to_owned())),
            "image",
            BOTH,
        ),
        answered("tool call", offered(&["weather"]), "tools", BOTH),
        answered(
            "parallel tools",
            offered(&["weather", "time"]),
            "parallel",
            BOTH,
        ),
        answered("tool result", result(), "hello", BOTH),
        answered("forced tool", forced(), "forced", BOTH),
        answered("JSON schema", place(), "schema", BOTH),
        answered("stop", stop(), "stops", BOTH),
        answered("usage", hello(), "counted", BOTH),
        answered("reasoning", thinking(), "thinks", BOTH),
        answered("logprobs", weighed(), "weighs", BOTH),
        answered(LONG, long(), "hello", BOTH),
        answered(
            "split unicode",
            Question::of_user(UNICODE),
            "bytes-unicode",
            &[Way::Streamed],
        ),
        fails("401", 401),
        fails("429 with Retry-After", 429),
        fails("500", 500),
        fails("529", 529),
        Feature {
            name: "cut stream",
            trial: Trial::Cut,
        },
        Feature {
            name: "malformed request",
            trial: Trial::Malformed,
        },
        fails("unknown model", 404),
    ]
}

/// The picture itself.
pub(super) fn dot() -> Said {
    Said::Image {
        media_type: "image/png".to_owned(),
        data: PNG.to_owned(),
    }
}

fn user(text: &str) -> Said {
    Said::User(text.to_owned())
}

fn model(text: &str) -> Said {
    Said::Model(text.to_owned())
}

fn system() -> Question {
    Question {
        system: "Be brief.".to_owned(),
        ..Question::of_user("Hello")
    }
}

fn turns() -> Question {
    Question {
        said: vec![user("I am Ann."), model("Hello, Ann."), user("Who am I?")],
        ..Question::default()
    }
}

fn shown(picture: Said) -> Question {
    Question {
        said: vec![user("What is this?"), picture],
        ..Question::default()
    }
}

fn offered(tools: &[&str]) -> Question {
    Question {
        tools: tools.iter().map(|tool| (*tool).to_owned()).collect(),
        // The echo calls what is named.
        ..Question::of_user(&format!("Use {}.", tools.join(" and ")))
    }
}

/// Of two calls at once, whose results must not be mixed up.
fn result() -> Question {
    let call = |name: &str| Said::Call {
        name: name.to_owned(),
        arguments: json!({"city": "Oslo"}),
    };
    let result = |name: &str, text: &str| Said::Result {
        name: name.to_owned(),
        text: text.to_owned(),
    };
    Question {
        said: vec![
            user("Is it cold in Oslo, and late?"),
            call("weather"),
            call("time"),
            result("weather", "-3 C"),
            result("time", "23:50"),
        ],
        ..offered(&["weather", "time"])
    }
}

fn forced() -> Question {
    Question {
        said: vec![user("Hello")],
        must_call: Some("weather".to_owned()),
        ..offered(&["weather", "time"])
    }
}

fn place() -> Question {
    Question {
        wants_place: true,
        ..Question::of_user("Where is it warm?")
    }
}

fn stop() -> Question {
    Question {
        stops: vec!["STOP".to_owned()],
        ..Question::of_user("one two STOP three")
    }
}

fn thinking() -> Question {
    Question {
        thinks: true,
        ..Question::of_user("Hello")
    }
}

fn weighed() -> Question {
    Question {
        weighs: true,
        ..Question::of_user("Hello")
    }
}

/// A hundred turns of two thousand bytes, no two alike.
fn long() -> Question {
    let text = |turn: usize| format!("{turn}: {}", "ünderstood, ".repeat(154));
    let turn = |at: usize| {
        if at.is_multiple_of(2) {
            user(&text(at))
        } else {
            model(&text(at))
        }
    };
    Question {
        said: (0..101).map(turn).collect(),
        ..Question::default()
    }
}
