//! Lists, newest first: the shards of an index are asked at the same time and merged, and rows are read for what is on
//! the page alone. What a page costs does not depend on how much there is.

use aws_sdk_dynamodb::types::AttributeValue;
use futures_util::future::try_join_all;

use super::keys::{
    BYREF_PK, BYREF_SK, Key, LIST_PK, LIST_SHARDS, LIST_SK, Listed, custom_reference_shard,
    list_shard, payment_partition,
};
use super::retry::{Deadline, Unavailable, failure, retrying};
use super::{Item, Store};
use crate::domain::reference::Reference;
use crate::domain::time::Ticks;
use crate::domain::webcode::Webcode;

/// Rows that one request looks at, at most: a filter that few rows pass makes a short page with a cursor instead of a slow
/// one.
const LOOKED_AT_MAX: usize = 500;

/// Rows that are read in one call (DynamoDB, *BatchGetItem*).
const ROWS_MAX: usize = 100;

/// Which rows an index is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rows {
    /// All of a merchant.
    Of(Listed, Webcode),
    /// A merchant's sessions with a reference of its own.
    WithCustomReference(Webcode, String),
    /// The modifications of a payment.
    OfPayment(Reference),
}

impl Rows {
    fn partitions(&self) -> Vec<String> {
        match self {
            Self::Of(listed, webcode) => (0..LIST_SHARDS)
                .map(|shard| list_shard(*listed, webcode, shard))
                .collect(),
            Self::WithCustomReference(webcode, reference) => (0..LIST_SHARDS)
                .map(|shard| custom_reference_shard(webcode, reference, shard))
                .collect(),
            Self::OfPayment(reference) => vec![payment_partition(reference)],
        }
    }

    const fn index(&self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Of(..) => ("list", LIST_PK, LIST_SK),
            Self::WithCustomReference(..) | Self::OfPayment(_) => ("byref", BYREF_PK, BYREF_SK),
        }
    }
}

/// Says which row is left out, and nothing of what is in it: one that cannot be read is nobody else's trouble.
fn pass_over(key: &Key) {
    tracing::error!(
        record = "unreadable",
        item = key.pk(),
        "a row is left out of a list"
    );
}

/// Which part of the rows is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// Made then or later.
    pub from: Option<Ticks>,
    /// Made earlier than that.
    pub to: Option<Ticks>,
    /// Beyond the place where the page before ended.
    pub after: Option<String>,
    /// At most so many rows.
    pub limit: usize,
}

/// A page of rows, newest first.
#[derive(Debug)]
pub struct Page<T> {
    /// The rows that passed the filter.
    pub rows: Vec<T>,
    /// Where the next page goes on; `None` when nothing is left.
    pub next: Option<String>,
}

impl Store {
    /// A page of rows. `read` makes a row of an item, or leaves it out; `filters` says whether it leaves any out, so that
    /// more rows than fit on the page are worth reading at once.
    ///
    /// # Errors
    /// [`Unavailable`] when the database does not answer inside the deadline. An item that `read` cannot read is left out, and the log
    /// says so.
    pub async fn list<T>(
        &self,
        rows: &Rows,
        span: &Span,
        filters: bool,
        deadline: Deadline,
        mut read: impl FnMut(Item) -> Result<Option<T>, Unavailable>,
    ) -> Result<Page<T>, Unavailable> {
        let mut after = span.after.clone();
        let mut page = Vec::with_capacity(span.limit);
        let mut looked_at = 0;
        loop {
            let wanted = if filters { ROWS_MAX } else { span.limit };
            let mut names = self
                .newest(rows, span, after.as_deref(), wanted + 1, deadline)
                .await?;
            let mut more = names.len() > wanted;
            names.truncate(wanted);
            let keys = names.iter().map(|(key, _)| key.clone()).collect();
            let mut found = self.load_all(keys, deadline).await?;
            for (place, (key, sort)) in names.iter().enumerate() {
                looked_at += 1;
                after = Some(sort.clone());
                match found.remove(key).map(&mut read).transpose() {
                    Ok(row) => page.extend(row.flatten()),
                    Err(_) => pass_over(key),
                }
                if page.len() == span.limit {
                    more = more || place + 1 < names.len();
                    break;
                }
            }
            if !more || page.len() == span.limit || looked_at >= LOOKED_AT_MAX {
                return Ok(Page {
                    rows: page,
                    next: after.filter(|_| more),
                });
            }
        }
    }

    /// The newest names of all shards together, with their places.
    async fn newest(
        &self,
        rows: &Rows,
        span: &Span,
        after: Option<&str>,
        wanted: usize,
        deadline: Deadline,
    ) -> Result<Vec<(Key, String)>, Unavailable> {
        // Places begin with 14 digits of ticks; `:` comes after every digit.
        let low = span.from.map_or_else(|| "0".to_owned(), start_of);
        let high = match (span.to, after) {
            (Some(to), Some(after)) => start_of(to).min(after.to_owned()),
            (Some(to), None) => start_of(to),
            (None, Some(after)) => after.to_owned(),
            (None, None) => ":".to_owned(),
        };
        if low > high {
            return Ok(Vec::new());
        }
        let (low, high) = (low.as_str(), high.as_str());
        let partitions = rows.partitions();
        let shards = partitions
            .iter()
            .map(|partition| self.shard(rows, partition, (low, high), wanted + 1, deadline));
        let mut names: Vec<(Key, String)> = try_join_all(shards)
            .await?
            .into_iter()
            .flatten()
            // The end is exclusive.
            .filter(|(_, place)| place.as_str() < high)
            .collect();
        names.sort_unstable_by(|(_, one), (_, other)| other.cmp(one));
        names.truncate(wanted);
        Ok(names)
    }

    async fn shard(
        &self,
        rows: &Rows,
        partition: &str,
        (low, high): (&str, &str),
        limit: usize,
        deadline: Deadline,
    ) -> Result<Vec<(Key, String)>, Unavailable> {
        let (index, pk, sk) = rows.index();
        let text = |text: &str| AttributeValue::S(text.to_owned());
        let answer = retrying(&self.entropy, deadline, || async move {
            let call = self
                .client
                .query()
                .table_name(&self.table)
                .index_name(index)
                .key_condition_expression("#pk = :pk AND #sk BETWEEN :low AND :high")
                .expression_attribute_names("#pk", pk)
                .expression_attribute_names("#sk", sk)
                .expression_attribute_values(":pk", text(partition))
                .expression_attribute_values(":low", text(low))
                .expression_attribute_values(":high", text(high))
                .scan_index_forward(false)
                .limit(i32::try_from(limit).unwrap_or(i32::MAX));
            call.send()
                .await
                .map_err(|error| failure(error, |unavailable| unavailable))
        })
        .await??;
        let place = |item: &Item| Some(item.get(sk)?.as_s().ok()?.clone());
        Ok(answer
            .items
            .unwrap_or_default()
            .iter()
            .filter_map(|item| Some((Key::of_item(item)?, place(item)?)))
            .collect())
    }
}

/// The place before everything that was made at a time or later.
fn start_of(time: Ticks) -> String {
    // Later times have more digits than a place; nothing is that late.
    format!("{:014}", time.get().min(99_999_999_999_999))
}

const _: () = assert!(ROWS_MAX <= 100, "BatchGetItem takes no more");
