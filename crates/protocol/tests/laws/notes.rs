//! What stands beside an answer reaches every client that has a place for it.

use proptest::prelude::*;
use protocol::{
    Protocol,
    canonical::{Answer, Citation, Logprob, Part},
};

use crate::{arbitrary, checks};

proptest! {
    #![proptest_config(crate::cases(256))]

    #[test]
    fn notes_reach_clients_in_streams((response, events) in arbitrary::events()) {
        for client in Protocol::CLIENTS {
            let seen = checks::seen(client, &events).unwrap();
            for (seen, sent) in seen.answers.iter().zip(&response.answers) {
                let sent_citations = citations_for(client, sent);
                let (tokens, told) = (all_tokens(seen), tokens_for(client, sent));
                let (cited, citing) = (titles(&seen.notes.citations), titles(&sent_citations));
                if takes_citations_in_text(client) {
                    // What is said of a text when it is over finds it closed.
                    prop_assert_eq!(&tokens, &told[..tokens.len()]);
                    prop_assert_eq!(&cited, &citing[..cited.len()]);
                } else {
                    prop_assert_eq!(in_any_order(tokens), in_any_order(told), "{:?}", client);
                    prop_assert_eq!(cited, citing, "{:?}", client);
                }
                prop_assert_eq!(queries(seen), queries_for(client, sent), "{:?}", client);
            }
        }
    }

    #[test]
    fn notes_reach_clients_of_whole_replies(response in arbitrary::response()) {
        for client in Protocol::CLIENTS {
            let seen = checks::seen_whole(client, &response).unwrap();
            for (seen, sent) in seen.answers.iter().zip(&response.answers) {
                prop_assert_eq!(all_tokens(seen), tokens_for(client, sent), "{:?}", client);
                let (cited, citing) = (&seen.notes.citations, citations_for(client, sent));
                let refuses = sent.parts.iter().any(|part| matches!(part, Part::Refusal(_)));
                let is_inexact = client == Protocol::Anthropic || client == Protocol::Gemini && refuses;
                if is_inexact {
                    // The one knows no places but those of whole texts, the other no refusals apart from text.
                    prop_assert_eq!(titles(cited), titles(&citing));
                } else {
                    prop_assert_eq!(cited, &citing, "{:?}", client);
                }
                prop_assert_eq!(queries(seen), queries_for(client, sent), "{:?}", client);
            }
        }
    }
}

fn all_tokens(answer: &Answer) -> Vec<Logprob> {
    let likely = &answer.notes.logprobs;
    likely.text.iter().chain(&likely.refusal).cloned().collect()
}

/// What a client can be told of an answer's tokens.
fn tokens_for(client: Protocol, answer: &Answer) -> Vec<Logprob> {
    let tokens = all_tokens(answer);
    let retold = |bytes: fn(&Logprob) -> Option<Vec<u8>>| {
        let told = move |likely: &Logprob| Logprob {
            bytes: bytes(likely),
            ..likely.clone()
        };
        let tokens = tokens.iter().map(move |likely| Logprob {
            top: likely.top.iter().map(told).collect(),
            ..told(likely)
        });
        tokens.collect::<Vec<_>>()
    };
    match client {
        Protocol::AmazonQ | Protocol::Anthropic | Protocol::OpenAiRealtime => Vec::new(),
        Protocol::Gemini => retold(|_| None),
        Protocol::Ollama | Protocol::OpenAiChat => tokens,
        Protocol::OpenAiResponses if !has_text(answer) => Vec::new(),
        Protocol::OpenAiResponses => {
            let mut told = retold(|likely| {
                let own = || likely.token.clone().into_bytes();
                Some(likely.bytes.clone().unwrap_or_else(own))
            });
            told.truncate(answer.notes.logprobs.text.len());
            told
        }
    }
}

/// What a client can be told of where an answer is from.
fn citations_for(client: Protocol, answer: &Answer) -> Vec<Citation> {
    let citations = || answer.notes.citations.clone();
    match client {
        Protocol::AmazonQ | Protocol::Ollama | Protocol::OpenAiRealtime => Vec::new(),
        Protocol::Gemini => within(citations(), &answer.parts),
        Protocol::OpenAiChat => citations(),
        Protocol::Anthropic | Protocol::OpenAiResponses if has_text(answer) => citations(),
        Protocol::Anthropic | Protocol::OpenAiResponses => Vec::new(),
    }
}

/// What is said of a text at its end is part of it there, and later it is too late.
fn takes_citations_in_text(client: Protocol) -> bool {
    matches!(client, Protocol::Anthropic | Protocol::OpenAiResponses)
}

/// Places that count bytes are within the text.
fn within(mut citations: Vec<Citation>, parts: &[Part]) -> Vec<Citation> {
    let text = parts.iter().map(|part| match part {
        Part::Text(text) => text.chars().count() as u64,
        _ => 0,
    });
    let most: u64 = text.sum();
    for citation in &mut citations {
        citation.start = citation.start.map(|start| start.min(most));
        citation.end = citation.end.map(|end| end.min(most));
    }
    citations
}

fn queries(answer: &Answer) -> Vec<&str> {
    let searches = answer.notes.searches.iter();
    searches
        .flat_map(|(_, search)| search.queries.iter().map(String::as_str))
        .collect()
}

/// What a client can be told of what was looked for.
fn queries_for(client: Protocol, answer: &Answer) -> Vec<&str> {
    match client {
        Protocol::Anthropic | Protocol::Gemini | Protocol::OpenAiResponses => queries(answer),
        Protocol::AmazonQ | Protocol::Ollama | Protocol::OpenAiChat | Protocol::OpenAiRealtime => {
            Vec::new()
        }
    }
}

fn has_text(answer: &Answer) -> bool {
    answer
        .parts
        .iter()
        .any(|part| matches!(part, Part::Text(_)))
}

fn titles(citations: &[Citation]) -> Vec<Option<&str>> {
    let titles = citations.iter().map(|citation| citation.title.as_deref());
    titles.collect()
}

/// A protocol that tells refusals and text as one mixes their tokens.
fn in_any_order(tokens: Vec<Logprob>) -> Vec<String> {
    let mut tokens: Vec<String> = tokens.iter().map(|token| format!("{token:?}")).collect();
    tokens.sort();
    tokens
}
