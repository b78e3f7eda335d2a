//! DynamoDB and nothing else: one table, read once and written once for a request.

pub mod commit;
mod forwarded;
mod health;
mod items;
pub mod journals;
pub mod keys;
pub mod list;
pub mod load;
pub mod merchants;
mod payments;
pub mod retry;
mod terminals;
mod write;

use std::collections::HashMap;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;

use crate::entropy::Entropy;

pub use forwarded::*;
pub use health::*;
pub use items::*;
pub use keys::Key;
pub use merchants::*;
pub use payments::*;
pub use retry::{Deadline, Unavailable};
pub use terminals::*;
pub use write::Write;

/// A row as the database has it.
pub type Item = HashMap<String, AttributeValue>;

/// Carries the id of the request that wrote an item last: a refusal by one's own write is success.
pub(crate) const WRITER: &str = "writer";

/// The table of one environment.
pub struct Store {
    client: Client,
    table: String,
    entropy: Entropy,
}

impl Store {
    /// A table, by its name.
    #[must_use]
    pub fn new(client: Client, table: &str, entropy: Entropy) -> Self {
        Self {
            client,
            table: table.to_owned(),
            entropy,
        }
    }
}
