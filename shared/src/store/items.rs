//! How each item is read and written. Mapping only: no rule lives here.

use aws_sdk_dynamodb::types::AttributeValue;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::keys::{
    BYREF_PK, BYREF_SK, DUE_AT, DUE_PK, Distance, EXPIRES_AT, Key, LIST_PK, LIST_SK, Listed,
    by_time, custom_reference_partition, due_partition_of, list_partition,
};
use super::retry::Unavailable;
use super::write::{Update, Write, number_value, text};
use super::{Item, WRITER};
use crate::domain::api_key::{ApiKeyRecord, KeyHash};
use crate::domain::client_secret::ClientSecret;
use crate::domain::delivery::{self, Delivery};
use crate::domain::event::EventId;
use crate::domain::health::Disabled;
use crate::domain::idempotency::{IdempotencyKey, IdempotencyRecord};
use crate::domain::session::{Session, SessionStatus};
use crate::domain::time::Ticks;
use crate::domain::webcode::Webcode;

/// Reads an item as what it is kept for.
///
/// # Errors
/// [`Unavailable`] when the item is not of that form, which only a bug or a stranger's hand can make.
pub fn read<T: DeserializeOwned>(item: Item) -> Result<T, Unavailable> {
    serde_dynamo::from_item(item).map_err(Unavailable::because)
}

pub(super) fn item_of<T: Serialize>(value: &T) -> Result<Item, Unavailable> {
    serde_dynamo::to_item(value).map_err(Unavailable::because)
}

pub(super) fn value_of<T: Serialize>(value: &T) -> Result<AttributeValue, Unavailable> {
    serde_dynamo::to_attribute_value(value).map_err(Unavailable::because)
}

/// A merchant's name and settings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MerchantConfig {
    /// The name that customers see.
    pub name: String,
    /// The external service that takes the merchant's payments: only in Live.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_service: Option<String>,
}

/// A merchant's webhook endpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Webhook {
    /// Where events are sent.
    pub url: String,
    /// Whether they are.
    pub enabled: bool,
    /// When and why they are not any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disabled: Option<Disabled>,
}

impl Webhook {
    /// An endpoint that events are sent to.
    #[must_use]
    pub const fn to(url: String) -> Self {
        Self {
            url,
            enabled: true,
            disabled: None,
        }
    }
}

/// Creates an API key.
///
/// # Errors
/// The value cannot be mapped, which is a bug of its type. So it is with all functions of this module.
pub fn create_api_key(
    hash: &KeyHash,
    record: &ApiKeyRecord,
    writer: &str,
) -> Result<Write, Unavailable> {
    Ok(Write::create(Key::api_key(hash), item_of(record)?, writer))
}

/// Revokes an API key: it fails on the very next request.
#[must_use]
pub fn revoke_api_key(hash: &KeyHash, writer: &str) -> Write {
    Update::of(Key::api_key(hash), writer)
        .set("revoked", AttributeValue::Bool(true))
        .write()
}

/// Creates a merchant.
///
/// # Errors
/// A bug of the mapping.
pub fn create_merchant(
    webcode: &Webcode,
    config: &MerchantConfig,
    writer: &str,
) -> Result<Write, Unavailable> {
    Ok(Write::create(
        Key::merchant(webcode),
        item_of(config)?,
        writer,
    ))
}

/// Creates a merchant's client secret.
///
/// # Errors
/// A bug of the mapping.
pub fn create_client_secret(
    webcode: &Webcode,
    secret: &ClientSecret,
    writer: &str,
) -> Result<Write, Unavailable> {
    Ok(Write::create(
        Key::client_secret(webcode),
        item_of(secret)?,
        writer,
    ))
}

/// Replaces a merchant's client secret.
///
/// # Errors
/// A bug of the mapping.
pub fn replace_client_secret(
    webcode: &Webcode,
    secret: &ClientSecret,
    writer: &str,
) -> Result<Write, Unavailable> {
    Ok(Write::replace(
        Key::client_secret(webcode),
        item_of(secret)?,
        writer,
    ))
}

/// Sets a merchant's webhook endpoint.
///
/// # Errors
/// A bug of the mapping.
pub fn set_webhook(
    webcode: &Webcode,
    webhook: &Webhook,
    writer: &str,
) -> Result<Write, Unavailable> {
    Ok(Write::replace(
        Key::webhook(webcode),
        item_of(webhook)?,
        writer,
    ))
}

/// Creates the record of an idempotency key, or writes over one that is forgotten.
///
/// # Errors
/// A bug of the mapping.
pub fn create_idempotency(
    webcode: &Webcode,
    key: &IdempotencyKey,
    record: &IdempotencyRecord,
    now: Ticks,
    writer: &str,
) -> Result<Write, Unavailable> {
    let mut item = item_of(record)?;
    item.insert(
        EXPIRES_AT.to_owned(),
        number_value(record.forgotten_at.unix_seconds() + 1),
    );
    let write = Write::create(Key::idempotency(webcode.as_str(), key), item, writer);
    Ok(write.or_outlived("forgottenAt", number_value(now.get())))
}

/// Notes that the operation of an idempotency key has ended: its outcome is repeated from now on.
#[must_use]
pub fn finish_idempotency(webcode: &Webcode, key: &IdempotencyKey, writer: &str) -> Write {
    Update::of(Key::idempotency(webcode.as_str(), key), writer)
        .remove("runningUntil")
        .write()
}

/// Forgets an idempotency key whose operation did nothing: the next request with it is the first one.
#[must_use]
pub fn forget_idempotency(webcode: &Webcode, key: &IdempotencyKey, writer: &str) -> Write {
    Update::of(Key::idempotency(webcode.as_str(), key), writer)
        .set("forgottenAt", number_value(0))
        .remove("runningUntil")
        .write()
}

/// Takes an operation over from whoever died over it: one of those who try.
#[must_use]
pub fn take_over_idempotency(
    webcode: &Webcode,
    key: &IdempotencyKey,
    found: Ticks,
    until: Ticks,
    writer: &str,
) -> Write {
    Update::of(Key::idempotency(webcode.as_str(), key), writer)
        .set("runningUntil", number_value(until.get()))
        .require_equal("runningUntil", number_value(found.get()))
        .write()
}

/// Creates a session.
///
/// # Errors
/// A bug of the mapping.
pub fn create_session(session: &Session, writer: &str) -> Result<Write, Unavailable> {
    let mut item = item_of(session)?;
    let at = session.session_id.created_at();
    let sort = by_time(at, session.session_id.as_str());
    item.insert(
        LIST_PK.to_owned(),
        text(&list_partition(Listed::Sessions, &session.webcode, at)),
    );
    item.insert(LIST_SK.to_owned(), text(&sort));
    // An empty reference finds nothing by itself, so it is not indexed.
    if let Some(reference) = session
        .custom_reference
        .as_deref()
        .filter(|reference| !reference.is_empty())
    {
        item.insert(
            BYREF_PK.to_owned(),
            text(&custom_reference_partition(&session.webcode, reference, at)),
        );
        item.insert(BYREF_SK.to_owned(), text(&sort));
    }
    Ok(Write::create(
        Key::session(&session.session_id),
        item,
        writer,
    ))
}

/// Changes a session from what was read to what was decided: on the condition that it still has the same status and
/// attempts.
///
/// # Errors
/// A bug of the mapping.
pub fn change_session(
    before: &Session,
    after: &Session,
    writer: &str,
) -> Result<Write, Unavailable> {
    let mut update = Update::of(Key::session(&before.session_id), writer)
        .require_equal("status", value_of(&before.status)?)
        .require_length("attempts", before.attempts.len());
    // Whatever is decided relies on what the customer is asked: an attempt ends that, and so does the session's end.
    update = match &before.challenge {
        Some(challenge) => update.require_part_equal("challenge", "id", text(&challenge.id)),
        None => update.require_absent("challenge"),
    };
    if before.challenge != after.challenge {
        update = match &after.challenge {
            Some(challenge) => update.set("challenge", value_of(challenge)?),
            None => update.remove("challenge"),
        };
    }
    // … and on the payment that an external service is at.
    update = match &before.open_payment {
        Some(open) => update.require_equal("openPayment", text(open.as_str())),
        None => update.require_absent("openPayment"),
    };
    if before.open_payment != after.open_payment {
        update = match &after.open_payment {
            Some(open) => update.set("openPayment", text(open.as_str())),
            None => update.remove("openPayment"),
        };
    }
    let opens = before.opened_at.is_none() && after.opened_at.is_some();
    if let Some(opened_at) = after.opened_at.filter(|_| opens) {
        update = update.set_once("openedAt", number_value(opened_at.get()));
        if after.attempts.len() == before.attempts.len()
            && after.status == before.status
            && after.challenge == before.challenge
            && after.open_payment == before.open_payment
        {
            // Nothing but the opening: only the first one counts.
            update = update.require_absent("openedAt");
        }
    }
    let new_attempts = after
        .attempts
        .get(before.attempts.len()..)
        .unwrap_or_default();
    if !new_attempts.is_empty() {
        let entries = new_attempts
            .iter()
            .map(value_of)
            .collect::<Result<_, _>>()?;
        update = update.append("attempts", entries);
    }
    if after.status == SessionStatus::Pending {
        let held = |session: &Session| session.open_payment.is_some();
        let is_let_go = held(before) && !held(after);
        if held(after) {
            // The payment falls due by itself, and lets the session go.
            update = update.remove(DUE_AT).remove(DUE_PK);
        } else if let Some(end) = after.page_ends_at().filter(|_| opens || is_let_go) {
            let partition = due_partition_of(Distance::Near, before.session_id.created_at());
            update = update
                .set(DUE_AT, number_value(end.get()))
                .set(DUE_PK, text(&partition));
        }
    } else {
        update = update
            .set("status", value_of(&after.status)?)
            .remove(DUE_AT)
            .remove(DUE_PK);
        if let Some(ended_at) = after.ended_at {
            update = update.set("endedAt", number_value(ended_at.get()));
        }
        if let Some(payment_reference) = &after.payment_reference {
            update = update.set("paymentReference", text(payment_reference.as_str()));
        }
    }
    Ok(update.write())
}

/// Creates the delivery of an event.
///
/// # Errors
/// A bug of the mapping.
pub fn create_delivery(
    event: &EventId,
    delivery: &Delivery,
    writer: &str,
) -> Result<Write, Unavailable> {
    let mut item = item_of(delivery)?;
    let at = delivery.created_at;
    item.insert(
        LIST_PK.to_owned(),
        text(&list_partition(Listed::Deliveries, &delivery.webcode, at)),
    );
    item.insert(LIST_SK.to_owned(), text(&by_time(at, &delivery.event_id)));
    item.insert(
        EXPIRES_AT.to_owned(),
        number_value(at.plus(delivery::KEPT).unix_seconds()),
    );
    item.insert(
        DUE_PK.to_owned(),
        text(&due_partition_of(Distance::Near, at)),
    );
    Ok(Write::create(
        Key::delivery(event, &delivery.endpoint),
        item,
        writer,
    ))
}

/// Claims an attempt by its number: whoever comes second is refused.
///
/// # Errors
/// A bug of the mapping.
pub fn claim_delivery(
    key: Key,
    before: &Delivery,
    after: &Delivery,
    writer: &str,
) -> Result<Write, Unavailable> {
    let update = Update::of(key, writer)
        .set("state", value_of(&after.state)?)
        .set("begun", number_value(after.begun.into()))
        .require_equal("begun", number_value(before.begun.into()))
        .require_equal("state", value_of(&before.state)?);
    Ok(match after.claimed_at {
        Some(claimed_at) => update
            .set("claimedAt", number_value(claimed_at.get()))
            .write(),
        None => update.write(),
    })
}

/// Puts off what is due of an item, and leaves it as it is otherwise, unless somebody wrote it since it was read.
#[must_use]
pub fn put_off(key: Key, seen: &Item, until: Ticks, writer: &str) -> Write {
    let partition = due_partition_of(Distance::Far, until);
    let update = Update::of(key, writer)
        .set(DUE_AT, number_value(until.get()))
        .set(DUE_PK, text(&partition));
    match seen.get(WRITER) {
        Some(writer) => update.require_equal(WRITER, writer.clone()),
        None => update.require_absent(WRITER),
    }
    .write()
}

/// Records what came of a delivery: an attempt's outcome, or that there is nowhere to send it.
///
/// # Errors
/// A bug of the mapping.
pub fn record_delivery(
    key: Key,
    before: &Delivery,
    after: &Delivery,
    now: Ticks,
    writer: &str,
) -> Result<Write, Unavailable> {
    let mut update = Update::of(key, writer)
        .set("state", value_of(&after.state)?)
        .require_equal("begun", number_value(before.begun.into()))
        .require_equal("state", value_of(&before.state)?);
    let new_attempts = after
        .attempts
        .get(before.attempts.len()..)
        .unwrap_or_default();
    if !new_attempts.is_empty() {
        let entries = new_attempts
            .iter()
            .map(value_of)
            .collect::<Result<_, _>>()?;
        update = update.append("attempts", entries);
    }
    if after.last_answer != before.last_answer {
        update = match &after.last_answer {
            Some(answer) => update.set("lastAnswer", text(answer)),
            None => update.remove("lastAnswer"),
        };
    }
    if let Some(ended_at) = after.ended_at {
        update = update.set("endedAt", number_value(ended_at.get()));
    }
    Ok(match after.due_at {
        Some(due_at) => {
            let partition = due_partition_of(Distance::between(now, due_at), before.created_at);
            update
                .set(DUE_AT, number_value(due_at.get()))
                .set(DUE_PK, text(&partition))
                .write()
        }
        None => update.remove(DUE_AT).remove(DUE_PK).write(),
    })
}

/// Sends a delivery again, from what was read of it.
///
/// # Errors
/// A bug of the mapping.
pub fn resend_delivery(
    key: Key,
    before: &Delivery,
    after: &Delivery,
    now: Ticks,
    writer: &str,
) -> Result<Write, Unavailable> {
    let due_at = after.due_at.unwrap_or(now);
    Ok(Update::of(key, writer)
        .set("state", value_of(&after.state)?)
        .set("begunBefore", number_value(after.begun_before.into()))
        .set("attempts", value_of(&after.attempts)?)
        .set(DUE_AT, number_value(due_at.get()))
        .set(
            DUE_PK,
            text(&due_partition_of(Distance::Near, before.created_at)),
        )
        .set(
            EXPIRES_AT,
            number_value(now.plus(delivery::KEPT).unix_seconds()),
        )
        .remove("endedAt")
        .require_equal("begun", number_value(before.begun.into()))
        .require_equal("state", value_of(&before.state)?)
        .write())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::session::tests::{START, session};

    #[test]
    fn what_is_written_is_read_back() {
        let session = session();
        let super::super::write::Action::Put(item) =
            create_session(&session, "me").expect("mapped").action
        else {
            panic!("a put");
        };
        assert_eq!(item["lpk"], text("L#S#SHOP01#2"));
        assert_eq!(
            item["lsk"],
            text("17195000001234#SHOP01-EXTT-17195000001234")
        );
        assert_eq!(item["bpk"], text("B#C#SHOP01#ORD-1#2"));
        assert_eq!(read::<Session>(item).expect("mapped"), session);
    }

    #[test]
    fn opening_and_ending_at_once_leaves_nothing_due() {
        let before = session();
        let mut after = before.clone();
        after.open(START).expect("pending");
        after.cancel(START).expect("pending");
        let write = change_session(&before, &after, "me").expect("mapped");
        let super::super::write::Action::Update(expression) = &write.action else {
            panic!("an update")
        };
        assert!(expression.ends_with("REMOVE #dueAt, #dpk"), "{expression}");
        assert!(!expression.contains("#dueAt ="), "{expression}");
    }
}
