//! Values that CloudFormation fills in at deployment: `!Ref`, `!GetAtt`, `!Sub`, `!If`, `{{resolve:…}}`.

use serde_json::Value;

use crate::TemplateError;

/// Says what references mean in the place where the template is put to use.
pub trait Resolver {
    /// `!Ref name`: a parameter's value, a pseudo parameter's or a resource's.
    fn reference(&self, name: &str) -> Option<String>;
    /// `!GetAtt resource.attribute`.
    fn attribute(&self, resource: &str, attribute: &str) -> Option<String>;
    /// `{{resolve:service:key}}`.
    fn dynamic(&self, service: &str, key: &str) -> Option<String>;
    /// Whether a condition of the template holds.
    fn condition(&self, name: &str) -> Option<bool>;
}

/// A value of the template that may hold references.
#[derive(Debug, Clone, PartialEq)]
pub struct Expression {
    place: String,
    value: Value,
}

impl Expression {
    pub(crate) fn new(place: String, value: Value) -> Self {
        Self { place, value }
    }

    /// The value as text, every reference replaced.
    ///
    /// # Errors
    /// If `resolver` does not know a reference, or a function is none of `Ref`, `GetAtt`, `Sub` and `If`.
    pub fn resolve(&self, resolver: &impl Resolver) -> Result<String, TemplateError> {
        let text = self.evaluate(&self.value, resolver)?;
        self.replace_dynamic(&text, resolver)
    }

    fn problem(&self, problem: String) -> TemplateError {
        TemplateError::meaning(&self.place, problem)
    }

    fn evaluate(&self, value: &Value, resolver: &impl Resolver) -> Result<String, TemplateError> {
        match value {
            Value::String(text) => Ok(text.clone()),
            Value::Number(_) | Value::Bool(_) => Ok(value.to_string()),
            Value::Object(map) if map.len() == 1 => match map.iter().next() {
                Some((name, argument)) => self.call(name, argument, resolver),
                None => Err(self.problem("is empty".to_owned())),
            },
            _ => Err(self.problem("must be a plain value, !Ref, !GetAtt, !Sub or !If".to_owned())),
        }
    }

    fn call(
        &self,
        name: &str,
        argument: &Value,
        resolver: &impl Resolver,
    ) -> Result<String, TemplateError> {
        match (name, argument) {
            ("Ref", Value::String(target)) => self.reference(target, resolver),
            ("Fn::GetAtt", Value::Array(parts)) => match parts.as_slice() {
                [Value::String(resource), Value::String(attribute)] => {
                    self.attribute(resource, attribute, resolver)
                }
                _ => Err(self.problem("!GetAtt needs a resource and an attribute".to_owned())),
            },
            ("Fn::Sub", Value::String(pattern)) => self.substitute(pattern, &Value::Null, resolver),
            ("Fn::Sub", Value::Array(parts)) => match parts.as_slice() {
                [Value::String(pattern), names @ Value::Object(_)] => {
                    self.substitute(pattern, names, resolver)
                }
                _ => Err(self.problem("!Sub needs a text, or a text and a map".to_owned())),
            },
            ("Fn::If", Value::Array(parts)) => match parts.as_slice() {
                [Value::String(condition), yes, no] => {
                    let holds = resolver.condition(condition).ok_or_else(|| {
                        self.problem(format!("nothing is known of the condition {condition}"))
                    })?;
                    self.evaluate(if holds { yes } else { no }, resolver)
                }
                _ => Err(self.problem("!If needs a condition and two values".to_owned())),
            },
            _ => Err(self.problem(format!("{name} is not understood here"))),
        }
    }

    fn reference(&self, name: &str, resolver: &impl Resolver) -> Result<String, TemplateError> {
        let value = resolver.reference(name);
        value.ok_or_else(|| self.problem(format!("nothing is known of {name}")))
    }

    fn attribute(
        &self,
        resource: &str,
        attribute: &str,
        resolver: &impl Resolver,
    ) -> Result<String, TemplateError> {
        let value = resolver.attribute(resource, attribute);
        value.ok_or_else(|| self.problem(format!("nothing is known of {resource}.{attribute}")))
    }

    /// Replaces `${Name}` and `${Resource.Attribute}`; `${!Text}` stands for `${Text}` itself.
    fn substitute(
        &self,
        pattern: &str,
        names: &Value,
        resolver: &impl Resolver,
    ) -> Result<String, TemplateError> {
        let mut result = String::new();
        let mut rest = pattern;
        while let Some((before, after)) = rest.split_once("${") {
            let (name, after) = after
                .split_once('}')
                .ok_or_else(|| self.problem(format!("{pattern:?} has a ${{ without its }}")))?;
            result.push_str(before);
            result.push_str(&match (name.strip_prefix('!'), names.get(name)) {
                (Some(literal), _) => format!("${{{literal}}}"),
                (None, Some(value)) => self.evaluate(value, resolver)?,
                (None, None) => match name.split_once('.') {
                    Some((resource, attribute)) => self.attribute(resource, attribute, resolver)?,
                    None => self.reference(name, resolver)?,
                },
            });
            rest = after;
        }
        result.push_str(rest);
        Ok(result)
    }

    fn replace_dynamic(
        &self,
        text: &str,
        resolver: &impl Resolver,
    ) -> Result<String, TemplateError> {
        let mut result = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("{{resolve:") {
            let (reference, after) = after
                .split_once("}}")
                .ok_or_else(|| self.problem(format!("{text:?} has a {{{{ without its }}}}")))?;
            let value = reference
                .split_once(':')
                .and_then(|(service, key)| resolver.dynamic(service, key))
                .ok_or_else(|| self.problem(format!("nothing is known of {reference}")))?;
            result.push_str(before);
            result.push_str(&value);
            rest = after;
        }
        result.push_str(rest);
        Ok(result)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Known;

    impl Resolver for Known {
        fn reference(&self, name: &str) -> Option<String> {
            (name != "Unknown").then(|| format!("<{name}>"))
        }

        fn attribute(&self, resource: &str, attribute: &str) -> Option<String> {
            (resource != "Unknown").then(|| format!("<{resource}|{attribute}>"))
        }

        fn dynamic(&self, service: &str, key: &str) -> Option<String> {
            (service == "secretsmanager").then(|| format!("<secret {key}>"))
        }

        fn condition(&self, name: &str) -> Option<bool> {
            (name != "Unknown").then_some(name == "Holds")
        }
    }

    fn resolve(yaml: &str) -> Result<String, TemplateError> {
        let value = crate::yaml::parse(yaml).unwrap();
        Expression::new("Some.Place".to_owned(), value).resolve(&Known)
    }

    #[test]
    fn every_function_is_resolved() {
        for (yaml, expected) in [
            ("plain", "plain"),
            ("12", "12"),
            ("true", "true"),
            ("''", ""),
            ("!Ref Table", "<Table>"),
            ("!GetAtt Queue.QueueName", "<Queue|QueueName>"),
            (
                "!Sub 'a ${Table} b ${Queue.Arn} c'",
                "a <Table> b <Queue|Arn> c",
            ),
            ("!Sub '${AWS::Region}'", "<AWS::Region>"),
            ("!Sub '${!Literal} ${Table}'", "${Literal} <Table>"),
            (
                "!Sub ['${name}-${Table}', {name: !GetAtt A.B}]",
                "<A|B>-<Table>",
            ),
            (
                "'{{resolve:secretsmanager:Key:SecretString:a}}'",
                "<secret Key:SecretString:a>",
            ),
            (
                "!Sub 'x{{resolve:secretsmanager:${Key}}}y'",
                "x<secret <Key>>y",
            ),
            ("!If [Holds, !Ref Table, !Ref Unknown]", "<Table>"),
            ("!If [Fails, !Ref Unknown, '']", ""),
            (
                "!If [Holds, !Sub '{{resolve:secretsmanager:${Key}}}', '']",
                "<secret <Key>>",
            ),
            ("!If [Fails, a, !If [Holds, b, c]]", "b"),
        ] {
            assert_eq!(resolve(yaml).unwrap(), expected, "{yaml}");
        }
    }

    #[test]
    fn what_is_not_understood_is_refused_with_its_place() {
        for (yaml, expected) in [
            ("!Ref Unknown", "Some.Place: nothing is known of Unknown"),
            (
                "!GetAtt Unknown.Arn",
                "Some.Place: nothing is known of Unknown.Arn",
            ),
            (
                "!Sub '${Unknown}'",
                "Some.Place: nothing is known of Unknown",
            ),
            (
                "!Sub '${Table'",
                "Some.Place: \"${Table\" has a ${ without its }",
            ),
            (
                "!If [Unknown, a, b]",
                "Some.Place: nothing is known of the condition Unknown",
            ),
            (
                "!If [Holds, a]",
                "Some.Place: !If needs a condition and two values",
            ),
            (
                "!Join ['', [a, b]]",
                "Some.Place: Fn::Join is not understood here",
            ),
            (
                "'{{resolve:ssm:x}}'",
                "Some.Place: nothing is known of ssm:x",
            ),
            (
                "[a]",
                "Some.Place: must be a plain value, !Ref, !GetAtt, !Sub or !If",
            ),
        ] {
            assert_eq!(resolve(yaml).unwrap_err().to_string(), expected, "{yaml}");
        }
    }
}
