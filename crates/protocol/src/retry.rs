//! When a provider wants to be asked again, from the headers of its failure.

use std::time::Duration;

use http::{HeaderMap, header};

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
    let until = unix_time(text(headers, header::RETRY_AFTER.as_str())?)?;
    let now = unix_time(text(headers, header::DATE.as_str())?)?;
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

/// Unix seconds of `Sun, 06 Nov 1994 08:49:37 GMT`.
fn unix_time(date: &str) -> Option<u64> {
    const MONTHS: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let (_, date) = date.split_once(", ")?;
    let mut words = date.split(' ');
    let day: u64 = words.next()?.parse().ok()?;
    let name = words.next()?;
    let month = 1 + MONTHS.iter().position(|month| *month == name)? as u64;
    let year: u64 = words.next()?.parse().ok()?;
    let mut clock = words.next()?.split(':').map(str::parse::<u64>);
    let (hour, minute, second) = (
        clock.next()?.ok()?,
        clock.next()?.ok()?,
        clock.next()?.ok()?,
    );
    if !(1970..10_000).contains(&year) || day > 31 || hour > 24 || minute > 60 || second > 61 {
        return None;
    }
    // Years that begin in March keep the leap day at their end.
    let (year, month) = if month < 3 {
        (year - 1, month + 9)
    } else {
        (year, month - 3)
    };
    let days = year * 365 + year / 4 - year / 100 + year / 400 + (month * 153 + 2) / 5 + day;
    days.checked_sub(719_469)
        .map(|days| days * 86_400 + hour * 3600 + minute * 60 + second)
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
    fn dates_count_from_1970() {
        assert_eq!(unix_time("Thu, 01 Jan 1970 00:00:00 GMT"), Some(0));
        assert_eq!(
            unix_time("Sun, 06 Nov 1994 08:49:37 GMT"),
            Some(784_111_777)
        );
        assert_eq!(
            unix_time("Thu, 29 Feb 2024 12:00:00 GMT"),
            Some(1_709_208_000)
        );
        assert_eq!(unix_time("yesterday"), None);
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
