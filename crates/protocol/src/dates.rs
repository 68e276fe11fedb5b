//! Unix seconds of the dates that vendors write, and back.

/// The first of March of the year 0, from which days are counted here, to the first of January 1970.
const DAYS_TO_EPOCH: u64 = 719_468;

/// Of `Sun, 06 Nov 1994 08:49:37 GMT`.
pub(crate) fn of_http(date: &str) -> Option<u64> {
    const MONTHS: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let (_, date) = date.split_once(", ")?;
    let mut words = date.split(' ');
    let day = words.next()?.parse().ok()?;
    let name = words.next()?;
    let month = 1 + MONTHS.iter().position(|month| *month == name)? as u64;
    let year = words.next()?.parse().ok()?;
    let mut clock = words.next()?.split(':').map(str::parse);
    let mut next = || clock.next()?.ok();
    unix([year, month, day], [next()?, next()?, next()?])
}

/// Of `2025-02-19T00:00:00Z`. A zone and fractions of seconds are read over, a missing time is midnight.
pub(crate) fn of_rfc3339(date: &str) -> Option<u64> {
    let number = |from: usize, to: usize| date.get(from..to)?.parse().ok();
    let time = [(11, 13), (14, 16), (17, 19)];
    unix(
        [number(0, 4)?, number(5, 7)?, number(8, 10)?],
        time.map(|(from, to)| number(from, to).unwrap_or(0)),
    )
}

/// As `2025-02-19T00:00:00Z`.
pub(crate) fn rfc3339(seconds: u64) -> String {
    let (days, time) = (seconds / 86_400 + DAYS_TO_EPOCH, seconds % 86_400);
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 {
        shifted_month + 3
    } else {
        shifted_month - 9
    };
    let year = era * 400 + year_of_era + u64::from(month < 3);
    format!(
        "{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}Z",
        time / 3_600,
        time / 60 % 60,
        time % 60
    )
}

fn unix([year, month, day]: [u64; 3], [hour, minute, second]: [u64; 3]) -> Option<u64> {
    let is_date = (1970..10_000).contains(&year)
        && (1..=12).contains(&month)
        && (1..=31).contains(&day)
        && hour <= 24
        && minute <= 60
        && second <= 61;
    if !is_date {
        return None;
    }
    // Years that begin in March keep the leap day at their end.
    let (year, month) = if month < 3 {
        (year - 1, month + 9)
    } else {
        (year, month - 3)
    };
    let days = year * 365 + year / 4 - year / 100 + year / 400 + (month * 153 + 2) / 5 + day - 1;
    let days = days.checked_sub(DAYS_TO_EPOCH)?;
    Some(days * 86_400 + hour * 3_600 + minute * 60 + second)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn http_dates_count_from_1970() {
        for (date, seconds) in [
            ("Thu, 01 Jan 1970 00:00:00 GMT", Some(0)),
            ("Sun, 06 Nov 1994 08:49:37 GMT", Some(784_111_777)),
            ("Thu, 29 Feb 2024 12:00:00 GMT", Some(1_709_208_000)),
            ("yesterday", None),
        ] {
            assert_eq!(of_http(date), seconds, "{date}");
        }
    }

    #[test]
    fn rfc3339_dates_are_read_and_written_alike() {
        for (date, seconds) in [
            ("1970-01-01T00:00:00Z", 0),
            ("1999-12-31T23:59:59Z", 946_684_799),
            ("2000-03-01T00:00:00Z", 951_868_800),
            ("2024-02-29T12:34:56Z", 1_709_210_096),
            ("2025-02-19T00:00:00Z", 1_739_923_200),
        ] {
            assert_eq!(of_rfc3339(date), Some(seconds), "{date}");
            assert_eq!(rfc3339(seconds), date);
        }
        assert_eq!(of_rfc3339("2025-02-19"), Some(1_739_923_200));
        for bad in [
            "",
            "soon",
            "2025-13-01T00:00:00Z",
            "2025-00-10",
            "é025-01-01",
        ] {
            assert_eq!(of_rfc3339(bad), None, "{bad}");
        }
    }
}
