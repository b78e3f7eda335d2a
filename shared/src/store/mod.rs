//! DynamoDB and nothing else: one table, read once and written once for a request.

pub mod commit;
mod items;
pub mod keys;
pub mod load;
mod payments;
pub mod retry;
mod write;

use std::collections::HashMap;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;

use crate::entropy::Entropy;

pub use items::*;
pub use keys::Key;
pub use payments::*;
pub use retry::{Deadline, Unavailable};
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

    /// Opens the connection before the first request needs it. A failure is ignored: the request will meet it again,
    /// with a deadline and somebody to answer to.
    pub async fn warm_up(&self) {
        let key = Key {
            pk: "warm-up".to_owned(),
            sk: "warm-up".to_owned(),
        };
        let deadline = Deadline::within(std::time::Duration::from_secs(1));
        if self.load([Some(key)], deadline).await.is_err() {}
    }
}
