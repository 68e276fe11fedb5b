//! Any split of the bytes gives the same frames, and they are the ones of a plain reading of the standard.

use proptest::{collection::vec, prelude::*};
use protocol::framing::{ndjson::NdjsonDecoder, sse::SseDecoder};

type Frames = Vec<(String, Vec<u8>)>;

fn frames<'a>(chunks: impl IntoIterator<Item = &'a [u8]>) -> Frames {
    let mut decoder = SseDecoder::default();
    let mut frames = Frames::new();
    for chunk in chunks {
        decoder
            .push(chunk, |frame| {
                frames.push((frame.event.to_owned(), frame.data.to_vec()));
            })
            .unwrap();
    }
    decoder.finish(|frame| frames.push((frame.event.to_owned(), frame.data.to_vec())));
    frames
}

/// Slow and whole: what the standard says, word by word, on a text that is complete.
fn plainly(text: &str) -> Frames {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let mut frames = Frames::new();
    let (mut event, mut data) = (String::new(), None::<String>);
    for line in text.split('\n').chain([""]) {
        if line.is_empty() {
            let event = std::mem::take(&mut event);
            if let Some(data) = data.take() {
                frames.push((event, data.into_bytes()));
            }
            continue;
        }
        let (name, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match name {
            "data" => match &mut data {
                Some(data) => *data = format!("{data}\n{value}"),
                None => data = Some(value.to_owned()),
            },
            "event" => event = value.to_owned(),
            _ => {}
        }
    }
    frames
}

fn lines<'a>(chunks: impl IntoIterator<Item = &'a [u8]>) -> Vec<Vec<u8>> {
    let mut decoder = NdjsonDecoder::default();
    let mut lines = Vec::new();
    for chunk in chunks {
        decoder
            .push(chunk, |line| lines.push(line.to_vec()))
            .unwrap();
    }
    decoder.finish(|line| lines.push(line.to_vec()));
    lines
}

fn stream() -> impl Strategy<Value = String> {
    let line = prop_oneof![
        "data:[ ]?[a-zé{}\":]{0,6}",
        "data",
        "event: ?[a-z]{0,3}",
        ":[a-z ]{0,4}",
        "(id|retry|x|):? ?[0-9]{0,2}",
        Just(String::new()),
        Just(String::new()),
    ];
    let end = prop_oneof![Just("\n"), Just("\r"), Just("\r\n")];
    (
        prop_oneof![Just(""), Just("\u{feff}")],
        vec((line, end), 0..12),
    )
        .prop_map(|(mark, lines)| {
            let lines = lines.into_iter().map(|(line, end)| line + end);
            mark.to_owned() + &lines.collect::<String>()
        })
}

proptest! {
    #![proptest_config(crate::cases(256))]

    #[test]
    fn frames_are_those_of_the_standard(text in stream()) {
        prop_assert_eq!(frames([text.as_bytes()]), plainly(&text));
    }

    #[test]
    fn edge_131_complaint_35_any_split_gives_the_same_frames(text in stream(), sizes in vec(1..9_usize, 1..8)) {
        let bytes = text.as_bytes();
        let whole = frames([bytes]);
        prop_assert_eq!(&frames(bytes.chunks(1)), &whole);
        prop_assert_eq!(&frames(crate::checks::split(bytes, &sizes)), &whole);
    }

    #[test]
    fn edge_113_lines_of_json_are_the_same_in_any_split(
        texts in vec("[{}\":a-zé \u{feff}]{0,9}(\n|\r\n|\n\n)", 0..9),
        sizes in vec(1..9_usize, 1..8),
    ) {
        let text = texts.concat();
        let bytes = text.as_bytes();
        let plain: Vec<Vec<u8>> = text
            .strip_prefix('\u{feff}')
            .unwrap_or(&text)
            .lines()
            .map(|line| line.as_bytes().trim_ascii().to_vec())
            .filter(|line| !line.is_empty())
            .collect();
        prop_assert_eq!(&lines([bytes]), &plain);
        prop_assert_eq!(&lines(bytes.chunks(1)), &plain);
        prop_assert_eq!(&lines(crate::checks::split(bytes, &sizes)), &plain);
    }

    #[test]
    fn any_bytes_split_the_same(bytes in vec(any::<u8>(), 0..64), sizes in vec(1..9_usize, 1..8)) {
        let whole = frames([bytes.as_slice()]);
        prop_assert_eq!(frames(crate::checks::split(&bytes, &sizes)), whole);
        let whole = lines([bytes.as_slice()]);
        prop_assert_eq!(lines(crate::checks::split(&bytes, &sizes)), whole);
    }
}
