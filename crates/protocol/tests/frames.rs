//! The binary streams among the fixtures are what the texts beside them say: `fixtures/amazon_q/frames/<case>.txt`
//! is the source of `fixtures/amazon_q/streams/<case>.bin`, `shared.<case>.txt` the one of
//! `fixtures/canonical/responses/amazon_q.<case>.bin`. `npm run golden` writes them.

#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a broken fixture has to stop its test"
)]

#[path = "frames/event_stream.rs"]
#[expect(
    dead_code,
    reason = "shared with the laws and the edge cases, which use all of it"
)]
mod event_stream;

use std::{env, fs, path::Path};

#[test]
fn binary_streams_are_what_their_texts_say() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let writes = env::var("INSTA_UPDATE").is_ok_and(|update| update == "always");
    let mut seen = 0;
    for entry in fs::read_dir(fixtures.join("amazon_q/frames")).unwrap() {
        let path = entry.unwrap().path();
        let case = path.file_stem().unwrap().to_str().unwrap();
        let bytes = event_stream::of_text(&fs::read_to_string(&path).unwrap());
        let target = match case.strip_prefix("shared.") {
            Some(case) => format!("canonical/responses/amazon_q.{case}.bin"),
            None => format!("amazon_q/streams/{case}.bin"),
        };
        let target = fixtures.join(target);
        if writes {
            fs::write(&target, &bytes).unwrap();
        }
        assert!(
            fs::read(&target).unwrap_or_default() == bytes,
            "{case}: run `npm run golden`"
        );
        seen += 1;
    }
    assert!(seen > 10, "only {seen} streams");
}

#[test]
fn our_encoder_writes_what_amazons_writes() {
    let ours = event_stream::event("assistantResponseEvent", r#"{"content":"Hi"}"#);
    let hex: String = ours.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(
        hex,
        "0000007c0000005c3bddcf780b3a6576656e742d74797065070016617373697374616e74526573706f6e73654576656e740d3a636f6e74656e742d747970650700106170706c69636174696f6e2f6a736f6e0d3a6d6573736167652d747970650700056576656e747b22636f6e74656e74223a224869227db02babdc"
    );
}
