//! From YAML to a tree in which every intrinsic function has its long form.
//!
//! CloudFormation writes `!Ref X` and `{"Ref": X}`, `!GetAtt X.Arn` and `{"Fn::GetAtt": [X, Arn]}` for
//! the same thing. After this step there is one spelling, so that no reader has to know both.

use saphyr::{LoadableYamlNode, Scalar, Yaml};
use serde_json::{Map, Value};

use crate::TemplateError;

/// Parses a text that holds one YAML document.
pub(crate) fn parse(text: &str) -> Result<Value, TemplateError> {
    let documents = Yaml::load_from_str(text).map_err(|error| TemplateError::Syntax {
        line: error.marker().line(),
        column: error.marker().col() + 1,
        problem: error.info().to_owned(),
    })?;
    match documents.as_slice() {
        [document] => convert(document, "the template"),
        documents => Err(TemplateError::meaning(
            "the template",
            format!("must be one YAML document, not {}", documents.len()),
        )),
    }
}

fn convert(yaml: &Yaml<'_>, place: &str) -> Result<Value, TemplateError> {
    match yaml {
        Yaml::Value(scalar) => Ok(convert_scalar(scalar)),
        Yaml::Sequence(items) => items
            .iter()
            .enumerate()
            .map(|(index, item)| convert(item, &format!("{place}.{index}")))
            .collect::<Result<_, _>>()
            .map(Value::Array),
        Yaml::Mapping(entries) => {
            let mut map = Map::new();
            for (key, value) in entries {
                let key = convert_key(key, place)?;
                let value = convert(value, &format!("{place}.{key}"))?;
                map.insert(key, value);
            }
            Ok(long_form(map))
        }
        Yaml::Tagged(tag, inner) if tag.handle == "!" => {
            let value = convert(inner, place)?;
            Ok(long_form(Map::from_iter([(
                function_name(&tag.suffix),
                value,
            )])))
        }
        Yaml::Tagged(tag, _) => Err(TemplateError::meaning(
            place,
            format!("the tag {tag} means nothing here"),
        )),
        Yaml::Representation(..) | Yaml::Alias(_) | Yaml::BadValue => {
            Err(TemplateError::meaning(place, "is not a value"))
        }
    }
}

fn convert_scalar(scalar: &Scalar<'_>) -> Value {
    match scalar {
        Scalar::Null => Value::Null,
        Scalar::Boolean(boolean) => Value::Bool(*boolean),
        Scalar::Integer(integer) => Value::from(*integer),
        Scalar::FloatingPoint(float) => Value::from(float.into_inner()),
        Scalar::String(text) => Value::from(text.as_ref()),
    }
}

fn convert_key(key: &Yaml<'_>, place: &str) -> Result<String, TemplateError> {
    match key {
        Yaml::Value(Scalar::String(text)) => Ok(text.as_ref().to_owned()),
        Yaml::Value(scalar) => match convert_scalar(scalar) {
            Value::Null => Err(TemplateError::meaning(place, "has an empty key")),
            other => Ok(other.to_string()),
        },
        _ => Err(TemplateError::meaning(
            place,
            "has a key that is not plain text",
        )),
    }
}

/// `Ref` and `Condition` stand alone; every other function has the prefix `Fn::`.
fn function_name(tag: &str) -> String {
    match tag {
        "Ref" | "Condition" => tag.to_owned(),
        other => format!("Fn::{other}"),
    }
}

/// `{"Fn::GetAtt": "Resource.Attribute"}` becomes `{"Fn::GetAtt": ["Resource", "Attribute"]}`.
fn long_form(mut map: Map<String, Value>) -> Value {
    if let Some(Value::String(text)) = map.get("Fn::GetAtt")
        && let Some((resource, attribute)) = text.split_once('.')
    {
        let pair = Value::from(vec![resource, attribute]);
        map.insert("Fn::GetAtt".to_owned(), pair);
    }
    Value::Object(map)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn short_and_long_forms_are_one() {
        for (short, long) in [
            ("a: !Ref X", "a: {Ref: X}"),
            ("a: !Ref AWS::Region", "a: {Ref: 'AWS::Region'}"),
            ("a: !GetAtt X.Arn", "a: {'Fn::GetAtt': [X, Arn]}"),
            ("a: !GetAtt [X, Arn]", "a: {'Fn::GetAtt': X.Arn}"),
            ("a: !Sub '${X}/y'", "a: {'Fn::Sub': '${X}/y'}"),
            (
                "a: !Sub ['${v}', {v: !Ref X}]",
                "a: {'Fn::Sub': ['${v}', {v: {Ref: X}}]}",
            ),
            (
                "a: !If [C, [!Ref X], !Ref Y]",
                "a: {'Fn::If': [C, [{Ref: X}], {Ref: Y}]}",
            ),
        ] {
            assert_eq!(parse(short).unwrap(), parse(long).unwrap(), "{short}");
        }
        assert_eq!(
            parse("a: !GetAtt X.Y.Z").unwrap(),
            json!({"a": {"Fn::GetAtt": ["X", "Y.Z"]}})
        );
    }

    #[test]
    fn scalars_keep_their_types() {
        let text = "{a: 1, b: true, c: 'true', d: ~, e: 2010-09-09, f: '007', 8: g}";
        let expected = json!({
            "a": 1, "b": true, "c": "true", "d": null, "e": "2010-09-09", "f": "007", "8": "g"
        });
        assert_eq!(parse(text).unwrap(), expected);
    }

    #[test]
    fn errors_name_the_place() {
        for (text, expected) in [
            ("a: [1\nb: 2", "line 2, column 2"),
            ("a: 1\na: 2", "line 2"),
            (
                "--- 1\n--- 2",
                "the template: must be one YAML document, not 2",
            ),
            ("a:\n  b: !!binary aGVsbG8=", "the template.a.b"),
        ] {
            let message = parse(text).unwrap_err().to_string();
            assert!(message.starts_with(expected), "{text:?} gave {message}");
        }
    }
}
