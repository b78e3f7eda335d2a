//! What the document's examples and routes promise.

use std::collections::BTreeSet;
use std::path::Path;

use openapi::Document;
use serde_json::{Value, json};
use template::{RouteKey, Template};

fn document() -> Value {
    serde_json::to_value(Document::new()).expect("JSON")
}

/// What is wrong with a value, by as much of JSON Schema as the document uses; fields that the schema does not know
/// are wrong too.
fn problems(document: &Value, schema: &Value, value: &Value, place: &str) -> Vec<String> {
    if let Some(reference) = schema["$ref"].as_str() {
        let target = document.pointer(reference.trim_start_matches('#'));
        return target.map_or_else(
            || vec![format!("{reference} leads nowhere")],
            |target| problems(document, target, value, place),
        );
    }
    if let Some(alternatives) = schema["oneOf"].as_array().or(schema["anyOf"].as_array()) {
        let fits = |one: &Value| problems(document, one, value, place).is_empty();
        return if alternatives.iter().any(fits) {
            Vec::new()
        } else {
            vec![format!("{place} fits no alternative")]
        };
    }
    let mut found = Vec::new();
    if !is_of_type(&schema["type"], value) {
        found.push(format!("{place} is {value}, not {}", schema["type"]));
    }
    let listed = schema["enum"]
        .as_array()
        .is_none_or(|all| all.contains(value));
    if !listed || schema.get("const").is_some_and(|only| only != value) {
        found.push(format!("{place} is {value}"));
    }
    if let Some(fields) = value.as_object() {
        for required in schema["required"].as_array().into_iter().flatten() {
            if !fields.contains_key(required.as_str().unwrap_or_default()) {
                found.push(format!("{place} lacks {required}"));
            }
        }
        for (name, field) in fields {
            let place = format!("{place}.{name}");
            match schema["properties"].get(name) {
                Some(property) => found.extend(problems(document, property, field, &place)),
                // Whatever it is: the schema says so.
                None if schema["additionalProperties"] == json!({}) => {}
                None => found.push(format!("{place} is unknown")),
            }
        }
    }
    for item in value.as_array().into_iter().flatten() {
        let place = format!("{place}[]");
        found.extend(problems(document, &schema["items"], item, &place));
    }
    found
}

fn is_of_type(kind: &Value, value: &Value) -> bool {
    let is = |kind: &str| match kind {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_u64(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        _ => value.is_object(),
    };
    match kind {
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).any(is),
        Value::String(kind) => is(kind),
        _ => true,
    }
}

/// Every body of an operation that has examples: requests, and answers that are no errors.
fn bodies(operation: &Value) -> Vec<&Value> {
    let answers = operation["responses"].as_object().into_iter().flatten();
    answers
        .filter(|(status, _)| status.starts_with('2'))
        .map(|(_, answer)| answer)
        .chain([&operation["requestBody"]])
        .map(|body| &body["content"]["application/json"])
        .filter(|body| body.is_object())
        .collect()
}

#[test]
fn every_example_is_what_its_schema_says() {
    let document = document();
    let mut checked = 0;
    let paths = document["paths"].as_object().expect("paths");
    for (path, item) in paths
        .iter()
        .chain(document["webhooks"].as_object().expect("webhooks"))
    {
        for operation in item.as_object().expect("operations").values() {
            for body in bodies(operation) {
                for example in body["examples"].as_object().expect("examples").values() {
                    let found = problems(&document, &body["schema"], &example["value"], "body");
                    assert!(found.is_empty(), "{path}: {found:?}");
                    checked += 1;
                }
            }
        }
    }
    assert!(checked > paths.len(), "{checked}");
}

#[test]
fn a_wrong_example_would_be_found() {
    let document = document();
    let money = json!({ "$ref": "#/components/schemas/Money" });
    for (value, problem) in [
        (json!({ "value": 1 }), "body lacks \"currency\""),
        (
            json!({ "value": "1", "currency": "EUR" }),
            "body.value is \"1\", not \"integer\"",
        ),
        (
            json!({ "value": 1, "currency": "JPY" }),
            "body.currency is \"JPY\"",
        ),
        (
            json!({ "value": 1, "currency": "EUR", "cents": 1 }),
            "body.cents is unknown",
        ),
    ] {
        assert_eq!(problems(&document, &money, &value, "body"), [problem]);
    }
}

/// Nothing below `/external` and `/v3` is missing, and nothing is described that is not there.
#[test]
fn the_operations_are_the_templates_routes() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../template.yaml");
    let template = Template::load(&file).expect("a template");
    let deployed: BTreeSet<(String, String)> = template
        .routes()
        .filter_map(|route| match &route.key {
            RouteKey::Path { method, path }
                if path.starts_with("/external/") || path.starts_with("/v3/") =>
            {
                Some((
                    path.clone(),
                    method.clone().unwrap_or_default().to_lowercase(),
                ))
            }
            RouteKey::Path { .. } | RouteKey::Default => None,
        })
        .collect();
    let document = document();
    let described: BTreeSet<(String, String)> = document["paths"]
        .as_object()
        .expect("paths")
        .iter()
        .flat_map(|(path, item)| {
            let methods = item.as_object().expect("operations").keys();
            methods.map(move |method| (path.clone(), method.clone()))
        })
        .collect();
    assert_eq!(described, deployed);
}
