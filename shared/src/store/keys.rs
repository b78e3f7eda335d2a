//! The one place that spells a key (ARCHITECTURE.md, *The data*).

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;

use sha2::{Digest, Sha256};

use crate::domain::api_key::{KeyHash, hex};
use crate::domain::event::EventId;
use crate::domain::idempotency::IdempotencyKey;
use crate::domain::reference::Reference;
use crate::domain::terminal::PoiId;
use crate::domain::time::Ticks;
use crate::domain::webcode::Webcode;

// Attribute names of the table's key and of its indexes.

/// The partition key's attribute.
pub const PK: &str = "pk";
pub(crate) const SK: &str = "sk";
pub(crate) const LIST_PK: &str = "lpk";
pub(crate) const LIST_SK: &str = "lsk";
pub(crate) const BYREF_PK: &str = "bpk";
pub(crate) const BYREF_SK: &str = "bsk";
pub(crate) const DUE_PK: &str = "dpk";
/// The attribute of when something falls due, in ticks.
pub const DUE_AT: &str = "dueAt";

/// The index of what falls due.
pub(crate) const DUE_INDEX: &str = "due";

/// When the database may delete an item, in Unix seconds.
pub(crate) const EXPIRES_AT: &str = "expiresAt";

/// Sort keys of a merchant's API keys begin so.
pub(crate) const KEY_ENTRIES: &str = "KEY#";

/// Sort keys of a merchant's audit records begin so; their time follows.
pub(crate) const AUDIT_RECORDS: &str = "AUDIT#";

/// Partitions of `list` for each merchant, and of `byref` for each custom reference: about 1,000 creates a second each.
pub(crate) const LIST_SHARDS: u64 = 4;

/// Partitions of `due` for each distance.
pub const DUE_SHARDS: u64 = 8;

/// The primary key of an item.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Key {
    pub(crate) pk: String,
    pub(crate) sk: String,
}

impl Key {
    fn new(pk: String, sk: impl Into<String>) -> Self {
        Self { pk, sk: sk.into() }
    }

    /// An API key, by its hash.
    #[must_use]
    pub fn api_key(hash: &KeyHash) -> Self {
        Self::new(format!("K#{}", hash.as_str()), "K")
    }

    /// A merchant's name and settings.
    #[must_use]
    pub fn merchant(webcode: &Webcode) -> Self {
        Self::new(format!("W#{webcode}"), "CONFIG")
    }

    /// A merchant's sealed client secret.
    #[must_use]
    pub fn client_secret(webcode: &Webcode) -> Self {
        Self::new(format!("W#{webcode}"), "SECRET")
    }

    /// A merchant's webhook endpoint.
    #[must_use]
    pub fn webhook(webcode: &Webcode) -> Self {
        Self::new(format!("W#{webcode}"), "HOOK")
    }

    /// How a merchant's webhook endpoint does, while it is not well.
    #[must_use]
    pub fn webhook_health(webcode: &Webcode) -> Self {
        Self::new(format!("W#{webcode}"), "HEALTH")
    }

    /// An API key in its merchant's list.
    #[must_use]
    pub fn key_entry(webcode: &Webcode, id: &str) -> Self {
        Self::new(format!("W#{webcode}"), format!("{KEY_ENTRIES}{id}"))
    }

    /// A record of a change of a merchant's settings, or of what was sent again.
    #[must_use]
    pub fn audit_record(webcode: &Webcode, at: Ticks, id: &str) -> Self {
        Self::new(
            format!("W#{webcode}"),
            format!("{AUDIT_RECORDS}{}", by_time(at, id)),
        )
    }

    /// A session.
    #[must_use]
    pub fn session(session_id: &Reference) -> Self {
        Self::new(format!("S#{session_id}"), "S")
    }

    /// A payment.
    #[must_use]
    pub fn payment(payment_reference: &Reference) -> Self {
        Self::new(format!("P#{payment_reference}"), "P")
    }

    /// A modification.
    #[must_use]
    pub fn modification(reference: &Reference) -> Self {
        Self::new(format!("M#{reference}"), "M")
    }

    /// Who has a terminal, for as long as a payment takes.
    #[must_use]
    pub fn terminal(webcode: &Webcode, poi_id: &PoiId) -> Self {
        Self::new(format!("T#{webcode}#{}", poi_id.as_str()), "T")
    }

    /// The record of an idempotency key.
    #[must_use]
    pub fn idempotency(webcode: &str, key: &IdempotencyKey) -> Self {
        Self::new(format!("I#{webcode}#{}", key.hash()), "I")
    }

    /// The delivery of an event to an endpoint.
    #[must_use]
    pub fn delivery(event: &EventId, endpoint: &str) -> Self {
        Self::new(
            format!("E#{}#{}", event.reference, event.sequence),
            format!("D#{endpoint}"),
        )
    }

    /// A payment of a caller at an external service, by the caller's name of it.
    #[must_use]
    pub fn forwarded(external: &str, webcode: &Webcode, shop_transaction_id: &str) -> Self {
        Self::forwarded_by_hash(external, webcode, &hash_of(shop_transaction_id))
    }

    /// The same by the hash of that name, as messages have it.
    #[must_use]
    pub fn forwarded_by_hash(external: &str, webcode: &Webcode, hash: &str) -> Self {
        Self::new(format!("X#{external}#{webcode}#{hash}"), "X")
    }

    /// The same by its partition key, as a stream has it.
    #[must_use]
    pub fn forwarded_at(pk: &str) -> Self {
        Self::new(pk.to_owned(), "X")
    }

    /// A subscription at an external service.
    #[must_use]
    pub fn forwarded_subscription(external: &str, token: &str) -> Self {
        Self::new(format!("Y#{external}#{}", hash_of(token)), "Y")
    }

    /// What kind of item a partition key, as found in an index or a stream, belongs to.
    #[must_use]
    pub fn kind_of(pk: &str) -> Option<ItemKind> {
        match pk.split_once('#')?.0 {
            "S" => Some(ItemKind::Session),
            "P" => Some(ItemKind::Payment),
            "M" => Some(ItemKind::Modification),
            "E" => Some(ItemKind::Delivery),
            "X" => Some(ItemKind::Forwarded),
            _ => None,
        }
    }

    /// Reads a key off an item that came from an index or a stream.
    #[must_use]
    pub fn of_item(item: &HashMap<String, AttributeValue>) -> Option<Self> {
        let text = |name| item.get(name).and_then(|value| value.as_s().ok()).cloned();
        Some(Self {
            pk: text(PK)?,
            sk: text(SK)?,
        })
    }

    /// The event and endpoint of a delivery's key.
    #[must_use]
    pub fn as_delivery(&self) -> Option<(EventId, &str)> {
        let (reference, sequence) = self.pk.strip_prefix("E#")?.rsplit_once('#')?;
        let event = EventId {
            reference: Reference::parse(reference).ok()?,
            sequence: sequence.parse().ok()?,
        };
        Some((event, self.sk.strip_prefix("D#")?))
    }

    /// The session of a session's key.
    #[must_use]
    pub fn as_session(&self) -> Option<Reference> {
        Reference::parse(self.pk.strip_prefix("S#")?).ok()
    }

    /// The payment of a payment's key.
    #[must_use]
    pub fn as_payment(&self) -> Option<Reference> {
        Reference::parse(self.pk.strip_prefix("P#")?).ok()
    }

    /// The service, the merchant and the hash of a forwarded payment's key.
    #[must_use]
    pub fn as_forwarded(&self) -> Option<(&str, Webcode, &str)> {
        let mut parts = self.pk.strip_prefix("X#")?.split('#');
        let found = (
            parts.next()?,
            Webcode::parse(parts.next()?).ok()?,
            parts.next()?,
        );
        parts.next().is_none().then_some(found)
    }

    /// The modification of a modification's key.
    #[must_use]
    pub fn as_modification(&self) -> Option<Reference> {
        Reference::parse(self.pk.strip_prefix("M#")?).ok()
    }

    /// The key as one text, which [`Key::of_text`] reads back.
    #[must_use]
    pub fn as_text(&self) -> String {
        format!("{} {}", self.pk, self.sk)
    }

    /// Reads [`Key::as_text`].
    #[must_use]
    pub fn of_text(text: &str) -> Option<Self> {
        let (pk, sk) = text.split_once(' ')?;
        (!pk.is_empty() && !sk.is_empty()).then(|| Self::new(pk.to_owned(), sk))
    }

    /// The partition key.
    #[must_use]
    pub fn pk(&self) -> &str {
        &self.pk
    }

    pub(crate) fn attributes(&self) -> HashMap<String, AttributeValue> {
        HashMap::from([
            (PK.to_owned(), AttributeValue::S(self.pk.clone())),
            (SK.to_owned(), AttributeValue::S(self.sk.clone())),
        ])
    }
}

/// Items that tell events or fall due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ItemKind {
    /// A session.
    Session,
    /// A payment.
    Payment,
    /// A modification.
    Modification,
    /// A delivery.
    Delivery,
    /// A payment of a caller at an external service.
    Forwarded,
}

/// Partition keys of what tells events begin so: payments and sessions.
pub(crate) const JOURNALS: [&str; 2] = ["P#", "S#"];

/// What is listed for a merchant, newest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Listed {
    /// Sessions.
    Sessions,
    /// Modifications.
    Modifications,
    /// Deliveries.
    Deliveries,
}

/// The partition of `list` that something made at a time belongs to.
pub(crate) fn list_partition(listed: Listed, webcode: &Webcode, at: Ticks) -> String {
    list_shard(listed, webcode, at.get() % LIST_SHARDS)
}

/// A partition of `list`.
pub(crate) fn list_shard(listed: Listed, webcode: &Webcode, shard: u64) -> String {
    let kind = match listed {
        Listed::Sessions => "S",
        Listed::Modifications => "M",
        Listed::Deliveries => "D",
    };
    format!("L#{kind}#{webcode}#{shard}")
}

/// The partition of `byref` for a merchant's own reference. It has shards too: a merchant may send the same one every time.
pub(crate) fn custom_reference_partition(
    webcode: &Webcode,
    custom_reference: &str,
    at: Ticks,
) -> String {
    custom_reference_shard(webcode, custom_reference, at.get() % LIST_SHARDS)
}

/// A partition of `byref` for a merchant's own reference.
pub(crate) fn custom_reference_shard(
    webcode: &Webcode,
    custom_reference: &str,
    shard: u64,
) -> String {
    format!("B#C#{webcode}#{custom_reference}#{shard}")
}

/// The partition of `byref` for the modifications of a payment.
pub(crate) fn payment_partition(payment_reference: &Reference) -> String {
    format!("B#P#{payment_reference}")
}

/// The partition of `byref` for whatever an external service knows as that payment.
pub(crate) fn processor_partition(service: &str, payment_id: &str) -> String {
    format!("B#X#{service}#{}", hash_of(payment_id))
}

/// Names that others give may be long, and have any characters: in keys stands their SHA-256, in lower-case hex.
fn hash_of(name: &str) -> String {
    hex(&Sha256::digest(name))
}

/// The sort key of `list` and `byref`: by time, then by name.
pub(crate) fn by_time(at: Ticks, name: &str) -> String {
    format!("{:014}#{name}", at.get())
}

/// How far away a due time was when it was written: *near* goes to the queue from the stream, *far* waits for the sweep.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Distance {
    /// At most 15 minutes, the longest delay of a queue.
    Near,
    /// Further.
    Far,
}

impl Distance {
    /// The longest delay of a message (SQS, *Delay queues*).
    pub const NEAR: std::time::Duration = std::time::Duration::from_secs(15 * 60);

    /// Both.
    pub const ALL: [Self; 2] = [Self::Near, Self::Far];

    /// The distance between now and a due time.
    #[must_use]
    pub fn between(now: Ticks, due_at: Ticks) -> Self {
        if due_at.since(now) <= Self::NEAR {
            Self::Near
        } else {
            Self::Far
        }
    }

    const fn as_str(self) -> &'static str {
        match self {
            Self::Near => "near",
            Self::Far => "far",
        }
    }
}

/// A partition of `due`.
#[must_use]
pub fn due_partition(distance: Distance, shard: u64) -> String {
    format!("D#{}#{shard}", distance.as_str())
}

/// The partition of `due` for something made at a time.
pub(crate) fn due_partition_of(distance: Distance, created_at: Ticks) -> String {
    due_partition(distance, created_at.get() % DUE_SHARDS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_back() {
        let event = EventId {
            reference: Reference::parse("SHOP01-PXTT-17195000001234").expect("a reference"),
            sequence: 3,
        };
        let key = Key::delivery(&event, "default");
        assert_eq!(
            (key.pk.as_str(), key.sk.as_str()),
            ("E#SHOP01-PXTT-17195000001234#3", "D#default")
        );
        assert_eq!(key.as_delivery(), Some((event.clone(), "default")));
        assert_eq!(Key::of_item(&key.attributes()), Some(key.clone()));
        assert_eq!(Key::of_text(&key.as_text()), Some(key.clone()));
        assert_eq!(Key::of_text("E#1"), None);
        assert_eq!(
            Key::session(&event.reference).as_session(),
            Some(event.reference)
        );
        assert_eq!(key.as_session(), None);
        assert_eq!(Key::kind_of(key.pk()), Some(ItemKind::Delivery));
        assert_eq!(Key::kind_of("K#abc"), None);
    }

    #[test]
    fn a_forwarded_payment_is_named_by_a_hash() {
        let shop = Webcode::parse("SHOP01").expect("a webcode");
        let key = Key::forwarded("acme", &shop, "ORD#1");
        assert_eq!(Key::kind_of(key.pk()), Some(ItemKind::Forwarded));
        let (external, webcode, hash) = key.as_forwarded().expect("one");
        assert_eq!((external, &webcode), ("acme", &shop));
        assert_eq!(Key::forwarded_by_hash(external, &webcode, hash), key);
        let other = Key::forwarded_subscription("acme", "ORD#1");
        assert_eq!(
            (other.as_forwarded(), Key::kind_of(other.pk())),
            (None, None)
        );
    }

    #[test]
    fn fifteen_minutes_are_near() {
        let now = Ticks::new(10_000_000_000_000);
        assert_eq!(
            Distance::between(now, now.plus(Distance::NEAR)),
            Distance::Near
        );
        assert_eq!(
            Distance::between(now, now.plus(Distance::NEAR).next()),
            Distance::Far
        );
        assert_eq!(Distance::between(now, Ticks::new(0)), Distance::Near);
    }
}
