//! Reading what tells events, all of it: for whoever looks for events that were never told.

use std::collections::HashSet;

use aws_sdk_dynamodb::types::AttributeValue;

use super::keys::{JOURNALS, Key, PK};
use super::retry::{Deadline, Unavailable, failure, retrying};
use super::{Item, Store};

/// Items that one call reads (DynamoDB, *BatchGetItem*).
const BATCH: usize = 100;

/// A part of the table.
#[derive(Debug)]
pub struct Journals {
    /// Payments and sessions.
    pub items: Vec<Item>,
    /// Where the next part goes on; `None` when this was the last one.
    pub next: Option<Key>,
}

impl Store {
    /// The payments and sessions among the next `limit` items of the table. It reads the whole table, a part at a time, which
    /// costs what the table holds: nothing that serves a request does so.
    ///
    /// # Errors
    /// [`Unavailable`] when the database does not answer inside the deadline.
    pub async fn journals(
        &self,
        after: Option<Key>,
        limit: i32,
        deadline: Deadline,
    ) -> Result<Journals, Unavailable> {
        let after = &after.map(|key| key.attributes());
        let [payments, sessions] = JOURNALS.map(|prefix| AttributeValue::S(prefix.to_owned()));
        let (payments, sessions) = (&payments, &sessions);
        let answer = retrying(&self.entropy, deadline, || async move {
            let call = self
                .client
                .scan()
                .table_name(&self.table)
                .limit(limit)
                .filter_expression("begins_with(#pk, :payments) OR begins_with(#pk, :sessions)")
                .expression_attribute_names("#pk", PK)
                .expression_attribute_values(":payments", payments.clone())
                .expression_attribute_values(":sessions", sessions.clone())
                .set_exclusive_start_key(after.clone());
            call.send()
                .await
                .map_err(|error| failure(error, |unavailable| unavailable))
        })
        .await??;
        Ok(Journals {
            items: answer.items.unwrap_or_default(),
            next: answer.last_evaluated_key.as_ref().and_then(Key::of_item),
        })
    }

    /// Which of some keys have an item. The keys must differ.
    ///
    /// # Errors
    /// [`Unavailable`] when the database does not answer inside the deadline.
    pub async fn which_are_there(
        &self,
        keys: Vec<Key>,
        deadline: Deadline,
    ) -> Result<HashSet<Key>, Unavailable> {
        let mut there = HashSet::new();
        for batch in keys.chunks(BATCH) {
            there.extend(self.load_all(batch.to_vec(), deadline).await?.into_keys());
        }
        Ok(there)
    }
}
