//! How forwarded payments and subscriptions are written.
//!
//! A payment is written as a whole, on the condition that nobody wrote it since it was read. Lease, answer, refunds and
//! notification rely on each other, and next to nobody but one caller is at a payment: whoever comes second decides anew.

use aws_sdk_dynamodb::types::AttributeValue;

use super::items::{item_of, read, value_of};
use super::keys::{
    BYREF_PK, BYREF_SK, DUE_AT, DUE_PK, Distance, Key, by_time, due_partition_of,
    processor_partition,
};
use super::retry::{Deadline, Unavailable, failure, retrying};
use super::write::{Update, Write, number_value, text};
use super::{Item, Store, WRITER};
use crate::domain::external::SubscriptionStatus;
use crate::domain::forwarded::{ForwardedPayment, ForwardedSubscription};
use crate::domain::time::Ticks;

/// Payments that a service's name may stand for, beside a bug of the service's: more are not looked at.
const SAME_NAME_MAX: i32 = 10;

/// A forwarded payment as it was read, or written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenForwarded {
    /// The payment.
    pub payment: ForwardedPayment,
    writer: String,
}

impl SeenForwarded {
    /// Reads an item.
    ///
    /// # Errors
    /// [`Unavailable`] when the item is not of that form.
    pub fn read(item: Item) -> Result<Self, Unavailable> {
        let writer = item
            .get(WRITER)
            .and_then(|writer| writer.as_s().ok())
            .cloned();
        Ok(Self {
            writer: writer.unwrap_or_default(),
            payment: read(item)?,
        })
    }

    /// A payment that was just written.
    #[must_use]
    pub fn written(payment: ForwardedPayment, writer: &str) -> Self {
        Self {
            payment,
            writer: writer.to_owned(),
        }
    }
}

/// Writes a payment: a new one, or over the one that was seen, on the condition that nobody wrote it since.
///
/// # Errors
/// A bug of the mapping. So it is with all functions of this module.
pub fn put_forwarded(
    seen: Option<&SeenForwarded>,
    payment: &ForwardedPayment,
    now: Ticks,
    writer: &str,
) -> Result<Write, Unavailable> {
    let key = Key::forwarded(
        &payment.external,
        &payment.webcode,
        &payment.shop_transaction_id,
    );
    let mut item = item_of(payment)?;
    if let Some(payment_id) = &payment.payment_id {
        let partition = processor_partition(&payment.external, payment_id);
        item.insert(BYREF_PK.to_owned(), text(&partition));
        let sort = by_time(payment.created_at, payment.webcode.as_str());
        item.insert(BYREF_SK.to_owned(), text(&sort));
    }
    if let Some(due_at) = payment.due_at() {
        let partition = due_partition_of(Distance::between(now, due_at), payment.created_at);
        item.insert(DUE_AT.to_owned(), number_value(due_at.get()));
        item.insert(DUE_PK.to_owned(), text(&partition));
    }
    let seen = seen.map(|seen| Item::from([(WRITER.to_owned(), text(&seen.writer))]));
    Ok(Write::put_over(seen.as_ref(), key, item, writer))
}

/// Creates a subscription.
///
/// # Errors
/// A bug of the mapping.
pub fn create_forwarded_subscription(
    subscription: &ForwardedSubscription,
    writer: &str,
) -> Result<Write, Unavailable> {
    let key = Key::forwarded_subscription(&subscription.external, &subscription.token);
    Ok(Write::create(key, item_of(subscription)?, writer))
}

/// Records how a subscription stands, as the service says.
///
/// # Errors
/// A bug of the mapping.
pub fn change_forwarded_subscription(
    before: &ForwardedSubscription,
    status: SubscriptionStatus,
    writer: &str,
) -> Result<Write, Unavailable> {
    let key = Key::forwarded_subscription(&before.external, &before.token);
    let webcode: AttributeValue = value_of(&before.webcode)?;
    Ok(Update::of(key, writer)
        .set("status", value_of(&status)?)
        .require_equal("webcode", webcode)
        .write())
}

impl Store {
    /// Keys of whatever an external service knows by a name: payments of callers, and our own. The index is eventually
    /// consistent: whoever acts reads the item itself.
    ///
    /// # Errors
    /// [`Unavailable`] when the database does not answer inside the deadline.
    pub async fn named_by_service(
        &self,
        service: &str,
        payment_id: &str,
        deadline: Deadline,
    ) -> Result<Vec<Key>, Unavailable> {
        let partition = &processor_partition(service, payment_id);
        let answer = retrying(&self.entropy, deadline, || async move {
            let call = self
                .client
                .query()
                .table_name(&self.table)
                .index_name("byref")
                .key_condition_expression("#pk = :pk")
                .expression_attribute_names("#pk", BYREF_PK)
                .expression_attribute_values(":pk", text(partition))
                .limit(SAME_NAME_MAX);
            call.send()
                .await
                .map_err(|error| failure(error, |unavailable| unavailable))
        })
        .await??;
        let items = answer.items.unwrap_or_default();
        Ok(items.iter().filter_map(Key::of_item).collect())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::write::Action;
    use super::*;
    use crate::domain::external::PayResult;
    use crate::domain::forwarded::{Asked, ForwardedAnswer, Operation};
    use crate::domain::money::{Currency, Money};
    use crate::domain::webcode::Webcode;

    #[test]
    fn a_payment_is_found_by_the_services_name_and_when_it_is_due() {
        let now = Ticks::from_unix_seconds(1_782_000_000);
        let asked = Asked {
            webcode: Webcode::parse("SHOP01").expect("a webcode"),
            external: "acme".to_owned(),
            shop_transaction_id: "ORD-1".to_owned(),
            operation: Operation::Start,
            fingerprint: "f".to_owned(),
            amount: Money::new(100, Currency::Eur).expect("an amount"),
        };
        let mut payment = ForwardedPayment::begin(&asked, now, Duration::from_secs(30));
        let answer = ForwardedAnswer {
            result: PayResult::Pending,
            result_description: "wait".to_owned(),
            payment_id: Some("p1".to_owned()),
            redirect_to_url: None,
            redirect_to_url_mobile: None,
            subscription_token: Some("s1".to_owned()),
            metadata: Some(serde_json::json!({"plan": [1, 2.5]})),
        };
        assert!(payment.answered(&answer, now));
        assert!(
            payment
                .ask_refund("r1", asked.amount, now, Duration::ZERO)
                .is_ok()
        );
        let seen = SeenForwarded::written(payment.clone(), "me");
        let write = put_forwarded(Some(&seen), &payment, now, "me again").expect("mapped");
        assert_eq!(write.condition, "#writer = :seen");
        let Action::Put(item) = write.action else {
            panic!("a put")
        };
        assert_eq!(item[DUE_PK], text("D#near#0"));
        assert!(
            item[BYREF_PK]
                .as_s()
                .expect("a text")
                .starts_with("B#X#acme#")
        );
        let read = SeenForwarded::read(item).expect("mapped");
        assert_eq!(read, SeenForwarded::written(payment, "me again"));
    }
}
