//! Refunds of a forwarded payment: their sum is counted before the service is asked.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::payment::ForwardedPayment;
use crate::domain::external::{ModificationAnswer, PayResult, ProcessorStatus};
use crate::domain::money::Money;
use crate::domain::time::Ticks;

/// Refunds of one payment.
pub const REFUNDS_MAX: usize = 100;

/// A refund that was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ForwardedRefund {
    /// What the service knows it by: its `Idempotency-Key`.
    pub id: String,
    /// Minor units of the payment's currency.
    pub amount: u64,
    /// Where it stands.
    pub state: RefundState,
    /// What the service said, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

/// Where a refund stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum RefundState {
    /// Somebody asks the service, or died over it.
    Asked {
        /// Until when whoever asks may be waiting.
        until: Ticks,
        /// Whether an earlier call may have been carried out.
        again: bool,
    },
    /// It may have been carried out: the answer was lost.
    Lost,
    /// It certainly was not: it may be asked for as if for the first time.
    Undone,
    /// The service has answered.
    Told(PayResult),
}

/// What is to be done about a refund whose key is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RefundAgain {
    /// The service is to be asked.
    Call,
    /// Somebody is asking it now.
    InProgress,
    /// It stands so.
    Told(PayResult, Option<String>),
}

/// Why nothing can be refunded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RefundRefusal {
    /// The payment failed.
    #[error("the payment failed")]
    NotPaid,
    /// The payment has another currency.
    #[error("the payment has another currency")]
    OtherCurrency,
    /// More than is left.
    #[error("the amount exceeds what is left")]
    TooMuch,
    /// There have been enough.
    #[error("the payment has too many refunds")]
    TooMany,
}

impl ForwardedPayment {
    /// Minor units that were refunded, or may be: what the service refused is free again.
    #[must_use]
    pub fn refunded(&self) -> u64 {
        let counted = self.refunds.iter().filter(|refund| refund.counts());
        counted.map(|refund| refund.amount).sum()
    }

    /// Counts a refund that the service is about to be asked for.
    ///
    /// # Errors
    /// [`RefundRefusal`] when it may not be asked.
    pub fn ask_refund(
        &mut self,
        id: &str,
        money: Money,
        now: Ticks,
        lease: Duration,
    ) -> Result<(), RefundRefusal> {
        if self.status == Some(ProcessorStatus::Failed) {
            return Err(RefundRefusal::NotPaid);
        }
        if money.currency != self.amount.currency {
            return Err(RefundRefusal::OtherCurrency);
        }
        if self.refunded().saturating_add(money.value) > self.amount.value {
            return Err(RefundRefusal::TooMuch);
        }
        if self.refunds.len() >= REFUNDS_MAX {
            self.refunds.retain(|one| one.state != RefundState::Undone);
        }
        self.refunds.retain(|one| one.id != id);
        if self.refunds.len() >= REFUNDS_MAX {
            return Err(RefundRefusal::TooMany);
        }
        self.refunds.push(ForwardedRefund {
            id: id.to_owned(),
            amount: money.value,
            state: RefundState::Asked {
                until: now.plus(lease),
                again: false,
            },
            description: None,
        });
        Ok(())
    }

    /// What to do when a refund is asked for again. Only of a service that knows it again (`is_known_again`) is it asked twice.
    ///
    /// # Errors
    /// [`RefundRefusal`] when it was not carried out, and may not be asked for any more.
    pub fn ask_refund_again(
        &mut self,
        id: &str,
        money: Money,
        now: Ticks,
        lease: Duration,
        is_known_again: bool,
    ) -> Result<RefundAgain, RefundRefusal> {
        let Some(refund) = self.refunds.iter_mut().find(|refund| refund.id == id) else {
            self.ask_refund(id, money, now, lease)?;
            return Ok(RefundAgain::Call);
        };
        match refund.state {
            RefundState::Undone => {
                self.ask_refund(id, money, now, lease)?;
                Ok(RefundAgain::Call)
            }
            RefundState::Told(result) => Ok(RefundAgain::Told(result, refund.description.clone())),
            RefundState::Asked { until, .. } if now < until => Ok(RefundAgain::InProgress),
            RefundState::Asked { .. } | RefundState::Lost if is_known_again => {
                refund.state = RefundState::Asked {
                    until: now.plus(lease),
                    again: true,
                };
                Ok(RefundAgain::Call)
            }
            RefundState::Asked { .. } | RefundState::Lost => {
                Ok(RefundAgain::Told(PayResult::Pending, None))
            }
        }
    }

    /// Records what a service said of a refund. What has ended stays so.
    pub fn refund_told(&mut self, id: &str, result: PayResult, description: Option<&str>) -> bool {
        self.settle(id, RefundState::Told(result), description)
    }

    /// Records that a call for a refund did nothing; an earlier one may have.
    pub fn refund_not_done(&mut self, id: &str) -> bool {
        let state = match self.find_refund(id).map(|refund| refund.state) {
            Some(RefundState::Asked { again: false, .. }) => RefundState::Undone,
            _ => RefundState::Lost,
        };
        self.settle(id, state, None)
    }

    /// Records that nobody knows what a call for a refund did.
    pub fn refund_lost(&mut self, id: &str) -> bool {
        self.settle(id, RefundState::Lost, None)
    }

    /// Records what a status tells of refunds.
    pub(super) fn refunds_told(&mut self, told: &[ModificationAnswer]) {
        for one in told {
            if matches!(one.result, PayResult::Ok | PayResult::Ko) {
                let description = one.result_description.as_deref();
                self.refund_told(&one.idempotency_key, one.result, description);
            }
        }
    }

    fn find_refund(&self, id: &str) -> Option<&ForwardedRefund> {
        self.refunds.iter().find(|refund| refund.id == id)
    }

    fn settle(&mut self, id: &str, state: RefundState, description: Option<&str>) -> bool {
        let found = self.refunds.iter_mut().find(|refund| refund.id == id);
        let Some(refund) = found.filter(|refund| !refund.has_ended()) else {
            return false;
        };
        let after = ForwardedRefund {
            state,
            description: description.map(str::to_owned),
            ..refund.clone()
        };
        let is_news = *refund != after;
        *refund = after;
        is_news
    }
}

impl ForwardedRefund {
    /// Whether its money counts as gone, or may be.
    fn counts(&self) -> bool {
        !matches!(
            self.state,
            RefundState::Undone | RefundState::Told(PayResult::Ko)
        )
    }

    fn has_ended(&self) -> bool {
        matches!(
            self.state,
            RefundState::Told(PayResult::Ok | PayResult::Ko) | RefundState::Undone
        )
    }
}

#[cfg(test)]
mod tests {
    use super::super::payment::{Asked, Operation};
    use super::*;
    use crate::domain::money::Currency;
    use crate::domain::webcode::Webcode;

    const START: Ticks = Ticks::from_unix_seconds(1_782_000_000);
    const LEASE: Duration = Duration::from_secs(30);

    fn eur(value: u64) -> Money {
        Money::new(value, Currency::Eur).expect("an amount")
    }

    fn payment() -> ForwardedPayment {
        let asked = Asked {
            webcode: Webcode::parse("SHOP01").expect("a webcode"),
            external: "acme".to_owned(),
            shop_transaction_id: "ORD-1".to_owned(),
            operation: Operation::Pay,
            fingerprint: "f".to_owned(),
            amount: eur(1_000),
        };
        ForwardedPayment::begin(&asked, START, LEASE)
    }

    #[test]
    fn never_more_than_the_payment_whatever_became_of_the_answers() {
        let mut payment = payment();
        for (id, settle) in [("ok", 0), ("pending", 1), ("lost", 2), ("asked", 3)] {
            payment
                .ask_refund(id, eur(250), START, LEASE)
                .expect("left");
            match settle {
                0 => payment.refund_told(id, PayResult::Ok, None),
                1 => payment.refund_told(id, PayResult::Pending, None),
                2 => payment.refund_lost(id),
                _ => true,
            };
        }
        assert_eq!(payment.refunded(), 1_000);
        let refused = payment.ask_refund("more", eur(1), START, LEASE);
        assert_eq!(refused, Err(RefundRefusal::TooMuch));
        assert!(payment.refund_told("pending", PayResult::Ko, Some("no")));
        assert!(payment.refund_not_done("asked"));
        assert_eq!(payment.refunded(), 500);
        assert!(payment.ask_refund("more", eur(500), START, LEASE).is_ok());
        // Too late: what it gave back is taken.
        let again = payment.ask_refund_again("asked", eur(250), START, LEASE, true);
        assert_eq!(again, Err(RefundRefusal::TooMuch));
        assert!(
            !payment.refund_told("ok", PayResult::Ko, None),
            "it has ended"
        );
    }

    #[test]
    fn a_lost_answer_is_asked_for_again_only_where_a_refund_is_known_again() {
        let mut payment = payment();
        payment
            .ask_refund("r", eur(600), START, LEASE)
            .expect("left");
        let again = |payment: &mut ForwardedPayment, now, known| {
            payment
                .ask_refund_again("r", eur(600), now, LEASE, known)
                .expect("the same")
        };
        assert_eq!(again(&mut payment, START, true), RefundAgain::InProgress);
        let late = START.plus(LEASE);
        let told = RefundAgain::Told(PayResult::Pending, None);
        assert_eq!(again(&mut payment, late, false), told);
        assert_eq!(again(&mut payment, late, true), RefundAgain::Call);
        // That it is refused now says nothing of the first call.
        assert!(payment.refund_not_done("r"));
        assert_eq!(payment.refunded(), 600);
        assert_eq!(again(&mut payment, late, false), told);
        assert!(payment.refund_told("r", PayResult::Ok, None));
        let told = RefundAgain::Told(PayResult::Ok, None);
        assert_eq!(again(&mut payment, late, true), told);
    }

    #[test]
    fn what_was_not_done_is_asked_for_as_if_for_the_first_time() {
        let mut payment = payment();
        payment
            .ask_refund("r", eur(600), START, LEASE)
            .expect("left");
        assert!(payment.refund_not_done("r"));
        assert_eq!(payment.refunded(), 0);
        let again = payment.ask_refund_again("r", eur(600), START, LEASE, false);
        assert_eq!(again, Ok(RefundAgain::Call));
        assert_eq!((payment.refunded(), payment.refunds.len()), (600, 1));
    }

    #[test]
    fn refusals_come_before_the_service_is_asked() {
        let mut payment = payment();
        let dollars = Money::new(1, Currency::Usd).expect("an amount");
        let refused = payment.ask_refund("r", dollars, START, LEASE);
        assert_eq!(refused, Err(RefundRefusal::OtherCurrency));
        for number in 0..REFUNDS_MAX {
            let id = number.to_string();
            payment.ask_refund(&id, eur(1), START, LEASE).expect("left");
        }
        let refused = payment.ask_refund("r", eur(1), START, LEASE);
        assert_eq!(refused, Err(RefundRefusal::TooMany));
        assert!(payment.refund_not_done("7"));
        assert!(payment.ask_refund("r", eur(1), START, LEASE).is_ok());
        payment.status = Some(ProcessorStatus::Failed);
        let refused = payment.ask_refund("s", eur(1), START, LEASE);
        assert_eq!(refused, Err(RefundRefusal::NotPaid));
    }
}
