//! The estimate against counts of a real tokenizer (o200k), taken once and written down here.

use serde_json::value::RawValue;

use super::*;
use crate::canonical::Role;

fn assert_near(text: &str, counted: u64) {
    let estimated = estimate_text(text);
    assert!(
        estimated * 100 >= counted * 85 && estimated * 100 <= counted * 135,
        "estimated {estimated}, counted {counted}: {text}"
    );
}

#[test]
fn texts_are_near_a_real_tokenizer() {
    assert_near(
        "A gateway stands between a program and a model. It reads what the program asks for, writes it down in the words of the provider, and hands the answer back while it is still being written. Nobody should notice that it is there, unless something goes wrong.",
        53,
    );
    assert_near(
        "fn members(&mut self, scan: &mut Scan<'_>) -> Result<(), ApiError> {\n    loop {\n        scan.space();\n        let key = scan.key()?;\n        if scan.take() != Some(b':') {\n            return Err(scan.broken(\"a colon is missing\"));\n        }\n    }\n}\n",
        64,
    );
    assert_near(
        "{\"type\":\"object\",\"properties\":{\"city\":{\"type\":\"string\",\"description\":\"The city, as people write it.\"},\"days\":{\"type\":\"integer\",\"minimum\":1}},\"required\":[\"city\"],\"additionalProperties\":false}",
        45,
    );
    assert_near(
        "{\n  \"name\": \"get_weather\",\n  \"description\": \"The weather in a city.\",\n  \"input_schema\": {\n    \"type\": \"object\",\n    \"properties\": {\n      \"city\": {\n        \"type\": \"string\"\n      }\n    }\n  }\n}",
        57,
    );
    assert_near(
        "Der Vermittler steht zwischen Programm und Modell. Er liest die Anfrage und reicht die Antwort zurück.",
        19,
    );
    assert_near(
        "Gerät, Größe, naïve façade, 12 345,67 € on 2026-11-21 at 14:30:05.",
        32,
    );
}

#[test]
fn letters_of_other_languages_are_near_a_real_tokenizer() {
    // By an older encoding, cl100k: the newer one takes 61.
    assert_near(
        "Cổng đứng giữa chương trình và mô hình. Nó đọc những gì chương trình hỏi, viết lại bằng lời của nhà cung cấp, rồi trả câu trả lời về ngay khi câu trả lời ấy còn đang được viết. Không ai nhận ra rằng nó ở đó, trừ khi có điều gì sai.",
        119,
    );
    assert_near("ច្រកទ្វារឈរនៅចន្លោះកម្មវិធីនិងគំរូ។", 23);
}

/// Encodings differ widely here; the older ones take a token and a half a character.
#[test]
fn han_characters_are_a_token_or_a_little_more() {
    let text = "网关位于程序和模型之间。它读取程序的请求，用供应商的语言写下来，并在回答仍在生成时把它传回去。";
    let characters = text.chars().count() as u64;
    let estimated = estimate_text(text);
    assert!(
        (characters..=characters * 3 / 2).contains(&estimated),
        "{estimated} of {characters}"
    );
}

#[test]
fn nothing_is_nothing() {
    assert_eq!(estimate_text(""), 0);
    assert_eq!(estimate(&Request::default()), 0);
}

fn picture(bytes: &[u8]) -> u64 {
    image(&Media {
        source: MediaSource::Base64(BASE64_STANDARD.encode(bytes).into()),
        media_type: None,
        name: None,
        detail: None,
    })
}

#[test]
fn complaint_13_pictures_count_by_their_pixels_not_their_bytes() {
    let png = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\x02\x58\0\0\x01\xf4\x08\x06\0\0\0";
    assert_eq!(picture(png), 600 * 500 / 750);
    assert_eq!(picture(b"GIF89a\x58\x02\xf4\x01\0\0\0"), 400);
    let vp8 = b"RIFF\0\0\0\0WEBPVP8 \0\0\0\0\0\0\0\x9d\x01\x2a\x58\x02\xf4\x01\0\0";
    assert_eq!(picture(vp8), 400);
    let lossless = (599_u32 | 499 << 14).to_le_bytes();
    let vp8l = [
        b"RIFF\0\0\0\0WEBPVP8L\0\0\0\0\x2f".as_slice(),
        &lossless,
        b"\0",
    ]
    .concat();
    assert_eq!(picture(&vp8l), 400);
    let vp8x = b"RIFF\0\0\0\0WEBPVP8X\0\0\0\0\0\0\0\0\x57\x02\0\xf3\x01\0\0\0";
    assert_eq!(picture(vp8x), 400);
    let frame = b"\xff\xc0\0\x11\x08\x01\xf4\x02\x58\x03";
    let jpeg = [b"\xff\xd8\xff\xe1\0\x06abcd\xff".as_slice(), frame].concat();
    assert_eq!(picture(&jpeg), 400);
}

#[test]
fn a_huge_picture_is_capped_and_an_unknown_one_guessed() {
    let png = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\xff\xff\0\0\xff\xff";
    assert_eq!(picture(png), IMAGE_MAX);
    assert_eq!(picture(b"BM nothing known"), IMAGE_UNKNOWN);
    for length in 0..12 {
        assert_eq!(
            picture(&b"\xff\xd8\xff\xe1\0\x06abcd\xff\xc0"[..length]),
            IMAGE_UNKNOWN
        );
    }
}

#[test]
fn edge_142_complaint_25_every_piece_of_a_request_counts() {
    let mut request = Request::default();
    let mut last = 0;
    let mut grown = |request: &Request| {
        let now = estimate(request);
        assert!(now > last, "{request:?}");
        last = now;
    };
    request
        .instructions
        .push(Part::Text("Be brief.".to_owned()));
    grown(&request);
    for part in [
        Part::Text("Hello.".to_owned()),
        Part::Reasoning {
            text: "Hm.".to_owned(),
            opaque: None,
        },
        Part::ToolCall {
            id: "1".to_owned(),
            name: "look".to_owned(),
            arguments: "{}".to_owned(),
        },
        Part::ToolResult {
            id: "1".to_owned(),
            parts: vec![Part::Text("Dark.".to_owned())],
            is_error: false,
        },
        Part::Image(Media {
            source: MediaSource::Url("https://example.com/a.png".to_owned()),
            media_type: None,
            name: None,
            detail: None,
        }),
    ] {
        request.messages.push(Message::new(Role::User, vec![part]));
        grown(&request);
    }
    let schema = RawValue::from_string(r#"{"type":"object"}"#.to_owned()).unwrap();
    request.tools.push(Tool {
        name: "look".to_owned(),
        description: None,
        kind: ToolKind::Function {
            schema: Some(schema.clone()),
        },
        strict: None,
    });
    grown(&request);
    request.output = OutputFormat::JsonSchema {
        name: None,
        description: None,
        schema,
        strict: None,
    };
    grown(&request);
}
