//! The question as a text that is gone on with: there is nothing but the text, and where to stop.

use serde_json::{Value, json};

use super::{Question, Said, texts, words};

pub(crate) fn write(question: &Question) -> Option<Value> {
    let [Said::User(prompt)] = question.said.as_slice() else {
        return None;
    };
    let plain = Question {
        stops: question.stops.clone(),
        ..Question::of_user(prompt)
    };
    // How much it thinks is not for the client to say; what it thinks has no place in the reply.
    if plain
        != (Question {
            thinks: false,
            ..question.clone()
        })
    {
        return None;
    }
    let mut body = json!({"prompt": prompt, "max_tokens": 65_536});
    if !question.stops.is_empty() {
        body["stop"] = json!(question.stops);
    }
    Some(body)
}

/// Of a server whose settings stand apart.
pub(crate) fn read_generate(body: &Value) -> Question {
    Question {
        stops: texts(&body["options"]["stop"]),
        ..Question::of_user(&words(&body["prompt"]))
    }
}

pub(crate) fn read(body: &Value) -> Question {
    Question {
        stops: texts(&body["stop"]),
        ..Question::of_user(&words(&body["prompt"]))
    }
}
