//! Reading: everything a request needs, in one strongly consistent call.

use std::collections::HashMap;
use std::time::Duration;

use aws_sdk_dynamodb::operation::transact_get_items::TransactGetItemsError;
use aws_sdk_dynamodb::types::{AttributeValue, Get, KeysAndAttributes, TransactGetItem};

use super::keys::{DUE_AT, DUE_INDEX, DUE_PK, Key};
use super::retry::{Deadline, Failure, Pauses, Unavailable, failure, retrying};
use super::{Item, Store};
use crate::domain::time::Ticks;

/// A primary key, as the database wants it.
type KeyAttributes = HashMap<String, AttributeValue>;

impl Store {
    /// Reads up to 100 items in one `BatchGetItem`, strongly consistent. Keys that are `None`, and items that are not
    /// there, come back as `None` in their places. The keys must differ.
    ///
    /// # Errors
    /// [`Unavailable`] when the database does not answer inside the deadline.
    pub async fn load<const N: usize>(
        &self,
        keys: [Option<Key>; N],
        deadline: Deadline,
    ) -> Result<[Option<Item>; N], Unavailable> {
        let wanted = keys.iter().flatten().cloned().collect();
        let mut found = self.load_all(wanted, deadline).await?;
        Ok(keys.map(|key| key.and_then(|key| found.remove(&key))))
    }

    /// Reads up to 100 items in one `BatchGetItem`, strongly consistent: those that are there. The keys must differ.
    pub(super) async fn load_all(
        &self,
        keys: Vec<Key>,
        deadline: Deadline,
    ) -> Result<HashMap<Key, Item>, Unavailable> {
        let mut found: HashMap<Key, Item> = HashMap::with_capacity(keys.len());
        let mut wanted: Vec<KeyAttributes> = keys.iter().map(Key::attributes).collect();
        if wanted.is_empty() {
            return Ok(found);
        }
        let mut pauses = Pauses::until(deadline, &self.entropy);
        loop {
            let wanted_now = &wanted;
            let (items, rest) = retrying(&self.entropy, deadline, || async move {
                self.load_once(wanted_now).await
            })
            .await??;
            found.extend(
                items
                    .into_iter()
                    .filter_map(|item| Some((Key::of_item(&item)?, item))),
            );
            if rest.is_empty() {
                return Ok(found);
            }
            // What the database had no capacity for.
            wanted = rest;
            pauses.pause("keys were left unprocessed".into()).await?;
        }
    }

    async fn load_once(
        &self,
        wanted: &[KeyAttributes],
    ) -> Result<(Vec<Item>, Vec<KeyAttributes>), Failure<Unavailable>> {
        let asked = KeysAndAttributes::builder()
            .set_keys(Some(wanted.to_vec()))
            .consistent_read(true)
            .build()
            .map_err(|error| Failure::Final(Unavailable::because(error)))?;
        let call = self
            .client
            .batch_get_item()
            .request_items(&self.table, asked);
        let answer = call
            .send()
            .await
            .map_err(|error| failure(error, |unavailable| unavailable))?;
        let items = answer
            .responses
            .unwrap_or_default()
            .remove(&self.table)
            .unwrap_or_default();
        let rest = answer
            .unprocessed_keys
            .unwrap_or_default()
            .remove(&self.table);
        Ok((items, rest.map(|rest| rest.keys).unwrap_or_default()))
    }

    /// Reads an item as of one moment among all transactions: whoever is writing it right now is waited for.
    /// `BatchGetItem` may see one item of a transaction before another.
    ///
    /// # Errors
    /// [`Unavailable`] when the database does not answer inside the deadline.
    pub async fn load_settled(
        &self,
        key: &Key,
        deadline: Deadline,
    ) -> Result<Option<Item>, Unavailable> {
        let get = Get::builder()
            .table_name(&self.table)
            .set_key(Some(key.attributes()))
            .build()
            .map_err(Unavailable::because)?;
        let get = &TransactGetItem::builder().get(get).build();
        let answer = retrying(&self.entropy, deadline, || async move {
            let call = self.client.transact_get_items().transact_items(get.clone());
            call.send()
                .await
                .map_err(|error| match error.as_service_error() {
                    // Nothing but a conflict, or a lack of capacity, cancels a reading.
                    Some(TransactGetItemsError::TransactionCanceledException(_)) => {
                        Failure::Passing(error.into())
                    }
                    _ => failure(error, |unavailable| unavailable),
                })
        })
        .await??;
        Ok(answer
            .responses
            .unwrap_or_default()
            .into_iter()
            .next()
            .and_then(|found| found.item))
    }

    /// Keys of what is due in one partition of the `due` index, at or before `until` and after `after`, oldest first,
    /// no more than `limit`. The index is eventually consistent: whoever acts reads the item itself.
    ///
    /// # Errors
    /// [`Unavailable`] when the database does not answer inside the deadline.
    pub async fn due(
        &self,
        partition: &str,
        (after, until): (Ticks, Ticks),
        limit: i32,
        deadline: Deadline,
    ) -> Result<Vec<(Key, Ticks)>, Unavailable> {
        let outcome = retrying(&self.entropy, deadline, || async move {
            let call = self
                .client
                .query()
                .table_name(&self.table)
                .index_name(DUE_INDEX)
                .key_condition_expression("#pk = :pk AND #at BETWEEN :after AND :until")
                .expression_attribute_names("#pk", DUE_PK)
                .expression_attribute_names("#at", DUE_AT)
                .expression_attribute_values(":pk", AttributeValue::S(partition.to_owned()))
                .expression_attribute_values(
                    ":after",
                    AttributeValue::N(after.next().get().to_string()),
                )
                .expression_attribute_values(":until", AttributeValue::N(until.get().to_string()))
                .limit(limit);
            call.send()
                .await
                .map_err(|error| failure(error, |unavailable| unavailable))
        })
        .await?;
        let due_at = |item: &Item| item.get(DUE_AT)?.as_n().ok()?.parse().ok().map(Ticks::new);
        Ok(outcome?
            .items
            .unwrap_or_default()
            .iter()
            .filter_map(|item| Some((Key::of_item(item)?, due_at(item)?)))
            .collect())
    }
}

/// The longest that work without a caller who waits, such as a batch of a queue, goes on trying.
pub const BACKGROUND_WITHIN: Duration = Duration::from_secs(20);
