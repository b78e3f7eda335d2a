//! Events: what a merchant is told. They are a pure function of the item that changed.

use serde::Serialize;

use super::environment::Environment;
use super::money::Money;
use super::payment::{EventCode, EventResult, JournalEntry, Payment};
use super::reference::Reference;
use super::session::{Session, SessionStatus};
use super::time::Ticks;
use super::webcode::Webcode;

/// Names an event: what it happened to, and its place among the events of that (from 1).
///
/// Written `evt_{reference}_{sequence}`. The same in every retry and resend.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct EventId {
    /// A payment, or a session that has none.
    pub reference: Reference,
    /// From 1.
    pub sequence: u64,
}

impl EventId {
    /// Parses what [`EventId`]'s `Display` wrote.
    #[must_use]
    pub fn find(text: &str) -> Option<Self> {
        let (reference, sequence) = text.strip_prefix("evt_")?.rsplit_once('_')?;
        Some(Self {
            reference: Reference::parse(reference).ok()?,
            sequence: sequence.parse().ok()?,
        })
    }
}

impl std::fmt::Display for EventId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "evt_{}_{}", self.reference, self.sequence)
    }
}

/// An event, ready to be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Its name.
    pub id: EventId,
    /// The merchant to be told.
    pub webcode: Webcode,
    /// When it happened.
    pub created_at: Ticks,
    /// The JSON that is sent, byte for byte the same each time.
    pub body: String,
}

/// A webhook's body (contract README, *Webhook body*).
#[derive(Serialize)]
#[cfg_attr(
    feature = "openapi",
    derive(utoipa::ToSchema),
    schema(as = WebhookEvent, description = "What a merchant is told.")
)]
pub(crate) struct Body<'a> {
    /// The same in every retry: whoever saw it before does nothing the second time.
    #[cfg_attr(
        feature = "openapi",
        schema(example = "evt_SHOP01-PXTT-17952288515357_1")
    )]
    event_id: String,
    event_code: EventCode,
    result: EventResult,
    environment: Environment,
    /// When it happened, in UTC.
    #[serde(rename = "createdAt")]
    #[cfg_attr(feature = "openapi", schema(example = "2026-11-21 02:41:10"))]
    created_at: String,
    /// Counts the events of a payment, or of a session that has none, from 1.
    #[cfg_attr(feature = "openapi", schema(minimum = 1))]
    sequence: u64,
    data: Data<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(
    feature = "openapi",
    derive(utoipa::ToSchema),
    schema(as = WebhookData, description = "What it happened to. What does not apply is left out.")
)]
pub(crate) struct Data<'a> {
    webcode: &'a Webcode,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    session_id: Option<&'a Reference>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    payment_reference: Option<&'a Reference>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    modification_reference: Option<&'a Reference>,
    /// `AUTHORISED`, or `REFUSED` for an attempt that was refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    payment_status: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    amount: Option<Money>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    custom_reference: Option<&'a str>,
    result: EventResult,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    reason: Option<&'a str>,
}

/// The events of a payment: its journal.
///
/// # Errors
/// A body cannot be written as JSON, which is a bug of its type.
pub fn of_payment(
    payment: &Payment,
    environment: Environment,
) -> Result<Vec<Event>, serde_json::Error> {
    (1..)
        .zip(&payment.journal)
        .map(|(sequence, entry)| of_entry(payment, environment, sequence, entry))
        .collect()
}

fn of_entry(
    payment: &Payment,
    environment: Environment,
    sequence: u64,
    entry: &JournalEntry,
) -> Result<Event, serde_json::Error> {
    let id = EventId {
        reference: payment.payment_reference.clone(),
        sequence,
    };
    let data = Data {
        webcode: &payment.webcode,
        session_id: payment.session_id.as_ref(),
        payment_reference: Some(&payment.payment_reference),
        modification_reference: entry.modification.as_ref(),
        payment_status: Some(payment_status(entry)),
        amount: entry.amount.map(|value| Money {
            value,
            currency: payment.amount.currency,
        }),
        custom_reference: payment.custom_reference.as_deref(),
        result: entry.result,
        reason: entry.reason.as_deref(),
    };
    event(id, entry.code, environment, entry.at, data)
}

/// A payment that was authorised once is `AUTHORISED` in what merchants are told, whatever was done to it since
/// (contract README, *Known*: `paymentStatus` of queries, redirects and webhooks).
const fn payment_status(entry: &JournalEntry) -> &'static str {
    match (entry.code, entry.result) {
        (EventCode::Authorisation, EventResult::Failure) => "REFUSED",
        _ => "AUTHORISED",
    }
}

/// The event of a session: its end, unless a payment tells of it.
///
/// # Errors
/// A body cannot be written as JSON, which is a bug of its type.
pub fn of_session(
    session: &Session,
    environment: Environment,
) -> Result<Vec<Event>, serde_json::Error> {
    let code = match session.status {
        SessionStatus::Pending | SessionStatus::Completed => return Ok(Vec::new()),
        SessionStatus::Failed => EventCode::SessionFailed,
        SessionStatus::Expired => EventCode::SessionExpired,
        SessionStatus::Cancelled => EventCode::SessionCancelled,
    };
    let id = EventId {
        reference: session.session_id.clone(),
        sequence: 1,
    };
    let at = session
        .ended_at
        .unwrap_or_else(|| session.session_id.created_at());
    let data = Data {
        webcode: &session.webcode,
        session_id: Some(&session.session_id),
        payment_reference: None,
        modification_reference: None,
        payment_status: None,
        amount: Some(session.amount),
        custom_reference: session.custom_reference.as_deref(),
        result: EventResult::Failure,
        reason: None,
    };
    Ok(vec![event(id, code, environment, at, data)?])
}

/// A test event: about nothing, but for the merchant.
///
/// # Errors
/// A body cannot be written as JSON, which is a bug of its type.
pub fn ping(
    webcode: &Webcode,
    reference: Reference,
    environment: Environment,
    at: Ticks,
) -> Result<Event, serde_json::Error> {
    let id = EventId {
        reference,
        sequence: 1,
    };
    let data = Data {
        webcode,
        session_id: None,
        payment_reference: None,
        modification_reference: None,
        payment_status: None,
        amount: None,
        custom_reference: None,
        result: EventResult::Success,
        reason: None,
    };
    event(id, EventCode::Ping, environment, at, data)
}

fn event(
    id: EventId,
    event_code: EventCode,
    environment: Environment,
    at: Ticks,
    data: Data<'_>,
) -> Result<Event, serde_json::Error> {
    let webcode = data.webcode.clone();
    let body = Body {
        event_id: id.to_string(),
        event_code,
        result: data.result,
        environment,
        created_at: at.to_string(),
        sequence: id.sequence,
        data,
    };
    Ok(Event {
        body: serde_json::to_string(&body)?,
        id,
        webcode,
        created_at: at,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::modification::{ModificationKind, Settlement};
    use crate::domain::money::Currency;
    use crate::domain::payment::Requested;
    use crate::domain::session::tests::{START, payment_reference, session};

    #[test]
    fn an_event_id_is_read_back() {
        let id = EventId {
            reference: payment_reference(1),
            sequence: 12,
        };
        assert_eq!(EventId::find(&id.to_string()), Some(id));
        for bad in ["", "evt_", "evt_SHOP01", "evt_SHOP01_x", "SHOP01_1"] {
            assert_eq!(EventId::find(bad), None, "{bad}");
        }
    }

    #[test]
    fn bodies_are_as_the_contract_says() {
        let mut payment = Payment::authorised(&session(), payment_reference(1), START);
        let half = Money {
            value: 7_500,
            currency: Currency::Eur,
        };
        let refund = Requested {
            kind: ModificationKind::Refund,
            amount: Some(half),
            reference: payment_reference(2),
        };
        payment
            .request(&refund, Settlement::AtOnce, START)
            .expect("enough left");
        let refused = Payment::refused(&session(), payment_reference(3), "Generic decline", START);
        let mut expired = session();
        expired.opened_at = Some(START);
        assert!(expired.expire(START.plus(super::super::session::PAGE_OPEN_FOR)));

        let bodies: Vec<serde_json::Value> = of_payment(&payment, Environment::Test)
            .expect("JSON")
            .into_iter()
            .chain(of_payment(&refused, Environment::Test).expect("JSON"))
            .chain(of_session(&expired, Environment::Live).expect("JSON"))
            .map(|event| serde_json::from_str(&event.body).expect("JSON"))
            .collect();
        insta::assert_json_snapshot!(bodies);
    }

    #[test]
    fn a_pending_or_completed_session_tells_nothing_of_its_own() {
        let mut completed = session();
        assert!(
            of_session(&completed, Environment::Test)
                .expect("JSON")
                .is_empty()
        );
        completed.status = SessionStatus::Completed;
        assert!(
            of_session(&completed, Environment::Test)
                .expect("JSON")
                .is_empty()
        );
    }
}
