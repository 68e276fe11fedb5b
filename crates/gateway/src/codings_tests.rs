//! Bodies in each coding: whole, cut, damaged, and much larger than they look.

use async_compression::{
    Level,
    tokio::bufread::{BrotliEncoder, DeflateEncoder, GzipEncoder, ZlibEncoder, ZstdEncoder},
};
use futures_util::FutureExt as _;
use proptest::prelude::*;
use tokio::runtime::Runtime;

use super::*;

const LIMIT: usize = 1 << 20;
const NAMES: [&str; 5] = ["br", "deflate", RAW, "gzip", "zstd"];
/// What some call `deflate`.
const RAW: &str = "raw deflate";

async fn packed(name: &str, plain: &[u8]) -> Vec<u8> {
    let mut encoder: Box<dyn AsyncRead + Unpin + '_> = match name {
        "br" => Box::new(BrotliEncoder::with_quality(plain, Level::Fastest)),
        "deflate" => Box::new(ZlibEncoder::new(plain)),
        RAW => Box::new(DeflateEncoder::new(plain)),
        "gzip" => Box::new(GzipEncoder::new(plain)),
        _ => Box::new(ZstdEncoder::new(plain)),
    };
    let mut packed = Vec::new();
    encoder.read_to_end(&mut packed).await.unwrap();
    packed
}

fn headers(lines: &[&str]) -> HeaderMap {
    let lines = lines.iter().map(|line| {
        let line = if *line == RAW { "deflate" } else { line };
        (
            header::CONTENT_ENCODING,
            HeaderValue::from_str(line).unwrap(),
        )
    });
    lines.collect()
}

async fn unpacked_of(lines: &[&str], body: &[u8]) -> Result<Bytes, ApiError> {
    unpacked(&headers(lines), Bytes::copy_from_slice(body), LIMIT).await
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn what_was_packed_comes_out_and_half_of_it_does_not(
        plain in proptest::collection::vec(any::<u8>(), 1..2000),
        names in proptest::collection::vec(proptest::sample::select(&NAMES[..]), 1..=MOST),
        kept in 0.0..1.0,
    ) {
        Runtime::new().unwrap().block_on(async {
            let mut body = plain.clone();
            for name in &names {
                body = packed(name, &body).await;
            }
            let lines = headers(&names);
            let whole = unpacked(&lines, body.clone().into(), LIMIT).await.unwrap();
            assert_eq!(whole, plain);
            let cut = (body.len() as f64 * kept) as usize;
            let error = unpacked(&lines, body[..cut].to_vec().into(), LIMIT).await.unwrap_err();
            assert_eq!((error.http_status(), error.kind), (400, ErrorKind::InvalidRequest));
        });
    }

    #[test]
    fn bytes_that_nobody_packed_do_no_harm(
        body in proptest::collection::vec(any::<u8>(), 0..200),
        name in proptest::sample::select(&NAMES[..]),
    ) {
        Runtime::new().unwrap().block_on(async {
            if let Ok(plain) = unpacked_of(&[name], &body).await {
                assert!(plain.len() <= LIMIT);
            }
        });
    }
}

#[tokio::test]
async fn codings_come_off_in_order_over_lines_and_commas() {
    let inner = packed("gzip", b"{}").await;
    let body = packed("zstd", &inner).await;
    for lines in [
        &["gzip, zstd"][..],
        &["X-GZip,identity ,, ZSTD"],
        &["gzip", "zstd"],
    ] {
        assert_eq!(unpacked_of(lines, &body).await.unwrap(), "{}", "{lines:?}");
    }
    let error = unpacked_of(&["zstd, gzip"], &body).await.unwrap_err();
    assert_eq!(
        error.message,
        "The body cannot be unpacked: it is not `gzip`, as `Content-Encoding` says, or not whole. Send it again, or without `Content-Encoding` as plain JSON."
    );
    for lines in [&[][..], &[""], &["identity"], &["Identity, identity"]] {
        assert_eq!(unpacked_of(lines, b"{}").await.unwrap(), "{}", "{lines:?}");
    }
}

#[tokio::test]
async fn pieces_that_were_packed_apart_are_one_body() {
    for name in ["gzip", "zstd"] {
        let pieces = [packed(name, b"{\"a\":").await, packed(name, b"1}").await];
        let whole = unpacked_of(&[name], &pieces.concat()).await.unwrap();
        assert_eq!(whole, "{\"a\":1}", "{name}");
        let odd = [&pieces[0][..], b"1}"].concat();
        assert!(unpacked_of(&[name], &odd).await.is_err(), "{name}");
    }
}

#[tokio::test]
async fn a_sum_that_does_not_match_is_no_body() {
    let plain = b"{\"model\":\"echo/echo\"}".repeat(20);
    let mut body = packed("gzip", &plain).await;
    let sum = body.len() - 8;
    body[sum] ^= 1;
    assert!(unpacked_of(&["gzip"], &body).await.is_err());
}

#[tokio::test]
async fn the_limit_is_for_what_comes_out_at_each_step() {
    for name in NAMES {
        let full = packed(name, &vec![b' '; LIMIT]).await;
        let plain = unpacked_of(&[name], &full).await.unwrap();
        assert_eq!(plain.len(), LIMIT, "{name}");
        let more = packed(name, &vec![b' '; LIMIT + 1]).await;
        let error = unpacked_of(&[name], &more).await.unwrap_err();
        assert_eq!(
            (error.http_status(), &*error.message),
            (
                413,
                "The request is larger than 1 MB once it is unpacked. Send smaller images or files."
            ),
            "{name}"
        );
    }
    // A little that becomes much, and little again.
    let nothing = packed("gzip", b"").await;
    let much = nothing.repeat(2 * LIMIT / nothing.len());
    let body = packed("zstd", &much).await;
    let error = unpacked_of(&["gzip, zstd"], &body).await.unwrap_err();
    assert_eq!(error.http_status(), 413);
}

#[tokio::test]
async fn windows_of_a_gigabyte_are_not_opened() {
    // Nothing, in brotli's private form with a window of 2^30 bytes.
    let error = unpacked_of(&["br"], &[0x11, 0xde]).await.unwrap_err();
    assert_eq!(error.http_status(), 400);
}

#[tokio::test]
async fn what_is_not_taken_is_told_before_the_body_is_looked_at() {
    let many = ["gzip"; MOST + 1].join(", ");
    let long = "é".repeat(300);
    for (line, expected) in [
        (
            "compress",
            "The body is packed in `compress`, which Patchbay cannot unpack. Send it as plain JSON, or in zstd, br, gzip or deflate.",
        ),
        (
            "gzip, aes128gcm",
            "The body is packed in `aes128gcm`, which Patchbay cannot unpack. Send it as plain JSON, or in zstd, br, gzip or deflate.",
        ),
        (
            many.as_str(),
            "The body is packed more than 3 times. Pack it once.",
        ),
    ] {
        let error = check(&headers(&[line])).unwrap_err();
        assert_eq!((error.http_status(), &*error.message), (415, expected));
    }
    let value = HeaderValue::from_bytes(long.as_bytes()).unwrap();
    let error = check(&HeaderMap::from_iter([(header::CONTENT_ENCODING, value)])).unwrap_err();
    assert!(error.message.contains(&format!("`{}`", "é".repeat(20))));
}

#[test]
fn the_server_goes_on_while_a_body_is_unpacked() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .max_blocking_threads(1)
        .build()
        .unwrap();
    runtime.block_on(async {
        let body = packed("zstd", b"{}").await;
        let (lines, (free, is_free)) = (headers(&["zstd"]), std::sync::mpsc::channel());
        let busy = tokio::task::spawn_blocking(move || is_free.recv());
        let mut work = std::pin::pin!(unpacked(&lines, body.into(), LIMIT));
        assert!(work.as_mut().now_or_never().is_none());
        free.send(()).unwrap();
        busy.await.unwrap().unwrap();
        assert_eq!(work.await.unwrap(), "{}");
    });
}
