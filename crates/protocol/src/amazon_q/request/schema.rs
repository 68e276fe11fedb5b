//! Schemas of tool arguments without what the service refuses: members that are null, and anything but a switch or
//! a schema as `additionalProperties`.

use std::borrow::Cow;

use serde_json::{Map, Value, json, value::RawValue};

use crate::{
    canonical::{Losses, schema::object_schema},
    json::raw,
};

/// Members whose value is a schema, a list of schemas, or schemas by name.
const ONE: [&str; 4] = ["additionalProperties", "contains", "items", "not"];
const SEVERAL: [&str; 4] = ["allOf", "anyOf", "oneOf", "prefixItems"];
const NAMED: [&str; 5] = [
    "$defs",
    "definitions",
    "dependentSchemas",
    "patternProperties",
    "properties",
];

/// The schema as it came where nothing is wrong with it.
pub(super) fn sound<'a>(schema: Option<&'a RawValue>, losses: &mut Losses) -> Cow<'a, RawValue> {
    let schema = object_schema(schema, losses);
    let Ok(Value::Object(mut fields)) = serde_json::from_str(schema.get()) else {
        return schema;
    };
    if !mend(&mut fields) {
        return schema;
    }
    losses.repaired(
        "tools[].parameters",
        "held members that this provider refuses, such as null",
    );
    Cow::Owned(raw(&Value::Object(fields)))
}

/// Whether anything was changed.
fn mend(fields: &mut Map<String, Value>) -> bool {
    let mut changed = false;
    if let Some(required) = fields.get_mut("required")
        && !required.is_array()
    {
        *required = json!([]);
        changed = true;
    }
    if let Some(properties) = fields.get_mut("properties")
        && !properties.is_object()
    {
        *properties = json!({});
        changed = true;
    }
    if let Some(others) = fields.get_mut("additionalProperties")
        && !others.is_boolean()
        && !others.is_object()
    {
        *others = json!(true);
        changed = true;
    }
    for name in ONE {
        changed |= fields.get_mut(name).is_some_and(mend_value);
    }
    for name in SEVERAL {
        if let Some(Value::Array(schemas)) = fields.get_mut(name) {
            for schema in schemas {
                changed |= mend_value(schema);
            }
        }
    }
    for name in NAMED {
        if let Some(Value::Object(schemas)) = fields.get_mut(name) {
            for schema in schemas.values_mut() {
                changed |= mend_value(schema);
            }
        }
    }
    changed
}

fn mend_value(schema: &mut Value) -> bool {
    schema.as_object_mut().is_some_and(mend)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(schema: &str) -> (String, usize) {
        let mut losses = Losses::default();
        let schema = RawValue::from_string(schema.to_owned()).unwrap();
        let sound = sound(Some(&schema), &mut losses).get().to_owned();
        (sound, losses.len())
    }

    #[test]
    fn edge_128_null_members_and_odd_additional_properties_are_mended() {
        for (given, expected) in [
            (
                r#"{"type":"object","properties":null,"required":null}"#,
                r#"{"type":"object","properties":{},"required":[]}"#,
            ),
            (
                r#"{"type":"object","properties":{},"additionalProperties":"no"}"#,
                r#"{"type":"object","properties":{},"additionalProperties":true}"#,
            ),
            (
                r#"{"type":"object","properties":{"a":{"anyOf":[{"type":"object","required":null}]}}}"#,
                r#"{"type":"object","properties":{"a":{"anyOf":[{"type":"object","required":[]}]}}}"#,
            ),
        ] {
            assert_eq!(sent(given), (expected.to_owned(), 1));
        }
    }

    #[test]
    fn edge_133_a_sound_schema_stays_byte_for_byte() {
        let schema = r#"{ "type":"object", "properties":{"required":{"const":1.50,"default":null}}, "additionalProperties":false }"#;
        assert_eq!(sent(schema), (schema.to_owned(), 0));
    }
}
