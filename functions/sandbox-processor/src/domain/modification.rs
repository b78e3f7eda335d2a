//! Changes of a payment that the caller asks for, and what the payment says to them.

use serde::{Deserialize, Serialize};
use shared::domain::external::{ModificationAnswer, ModifyAnswer, PayResult};
use shared::domain::money::Money;
use shared::domain::time::Ticks;

/// A payment takes no more modifications than this, so that its item stays within the database's limit.
pub(crate) const MODIFICATIONS_MAX: usize = 500;

/// What is asked of a payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "amount", rename_all = "lowercase")]
pub(crate) enum Ask {
    /// Money back.
    Refund(Money),
    /// The reservation, or a part of it; the rest is released.
    Capture(Money),
    /// The reservation up; or a payment at a terminal void.
    Cancel,
    /// The reservation for longer.
    Extend,
}

/// A modification, as it is kept with its payment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Modification {
    /// The `Idempotency-Key`, if there was one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) key: Option<String>,
    /// What was asked.
    #[serde(flatten)]
    pub(crate) ask: Ask,
    /// How it stands.
    #[serde(flatten)]
    pub(crate) verdict: Verdict,
}

/// How a modification stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "verdict", rename_all = "lowercase")]
pub(crate) enum Verdict {
    /// Done.
    Done,
    /// Done at this time.
    Pending {
        /// When.
        until: Ticks,
    },
    /// Refused, and why.
    Refused {
        /// In words.
        reason: String,
    },
}

impl Modification {
    /// What the caller is answered.
    pub(crate) fn answer(&self) -> ModifyAnswer {
        ModifyAnswer {
            result: self.result(),
            result_description: self.reason(),
        }
    }

    /// What a status says of it: nothing, if it has no name.
    pub(crate) fn in_status(&self) -> Option<ModificationAnswer> {
        Some(ModificationAnswer {
            idempotency_key: self.key.clone()?,
            result: self.result(),
            result_description: self.reason(),
        })
    }

    const fn result(&self) -> PayResult {
        match self.verdict {
            Verdict::Done => PayResult::Ok,
            Verdict::Pending { .. } => PayResult::Pending,
            Verdict::Refused { .. } => PayResult::Ko,
        }
    }

    fn reason(&self) -> Option<String> {
        match &self.verdict {
            Verdict::Refused { reason } => Some(reason.clone()),
            Verdict::Done | Verdict::Pending { .. } => None,
        }
    }

    /// The money that is on its way back.
    pub(crate) const fn being_refunded(&self) -> u64 {
        match (&self.ask, &self.verdict) {
            (Ask::Refund(amount), Verdict::Pending { .. }) => amount.value,
            _ => 0,
        }
    }
}
