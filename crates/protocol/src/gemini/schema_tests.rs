//! Schemas down to the subset and up from it.

use serde_json::{Value, json};

use super::*;

fn leveled(schema: Value) -> (Value, usize) {
    let mut losses = Losses::default();
    let out = subset(&raw(&schema), "tools[].parameters", &mut losses);
    (Value::Object(out), losses.len())
}

fn check(schema: Value, expected: Value) {
    assert_eq!(leveled(schema.clone()).0, expected, "{schema}");
}

#[test]
fn edge_067_references_are_put_in_their_place() {
    check(
        json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "type": "object",
            "properties": {"at": {"$ref": "#/$defs/Place", "description": "Where."}},
            "required": ["at", "gone"],
            "additionalProperties": false,
            "$defs": {"Place": {"type": "object", "description": "A place.", "properties": {"city": {"type": "string"}}}},
        }),
        json!({
            "properties": {"at": {"properties": {"city": {"type": "STRING"}}, "description": "Where.", "type": "OBJECT"}},
            "required": ["at"],
            "type": "OBJECT",
        }),
    );
}

#[test]
fn edge_067_recursion_stops() {
    let tree = json!({
        "$ref": "#/$defs/Node",
        "$defs": {"Node": {"type": "object", "properties": {"children": {"type": "array", "items": {"$ref": "#/$defs/Node"}}}}},
    });
    let (out, losses) = leveled(tree);
    assert_eq!(
        out,
        json!({"properties": {"children": {"items": {"type": "OBJECT"}, "type": "ARRAY"}}, "type": "OBJECT"})
    );
    assert_eq!(losses, 1);
}

#[test]
fn edge_067_references_that_multiply_do_not_fill_the_memory() {
    let mut defs = Map::new();
    for level in 0..40 {
        let next = json!({"$ref": format!("#/$defs/l{}", level + 1)});
        let node = json!({"type": "object", "properties": {"a": next, "b": next, "c": next}});
        defs.insert(format!("l{level}"), node);
    }
    let (out, _) = leveled(json!({"$ref": "#/$defs/l0", "$defs": defs}));
    assert!(out.to_string().len() < 2_000_000);
}

#[test]
fn edge_067_a_long_definition_is_not_copied_for_each_of_its_references() {
    let long = json!({"type": "string", "enum": ["e".repeat(300_000)]});
    let references = vec![json!({"$ref": "#/$defs/B"}); 2_000];
    let (out, losses) = leveled(json!({"anyOf": references, "$defs": {"B": long}}));
    assert!(out.to_string().len() < 3_000_000);
    assert_eq!(losses, 1);
}

#[test]
fn edge_067_all_of_is_merged() {
    check(
        json!({"allOf": [
            {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]},
            {"properties": {"b": {"type": "integer"}}, "required": ["b"]},
        ]}),
        json!({
            "properties": {"a": {"type": "STRING"}, "b": {"type": "INTEGER"}},
            "required": ["a", "b"],
            "type": "OBJECT",
        }),
    );
}

#[test]
fn edge_067_null_becomes_nullable_and_types_become_variants() {
    check(
        json!({"type": ["string", "null"]}),
        json!({"type": "STRING", "nullable": true}),
    );
    check(
        json!({"anyOf": [{"type": "integer"}, {"type": "null"}]}),
        json!({"type": "INTEGER", "nullable": true}),
    );
    check(
        json!({"description": "d", "type": ["string", "array"], "items": {"type": "integer"}}),
        json!({
            "description": "d",
            "anyOf": [{"type": "STRING"}, {"items": {"type": "INTEGER"}, "type": "ARRAY"}],
        }),
    );
    check(
        json!({"oneOf": [{"type": "string"}, {"type": "integer"}]}),
        json!({"anyOf": [{"type": "STRING"}, {"type": "INTEGER"}]}),
    );
}

#[test]
fn edge_067_alternatives_of_rules_leave_a_type_as_it_is() {
    let (out, losses) =
        leveled(json!({"type": "number", "oneOf": [{"maximum": 1}, {"minimum": 5}]}));
    assert_eq!(
        out,
        json!({"type": "NUMBER", "description": "oneOf: [{\"maximum\":1},{\"minimum\":5}]"})
    );
    assert_eq!(losses, 1);
    let (out, losses) = leveled(json!({
        "type": "object",
        "properties": {"id": {"type": "string"}, "name": {"type": "string"}},
        "anyOf": [{"required": ["id"]}, {"required": ["name"]}],
    }));
    assert_eq!(
        out,
        json!({
            "properties": {"id": {"type": "STRING"}, "name": {"type": "STRING"}},
            "type": "OBJECT",
            "description": "anyOf: [{\"required\":[\"id\"]},{\"required\":[\"name\"]}]",
        })
    );
    assert_eq!(losses, 1);
    // Beside one that says more, the rules are about the type of them all.
    check(
        json!({"type": "object", "anyOf": [{"required": ["a"]}, {"properties": {"b": {"type": "string"}}}]}),
        json!({"anyOf": [{"type": "OBJECT"}, {"properties": {"b": {"type": "STRING"}}, "type": "OBJECT"}]}),
    );
}

#[test]
fn edge_067_a_reference_to_nothing_is_told() {
    let away = json!({"$ref": "https://x/y.json", "description": "Elsewhere."});
    let (out, losses) = leveled(away);
    assert_eq!(out, json!({"description": "Elsewhere.", "type": "STRING"}));
    assert_eq!(losses, 1);
    let escaped = json!({
        "$ref": "#/definitions/Foo%3CBar%3E",
        "definitions": {"Foo<Bar>": {"type": "object", "properties": {"a": {"type": "string"}}}},
    });
    let found = json!({"properties": {"a": {"type": "STRING"}}, "type": "OBJECT"});
    assert_eq!(leveled(escaped), (found, 0));
}

#[test]
fn edge_067_nothing_of_an_only_alternative_is_lost() {
    let (out, losses) = leveled(json!({
        "description": "The address.",
        "anyOf": [{"type": "string", "format": "uri", "description": "Whole."}, {"type": "null"}],
    }));
    assert_eq!(
        out,
        json!({"description": "The address.\nWhole.\nformat: \"uri\"", "type": "STRING", "nullable": true})
    );
    assert_eq!(losses, 1);
}

#[test]
fn edge_067_of_two_choices_at_once_the_second_stands_in_the_description() {
    let first =
        json!([{"type": "object", "properties": {"a": {"type": "string"}}}, {"type": "string"}]);
    let second = json!([{"required": ["a"]}, {"required": ["b"]}]);
    let (out, losses) =
        leveled(json!({"allOf": [{"anyOf": first}, {"anyOf": second}, {"anyOf": first}]}));
    assert_eq!(
        out,
        json!({
            "anyOf": [{"properties": {"a": {"type": "STRING"}}, "type": "OBJECT"}, {"type": "STRING"}],
            "description": "allOf: [{\"anyOf\":[{\"required\":[\"a\"]},{\"required\":[\"b\"]}]}]",
        })
    );
    assert_eq!(losses, 1);
}

#[test]
fn edge_067_enums_are_strings_and_constants_are_enums() {
    check(
        json!({"const": "a"}),
        json!({"enum": ["a"], "type": "STRING"}),
    );
    check(
        json!({"enum": ["a", null]}),
        json!({"enum": ["a"], "type": "STRING", "nullable": true}),
    );
    check(
        json!({"type": "integer", "enum": [1, 2]}),
        json!({"type": "INTEGER", "description": "enum: [1,2]"}),
    );
}

#[test]
fn edge_067_what_has_no_place_stands_in_the_description() {
    let (out, losses) = leveled(json!({
        "type": "object",
        "properties": {
            "mail": {"type": "string", "format": "email", "description": "Whose."},
            "when": {"type": "string", "format": "date-time"},
            "count": {"type": "integer", "exclusiveMinimum": 0, "multipleOf": 2},
            "tags": {"type": "array"},
            "any": {},
        },
    }));
    assert_eq!(
        out["properties"],
        json!({
            "mail": {"description": "Whose.\nformat: \"email\"", "type": "STRING"},
            "when": {"format": "date-time", "type": "STRING"},
            "count": {"minimum": 0, "type": "INTEGER", "description": "exclusiveMinimum: 0\nmultipleOf: 2"},
            "tags": {"items": {"type": "STRING"}, "type": "ARRAY"},
            "any": {"type": "STRING"},
        })
    );
    assert_eq!(losses, 1);
}

#[test]
fn edge_068_properties_and_values_that_look_like_keywords_stay() {
    check(
        json!({
            "type": "object",
            "properties": {
                "title": {"type": "string", "default": {"$ref": "#/nowhere", "const": 1}},
                "const": {"type": "string"},
                "$schema": {"type": "string"},
                "additionalProperties": {"type": "boolean"},
            },
            "required": ["const"],
        }),
        json!({
            "properties": {
                "title": {"default": {"$ref": "#/nowhere", "const": 1}, "type": "STRING"},
                "const": {"type": "STRING"},
                "$schema": {"type": "STRING"},
                "additionalProperties": {"type": "BOOLEAN"},
            },
            "required": ["const"],
            "type": "OBJECT",
        }),
    );
}

#[test]
fn the_vendors_schema_becomes_json_schema() {
    let theirs = raw(&json!({
        "type": "OBJECT",
        "properties": {
            "type": {"type": "STRING", "format": "enum", "enum": ["OBJECT", "A"]},
            "many": {"type": "ARRAY", "items": {"type": "NUMBER", "nullable": true}, "min_items": "2"},
        },
        "propertyOrdering": ["type", "many"],
    }));
    assert_eq!(
        to_json(&theirs).get(),
        r#"{"type":"object","properties":{"type":{"type":"string","enum":["OBJECT","A"]},"many":{"type":"array","items":{"type":["number","null"]},"minItems":2}}}"#
    );
    let ours = RawValue::from_string(r#"{ "type": "object" }"#.to_owned()).unwrap();
    assert_eq!(to_json(&ours).get(), ours.get());
}

#[test]
fn complaint_38_what_providers_refuse_is_gone_from_every_node() {
    let schema = json!({
        "$schema": "s", "$id": "i", "type": "object", "additionalProperties": false,
        "patternProperties": {"^x": {"type": "string"}},
        "properties": {"a": {"not": {"type": "string"}, "if": {}, "then": {}, "type": "array",
            "prefixItems": [{"type": "string"}, {"type": "number"}], "uniqueItems": true, "contains": {}}},
    });
    let (out, _) = leveled(schema);
    let node = &out["properties"]["a"];
    let keys = |value: &Value| {
        value
            .as_object()
            .map(|fields| fields.keys().cloned().collect::<Vec<_>>())
    };
    assert_eq!(keys(&out).unwrap(), ["properties", "type", "description"]);
    assert_eq!(keys(node).unwrap(), ["items", "type", "description"]);
    assert_eq!(
        node["items"],
        json!({"anyOf": [{"type": "STRING"}, {"type": "NUMBER"}]})
    );
}
