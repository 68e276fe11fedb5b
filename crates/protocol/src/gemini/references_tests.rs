//! Which references are replaced, and by how much.

use serde_json::json;

use super::*;

fn sent(schema: &Value) -> (Value, usize) {
    let mut losses = Losses::default();
    let schema = raw(schema);
    let sent = mended(&schema, "schema", &mut losses);
    (serde_json::from_str(sent.get()).unwrap(), losses.len())
}

#[test]
fn edge_036_references_stand_alone_and_lead_to_definitions() {
    for (given, expected) in [
        (
            json!({"$defs": {"Q": {"type": "object", "title": "Q"}}, "properties": {"q": {"$ref": "#/$defs/Q", "title": "T"}}}),
            json!({"$defs": {"Q": {"type": "object", "title": "Q"}}, "properties": {"q": {"title": "T", "type": "object"}}}),
        ),
        (
            json!({"properties": {"h": {"type": "object"}, "p": {"items": {"$ref": "#/properties/h"}}}}),
            json!({"properties": {"h": {"type": "object"}, "p": {"items": {"$ref": "#/$defs/h"}}}, "$defs": {"h": {"type": "object"}}}),
        ),
        (
            json!({"definitions": {"A": {"items": {"$ref": "#/definitions/A", "description": "D"}}}, "properties": {"a": {"$ref": "#/definitions/A"}}}),
            json!({"properties": {"a": {"$ref": "#/$defs/A"}}, "$defs": {"A": {"items": {"description": "D", "items": {"$ref": "#/$defs/A"}}}}}),
        ),
        (
            json!({"properties": {"r": {"$ref": "#"}, "n": {"$ref": "#/nowhere"}}}),
            json!({
                "properties": {"r": {"$ref": "#/$defs/_"}, "n": {"$ref": "#/$defs/nowhere"}},
                "$defs": {"nowhere": {}, "_": {"properties": {"r": {"$ref": "#/$defs/_"}, "n": {"$ref": "#/$defs/nowhere"}}}},
            }),
        ),
        (
            json!({"definitions": {"A<B>": {"type": "object"}}, "items": {"$ref": "#/definitions/A%3CB%3E"}}),
            json!({"items": {"$ref": "#/$defs/A_3CB_3E"}, "$defs": {"A_3CB_3E": {"type": "object"}}}),
        ),
    ] {
        assert_eq!(sent(&given), (expected, 1));
    }
}

#[test]
fn edge_036_a_sound_schema_stays_and_data_is_none() {
    let sound = json!({
        "$defs": {"Q": {"items": {"$ref": "#/$defs/Q"}}},
        "properties": {"q": {"$ref": "#/$defs/Q"}, "$ref": {"type": "string"}, "d": {"default": {"$ref": "x", "a": 1}}},
    });
    assert_eq!(sent(&sound), (sound.clone(), 0));
    let marked = json!({"$schema": "x", "properties": {"$schema": {"type": "string"}}});
    let expected = json!({"properties": {"$schema": {"type": "string"}}});
    assert_eq!(sent(&marked), (expected, 0));
}

/// Longer than what may stand in the place of a reference.
fn long() -> Value {
    json!({"type": "object", "description": "d".repeat(MOST_BYTES)})
}

#[test]
fn a_long_definition_is_not_copied_for_each_of_its_references() {
    let references: Vec<Value> = (0..10_000)
        .map(|_| json!({"$ref": "#/$defs/B", "title": "t"}))
        .collect();
    let given = json!({"$defs": {"B": long()}, "anyOf": references});
    let expected =
        json!({"$defs": {"B": long()}, "anyOf": vec![json!({"$ref": "#/$defs/B"}); 10_000]});
    let began = std::time::Instant::now();
    assert!(sent(&given) == (expected, 1));
    assert!(began.elapsed().as_secs() < 20);
}

#[test]
fn parts_of_one_another_are_not_copied_without_end() {
    let mut nested = long();
    let mut at = "#/definitions/B".to_owned();
    let mut references = Vec::new();
    for _ in 0..50 {
        nested = json!({"not": nested});
        references.push(json!({"$ref": at}));
        at.push_str("/not");
    }
    let given = json!({"definitions": {"B": nested}, "anyOf": references});
    let (mended, _) = sent(&given);
    let length = mended.to_string().len();
    assert!(length < 4 * MOST_BYTES, "{length}");
    assert_eq!(mended["anyOf"].as_array().unwrap().len(), 50);
}

#[test]
fn definitions_of_one_name_get_numbers() {
    let named = |at: usize| json!({"items": {"type": "object"}, "title": at.to_string()});
    let places: Map<String, Value> = (0..3_000).map(|at| (format!("p{at}"), named(at))).collect();
    let references: Vec<Value> = (0..3_000)
        .map(|at| json!({"$ref": format!("#/properties/p{at}/items")}))
        .collect();
    let given = json!({"properties": places, "anyOf": references,
        "$defs": {"items_2": {"type": "string"}}});
    let began = std::time::Instant::now();
    let (mended, _) = sent(&given);
    assert!(began.elapsed().as_secs() < 20);
    assert_eq!(mended["anyOf"][0]["$ref"], "#/$defs/items");
    assert_eq!(mended["anyOf"][1]["$ref"], "#/$defs/items_3");
    assert_eq!(mended["$defs"].as_object().unwrap().len(), 3_001);
}
