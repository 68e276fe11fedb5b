//! The schema of a tool's arguments for providers that take objects only.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::{Map, Value, json, value::RawValue};

use super::Losses;
use crate::json::raw;

#[derive(Deserialize)]
struct Root {
    #[serde(default, rename = "type")]
    kind: Value,
}

/// The schema as it came where its root is an object; else made to be one.
pub(crate) fn object_schema<'a>(
    schema: Option<&'a RawValue>,
    losses: &mut Losses,
) -> Cow<'a, RawValue> {
    let Some(schema) = schema.filter(|schema| schema.get() != "null") else {
        return Cow::Owned(raw(&json!({"type": "object", "properties": {}})));
    };
    if serde_json::from_str::<Root>(schema.get()).is_ok_and(|root| root.kind == "object") {
        return Cow::Borrowed(schema);
    }
    let mut fields = match serde_json::from_str(schema.get()) {
        Ok(Value::Object(fields)) => fields,
        Ok(
            Value::Array(_) | Value::Bool(_) | Value::Null | Value::Number(_) | Value::String(_),
        )
        | Err(_) => Map::new(),
    };
    if fields.get("type").is_some_and(|kind| !kind.is_null()) {
        losses.repaired(
            "tools[].parameters",
            "must be an object schema at the root and became one",
        );
    }
    let mut object = Map::with_capacity(fields.len() + 2);
    object.insert("type".to_owned(), "object".into());
    fields.shift_remove("type");
    object.extend(fields);
    object
        .entry("properties")
        .or_insert_with(|| Value::Object(Map::new()));
    Cow::Owned(raw(&Value::Object(object)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edge_022_every_schema_is_an_object() {
        let schema = |text: &str| RawValue::from_string(text.to_owned()).unwrap();
        let mut losses = Losses::default();
        for (given, expected) in [
            (None, r#"{"type":"object","properties":{}}"#),
            (Some("{}"), r#"{"type":"object","properties":{}}"#),
            (Some("null"), r#"{"type":"object","properties":{}}"#),
            (
                Some(r#"{"properties":{"a":{}},"required":["a"]}"#),
                r#"{"type":"object","properties":{"a":{}},"required":["a"]}"#,
            ),
            (Some(r#"{ "type": "object" }"#), r#"{ "type": "object" }"#),
        ] {
            let given = given.map(schema);
            assert_eq!(object_schema(given.as_deref(), &mut losses).get(), expected);
        }
        assert!(losses.is_empty());
        object_schema(Some(&schema(r#"{"type":"string"}"#)), &mut losses);
        assert_eq!(losses.len(), 1);
    }
}
