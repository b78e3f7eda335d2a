//! The sandbox's own table, and nothing else: it is another company's system, so it shares no item and no code of a write with
//! the product's store.
//!
//! Each thing is one item: its JSON, and a version that whoever writes it must have read. Everything is decided anew for whoever
//! comes second, so nothing is ever locked.

use std::collections::HashMap;
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue};
use serde::Serialize;
use serde::de::DeserializeOwned;
use shared::domain::time::Ticks;
use shared::entropy::Entropy;
use shared::store::Unavailable;
use tokio::time::Instant;

use crate::domain::payment::Payment;
use crate::domain::subscription::Subscription;

const PK: &str = "pk";
const SK: &str = "sk";
const VERSION: &str = "version";
const BODY: &str = "body";
const DUE_PK: &str = "dpk";
const DUE_AT: &str = "dueAt";
const DUE_INDEX: &str = "due";
/// When the database may delete an item, in Unix seconds.
const EXPIRES_AT: &str = "expiresAt";

/// Every item has this sort key: there is one item to a partition.
const ONLY: &str = "sandbox";

/// All that falls due is in one partition of the index: a sandbox has no traffic that would need more.
const DUE: &str = "due";

/// An item that nobody writes is forgotten after this.
const KEPT_FOR: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// Whoever came second waits up to this before trying again, then up to twice as long, and so on: so many who come at once don't
/// keep each other busy.
const PAUSE_FIRST: Duration = Duration::from_millis(20);
const PAUSE_MAX: Duration = Duration::from_millis(2_560);

/// … and gives up after this, well inside the function's timeout.
const WITHIN: Duration = Duration::from_secs(20);

/// A row as the database has it.
type Item = HashMap<String, AttributeValue>;

/// Something that is kept.
pub(crate) trait Kept: Clone + PartialEq + Serialize + DeserializeOwned {
    /// What partition keys of its kind begin with.
    const KIND: &'static str;

    /// Its name among its kind.
    fn name(&self) -> &str;

    /// When somebody has to look at it.
    fn due_at(&self) -> Option<Ticks>;
}

impl Kept for Payment {
    const KIND: &'static str = "payment";

    fn name(&self) -> &str {
        &self.payment_id
    }

    fn due_at(&self) -> Option<Ticks> {
        Self::due_at(self)
    }
}

impl Kept for Subscription {
    const KIND: &'static str = "subscription";

    fn name(&self) -> &str {
        &self.token
    }

    fn due_at(&self) -> Option<Ticks> {
        self.look_at
    }
}

/// Something that was read, and the version it had.
#[derive(Debug, Clone)]
pub(crate) struct Found<T> {
    pub(crate) value: T,
    version: u64,
}

/// The table.
pub(crate) struct Ledger {
    client: Client,
    table: String,
    entropy: Entropy,
}

impl Ledger {
    /// The table of that name. The SDK tries again by itself: a write that was made already finds its own version there, which
    /// whoever wrote it reads and recognises.
    pub(crate) fn new(client: &Client, table: &str, entropy: Entropy) -> Self {
        let config = client.config().to_builder();
        Self {
            client: Client::from_conf(config.retry_config(RetryConfig::standard()).build()),
            table: table.to_owned(),
            entropy,
        }
    }

    /// Reads something, strongly consistent.
    pub(crate) async fn find<T: Kept>(&self, name: &str) -> Result<Option<Found<T>>, Unavailable> {
        let answer = self
            .client
            .get_item()
            .table_name(&self.table)
            .set_key(Some(key(T::KIND, name)))
            .consistent_read(true)
            .send()
            .await
            .map_err(Unavailable::because)?;
        answer.item.as_ref().map(read).transpose()
    }

    /// Keeps something new. `false`: something of that name is there.
    pub(crate) async fn create<T: Kept>(&self, value: &T, now: Ticks) -> Result<bool, Unavailable> {
        self.put(value, 0, now).await
    }

    /// Writes something over what was read. `false`: somebody else did.
    async fn replace<T: Kept>(&self, found: &Found<T>, now: Ticks) -> Result<bool, Unavailable> {
        self.put(&found.value, found.version, now).await
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "this is the sandbox's own table, which the product's store knows nothing of; here is the one place that writes it"
    )]
    async fn put<T: Kept>(&self, value: &T, seen: u64, now: Ticks) -> Result<bool, Unavailable> {
        let call = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(item(value, seen + 1, now)?));
        let call = if seen == 0 {
            call.condition_expression("attribute_not_exists(#pk)")
                .expression_attribute_names("#pk", PK)
        } else {
            call.condition_expression("#version = :seen")
                .expression_attribute_names("#version", VERSION)
                .expression_attribute_values(":seen", number(seen))
        };
        match call.send().await {
            Ok(_) => Ok(true),
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(|error| error.is_conditional_check_failed_exception()) =>
            {
                Ok(false)
            }
            Err(error) => Err(Unavailable::because(error)),
        }
    }

    /// Reads something, lets `decide` change it, and writes it, if it changed; again from the beginning for whoever came second.
    /// `None`: there is nothing of that name.
    pub(crate) async fn change<T: Kept, A>(
        &self,
        name: &str,
        now: Ticks,
        mut decide: impl FnMut(&mut T) -> A,
    ) -> Result<Option<(T, A)>, Unavailable> {
        let ends = Instant::now() + WITHIN;
        let mut longest = PAUSE_FIRST;
        loop {
            let Some(mut found) = self.find::<T>(name).await? else {
                return Ok(None);
            };
            let before = found.value.clone();
            let answer = decide(&mut found.value);
            if found.value == before || self.replace(&found, now).await? {
                return Ok(Some((found.value, answer)));
            }
            if Instant::now() >= ends {
                return Err(Unavailable::because("too many others write the same item"));
            }
            tokio::time::sleep(longest * (self.entropy.number() % 1_000) / 1_000).await;
            longest = (longest * 2).min(PAUSE_MAX);
        }
    }

    /// What somebody has to look at by now, as kind and name, the oldest first.
    pub(crate) async fn due(
        &self,
        now: Ticks,
        limit: i32,
    ) -> Result<Vec<(String, String)>, Unavailable> {
        let answer = self
            .client
            .query()
            .table_name(&self.table)
            .index_name(DUE_INDEX)
            .key_condition_expression("#pk = :due AND #at <= :now")
            .expression_attribute_names("#pk", DUE_PK)
            .expression_attribute_names("#at", DUE_AT)
            .expression_attribute_values(":due", text(DUE))
            .expression_attribute_values(":now", number(now.get()))
            .limit(limit)
            .send()
            .await
            .map_err(Unavailable::because)?;
        let names = answer.items.unwrap_or_default();
        Ok(names.iter().filter_map(name_of).collect())
    }

    /// A page of everything of a kind, in no order that means anything, and the name after which the next page begins.
    pub(crate) async fn page<T: Kept>(
        &self,
        after: Option<&str>,
        limit: i32,
    ) -> Result<(Vec<T>, Option<String>), Unavailable> {
        let answer = self
            .client
            .scan()
            .table_name(&self.table)
            .consistent_read(true)
            .filter_expression("begins_with(#pk, :kind)")
            .expression_attribute_names("#pk", PK)
            .expression_attribute_values(":kind", text(&partition(T::KIND, "")))
            .set_exclusive_start_key(
                after
                    .and_then(|after| after.split_once(':'))
                    .map(|(kind, name)| key(kind, name)),
            )
            .limit(limit)
            .send()
            .await
            .map_err(Unavailable::because)?;
        let items = answer.items.unwrap_or_default();
        let values = items
            .iter()
            .map(|item| read(item).map(|found: Found<T>| found.value))
            .collect::<Result<_, _>>()?;
        let next = answer.last_evaluated_key.as_ref().and_then(name_of);
        Ok((values, next.map(|(kind, name)| partition(&kind, &name))))
    }

    /// Counts one more of something, and gives its number.
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the sandbox's own table, which the product's store knows nothing of; a count needs no condition"
    )]
    pub(crate) async fn count(&self, what: &str, now: Ticks) -> Result<u64, Unavailable> {
        let answer = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(key("count", what)))
            .update_expression("ADD #body :one SET #end = :end")
            .expression_attribute_names("#body", BODY)
            .expression_attribute_names("#end", EXPIRES_AT)
            .expression_attribute_values(":end", number(now.plus(KEPT_FOR).unix_seconds()))
            .expression_attribute_values(":one", number(1))
            .return_values(ReturnValue::UpdatedNew)
            .send()
            .await
            .map_err(Unavailable::because)?;
        answer
            .attributes
            .as_ref()
            .and_then(|attributes| read_number(attributes, BODY))
            .ok_or_else(|| Unavailable::because("a count came back without its number"))
    }
}

fn partition(kind: &str, name: &str) -> String {
    format!("{kind}:{name}")
}

fn key(kind: &str, name: &str) -> Item {
    Item::from([
        (PK.to_owned(), text(&partition(kind, name))),
        (SK.to_owned(), text(ONLY)),
    ])
}

fn name_of(item: &Item) -> Option<(String, String)> {
    let (kind, name) = item.get(PK)?.as_s().ok()?.split_once(':')?;
    Some((kind.to_owned(), name.to_owned()))
}

fn item<T: Kept>(value: &T, version: u64, now: Ticks) -> Result<Item, Unavailable> {
    let body = serde_json::to_string(value).map_err(Unavailable::because)?;
    let mut item = key(T::KIND, value.name());
    item.insert(VERSION.to_owned(), number(version));
    item.insert(BODY.to_owned(), text(&body));
    let expires_at = now.plus(KEPT_FOR).unix_seconds();
    item.insert(EXPIRES_AT.to_owned(), number(expires_at));
    if let Some(due_at) = value.due_at() {
        item.insert(DUE_PK.to_owned(), text(DUE));
        item.insert(DUE_AT.to_owned(), number(due_at.get()));
    }
    Ok(item)
}

fn read<T: Kept>(item: &Item) -> Result<Found<T>, Unavailable> {
    let body = item.get(BODY).and_then(|body| body.as_s().ok());
    let body = body.ok_or_else(|| Unavailable::because("an item has no body"))?;
    let version = read_number(item, VERSION);
    Ok(Found {
        value: serde_json::from_str(body).map_err(Unavailable::because)?,
        version: version.ok_or_else(|| Unavailable::because("an item has no version"))?,
    })
}

fn read_number(item: &Item, name: &str) -> Option<u64> {
    item.get(name)?.as_n().ok()?.parse().ok()
}

fn text(value: &str) -> AttributeValue {
    AttributeValue::S(value.to_owned())
}

fn number(value: u64) -> AttributeValue {
    AttributeValue::N(value.to_string())
}
