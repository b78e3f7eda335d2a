//! Writes as values: a put or an update, and the condition that the decision relied on.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;

use super::keys::Key;
use super::{Item, WRITER};

/// One write of a change.
#[derive(Debug, Clone, PartialEq)]
pub struct Write {
    pub(super) key: Key,
    pub(super) action: Action,
    pub(super) condition: String,
    pub(super) names: HashMap<String, String>,
    pub(super) values: HashMap<String, AttributeValue>,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Action {
    Put(Item),
    Update(String),
    /// Nothing but the condition.
    Check,
}

impl Write {
    /// Puts a new item, on the condition that none is there.
    pub(super) fn create(key: Key, mut item: Item, writer: &str) -> Self {
        item.extend(key.attributes());
        item.insert(WRITER.to_owned(), AttributeValue::S(writer.to_owned()));
        Self {
            key,
            action: Action::Put(item),
            condition: "attribute_not_exists(#pk)".to_owned(),
            names: HashMap::from([("#pk".to_owned(), super::keys::PK.to_owned())]),
            values: HashMap::new(),
        }
    }

    /// Puts an item, whatever is there: for settings, whose last writer wins.
    pub(super) fn replace(key: Key, item: Item, writer: &str) -> Self {
        let mut write = Self::create(key, item, writer);
        write.condition.clear();
        write.names.clear();
        write
    }

    /// Puts an item over what was read, on the condition that nobody wrote it since; a new one, if there was none. For settings,
    /// where whoever comes second must decide anew from what the first one left.
    pub(super) fn put_over(seen: Option<&Item>, key: Key, item: Item, writer: &str) -> Self {
        let write = Self::create(key, item, writer);
        match seen {
            None => write,
            Some(seen) => Self {
                // Whoever writes an item leaves an id that was never there before.
                condition: "#writer = :seen".to_owned(),
                names: HashMap::from([("#writer".to_owned(), WRITER.to_owned())]),
                values: HashMap::from([(
                    ":seen".to_owned(),
                    seen.get(WRITER).cloned().unwrap_or_else(|| text("")),
                )]),
                ..write
            },
        }
    }

    /// Writes nothing, on the condition that an item has a value: what stands beside it in a transaction depends on that.
    pub(super) fn check(key: Key, name: &str, value: AttributeValue) -> Self {
        Self {
            key,
            action: Action::Check,
            condition: "#name = :value".to_owned(),
            names: HashMap::from([("#name".to_owned(), name.to_owned())]),
            values: HashMap::from([(":value".to_owned(), value)]),
        }
    }

    /// The condition, if there is one.
    pub(super) fn condition(&self) -> Option<String> {
        (!self.condition.is_empty()).then(|| self.condition.clone())
    }

    /// … or that the one there has a value.
    pub(super) fn or_equal(mut self, name: &str, value: AttributeValue) -> Self {
        self.condition.push_str(" OR #same = :same");
        self.names.insert("#same".to_owned(), name.to_owned());
        self.values.insert(":same".to_owned(), value);
        self
    }

    /// … or that the one there has outlived a time that it carries.
    pub(super) fn or_outlived(mut self, name: &str, now: AttributeValue) -> Self {
        self.condition.push_str(" OR #end <= :now");
        self.names.insert("#end".to_owned(), name.to_owned());
        self.values.insert(":now".to_owned(), now);
        self
    }
}

/// Builds an update: what to set, and what must hold. Every name and value is a placeholder, so that no attribute
/// collides with a reserved word.
pub(super) struct Update {
    key: Key,
    sets: Vec<String>,
    removes: Vec<String>,
    conditions: Vec<String>,
    names: HashMap<String, String>,
    values: HashMap<String, AttributeValue>,
}

impl Update {
    /// An update of an item that is there.
    pub(super) fn of(key: Key, writer: &str) -> Self {
        Self::upsert(key, writer).require(super::keys::PK, |pk| format!("attribute_exists({pk})"))
    }

    /// An update of an item, or a new one that has nothing but what is set.
    pub(super) fn upsert(key: Key, writer: &str) -> Self {
        let update = Self {
            key,
            sets: Vec::new(),
            removes: Vec::new(),
            conditions: Vec::new(),
            names: HashMap::new(),
            values: HashMap::new(),
        };
        update.set(WRITER, text(writer))
    }

    pub(super) fn set(mut self, name: &str, value: AttributeValue) -> Self {
        let (name, value) = (self.name(name), self.value(value));
        self.sets.push(format!("{name} = {value}"));
        self
    }

    /// Sets an attribute unless it has a value already.
    pub(super) fn set_once(mut self, name: &str, value: AttributeValue) -> Self {
        let (name, value) = (self.name(name), self.value(value));
        self.sets
            .push(format!("{name} = if_not_exists({name}, {value})"));
        self
    }

    pub(super) fn add(mut self, name: &str, number: u64) -> Self {
        let (name, value) = (self.name(name), self.value(number_value(number)));
        self.sets.push(format!("{name} = {name} + {value}"));
        self
    }

    /// Adds one to a number that may not be there yet.
    pub(super) fn count(mut self, name: &str) -> Self {
        let name = self.name(name);
        let (zero, one) = (self.value(number_value(0)), self.value(number_value(1)));
        self.sets
            .push(format!("{name} = if_not_exists({name}, {zero}) + {one}"));
        self
    }

    pub(super) fn subtract(mut self, name: &str, number: u64) -> Self {
        let (name, value) = (self.name(name), self.value(number_value(number)));
        self.sets.push(format!("{name} = {name} - {value}"));
        self
    }

    /// Appends entries to a list that is there.
    pub(super) fn append(mut self, name: &str, entries: Vec<AttributeValue>) -> Self {
        let (name, value) = (self.name(name), self.value(AttributeValue::L(entries)));
        self.sets
            .push(format!("{name} = list_append({name}, {value})"));
        self
    }

    pub(super) fn remove(mut self, name: &str) -> Self {
        let name = self.name(name);
        self.removes.push(name);
        self
    }

    pub(super) fn require_equal(self, name: &str, value: AttributeValue) -> Self {
        self.require_value(name, value, |name, value| format!("{name} = {value}"))
    }

    /// Requires a value inside of a map.
    pub(super) fn require_part_equal(
        mut self,
        name: &str,
        part: &str,
        value: AttributeValue,
    ) -> Self {
        let part = self.name(part);
        self.require_value(name, value, |name, value| {
            format!("{name}.{part} = {value}")
        })
    }

    pub(super) fn require_at_least(self, name: &str, number: u64) -> Self {
        self.require_value(name, number_value(number), |name, value| {
            format!("{name} >= {value}")
        })
    }

    pub(super) fn require_above(self, name: &str, number: u64) -> Self {
        self.require_value(name, number_value(number), |name, value| {
            format!("{name} > {value}")
        })
    }

    pub(super) fn require_at_most(self, name: &str, number: u64) -> Self {
        self.require_value(name, number_value(number), |name, value| {
            format!("{name} <= {value}")
        })
    }

    pub(super) fn require_below(self, name: &str, number: u64) -> Self {
        self.require_value(name, number_value(number), |name, value| {
            format!("{name} < {value}")
        })
    }

    pub(super) fn require_absent_or_below(self, name: &str, number: u64) -> Self {
        self.require_value(name, number_value(number), |name, value| {
            format!("(attribute_not_exists({name}) OR {name} < {value})")
        })
    }

    pub(super) fn require_length(self, name: &str, length: usize) -> Self {
        self.require_value(
            name,
            AttributeValue::N(length.to_string()),
            |name, value| format!("size({name}) = {value}"),
        )
    }

    pub(super) fn require_shorter(self, name: &str, length: usize) -> Self {
        self.require_value(
            name,
            AttributeValue::N(length.to_string()),
            |name, value| format!("size({name}) < {value}"),
        )
    }

    pub(super) fn require_absent(self, name: &str) -> Self {
        self.require(name, |name| format!("attribute_not_exists({name})"))
    }

    /// Requires that this very write was not made before: of an update that would do something else the second time, a try
    /// whose reply was lost is refused by its own item, and counts as made.
    pub(super) fn require_once(self, writer: &str) -> Self {
        self.require_value(WRITER, text(writer), |name, value| {
            format!("(attribute_not_exists({name}) OR {name} <> {value})")
        })
    }

    pub(super) fn write(self) -> Write {
        let mut expression = format!("SET {}", self.sets.join(", "));
        if !self.removes.is_empty() {
            expression.push_str(" REMOVE ");
            expression.push_str(&self.removes.join(", "));
        }
        Write {
            key: self.key,
            action: Action::Update(expression),
            condition: self.conditions.join(" AND "),
            names: self.names,
            values: self.values,
        }
    }

    fn require(mut self, name: &str, condition: impl FnOnce(&str) -> String) -> Self {
        let name = self.name(name);
        self.conditions.push(condition(&name));
        self
    }

    fn require_value(
        mut self,
        name: &str,
        value: AttributeValue,
        condition: impl FnOnce(&str, &str) -> String,
    ) -> Self {
        let (name, value) = (self.name(name), self.value(value));
        self.conditions.push(condition(&name, &value));
        self
    }

    fn name(&mut self, name: &str) -> String {
        let placeholder = format!("#{name}");
        self.names.insert(placeholder.clone(), name.to_owned());
        placeholder
    }

    fn value(&mut self, value: AttributeValue) -> String {
        let placeholder = format!(":v{}", self.values.len());
        self.values.insert(placeholder.clone(), value);
        placeholder
    }
}

pub(super) fn text(value: &str) -> AttributeValue {
    AttributeValue::S(value.to_owned())
}

pub(super) fn number_value(value: u64) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::reference::Reference;

    #[test]
    fn an_update_says_what_it_sets_and_what_must_hold() {
        let key = Key::payment(&Reference::parse("P1").expect("a reference"));
        let write = Update::of(key, "me")
            .subtract("left", 5)
            .append("journal", vec![text("entry")])
            .remove("dueAt")
            .require_equal("state", text("captured"))
            .require_at_least("left", 5)
            .write();
        let Action::Update(expression) = &write.action else {
            panic!("an update")
        };
        assert_eq!(
            expression,
            "SET #writer = :v0, #left = #left - :v1, #journal = list_append(#journal, :v2) REMOVE #dueAt"
        );
        assert_eq!(
            write.condition,
            "attribute_exists(#pk) AND #state = :v3 AND #left >= :v4"
        );
        assert_eq!(write.values[":v0"], text("me"));
    }

    #[test]
    fn what_is_put_over_something_relies_on_nobody_having_written_it_since() {
        let key = || Key::payment(&Reference::parse("P1").expect("a reference"));
        let seen = HashMap::from([(WRITER.to_owned(), text("somebody"))]);
        let write = Write::put_over(Some(&seen), key(), Item::new(), "me");
        assert_eq!(write.condition, "#writer = :seen");
        assert_eq!(write.values[":seen"], text("somebody"));
        let Action::Put(item) = &write.action else {
            panic!("a put")
        };
        assert_eq!(item[WRITER], text("me"));
        let write = Write::put_over(None, key(), Item::new(), "me");
        assert_eq!(write.condition, "attribute_not_exists(#pk)");
    }
}
