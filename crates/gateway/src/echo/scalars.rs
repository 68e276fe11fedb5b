//! Words and numbers of a schema, without looking at its expressions.

use serde_json::{Map, Number, Value};

pub(super) const WORD: &str = "echo";

pub(super) fn string(schema: &Map<String, Value>, variant: usize) -> String {
    let format = schema.get("format").and_then(Value::as_str);
    match format {
        Some("date") => format!("2026-01-{:02}", variant % 28 + 1),
        Some("date-time") => format!("2026-01-{:02}T12:00:00Z", variant % 28 + 1),
        Some("duration") => format!("P{}D", variant + 1),
        Some("email") => format!("echo{variant}@example.com"),
        Some("hostname") => format!("echo{variant}.example.com"),
        Some("ipv4") => format!("192.0.2.{}", variant % 255),
        Some("ipv6") => format!("2001:db8::{variant:x}"),
        Some("time") => format!("12:{:02}:00Z", variant % 60),
        Some("uri") => format!("https://example.com/{variant}"),
        Some("uuid") => format!("00000000-0000-4000-8000-{variant:012x}"),
        Some(_) | None if variant == 0 => WORD.to_owned(),
        Some(_) | None => format!("{WORD}{variant}"),
    }
}

pub(super) fn number(schema: &Map<String, Value>, whole: bool, variant: usize) -> Value {
    let limit = |name: &str| schema.get(name).and_then(Value::as_f64);
    let step = limit("multipleOf").filter(|step| *step > 0.0);
    let grain = step.unwrap_or(if whole { 1.0 } else { 0.5 });
    let above = limit("exclusiveMinimum").map(|least| least + grain);
    let below = limit("exclusiveMaximum").map(|most| most - grain);
    let least = [limit("minimum"), above]
        .into_iter()
        .flatten()
        .reduce(f64::max);
    let most = [limit("maximum"), below]
        .into_iter()
        .flatten()
        .reduce(f64::min);
    let stride = if whole { grain.max(1.0) } else { grain };
    let mut value = 1.0 + variant as f64 * stride;
    if let Some(most) = most {
        value = value.min(most);
    }
    if let Some(least) = least {
        value = value.max(least);
    }
    if let Some(step) = step {
        // Up first; down if that leaves the range.
        let up = (value / step).ceil() * step;
        value = match most {
            Some(most) if up > most => (most / step).floor() * step,
            Some(_) | None => up,
        };
    }
    if whole {
        let value = if least.is_some_and(|least| value.floor() < least) {
            value.ceil()
        } else {
            value.floor()
        };
        return Value::Number(Number::from(value as i64));
    }
    Number::from_f64(value).map_or(Value::Null, Value::Number)
}
