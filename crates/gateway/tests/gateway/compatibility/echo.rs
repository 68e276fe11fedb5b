//! What the echo must answer: it shows in its words what it was told.

use serde_json::json;

use crate::{
    question::{Question, Said},
    told::Told,
};

const THOUGHT: &str = "An echo does not think, it repeats.";

pub(super) fn expected(asked: &Question, type_of_addresses: &str) -> Told {
    let called = match &asked.must_call {
        Some(name) => vec![name.clone()],
        // Those that the question names, unless they have been called.
        None if asked.said.len() == 1 => asked.tools.clone(),
        None => Vec::new(),
    };
    let place = json!({"city": "echo"});
    let results: Vec<String> = asked.said.iter().filter_map(result).collect();
    let text = if !called.is_empty() {
        String::new()
    } else if asked.wants_place {
        place.to_string()
    } else if results.is_empty() {
        said(asked, type_of_addresses)
    } else {
        results.join("\n")
    };
    let finish = if called.is_empty() {
        "stop"
    } else {
        "tool_calls"
    };
    Told {
        reasoning: if asked.thinks {
            THOUGHT.to_owned()
        } else {
            String::new()
        },
        text,
        calls: called
            .into_iter()
            .map(|name| (name, place.clone()))
            .collect(),
        finish: Some(finish.to_owned()),
        ..Told::default()
    }
}

fn result(said: &Said) -> Option<String> {
    match said {
        Said::Result { name, text } => Some(format!("The tool {name} answered: {text}")),
        _ => None,
    }
}

fn said(asked: &Question, type_of_addresses: &str) -> String {
    let mut text = "This is the offline echo of Patchbay. You said: ".to_owned();
    let last = asked.said.iter().rev().find_map(|said| match said {
        Said::User(text) => Some(text.as_str()),
        _ => None,
    });
    text += last.unwrap_or_default();
    for said in &asked.said {
        match said {
            Said::Image { media_type, .. } => {
                text += &format!("\nAttached image: {media_type}, 70 bytes, 1×1 pixels.");
            }
            Said::ImageAt(url) => {
                text += &format!("\nAttached image: {type_of_addresses} at {url}, not fetched.");
            }
            _ => {}
        }
    }
    for stop in &asked.stops {
        text.truncate(text.find(stop).unwrap_or(text.len()));
    }
    text
}
