//! A value in the template together with the way to it, so that every error names its place.

use serde_json::{Map, Value};

use crate::{Expression, TemplateError};

/// A value and its place.
#[derive(Debug, Clone)]
pub(crate) struct Node<'a> {
    value: &'a Value,
    place: String,
}

impl<'a> Node<'a> {
    /// The whole template.
    pub(crate) fn root(value: &'a Value) -> Self {
        Self {
            value,
            place: String::new(),
        }
    }

    /// A problem with this value.
    pub(crate) fn problem(&self, problem: impl Into<String>) -> TemplateError {
        let place = if self.place.is_empty() {
            "the template"
        } else {
            &self.place
        };
        TemplateError::meaning(place, problem)
    }

    fn below(&self, key: &str, value: &'a Value) -> Self {
        let place = if self.place.is_empty() {
            key.to_owned()
        } else {
            format!("{}.{key}", self.place)
        };
        Self { value, place }
    }

    fn map(&self) -> Result<&'a Map<String, Value>, TemplateError> {
        self.value
            .as_object()
            .ok_or_else(|| self.problem("must be a map"))
    }

    /// The value under `key`; a null counts as absent, as it does for CloudFormation.
    pub(crate) fn find(&self, key: &str) -> Result<Option<Self>, TemplateError> {
        let value = self.map()?.get(key).filter(|value| !value.is_null());
        Ok(value.map(|value| self.below(key, value)))
    }

    /// The value below several keys, one inside the other.
    pub(crate) fn find_below(&self, keys: &[&str]) -> Result<Option<Self>, TemplateError> {
        let mut node = Some(self.clone());
        for key in keys {
            let Some(outer) = node else { return Ok(None) };
            node = outer.find(key)?;
        }
        Ok(node)
    }

    /// The value under `key`.
    pub(crate) fn load(&self, key: &str) -> Result<Self, TemplateError> {
        self.find(key)?
            .ok_or_else(|| self.problem(format!("{key} is missing")))
    }

    /// Every key of a map, with its value.
    pub(crate) fn entries(&self) -> Result<Vec<(&'a str, Self)>, TemplateError> {
        let entries = self.map()?.iter();
        Ok(entries
            .map(|(key, value)| (key.as_str(), self.below(key, value)))
            .collect())
    }

    /// Every element of a list.
    pub(crate) fn items(&self) -> Result<Vec<Self>, TemplateError> {
        let items = self
            .value
            .as_array()
            .ok_or_else(|| self.problem("must be a list"))?;
        let numbered = items.iter().enumerate();
        Ok(numbered
            .map(|(index, item)| self.below(&index.to_string(), item))
            .collect())
    }

    /// A text.
    pub(crate) fn text(&self) -> Result<&'a str, TemplateError> {
        self.value
            .as_str()
            .ok_or_else(|| self.problem("must be a text"))
    }

    /// A whole number that fits `T`.
    pub(crate) fn number<T: TryFrom<i64>>(&self) -> Result<T, TemplateError> {
        let number = self
            .value
            .as_i64()
            .ok_or_else(|| self.problem("must be a whole number"))?;
        T::try_from(number).map_err(|_| self.problem(format!("{number} is out of range")))
    }

    /// True or false.
    pub(crate) fn boolean(&self) -> Result<bool, TemplateError> {
        self.value
            .as_bool()
            .ok_or_else(|| self.problem("must be true or false"))
    }

    /// A value that is known only once references are resolved.
    pub(crate) fn expression(&self) -> Expression {
        Expression::new(self.place.clone(), self.value.clone())
    }

    /// The resource in `!Ref resource`.
    pub(crate) fn reference_of(&self) -> Result<String, TemplateError> {
        match self.value.get("Ref").and_then(Value::as_str) {
            Some(resource) => Ok(resource.to_owned()),
            None => Err(self.problem("must be a !Ref of a resource")),
        }
    }

    /// The resource in `!GetAtt resource.attribute`.
    pub(crate) fn resource_of(&self, attribute: &str) -> Result<String, TemplateError> {
        let parts = self.value.get("Fn::GetAtt").and_then(Value::as_array);
        let parts: Option<Vec<_>> =
            parts.map(|parts| parts.iter().filter_map(Value::as_str).collect());
        match parts.as_deref() {
            Some([resource, found]) if *found == attribute => Ok((*resource).to_owned()),
            _ => Err(self.problem(format!("must be a !GetAtt of a resource's {attribute}"))),
        }
    }

    /// A plain value as CloudFormation passes it on: numbers and booleans become text.
    pub(crate) fn scalar_text(&self) -> Result<String, TemplateError> {
        match self.value {
            Value::String(text) => Ok(text.clone()),
            Value::Number(_) | Value::Bool(_) => Ok(self.value.to_string()),
            _ => Err(self.problem("must be a plain value")),
        }
    }
}
