//! Items with the attributes that the functions write, and values of the same length.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::{AttributeValue, TransactWriteItem};
use lambda_http::Error;
use shared::domain::time::Ticks;

use crate::Floor;
use crate::calls::Condition;

/// A row.
pub(crate) type Item = HashMap<String, AttributeValue>;

/// As long as a request's id.
pub(crate) const WRITER: &str = "6f1d2b34-0c5e-4a7f-9b8d-0123456789ab";

/// As long as a SHA-256 in hex.
const HASH: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

pub(crate) fn text(value: &str) -> AttributeValue {
    AttributeValue::S(value.to_owned())
}

pub(crate) fn number(value: u64) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

pub(crate) fn item<const N: usize>(attributes: [(&str, AttributeValue); N]) -> Item {
    attributes
        .map(|(name, value)| (name.to_owned(), value))
        .into()
}

pub(crate) fn euros(value: u64) -> AttributeValue {
    AttributeValue::M(item([("value", number(value)), ("currency", text("EUR"))]))
}

/// The key of the idempotency record of what is made now.
pub(crate) fn idempotency_key(now: Ticks) -> String {
    format!("I#FLOOR1#{}{:014}", &HASH[..50], now.get())
}

impl Floor {
    /// The idempotency record.
    pub(crate) fn remember(
        &self,
        endpoint: &str,
        reference: &str,
        now: Ticks,
    ) -> Result<TransactWriteItem, Error> {
        let record = item([
            ("pk", text(&idempotency_key(now))),
            ("sk", text("I")),
            ("endpoint", text(endpoint)),
            ("fingerprint", text(HASH)),
            ("reference", text(reference)),
            ("forgottenAt", number(now.get())),
            ("expiresAt", number(now.unix_seconds())),
            ("writer", text(WRITER)),
        ]);
        let condition = Condition {
            expression: "attribute_not_exists(#pk) OR #end <= :now",
            names: &[("#pk", "pk"), ("#end", "forgottenAt")],
            values: vec![(":now", number(now.get()))],
        };
        self.put(record, condition)
    }
}

/// As long as a transaction's token, and of its own for each.
pub(crate) fn token(now: Ticks) -> String {
    format!("{}{:014}", &HASH[..18], now.get())
}
