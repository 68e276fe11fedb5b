//! Durations as people write them: a whole number and a unit, such as `500ms`, `10s`, `2m`, `1h`.

use std::time::Duration;

/// From the smallest; each unit in milliseconds.
const UNITS: [(&str, u64); 4] = [("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000)];

/// None for anything else, for zero, and for more than a day.
pub(super) fn parse(text: &str) -> Option<Duration> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let number: u64 = number.parse().ok()?;
    let (_, unit_ms) = UNITS.into_iter().find(|(word, _)| *word == unit)?;
    let duration_ms = number.checked_mul(unit_ms)?;
    (1..=24 * 3_600_000)
        .contains(&duration_ms)
        .then(|| Duration::from_millis(duration_ms))
}

/// The shortest text that [`parse`] reads back; whole milliseconds.
pub(super) fn format(duration: Duration) -> String {
    let duration_ms = duration.as_millis();
    UNITS
        .into_iter()
        .rev()
        .find(|(_, unit_ms)| duration_ms.is_multiple_of(u128::from(*unit_ms)))
        .map_or_else(
            || format!("{duration_ms}ms"),
            |(word, unit_ms)| format!("{}{word}", duration_ms / u128::from(unit_ms)),
        )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn reads_what_people_write() {
        assert_eq!(parse("500ms"), Some(Duration::from_millis(500)));
        assert_eq!(parse("10s"), Some(Duration::from_secs(10)));
        assert_eq!(parse("2m"), Some(Duration::from_mins(2)));
        assert_eq!(parse("1h"), Some(Duration::from_hours(1)));
        for text in [
            "",
            "10",
            "s",
            "1.5s",
            "-1s",
            "0s",
            "10 s",
            "10S",
            "25h",
            "99999999999999999999s",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(duration_ms in 1_u64..=86_400_000) {
            let duration = Duration::from_millis(duration_ms);
            prop_assert_eq!(parse(&format(duration)), Some(duration));
        }
    }
}
