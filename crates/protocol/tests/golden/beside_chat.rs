//! What clients are told beside chats: lists of models, counted tokens, texts that went on, and vectors.

use bytes::{Bytes, BytesMut};
use protocol::{
    Abilities, ModelInfo, Operation, Protocol, ReplyContext,
    canonical::{Completion, EmbedReply, EmbedRequest, Losses, Request, Usage},
    client_codec,
};

use super::{Page, asked, decode_response, fixtures, reply, snapshot, turn};

#[test]
fn encoded_models() {
    let _turn = turn();
    let models = [
        ModelInfo {
            id: "provider/a-model".to_owned(),
            display_name: Some("A Model".to_owned()),
            created: Some(1_763_700_000),
            owned_by: Some("provider".to_owned()),
            max_input_tokens: Some(200_000),
            max_output_tokens: Some(64_000),
            abilities: Some(Abilities {
                embeds: false,
                images: true,
                infills: false,
                thinking: true,
                tools: true,
            }),
            ..ModelInfo::default()
        },
        ModelInfo {
            id: "an-alias".to_owned(),
            ..ModelInfo::default()
        },
        ModelInfo {
            id: "provider/an-embedder".to_owned(),
            abilities: Some(Abilities::EMBEDS),
            ..ModelInfo::default()
        },
    ];
    for client in Protocol::CLIENTS {
        let codec = client_codec(client);
        let mut page = Page::default();
        page.heading("list");
        page.json(&codec.encode_models(&models));
        for model in &models {
            page.heading(&model.id);
            page.json(&codec.encode_model(model));
        }
        page.heading("tokens");
        page.json(&codec.encode_token_count(12));
        encoded(client, "models", &page);
    }
}

#[test]
fn encoded_vectors() {
    let _turn = turn();
    let answer = EmbedReply {
        model: "provider-model".to_owned(),
        vectors: vec![vec![0.5, -1.0], vec![0.25, 0.0]],
        usage: Some(Usage {
            input: Some(9),
            ..Usage::default()
        }),
        losses: Vec::new(),
    };
    let one = EmbedReply {
        vectors: answer.vectors[..1].to_vec(),
        ..answer.clone()
    };
    let request = EmbedRequest::default();
    let packed = EmbedRequest {
        base64: true,
        ..request.clone()
    };
    let single = EmbedRequest {
        single: true,
        ..request.clone()
    };
    let context = of(Operation::Embed);
    for client in Protocol::CLIENTS {
        let mut page = Page::default();
        let cases = [
            ("several", &request, &answer),
            ("packed", &packed, &answer),
            ("single", &single, &one),
        ];
        for (name, request, answer) in cases {
            let mut losses = Losses::default();
            let body =
                client_codec(client).encode_embed_reply(answer, request, &context, &mut losses);
            if body.is_empty() {
                continue;
            }
            page.heading(name);
            page.json(&body);
            page.losses(&losses);
        }
        if !page.is_empty() {
            encoded(client, "vectors", &page);
        }
    }
}

#[test]
fn encoded_completions() {
    let _turn = turn();
    let shared = fixtures().join("canonical/responses/openai_chat.text.json");
    let response = decode_response(Protocol::OpenAiChat, &shared).unwrap();
    let events = response.clone().into_events();
    let request = Request {
        completion: Some(Completion::default()),
        ..asked(&events)
    };
    let context = of(Operation::Complete);
    for client in [Protocol::Ollama, Protocol::OpenAiChat] {
        let codec = client_codec(client);
        let mut losses = Losses::default();
        let mut page = Page::default();
        page.heading("whole");
        page.json(&codec.encode_response(&response, &request, &context, &mut losses));
        page.heading("streamed");
        let mut encoder = codec.event_encoder(&request, &context);
        let mut bytes = BytesMut::new();
        for (choice, event) in &events {
            encoder.push(*choice, event, &mut bytes, &mut losses);
        }
        page.text(&String::from_utf8_lossy(&Bytes::from(bytes)));
        page.losses(&losses);
        encoded(client, "completed", &page);
    }
}

fn of(operation: Operation) -> ReplyContext {
    ReplyContext {
        operation,
        query: None,
        ..reply()
    }
}

fn encoded(client: Protocol, name: &str, page: &Page) {
    snapshot(&fixtures().join(client.word()).join("encoded"), name, page);
}
