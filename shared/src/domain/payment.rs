//! A payment: the transaction that money moves on, with the journal of its events inside.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::modification::Settlement;
use super::money::Money;
use super::reference::Reference;
use super::session::Session;
use super::time::Ticks;
use super::webcode::Webcode;

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
}

impl PaymentState {
    /// The word that messages use.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Refused => "refused",
            Self::Authorised => "authorised",
            Self::Captured => "captured",
            Self::Cancelled => "cancelled",
            Self::Expired => "expired",
        }
    }
}

/// What happened, in the contract's words (contract README, *Webhook body*).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
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
}

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
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
    /// Its events, in order.
    pub journal: Vec<JournalEntry>,
}

/// Why a refund cannot be made (400 with 12001; contract README, *Over-refund*).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RefundError {
    /// Nothing was captured, or nothing is there any more.
    #[error("The payment is {} and cannot be refunded.", .0.as_str())]
    NotCaptured(PaymentState),
    /// A different currency than the payment's.
    #[error("amount.currency must be the currency of the payment.")]
    OtherCurrency,
    /// More than is left.
    #[error("The amount exceeds what is left to refund.")]
    ExceedsLeft,
    /// One too many.
    #[error("The payment has reached its limit of {MODIFICATIONS_MAX} modifications.")]
    TooManyModifications,
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
            journal: vec![authorisation],
        }
    }

    /// Refunds an amount. Settled at once, it enters the journal; otherwise it only leaves less to refund, and
    /// whoever settles it writes the entry, or gives the amount back.
    ///
    /// # Errors
    /// [`RefundError`], checked from what cannot change to what can.
    pub fn refund(
        &mut self,
        amount: Money,
        refund_reference: &Reference,
        settlement: Settlement,
        now: Ticks,
    ) -> Result<Option<JournalEntry>, RefundError> {
        if amount.currency != self.amount.currency {
            return Err(RefundError::OtherCurrency);
        }
        if self.state != PaymentState::Captured {
            return Err(RefundError::NotCaptured(self.state_at(now)));
        }
        if self.modifications >= MODIFICATIONS_MAX {
            return Err(RefundError::TooManyModifications);
        }
        self.left = self
            .left
            .checked_sub(amount.value)
            .ok_or(RefundError::ExceedsLeft)?;
        self.modifications += 1;
        match settlement {
            Settlement::Later => Ok(None),
            Settlement::AtOnce => {
                self.refunded += amount.value;
                let entry = JournalEntry {
                    code: EventCode::Refund,
                    result: EventResult::Success,
                    amount: Some(amount.value),
                    modification: Some(refund_reference.clone()),
                    reason: None,
                    at: now,
                };
                self.journal.push(entry.clone());
                Ok(Some(entry))
            }
        }
    }

    /// Where the payment stands now: a reservation shows as expired as soon as its time is over.
    #[must_use]
    pub fn state_at(&self, now: Ticks) -> PaymentState {
        match (self.state, self.valid_until) {
            (PaymentState::Authorised, Some(end)) if now >= end => PaymentState::Expired,
            (state, _) => state,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::money::Currency;
    use crate::domain::session::tests::{START, payment_reference, session};

    fn eur(value: u64) -> Money {
        Money {
            value,
            currency: Currency::Eur,
        }
    }

    fn refund(payment: &mut Payment, amount: Money) -> Result<Option<JournalEntry>, RefundError> {
        payment.refund(amount, &payment_reference(9), Settlement::AtOnce, START)
    }

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
        let reserved = Payment::authorised(&pre_auth, payment_reference(1), START);
        assert_eq!(
            (reserved.state, reserved.captured, reserved.left),
            (PaymentState::Authorised, 0, 0)
        );
        let end = START.plus(PRE_AUTH_VALID_FOR);
        assert_eq!(
            reserved.state_at(end.minus(Duration::from_micros(100))),
            PaymentState::Authorised
        );
        assert_eq!(reserved.state_at(end), PaymentState::Expired);
    }

    #[test]
    fn what_cannot_be_refunded_says_why() {
        let paid = Payment::authorised(&session(), payment_reference(1), START);
        assert_eq!(
            refund(&mut paid.clone(), eur(15_001)),
            Err(RefundError::ExceedsLeft)
        );
        let pounds = Money {
            value: 1,
            currency: Currency::Gbp,
        };
        assert_eq!(
            refund(&mut paid.clone(), pounds),
            Err(RefundError::OtherCurrency)
        );
        for state in [
            PaymentState::Refused,
            PaymentState::Authorised,
            PaymentState::Cancelled,
            PaymentState::Expired,
        ] {
            let mut payment = Payment {
                state,
                ..paid.clone()
            };
            assert_eq!(
                refund(&mut payment, eur(1)),
                Err(RefundError::NotCaptured(state))
            );
        }
        let mut busy = Payment {
            modifications: MODIFICATIONS_MAX,
            ..paid
        };
        assert_eq!(
            refund(&mut busy, eur(1)),
            Err(RefundError::TooManyModifications)
        );
    }

    #[test]
    fn a_refund_that_settles_later_holds_its_amount_back() {
        let mut paid = Payment::authorised(&session(), payment_reference(1), START);
        let entry = paid
            .refund(eur(5_000), &payment_reference(2), Settlement::Later, START)
            .expect("enough left");
        assert_eq!(
            (entry, paid.left, paid.refunded, paid.journal.len()),
            (None, 10_000, 0, 1)
        );
    }

    proptest! {
        #[test]
        fn refunds_never_exceed_what_was_captured(amounts in proptest::collection::vec(1_u64..20_000, 0..130)) {
            let mut payment = Payment::authorised(&session(), payment_reference(1), START);
            for value in amounts {
                let before = payment.clone();
                if refund(&mut payment, eur(value)).is_err() {
                    prop_assert_eq!(&payment, &before, "a refused refund changes nothing");
                }
                prop_assert!(payment.refunded <= payment.captured);
                prop_assert_eq!(payment.left, payment.captured - payment.refunded);
                let journalled: u64 = payment.journal[1..].iter().filter_map(|entry| entry.amount).sum();
                prop_assert_eq!(journalled, payment.refunded, "the sums of the events are the state");
                prop_assert!(payment.journal.len() <= JOURNAL_MAX);
            }
        }
    }
}
