//! Lists of models, and the dates in them.

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::wire::Text;
use crate::{ModelInfo, canonical::ApiError, json};

#[derive(Deserialize)]
struct ListBody<'a> {
    #[serde(borrow)]
    data: Vec<ModelBody<'a>>,
}

#[derive(Deserialize)]
struct ModelBody<'a> {
    #[serde(borrow)]
    id: Text<'a>,
    #[serde(borrow)]
    display_name: Option<Text<'a>>,
    #[serde(borrow)]
    created_at: Option<Text<'a>>,
    max_input_tokens: Option<u64>,
    max_tokens: Option<u64>,
}

#[derive(Serialize)]
struct ListOut<'a> {
    data: Vec<ModelOut<'a>>,
    has_more: bool,
    first_id: Option<&'a str>,
    last_id: Option<&'a str>,
}

/// All keys of the newer version: its clients want them present, older ones read over them.
#[derive(Serialize)]
struct ModelOut<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    id: &'a str,
    display_name: &'a str,
    created_at: String,
    max_input_tokens: Option<u64>,
    max_tokens: Option<u64>,
    capabilities: Option<()>,
    deprecated_at: Option<()>,
    lifecycle: Option<()>,
    line: Option<()>,
    retires_at: Option<()>,
}

impl<'a> From<&'a ModelInfo> for ModelOut<'a> {
    fn from(model: &'a ModelInfo) -> Self {
        Self {
            kind: "model",
            id: &model.id,
            display_name: model.display_name.as_deref().unwrap_or(&model.id),
            // The vendor's own sign for a date that is not known is the epoch.
            created_at: format_date(model.created.unwrap_or(0)),
            max_input_tokens: model.max_input_tokens,
            max_tokens: model.max_output_tokens,
            capabilities: None,
            deprecated_at: None,
            lifecycle: None,
            line: None,
            retires_at: None,
        }
    }
}

pub(super) fn decode_list(body: &[u8]) -> Result<Vec<ModelInfo>, ApiError> {
    let mended = json::Mended::new();
    let list: ListBody<'_> = json::parse_reply(body, &mended)?;
    Ok(list
        .data
        .into_iter()
        .map(|model| ModelInfo {
            id: model.id.into_owned(),
            display_name: model.display_name.map(Text::into_owned),
            created: model.created_at.and_then(|date| parse_date(&date)),
            owned_by: None,
            max_input_tokens: model.max_input_tokens,
            max_output_tokens: model.max_tokens,
        })
        .collect())
}

pub(super) fn encode_list(models: &[ModelInfo]) -> Bytes {
    super::response::to_bytes(&ListOut {
        data: models.iter().map(ModelOut::from).collect(),
        has_more: false,
        first_id: models.first().map(|model| model.id.as_str()),
        last_id: models.last().map(|model| model.id.as_str()),
    })
}

pub(super) fn encode(model: &ModelInfo) -> Bytes {
    super::response::to_bytes(&ModelOut::from(model))
}

/// Unix seconds of an RFC 3339 date; its zone and its fractions are read over. `None` for the epoch, which
/// stands for "not known", and for what is no date.
fn parse_date(date: &str) -> Option<u64> {
    let number = |from: usize, to: usize| date.get(from..to)?.parse::<u64>().ok();
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let (hour, minute, second) = (
        number(11, 13).unwrap_or(0),
        number(14, 16).unwrap_or(0),
        number(17, 19).unwrap_or(0),
    );
    if !(1970..=9999).contains(&year) || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    // Years that begin in March put the leap day at their end.
    let (shifted_year, shifted_month) = if month < 3 {
        (year - 1, month + 9)
    } else {
        (year, month - 3)
    };
    let days = shifted_year * 365 + shifted_year / 4 - shifted_year / 100
        + shifted_year / 400
        + (shifted_month * 153 + 2) / 5
        + day
        - 1;
    let seconds = days.checked_sub(DAYS_TO_EPOCH)? * 86_400 + hour * 3_600 + minute * 60 + second;
    (seconds > 0).then_some(seconds)
}

/// From the first of March of the year 0 to the first of January 1970.
const DAYS_TO_EPOCH: u64 = 719_468;

fn format_date(seconds: u64) -> String {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_and_written_alike() {
        for (date, seconds) in [
            ("2025-02-19T00:00:00Z", 1_739_923_200),
            ("2024-02-29T12:34:56Z", 1_709_210_096),
            ("2000-03-01T00:00:00Z", 951_868_800),
            ("1999-12-31T23:59:59Z", 946_684_799),
        ] {
            assert_eq!(parse_date(date), Some(seconds), "{date}");
            assert_eq!(format_date(seconds), date);
        }
    }

    #[test]
    fn an_unknown_date_is_the_epoch_and_none() {
        assert_eq!(format_date(0), "1970-01-01T00:00:00Z");
        for date in ["1970-01-01T00:00:00Z", "", "soon", "2025-13-01T00:00:00Z"] {
            assert_eq!(parse_date(date), None, "{date}");
        }
    }

    #[test]
    fn edge_140_the_list_has_this_protocols_page_shape() {
        let models = [ModelInfo {
            id: "claude-sonnet-4-5".to_owned(),
            max_output_tokens: Some(64_000),
            ..ModelInfo::default()
        }];
        let list: serde_json::Value = serde_json::from_slice(&encode_list(&models)).unwrap();
        assert_eq!(list["has_more"], false);
        assert_eq!(list["first_id"], "claude-sonnet-4-5");
        assert_eq!(list["last_id"], "claude-sonnet-4-5");
        assert_eq!(list["data"][0]["type"], "model");
        assert_eq!(list["data"][0]["display_name"], "claude-sonnet-4-5");
        assert_eq!(
            decode_list(&encode_list(&models)).unwrap()[0].max_output_tokens,
            Some(64_000)
        );
    }
}
