//! Schemas as a reader wants them: one row for each field, with its type and its rules in words.

use serde_json::Value;
use utoipa::openapi::schema::Components;
use utoipa::openapi::{RefOr, Schema};

/// A field of a body.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Row {
    /// `amount.value`, `attempts[].status`
    pub(crate) name: String,
    pub(crate) required: bool,
    /// `integer`
    pub(crate) kind: String,
    /// What it is, with Markdown's backticks.
    pub(crate) description: String,
    /// `1 to 99999999`; `default ES`
    pub(crate) rules: Vec<String>,
}

/// The fields of a schema and of what is in them, in the order of the type.
pub(crate) fn rows(components: &Components, schema: &str) -> Vec<Row> {
    let mut rows = Vec::new();
    collect(components, schema, "", &mut rows);
    rows
}

/// What a schema that stands alone says.
pub(crate) fn row(components: &Components, name: &str, required: bool, schema: Value) -> Row {
    let (schema, _) = resolved(components, schema);
    describe(name.to_owned(), required, &schema)
}

fn collect(components: &Components, schema: &str, prefix: &str, rows: &mut Vec<Row>) {
    let Some(RefOr::T(Schema::Object(object))) = components.schemas.get(schema) else {
        return;
    };
    for (name, property) in &object.properties {
        let name = format!("{prefix}{name}");
        let required = object.required.iter().any(|one| name.ends_with(one));
        let written = serde_json::to_value(property).unwrap_or_default();
        let (property, target) = resolved(components, written);
        let items = property["items"]["$ref"].as_str().and_then(component_name);
        rows.push(describe(name.clone(), required, &property));
        match (target, items) {
            (_, Some(items)) => collect(components, items, &format!("{name}[]."), rows),
            (Some(target), _) => collect(components, &target, &format!("{name}."), rows),
            (None, None) => {}
        }
    }
}

fn component_name(reference: &str) -> Option<&str> {
    reference.strip_prefix("#/components/schemas/")
}

/// A schema with what it refers to in its place, but its own description; and the name of that.
fn resolved(components: &Components, schema: Value) -> (Value, Option<String>) {
    let own = schema["description"].clone();
    // `null` is the same as absent: nothing that a reader must be told in every row.
    let alternatives = schema["oneOf"].as_array().cloned().unwrap_or_default();
    let referring = alternatives
        .into_iter()
        .find(|one| one["$ref"].is_string())
        .unwrap_or_else(|| schema.clone());
    let Some(name) = referring["$ref"].as_str().and_then(component_name) else {
        return (schema, None);
    };
    let target = components.schemas.get(name);
    let mut target = target
        .and_then(|target| serde_json::to_value(target).ok())
        .unwrap_or_default();
    for key in ["default", "example"] {
        if let Some(value) = schema.get(key) {
            target[key] = value.clone();
        }
    }
    let own = [own, referring["description"].clone()];
    if let Some(own) = own.into_iter().find(Value::is_string) {
        target["description"] = own;
    }
    (target, Some(name.to_owned()))
}

fn describe(name: String, required: bool, schema: &Value) -> Row {
    let mut kinds: Vec<&str> = match &schema["type"] {
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect(),
        kind => kind.as_str().into_iter().collect(),
    };
    kinds.retain(|kind| *kind != "null");
    let kind = kinds.first().copied().unwrap_or("string");
    Row {
        name,
        required,
        kind: kind.to_owned(),
        description: schema["description"]
            .as_str()
            .unwrap_or_default()
            .replace('\n', " "),
        rules: rules(schema, kind),
    }
}

fn rules(schema: &Value, kind: &str) -> Vec<String> {
    let number = |key: &str| schema[key].as_u64();
    let mut rules = Vec::new();
    if let Some(values) = schema["enum"].as_array() {
        let values: Vec<String> = values
            .iter()
            .map(|value| format!("`{}`", value.as_str().unwrap_or_default()))
            .collect();
        rules.push(values.join(", "));
    }
    match (number("minimum"), number("maximum")) {
        (Some(from), Some(to)) => rules.push(format!("{from} to {to}")),
        (Some(from), None) if from > 0 => rules.push(format!("from {from}")),
        _ => {}
    }
    match (number("minLength"), number("maxLength")) {
        (Some(from), Some(to)) => rules.push(format!("{from} to {to} characters")),
        (None, Some(to)) => rules.push(format!("at most {to} characters")),
        _ => {}
    }
    // A pattern that only keeps control characters out is said in words already.
    if let Some(pattern) = schema["pattern"]
        .as_str()
        .filter(|pattern| !pattern.contains("\\u"))
    {
        rules.push(format!("`{pattern}`"));
    }
    if let Some(default) = schema.get("default").filter(|default| !default.is_null()) {
        let default = default
            .as_str()
            .map_or_else(|| default.to_string(), str::to_owned);
        rules.push(format!("default `{default}`"));
    }
    if kind == "array" {
        rules.clear();
    }
    rules
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Document;

    #[test]
    fn fields_of_fields_have_rows_of_their_own() {
        let document = Document::new();
        let named = |schema: &str| -> Vec<String> {
            rows(document.components(), schema)
                .into_iter()
                .map(|row| row.name)
                .collect()
        };
        assert_eq!(
            named("RefundPayment"),
            [
                "webcode",
                "paymentReference",
                "amount",
                "amount.value",
                "amount.currency",
                "reason"
            ]
        );
        assert!(named("Session").contains(&"attempts[].status".to_owned()));
    }

    #[test]
    fn rules_are_said_in_words() {
        let document = Document::new();
        let rows = rows(document.components(), "CreateSession");
        let row = |name: &str| rows.iter().find(|row| row.name == name).expect("a row");
        assert!(row("webcode").required && !row("countryCode").required);
        assert_eq!(row("amount.value").kind, "integer");
        assert_eq!(row("amount.value").rules, ["1 to 99999999"]);
        assert_eq!(row("isPreAuth").rules, ["default `false`"]);
        assert_eq!(row("isPreAuth").kind, "boolean");
        assert_eq!(row("description").rules, ["at most 255 characters"]);
    }
}
