//! A value that must not be seen.

use std::fmt;

use zeroize::Zeroizing;

/// Shorter secrets show no characters at all.
const SHOWN_FROM: usize = 16;

/// A key or token. Wiped when dropped; has no way to be serialized or printed.
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    pub fn new(value: String) -> Self {
        Self(Zeroizing::new(value))
    }

    /// For an outgoing header or the keychain, and nothing else.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// None when four characters would give too much away.
    pub fn last_four(&self) -> Option<String> {
        let count = self.0.chars().count();
        (count >= SHOWN_FROM).then(|| self.0.chars().skip(count - 4).collect())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl From<String> for Secret {
    fn from(value: String) -> Self {
        Self::new(value)
    }
}

impl PartialEq for Secret {
    /// Takes the same time wherever two secrets of one length differ.
    fn eq(&self, other: &Self) -> bool {
        let (a, b) = (self.0.as_bytes(), other.0.as_bytes());
        let difference = a.iter().zip(b).fold(0, |all, (a, b)| all | (a ^ b));
        a.len() == b.len() && std::hint::black_box(difference) == 0
    }
}

impl Eq for Secret {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_nothing() {
        let secret = Secret::new("canary-0123456789".to_owned());
        assert_eq!(format!("{secret:?}"), "Secret(…)");
        assert_eq!(format!("{:#?}", Some(&secret)).matches("canary").count(), 0);
    }

    #[test]
    fn last_four_only_of_long_ones() {
        assert_eq!(Secret::new("0123456789abcde".to_owned()).last_four(), None);
        let long = Secret::new("0123456789ab…def".to_owned());
        assert_eq!(long.last_four(), Some("…def".to_owned()));
    }

    #[test]
    fn equal_only_to_the_same() {
        let secret = |text: &str| Secret::new(text.to_owned());
        assert_eq!(secret("abc"), secret("abc"));
        assert_ne!(secret("abc"), secret("abd"));
        assert_ne!(secret("abc"), secret("abcd"));
    }
}
