//! When a provider wants to be asked again, from the headers of its failure.

use std::time::Duration;

use http::{HeaderMap, header};

use crate::dates;

/// `retry-after-ms`, else `retry-after` as seconds or as a date (measured from the answer's own `date`, so that
/// no clock is needed).
pub(crate) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let number = |name: &str| text(headers, name)?.parse::<f64>().ok();
    if let Some(wait) = number("retry-after-ms") {
        return seconds(wait / 1000.0);
    }
    if let Some(wait) = number("retry-after") {
        return seconds(wait);
    }
    let until = dates::of_http(text(headers, header::RETRY_AFTER.as_str())?)?;
    let now = dates::of_http(text(headers, header::DATE.as_str())?)?;
    Some(Duration::from_secs(until.saturating_sub(now)))
}

/// A header's value, where it is text.
pub(crate) fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok().map(str::trim)
}

/// A span like `1s`, `6m0s`, `20ms`, `1h2m3.5s`; a bare number is seconds.
pub(crate) fn span(text: &str) -> Option<Duration> {
    if let Ok(bare) = text.parse::<f64>() {
        return seconds(bare);
    }
    let mut total = 0.0;
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest
            .find(|letter: char| !letter.is_ascii_digit() && letter != '.')
            .filter(|end| *end > 0)?;
        let (number, tail) = rest.split_at(digits);
        let end = tail
            .find(|letter: char| letter.is_ascii_digit())
            .unwrap_or(tail.len());
        let (unit, after) = tail.split_at(end);
        let factor = match unit {
            "ms" => 0.001,
            "s" => 1.0,
            "m" => 60.0,
            "h" => 3600.0,
            "d" => 86_400.0,
            _ => return None,
        };
        total += number.parse::<f64>().ok()? * factor;
        rest = after;
    }
    (!text.is_empty()).then(|| seconds(total)).flatten()
}

fn seconds(count: f64) -> Option<Duration> {
    Duration::try_from_secs_f64(count).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| (http::HeaderName::from_static(name), value.parse().unwrap()))
            .collect()
    }

    #[test]
    fn edge_138_all_forms_of_retry_after() {
        let wait = |pairs: &[(&'static str, &str)]| retry_after(&headers(pairs));
        assert_eq!(wait(&[("retry-after", "7")]), Some(Duration::from_secs(7)));
        assert_eq!(
            wait(&[("retry-after", "1"), ("retry-after-ms", "1500")]),
            Some(Duration::from_millis(1500))
        );
        assert_eq!(
            wait(&[
                ("date", "Sat, 21 Nov 2026 14:30:00 GMT"),
                ("retry-after", "Sat, 21 Nov 2026 14:31:05 GMT"),
            ]),
            Some(Duration::from_secs(65))
        );
        assert_eq!(wait(&[("retry-after", "-3")]), None);
        assert_eq!(wait(&[("retry-after", "soon")]), None);
        assert_eq!(wait(&[]), None);
    }

    #[test]
    fn spans_have_units() {
        assert_eq!(span("6m0s"), Some(Duration::from_secs(360)));
        assert_eq!(span("20ms"), Some(Duration::from_millis(20)));
        assert_eq!(span("1.5"), Some(Duration::from_millis(1500)));
        assert_eq!(span("1h2m3s"), Some(Duration::from_secs(3723)));
        for bad in ["", "s", "5 parsecs", "1e400", "..s"] {
            assert_eq!(span(bad), None, "{bad}");
        }
    }
}
