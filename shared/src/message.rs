//! What travels on the queues: the name of an item, and nothing else. What is to be done with it, the item says.

use serde::{Deserialize, Serialize};

use crate::domain::event::EventId;
use crate::domain::reference::Reference;
use crate::domain::webcode::Webcode;
use crate::store::Key;

/// A message on an environment's queue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Message {
    /// A delivery may be due.
    Delivery {
        /// The event's id.
        event: String,
        /// The endpoint it goes to.
        endpoint: String,
    },
    /// A session's time may be over.
    Session(Reference),
    /// A reservation's time may be over, a terminal's answer be missing, or an external service be asked how it stands.
    Payment(Reference),
    /// An external service may have to be asked for a modification.
    Modification(Reference),
    /// A payment is compared with what its external service says of it.
    ReconcilePayment(Reference),
    /// The same, of a modification.
    ReconcileModification(Reference),
    /// A payment at an external service is to be looked at, or told of.
    Forwarded {
        /// The service.
        external: String,
        /// Whose payment.
        webcode: Webcode,
        /// The hash of the caller's name of it.
        hash: String,
    },
}

/// Which queue a message goes to. What waits for merchants never holds up what waits for processors, and the other way round.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Work {
    /// Events to be delivered: webhook-worker's.
    Deliveries,
    /// Sessions, payments and modifications: processor-worker's.
    Payments,
}

impl Message {
    /// The message that names an item; `None` for items that never fall due.
    #[must_use]
    pub fn naming(key: &Key) -> Option<Self> {
        if let Some((event, endpoint)) = key.as_delivery() {
            return Some(Self::Delivery {
                event: event.to_string(),
                endpoint: endpoint.to_owned(),
            });
        }
        if let Some((external, webcode, hash)) = key.as_forwarded() {
            return Some(Self::Forwarded {
                external: external.to_owned(),
                webcode,
                hash: hash.to_owned(),
            });
        }
        key.as_session()
            .map(Self::Session)
            .or_else(|| key.as_payment().map(Self::Payment))
            .or_else(|| key.as_modification().map(Self::Modification))
    }

    /// The message that has an item compared with what its external service says of it.
    #[must_use]
    pub fn reconciling(key: &Key) -> Option<Self> {
        key.as_payment()
            .map(Self::ReconcilePayment)
            .or_else(|| key.as_modification().map(Self::ReconcileModification))
    }

    /// Where it goes.
    #[must_use]
    pub const fn work(&self) -> Work {
        match self {
            Self::Delivery { .. } => Work::Deliveries,
            Self::Session(_)
            | Self::Payment(_)
            | Self::Modification(_)
            | Self::ReconcilePayment(_)
            | Self::ReconcileModification(_)
            | Self::Forwarded { .. } => Work::Payments,
        }
    }

    /// Whose it is: the message's group, so that one merchant's load does not starve the others.
    #[must_use]
    pub fn webcode(&self) -> Option<Webcode> {
        match self {
            Self::Delivery { event, .. } => EventId::find(event)?.reference.webcode(),
            Self::Session(reference)
            | Self::Payment(reference)
            | Self::Modification(reference)
            | Self::ReconcilePayment(reference)
            | Self::ReconcileModification(reference) => reference.webcode(),
            Self::Forwarded { webcode, .. } => Some(webcode.clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_names_its_item_and_its_merchant() {
        let event = EventId {
            reference: Reference::parse("SHOP01-PXTT-17195000001234").expect("a reference"),
            sequence: 2,
        };
        let delivery = Message::naming(&Key::delivery(&event, "default")).expect("falls due");
        let json = serde_json::to_string(&delivery).expect("JSON");
        assert_eq!(
            json,
            r#"{"delivery":{"event":"evt_SHOP01-PXTT-17195000001234_2","endpoint":"default"}}"#
        );
        assert_eq!(
            delivery.webcode().map(String::from).as_deref(),
            Some("SHOP01")
        );
        let session = Message::naming(&Key::session(&event.reference)).expect("falls due");
        assert_eq!(
            serde_json::to_string(&session).expect("JSON"),
            r#"{"session":"SHOP01-PXTT-17195000001234"}"#
        );
        let payment = Message::naming(&Key::payment(&event.reference)).expect("falls due");
        assert_eq!(
            serde_json::to_string(&payment).expect("JSON"),
            r#"{"payment":"SHOP01-PXTT-17195000001234"}"#
        );
        let key = Key::modification(&event.reference);
        let modification = Message::naming(&key).expect("falls due");
        assert_eq!(modification.work(), Work::Payments);
        assert_eq!(
            Message::reconciling(&key),
            Some(Message::ReconcileModification(event.reference.clone()))
        );
        assert_eq!(
            Message::naming(&Key::delivery(&event, "default")).map(|m| m.work()),
            Some(Work::Deliveries)
        );
    }
}
