//! A payment: the transaction that money moves on, with the journal of its events inside.

mod modify;
mod processor;
mod terminal;

pub use modify::{ModificationError, Requested, Verdict};
pub use processor::{ASKED_WITHIN, Asked, AtProcessor, VOIDED};
pub use terminal::{AtTerminal, POS_RESOLVED_WITHIN};

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::domain::money::Money;
use crate::domain::reference::Reference;
use crate::domain::session::Session;
use crate::domain::time::Ticks;
use crate::domain::webcode::Webcode;

/// A pre-authorisation is valid this long from its creation or its latest extension
/// (contract README, *Over-refund*).
pub const PRE_AUTH_VALID_FOR: Duration = Duration::from_secs(28 * 24 * 60 * 60);

/// Entries a journal may have: the authorisation and 100 modifications (contract README, *Limits*), and
/// room for what a processor reports on its own, such as a chargeback.
pub const JOURNAL_MAX: usize = 104;

/// Modifications a payment may have (contract README, *Limits*).
pub const MODIFICATIONS_MAX: u64 = 100;

/// Where a payment stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PaymentState {
    /// A terminal or an external service is at it, or was when somebody last knew.
    Processing,
    /// The attempt was refused; nothing can be done with it.
    Refused,
    /// Reserved, not captured: a pre-authorisation.
    Authorised,
    /// Money was taken; what is left of it can be refunded.
    Captured,
    /// The reservation was given up.
    Cancelled,
    /// The reservation ran out.
    Expired,
    /// The processor took the money back.
    ChargedBack,
}

impl PaymentState {
    /// The word that messages use.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Processing => "being processed",
            Self::Refused => "refused",
            Self::Authorised => "authorised",
            Self::Captured => "captured",
            Self::Cancelled => "cancelled",
            Self::Expired => "expired",
            Self::ChargedBack => "charged back",
        }
    }
}

/// What happened, in the contract's words (contract README, *Webhook body*).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[cfg_attr(
    feature = "openapi",
    derive(utoipa::ToSchema),
    schema(description = "What happened.")
)]
pub enum EventCode {
    /// An attempt to pay ended.
    Authorisation,
    /// A refund was settled.
    Refund,
    /// A capture was settled.
    Capture,
    /// A cancellation was settled.
    Cancellation,
    /// An extension was settled.
    Extension,
    /// A session ran out of time.
    SessionExpired,
    /// A session was cancelled.
    SessionCancelled,
    /// A session failed.
    SessionFailed,
    /// A pre-authorisation ran out.
    AuthorisationExpired,
    /// The processor took the money back.
    Chargeback,
    /// Nothing: somebody tests the endpoint.
    Ping,
}

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum EventResult {
    /// Well.
    Success,
    /// Not well.
    Failure,
}

/// One event of a payment. Its place in the journal is its sequence, starting at 1.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct JournalEntry {
    /// What happened.
    pub code: EventCode,
    /// How it ended.
    pub result: EventResult,
    /// The amount it was about, in minor units of the payment's currency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<u64>,
    /// The modification that caused it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub modification: Option<Reference>,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// When.
    pub at: Ticks,
}

/// A payment, as kept and as decided upon.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Payment {
    /// Its reference.
    pub payment_reference: Reference,
    /// The session it was made in; a payment at a terminal has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_id: Option<Reference>,
    /// The merchant.
    pub webcode: Webcode,
    /// The merchant's own reference.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub custom_reference: Option<String>,
    /// Where it stands.
    pub state: PaymentState,
    /// What was authorised.
    pub amount: Money,
    /// Minor units taken so far.
    pub captured: u64,
    /// Minor units given back so far.
    pub refunded: u64,
    /// Minor units that can still be refunded: captured, less what is refunded or being refunded.
    pub left: u64,
    /// Modifications so far, settled or not.
    pub modifications: u64,
    /// Whether it began as a reservation.
    pub is_pre_auth: bool,
    /// When a reservation runs out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_until: Option<Ticks>,
    /// The capture or cancellation that a processor has not settled yet: one at a time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub open: Option<Reference>,
    /// The terminal it is made at, with what became of it there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub terminal: Option<AtTerminal>,
    /// The external service that takes it, with what became of it there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub processor: Option<AtProcessor>,
    /// Its events, in order.
    pub journal: Vec<JournalEntry>,
}

impl Payment {
    /// The payment of an authorised attempt. Without pre-authorisation it is captured at once.
    #[must_use]
    pub fn authorised(session: &Session, payment_reference: Reference, now: Ticks) -> Self {
        let captured = if session.is_pre_auth {
            0
        } else {
            session.amount.value
        };
        Self {
            state: if session.is_pre_auth {
                PaymentState::Authorised
            } else {
                PaymentState::Captured
            },
            captured,
            left: captured,
            valid_until: session.is_pre_auth.then(|| now.plus(PRE_AUTH_VALID_FOR)),
            ..Self::attempted(session, payment_reference, EventResult::Success, None, now)
        }
    }

    /// The payment of a refused attempt: it exists so that its reference is its own, and for its event.
    #[must_use]
    pub fn refused(
        session: &Session,
        payment_reference: Reference,
        reason: &str,
        now: Ticks,
    ) -> Self {
        Self::attempted(
            session,
            payment_reference,
            EventResult::Failure,
            Some(reason.to_owned()),
            now,
        )
    }

    fn attempted(
        session: &Session,
        payment_reference: Reference,
        result: EventResult,
        reason: Option<String>,
        now: Ticks,
    ) -> Self {
        let authorisation = JournalEntry {
            code: EventCode::Authorisation,
            result,
            amount: Some(session.amount.value),
            modification: None,
            reason,
            at: now,
        };
        Self {
            payment_reference,
            session_id: Some(session.session_id.clone()),
            webcode: session.webcode.clone(),
            custom_reference: session.custom_reference.clone(),
            state: PaymentState::Refused,
            amount: session.amount,
            captured: 0,
            refunded: 0,
            left: 0,
            modifications: 0,
            is_pre_auth: session.is_pre_auth,
            valid_until: None,
            open: None,
            terminal: None,
            processor: None,
            journal: vec![authorisation],
        }
    }

    /// Where the payment stands now: a reservation shows as expired as soon as its time is over.
    #[must_use]
    pub fn state_at(&self, now: Ticks) -> PaymentState {
        match (self.state, self.ends_at()) {
            (PaymentState::Authorised, Some(end)) if now >= end => PaymentState::Expired,
            (state, _) => state,
        }
    }

    /// When the reservation runs out. While a processor is at a capture or a cancellation it does not: what was asked for
    /// in time is settled.
    #[must_use]
    pub fn ends_at(&self) -> Option<Ticks> {
        self.valid_until
            .filter(|_| self.state == PaymentState::Authorised && self.open.is_none())
    }

    /// Makes it a fact that a reservation has run out. `false` when it has not.
    #[must_use]
    pub fn expire(&mut self, now: Ticks) -> bool {
        let Some(end) = self.ends_at().filter(|end| now >= *end) else {
            return false;
        };
        self.state = PaymentState::Expired;
        self.journal.push(JournalEntry {
            code: EventCode::AuthorisationExpired,
            result: EventResult::Success,
            amount: Some(self.amount.value),
            modification: None,
            reason: None,
            at: end,
        });
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::session::tests::{START, payment_reference, session};

    #[test]
    fn a_payment_is_captured_at_once_unless_it_is_a_reservation() {
        let paid = Payment::authorised(&session(), payment_reference(1), START);
        assert_eq!(
            (paid.state, paid.captured, paid.left),
            (PaymentState::Captured, 15_000, 15_000)
        );
        let pre_auth = Session {
            is_pre_auth: true,
            ..session()
        };
        let mut reserved = Payment::authorised(&pre_auth, payment_reference(1), START);
        assert_eq!(
            (reserved.state, reserved.captured, reserved.left),
            (PaymentState::Authorised, 0, 0)
        );
        let end = START.plus(PRE_AUTH_VALID_FOR);
        let before = end.minus(Duration::from_micros(100));
        assert_eq!(reserved.state_at(before), PaymentState::Authorised);
        assert!(!reserved.expire(before));
        assert_eq!(reserved.state_at(end), PaymentState::Expired);
        assert!(reserved.expire(end.plus(Duration::from_secs(60))));
        assert!(!reserved.expire(end.plus(Duration::from_secs(60))));
        let told = reserved.journal.last().expect("an entry");
        assert_eq!(
            (reserved.state, told.code, told.at),
            (PaymentState::Expired, EventCode::AuthorisationExpired, end)
        );
    }
}
