//! The SHA-256 of an access key, written `sha256:<64 hex digits>`.

use std::{fmt, str::FromStr};

use sha2::{Digest as _, Sha256};

/// What the config keeps of an access key. Keys are random and long, so a plain hash is enough.
#[derive(Clone, Copy, Eq, Hash, PartialEq)]
pub struct KeyDigest([u8; 32]);

impl KeyDigest {
    pub fn of(key: &str) -> Self {
        Self(Sha256::digest(key.as_bytes()).into())
    }

    /// Takes the same time wherever the two differ.
    pub fn matches(&self, presented: &str) -> bool {
        let other = Self::of(presented);
        let difference = self
            .0
            .iter()
            .zip(other.0)
            .fold(0, |all, (a, b)| all | (a ^ b));
        std::hint::black_box(difference) == 0
    }
}

impl fmt::Display for KeyDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("sha256:")?;
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for KeyDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for KeyDigest {
    type Err = NotADigest;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let hex = text.strip_prefix("sha256:").ok_or(NotADigest)?;
        if hex.len() != 64 || !hex.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(NotADigest);
        }
        let mut digest = [0; 32];
        for (byte, pair) in digest.iter_mut().zip(hex.as_bytes().chunks(2)) {
            let pair = std::str::from_utf8(pair).map_err(|_| NotADigest)?;
            *byte = u8::from_str_radix(pair, 16).map_err(|_| NotADigest)?;
        }
        Ok(Self(digest))
    }
}

/// Text that is not a digest in our form.
#[derive(Debug, thiserror::Error)]
#[error("Write a hash as `sha256:` and 64 hex digits.")]
pub struct NotADigest;

#[cfg(test)]
mod tests {
    use super::*;

    // From the SHA-256 standard's own example.
    const ABC: &str = "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    #[test]
    fn is_the_published_digest_and_reads_back() {
        assert_eq!(KeyDigest::of("abc").to_string(), ABC);
        assert_eq!(ABC.parse::<KeyDigest>().unwrap(), KeyDigest::of("abc"));
    }

    #[test]
    fn matches_only_its_own_key() {
        let digest = KeyDigest::of("abc");
        assert!(digest.matches("abc"));
        assert!(!digest.matches("abd"));
        assert!(!digest.matches(""));
    }

    #[test]
    fn refuses_other_text() {
        for text in ["", "abc", "sha256:", "md5:00", &ABC[..70], "sha256:é"] {
            assert!(text.parse::<KeyDigest>().is_err(), "{text}");
        }
    }
}
