//! The codings in which a client may have packed the body of its request, or a provider its answer though it was
//! asked not to (RFC 9110, 8.4).

use std::io;

use async_compression::tokio::bufread::{
    BrotliDecoder, DeflateDecoder, GzipDecoder, ZlibDecoder, ZstdDecoder,
};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use protocol::canonical::{ApiError, ErrorKind, Fault};
use tokio::{
    io::{AsyncRead, AsyncReadExt as _},
    runtime::Handle,
};

/// The code of a refusal that tells what is taken.
pub(crate) const NOT_TAKEN: &str = "unsupported_content_encoding";
/// What is taken, as a header says it.
pub(crate) const TAKEN: HeaderValue = HeaderValue::from_static("zstd, br, gzip, deflate");

/// Codings that are not unpacked here.
const OTHERS: [&str; 2] = ["compress", "x-compress"];
/// Nobody packs a body more often, and each time it may be as large again.
const MOST: usize = 3;
/// Bytes of a client's word in a sentence.
const WORD_SHOWN: usize = 40;

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Coding {
    Brotli,
    Deflate,
    Gzip,
    Zstd,
}

impl Coding {
    fn named(word: &str) -> Option<Self> {
        let words = [
            ("br", Self::Brotli),
            ("deflate", Self::Deflate),
            ("gzip", Self::Gzip),
            ("x-gzip", Self::Gzip),
            ("zstd", Self::Zstd),
        ];
        let found = words
            .into_iter()
            .find(|(name, _)| word.eq_ignore_ascii_case(name));
        found.map(|(_, coding)| coding)
    }

    fn name(self) -> &'static str {
        match self {
            Self::Brotli => "br",
            Self::Deflate => "deflate",
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
        }
    }

    /// What `packed` holds, at most `limit` bytes of it.
    async fn unpack(self, packed: &[u8], limit: usize) -> io::Result<Vec<u8>> {
        let first = packed.first().copied().unwrap_or_default();
        let decoder: Box<dyn AsyncRead + Unpin + '_> = match self {
            // Windows of up to 1 GB, which fill before the first byte comes out; RFC 7932 knows none of them.
            Self::Brotli if first & 0x7f == 0x11 => return Err(io::ErrorKind::InvalidData.into()),
            Self::Brotli => Box::new(BrotliDecoder::new(packed)),
            // Some leave out what the RFC wants around it.
            Self::Deflate if first & 0x0f != 8 => Box::new(DeflateDecoder::new(packed)),
            Self::Deflate => Box::new(ZlibDecoder::new(packed)),
            Self::Gzip => {
                let mut decoder = GzipDecoder::new(packed);
                decoder.multiple_members(true);
                Box::new(decoder)
            }
            Self::Zstd => {
                let mut decoder = ZstdDecoder::new(packed);
                decoder.multiple_members(true);
                Box::new(decoder)
            }
        };
        let mut plain = Vec::new();
        decoder.take(limit as u64).read_to_end(&mut plain).await?;
        Ok(plain)
    }
}

/// Whether a body with these headers is in a coding, also one that is not unpacked here. Some servers write words there
/// that name none, such as `utf-8`.
pub(crate) fn is_packed(headers: &HeaderMap) -> bool {
    let mut values = headers.get_all(header::CONTENT_ENCODING).iter();
    values.any(|value| {
        let value = String::from_utf8_lossy(value.as_bytes());
        value.split(',').any(|word| is_coding(word.trim()))
    })
}

fn is_coding(word: &str) -> bool {
    let is_other = OTHERS.iter().any(|name| word.eq_ignore_ascii_case(name));
    is_other || Coding::named(word).is_some()
}

/// Whether the body of a client's request can be unpacked.
///
/// # Errors
/// `NOT_TAKEN`.
pub(crate) fn check(headers: &HeaderMap) -> Result<(), ApiError> {
    named(headers, |_| true).map(drop)
}

/// The body of a request without the codings that its headers name; at no step more than `limit` bytes.
///
/// # Errors
/// When it is not in these codings, or larger.
pub(crate) async fn unpacked(
    headers: &HeaderMap,
    body: Bytes,
    limit: usize,
) -> Result<Bytes, ApiError> {
    let codings = named(headers, |_| true)?;
    come_off(codings, body, limit).await
}

/// The same of an answer. Words that name no coding are passed over: the answer is there, and nobody can be asked
/// what they mean.
///
/// # Errors
/// When it is not in these codings, or larger.
pub(crate) async fn unpacked_answer(
    headers: &HeaderMap,
    body: Bytes,
    limit: usize,
) -> Result<Bytes, ApiError> {
    come_off(named(headers, is_coding)?, body, limit).await
}

async fn come_off(codings: Vec<Coding>, body: Bytes, limit: usize) -> Result<Bytes, ApiError> {
    if codings.is_empty() {
        return Ok(body);
    }
    let runtime = Handle::current();
    // Few bytes may be many once they are unpacked.
    let work = tokio::task::spawn_blocking(move || {
        let mut body = body;
        for coding in codings.into_iter().rev() {
            let plain = runtime.block_on(coding.unpack(&body, limit + 1));
            let mut plain = plain.map_err(|_| broken(coding))?;
            if plain.len() > limit {
                return Err(too_large(limit));
            }
            plain.shrink_to_fit();
            body = plain.into();
        }
        Ok(body)
    });
    work.await.unwrap_or_else(|_| Err(failed()))
}

/// In the order in which they were applied, of the words that say something.
fn named(headers: &HeaderMap, says: impl Fn(&str) -> bool) -> Result<Vec<Coding>, ApiError> {
    let mut codings = Vec::new();
    for value in headers.get_all(header::CONTENT_ENCODING) {
        for word in String::from_utf8_lossy(value.as_bytes()).split(',') {
            let word = word.trim();
            if word.is_empty() || word.eq_ignore_ascii_case("identity") || !says(word) {
                continue;
            }
            let coding = Coding::named(word).ok_or_else(|| unknown(word))?;
            if codings.len() == MOST {
                return Err(not_taken(format!(
                    "The body is packed more than {MOST} times. Pack it once."
                )));
            }
            codings.push(coding);
        }
    }
    Ok(codings)
}

fn unknown(word: &str) -> ApiError {
    let shown = &word[..word.floor_char_boundary(WORD_SHOWN)];
    not_taken(format!(
        "The body is packed in `{shown}`, which Patchbay cannot unpack. Send it as plain JSON, or in zstd, br, gzip or deflate."
    ))
}

fn not_taken(message: String) -> ApiError {
    let mut error = ApiError::invalid_request(message).with_code(NOT_TAKEN);
    error.status = Some(StatusCode::UNSUPPORTED_MEDIA_TYPE.as_u16());
    error
}

fn broken(coding: Coding) -> ApiError {
    let name = coding.name();
    ApiError::invalid_request(format!(
        "The body cannot be unpacked: it is not `{name}`, as `Content-Encoding` says, or not whole. Send it again, or without `Content-Encoding` as plain JSON."
    ))
}

fn too_large(limit: usize) -> ApiError {
    let megabytes = limit >> 20;
    let message = format!(
        "The request is larger than {megabytes} MB once it is unpacked. Send smaller images or files."
    );
    ApiError::new(ErrorKind::TooLarge, Fault::Client, message)
}

fn failed() -> ApiError {
    ApiError::new(
        ErrorKind::GatewayFault,
        Fault::Gateway,
        "The body could not be unpacked.",
    )
}

#[cfg(test)]
#[path = "codings_tests.rs"]
mod tests;
