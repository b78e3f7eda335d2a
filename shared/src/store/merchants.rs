//! What management reads and writes: a merchant's settings, the list of its keys, and the record of who changed what.
//! Settings are written over what was read, on the condition that nobody was faster; whoever comes second decides anew.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use serde::Serialize;

use super::items::{MerchantConfig, Webhook, item_of, read, value_of};
use super::keys::{AUDIT_RECORDS, EXPIRES_AT, KEY_ENTRIES, Key, PK, SK};
use super::retry::{Deadline, Unavailable, failure, retrying};
use super::write::{Update, Write, number_value};
use super::{Item, Store};
use crate::domain::api_key::{KeyHash, Network};
use crate::domain::audit::AuditRecord;
use crate::domain::client_secret::ClientSecret;
use crate::domain::key_entry::KeyEntry;
use crate::domain::time::Ticks;
use crate::domain::webcode::Webcode;

/// Writes a merchant's name and settings over what was read of them.
///
/// # Errors
/// A bug of the mapping, as with all functions of this module that make a write.
pub fn put_merchant(
    webcode: &Webcode,
    config: &MerchantConfig,
    seen: Option<&Item>,
    writer: &str,
) -> Result<Write, Unavailable> {
    put(Key::merchant(webcode), config, seen, writer)
}

/// Writes a merchant's client secret over what was read of it.
///
/// # Errors
/// A bug of the mapping.
pub fn put_client_secret(
    webcode: &Webcode,
    secret: &ClientSecret,
    seen: Option<&Item>,
    writer: &str,
) -> Result<Write, Unavailable> {
    put(Key::client_secret(webcode), secret, seen, writer)
}

/// Writes a merchant's webhook endpoint over what was read of it.
///
/// # Errors
/// A bug of the mapping.
pub fn put_webhook(
    webcode: &Webcode,
    webhook: &Webhook,
    seen: Option<&Item>,
    writer: &str,
) -> Result<Write, Unavailable> {
    put(Key::webhook(webcode), webhook, seen, writer)
}

/// Writes an entry of a merchant's list of API keys over what was read of it.
///
/// # Errors
/// A bug of the mapping.
pub fn put_key_entry(
    webcode: &Webcode,
    entry: &KeyEntry,
    seen: Option<&Item>,
    writer: &str,
) -> Result<Write, Unavailable> {
    put(Key::key_entry(webcode, &entry.id), entry, seen, writer)
}

/// Writes down who changed what.
///
/// # Errors
/// A bug of the mapping.
pub fn create_audit_record(
    webcode: &Webcode,
    record: &AuditRecord,
    writer: &str,
) -> Result<Write, Unavailable> {
    let key = Key::audit_record(webcode, record.at, &record.id);
    let mut item = item_of(record)?;
    if let Some(at) = record.forgotten_at {
        item.insert(EXPIRES_AT.to_owned(), number_value(at.unix_seconds()));
    }
    Ok(Write::create(key, item, writer))
}

/// Gives an API key that is not revoked another list of addresses: it holds on the very next request.
///
/// # Errors
/// A bug of the mapping.
pub fn restrict_api_key(
    hash: &KeyHash,
    networks: &[Network],
    writer: &str,
) -> Result<Write, Unavailable> {
    Ok(Update::of(Key::api_key(hash), writer)
        .set("networks", value_of(&networks)?)
        .require_equal("revoked", AttributeValue::Bool(false))
        .write())
}

/// Lets a transaction depend on a key of the merchant's being active.
#[must_use]
pub fn require_active_key(webcode: &Webcode, entry: &KeyEntry) -> Write {
    let key = Key::key_entry(webcode, &entry.id);
    Write::check(key, "revoked", AttributeValue::Bool(false))
}

fn put<T: Serialize>(
    key: Key,
    value: &T,
    seen: Option<&Item>,
    writer: &str,
) -> Result<Write, Unavailable> {
    Ok(Write::put_over(seen, key, item_of(value)?, writer))
}

impl Store {
    /// Every API key that a merchant ever had in this environment, the revoked ones too, in no order.
    ///
    /// # Errors
    /// [`Unavailable`] when the database does not answer inside the deadline.
    pub async fn key_entries(
        &self,
        webcode: &Webcode,
        deadline: Deadline,
    ) -> Result<Vec<KeyEntry>, Unavailable> {
        let mut entries = Vec::new();
        let mut after = None;
        loop {
            let (items, last) = self
                .page(webcode, KEY_ENTRIES, Direction::Forward, after, deadline)
                .await?;
            for item in items {
                entries.push(read(item)?);
            }
            match last {
                Some(last) => after = Some(last),
                None => return Ok(entries),
            }
        }
    }

    /// The audit records of a merchant in this environment that are older than one of them, newest first, at most `limit`.
    ///
    /// # Errors
    /// [`Unavailable`] when the database does not answer inside the deadline.
    pub async fn audit_records(
        &self,
        webcode: &Webcode,
        older_than: Option<(Ticks, &str)>,
        limit: usize,
        deadline: Deadline,
    ) -> Result<Vec<AuditRecord>, Unavailable> {
        let mut records = Vec::with_capacity(limit);
        let mut after = older_than.map(|(at, id)| Key::audit_record(webcode, at, id).attributes());
        while records.len() < limit {
            let left = i32::try_from(limit - records.len()).unwrap_or(i32::MAX);
            let direction = Direction::Backward { limit: left };
            let (items, last) = self
                .page(webcode, AUDIT_RECORDS, direction, after, deadline)
                .await?;
            for item in items {
                records.push(read(item)?);
            }
            match last {
                Some(last) => after = Some(last),
                None => break,
            }
        }
        Ok(records)
    }

    /// One page of a merchant's items whose sort key begins with something, strongly consistent, and the key that the next
    /// one goes on from.
    async fn page(
        &self,
        webcode: &Webcode,
        begins_with: &str,
        direction: Direction,
        after: Option<HashMap<String, AttributeValue>>,
        deadline: Deadline,
    ) -> Result<(Vec<Item>, Option<Item>), Unavailable> {
        let (forward, limit) = match direction {
            Direction::Forward => (true, None),
            Direction::Backward { limit } => (false, Some(limit)),
        };
        let (partition, after) = (Key::merchant(webcode).pk, &after);
        let partition = &partition;
        let answer = retrying(&self.entropy, deadline, || async move {
            let call = self
                .client
                .query()
                .table_name(&self.table)
                .consistent_read(true)
                .key_condition_expression("#pk = :pk AND begins_with(#sk, :sk)")
                .expression_attribute_names("#pk", PK)
                .expression_attribute_names("#sk", SK)
                .expression_attribute_values(":pk", AttributeValue::S(partition.clone()))
                .expression_attribute_values(":sk", AttributeValue::S(begins_with.to_owned()))
                .scan_index_forward(forward)
                .set_limit(limit)
                .set_exclusive_start_key(after.clone());
            call.send()
                .await
                .map_err(|error| failure(error, |unavailable| unavailable))
        })
        .await??;
        Ok((
            answer.items.unwrap_or_default(),
            answer.last_evaluated_key.filter(|key| !key.is_empty()),
        ))
    }
}

/// The order of a page.
#[derive(Clone, Copy)]
enum Direction {
    Forward,
    Backward { limit: i32 },
}
