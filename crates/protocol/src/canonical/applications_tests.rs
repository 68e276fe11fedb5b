use serde_json::json;

use super::{ready::MOST_TARGETS, *};

/// Definitions, each of which is made of the next.
fn row(length: usize, made: impl Fn(Value) -> Value) -> Value {
    let mut shared = Map::new();
    for at in 0..length {
        let next = json!({"$ref": format!("#/$defs/{}", at + 1)});
        shared.insert(at.to_string(), made(next));
    }
    shared.insert(length.to_string(), json!({"type": "object"}));
    json!({"$ref": "#/$defs/0", "$defs": shared})
}

#[test]
fn what_doubles_at_each_step_is_too_much() {
    for word in ["allOf", "anyOf", "oneOf"] {
        let schema = row(26, |next| json!({word: [next, next]}));
        assert!(are_readable(&schema));
        assert!(!are_few(&schema, &json!({})), "{word}");
    }
    let schema = row(26, |next| json!({"if": next, "then": next}));
    assert!(!are_few(&schema, &json!({})));
    let loose = json!({"unevaluatedProperties": false});
    let schema = row(
        26,
        |next| json!({"allOf": [next], "unevaluatedProperties": loose}),
    );
    assert!(!are_few(&schema, &json!({})));
    // Where each step goes into the value there are no more than the value has members.
    let schema = row(26, |next| json!({"properties": {"x": next, "y": next}}));
    assert!(are_few(&schema, &json!({"x": {"y": {"x": 1}}, "y": 2})));
}

#[test]
fn a_long_row_of_references_is_too_deep() {
    let long = row(20_000, |next| json!({"allOf": [next]}));
    assert!(!are_readable(&long) && !are_few(&long, &json!({})));
    let most = row(MOST_TARGETS - 1, |next| next);
    assert!(are_readable(&most) && are_few(&most, &json!({})));
}

#[test]
fn ordinary_schemas_are_tried() {
    let tree = json!({
        "$id": "https://example.com/tree",
        "anyOf": [
            {"type": "object", "properties": {"left": {"$ref": "#"}, "right": {"$ref": "#"}}},
            {"type": "object", "properties": {"only": {"$ref": "#/anyOf/0"}}},
            {"type": "array", "items": {"$ref": "#"}, "contains": {"not": {"type": "null"}}},
        ],
        "propertyNames": {"pattern": "^[a-z]+$"},
        "additionalProperties": {"type": ["array", "object", "null"]},
    });
    let mut value = json!(null);
    for _ in 0..20 {
        value = json!({"left": [value], "right": {"only": null}});
    }
    assert!(are_readable(&tree) && are_few(&tree, &value));
}

#[test]
fn what_lies_elsewhere_is_not_known() {
    for odd in [
        json!({"$ref": "https://example.com/other"}),
        json!({"$ref": "#name", "$defs": {"a": {"$anchor": "name"}}}),
        json!({"allOf": [{"$id": "https://example.com/inner", "$ref": "#"}]}),
        json!({"$dynamicRef": "#"}),
    ] {
        assert!(!are_few(&odd, &json!({})), "{odd}");
    }
    let named = json!({"properties": {"a": {"$id": "#/properties/a"}, "b": {"$ref": "#"}}});
    assert!(are_few(&named, &json!({"b": {"a": 1}})));
}

#[test]
fn what_leads_back_to_itself_is_not_followed() {
    let mut shared = Map::new();
    for at in 0..7 {
        let others = (0..7).filter(|other| *other != at);
        let others: Vec<_> = others
            .map(|other| json!({"$ref": format!("#/$defs/{other}")}))
            .collect();
        shared.insert(at.to_string(), json!({"allOf": others}));
    }
    let crossing = json!({"$ref": "#/$defs/0", "$defs": shared});
    assert!(are_readable(&crossing) && !are_few(&crossing, &json!({})));
    assert!(!are_few(&json!({"$ref": "#"}), &json!({})));
    // Into the value it ends with the value, and a name has no members.
    let inwards = json!({"items": {"$ref": "#"}, "propertyNames": {"$ref": "#"}});
    assert!(are_few(&inwards, &json!([[], [{"a": 1}]])));
}

#[test]
fn expressions_count_as_often_as_they_are_tried() {
    let many = |count: usize| {
        let part = json!({"$ref": "#/$defs/p"});
        let slow = json!({"not": {"pattern": "a[ab]{2000}c"}});
        json!({"allOf": vec![part; count], "$defs": {"p": slow}})
    };
    let text = json!("ab".repeat(5_000));
    assert!(are_few(&many(1), &text) && are_few(&many(100), &json!(5)));
    assert!(!are_few(&many(10), &text));
    let named = json!({"propertyNames": many(10), "$defs": many(1)["$defs"]});
    assert!(are_few(&named, &json!({"a": 1})));
    assert!(!are_few(&named, &json!({"ab".repeat(5_000): 1})));
    let members: Map<_, _> = (0..1_000).map(|at| (at.to_string(), json!(1))).collect();
    let named = json!({"patternProperties": {"a[ab]{90000}c": true}});
    assert!(are_few(&named, &json!({"a": 1})) && !are_few(&named, &Value::Object(members)));
}

#[test]
fn what_is_compared_counts() {
    let large: Vec<_> = (0..20_000).collect();
    let same = json!({"const": large});
    let part = json!({"$ref": "#/$defs/same"});
    let many = json!({"allOf": vec![part; 1_000], "$defs": {"same": same}});
    assert!(are_few(&same, &json!(large)) && !are_few(&many, &json!(large)));
    assert!(are_few(&json!({"uniqueItems": true}), &json!(large)));
    let names: Vec<_> = (0..1_000).map(|at| at.to_string()).collect();
    let demanding = json!({"items": {"required": names}});
    assert!(are_few(&demanding, &json!(vec![json!({}); 10])));
    assert!(!are_few(&demanding, &json!(vec![json!({}); 1_000])));
}

/// Each is known before what leads to it is looked at.
#[test]
fn a_row_that_is_walked_from_its_end_is_as_deep() {
    let most = row(
        MOST_TARGETS - 1,
        |next| json!({"allOf": [{"allOf": [next]}]}),
    );
    let from_end: Vec<_> = (0..MOST_TARGETS)
        .rev()
        .map(|at| json!({"$ref": format!("#/$defs/{at}")}))
        .collect();
    let schema = json!({"allOf": from_end, "$defs": most["$defs"]});
    assert!(are_readable(&schema) && !are_few(&schema, &json!({})));
}

#[test]
fn why_is_told_where_failures_are_few_and_small() {
    let failing = |count: usize, next: Value| {
        let mut parts = vec![json!({"type": "null"}); count];
        parts.push(next);
        json!({"anyOf": parts})
    };
    let deep = row(100, |next| failing(500, next));
    let value = json!([]);
    assert!(are_few(&deep, &value) && !can_be_told(&deep, &value));
    let ordinary = row(3, |next| failing(5, next));
    assert!(can_be_told(&ordinary, &value));
    // A copy of the value is kept for each.
    let large = json!(["a".repeat(1_000_000)]);
    assert!(can_be_told(&ordinary, &large));
    assert!(are_few(&failing(1_000, json!(false)), &large));
    assert!(!can_be_told(&failing(1_000, json!(false)), &large));
    // And the way that led there.
    let name = "a".repeat(10_000);
    let named = json!({"properties": {name: failing(1_000, json!(false))}});
    assert!(can_be_told(&named, &json!({"a": 1})));
}

/// On a thread's usual stack, as a server has it.
#[test]
fn what_is_said_to_be_little_is_little() {
    let value = json!({"x": {"x": {"x": {}}}});
    for schema in [
        row(MOST_TARGETS - 1, |next| next),
        row(MOST_TARGETS / 2 - 1, |next| json!({"allOf": [next]})),
        row(
            MOST_TARGETS - 1,
            |next| json!({"type": "object", "properties": {"x": {"anyOf": [next]}}}),
        ),
        row(16, |next| json!({"anyOf": [next, next]})),
    ] {
        assert!(are_readable(&schema) && are_few(&schema, &value));
        assert!(jsonschema::validator_for(&schema).unwrap().is_valid(&value));
    }
}

/// Making the rest would take minutes and more.
#[test]
fn what_is_made_over_and_over_is_not_made() {
    let asking = |next: Value| json!({"allOf": [next], "unevaluatedProperties": false});
    let doubled = |next: Value| json!({"anyOf": [next, next], "unevaluatedItems": false});
    assert!(are_readable(&row(5, doubled)) && !are_readable(&row(26, doubled)));
    assert!(are_readable(&row(20, asking)) && !are_readable(&row(200, asking)));
    let rooted = |length| {
        let row = row(length, |next| json!({"allOf": [next]}));
        json!({"$ref": "#/$defs/0", "$defs": row["$defs"], "unevaluatedProperties": false})
    };
    assert!(are_readable(&rooted(38)) && jsonschema::validator_for(&rooted(38)).is_ok());
    assert!(!are_readable(&rooted(MOST_TARGETS - 1)));
    let inside = |count| (0..count).fold(json!({"type": "object"}), |next, _| asking(next));
    assert!(are_readable(&inside(5)) && !are_readable(&inside(40)));
    // Crossing ways, one of them asked about.
    let crossing = row(26, |next| json!({"oneOf": [next, {"$ref": "#/$defs/0"}]}));
    assert!(are_readable(&crossing));
    let asked = json!({"allOf": [crossing], "$defs": crossing["$defs"], "unevaluatedItems": true});
    assert!(!are_readable(&asked));
    // What goes into the value is not asked.
    let tree = json!({"properties": {"a": {"$ref": "#"}}, "unevaluatedProperties": false});
    assert!(are_readable(&tree) && jsonschema::validator_for(&tree).is_ok());
    assert!(!are_readable(&json!({"anyOf": vec![json!({}); 30_000]})));
}
