//! Modifications of a payment (modifications.txt).

mod asking;

pub use asking::{Asking, Claim};

use serde::{Deserialize, Serialize};

use crate::domain::environment::Environment;
use crate::domain::idempotency::Endpoint;
use crate::domain::money::Money;
use crate::domain::payment::EventCode;
use crate::domain::reference::{Marker, Reference};
use crate::domain::time::Ticks;
use crate::domain::webcode::Webcode;

/// What is done to the payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum ModificationKind {
    /// Money goes back.
    Refund,
    /// A reservation is taken.
    Capture,
    /// A reservation is given up.
    Cancel,
    /// A reservation is prolonged.
    Extend,
}

impl ModificationKind {
    /// The marker of its references.
    #[must_use]
    pub const fn marker(self) -> Marker {
        match self {
            Self::Refund => Marker::Refund,
            Self::Capture => Marker::Capture,
            Self::Cancel => Marker::Cancel,
            Self::Extend => Marker::Extend,
        }
    }

    /// The endpoint that makes it.
    #[must_use]
    pub const fn endpoint(self) -> Endpoint {
        match self {
            Self::Refund => Endpoint::Refund,
            Self::Capture => Endpoint::Capture,
            Self::Cancel => Endpoint::Cancel,
            Self::Extend => Endpoint::Extend,
        }
    }

    /// The event that tells how it was settled (contract README, *Webhook body*).
    #[must_use]
    pub const fn event_code(self) -> EventCode {
        match self {
            Self::Refund => EventCode::Refund,
            Self::Capture => EventCode::Capture,
            Self::Cancel => EventCode::Cancellation,
            Self::Extend => EventCode::Extension,
        }
    }

    /// What was done, in a message: "cannot be {done}".
    #[must_use]
    pub const fn done(self) -> &'static str {
        match self {
            Self::Refund => "refunded",
            Self::Capture => "captured",
            Self::Cancel => "cancelled",
            Self::Extend => "extended",
        }
    }

    /// The status that the reply of the request shows, in both environments
    /// (modifications.txt, *Modification status*).
    #[must_use]
    pub const fn initial_status(self) -> ModificationStatus {
        match self {
            Self::Refund => ModificationStatus::Pending,
            Self::Capture | Self::Cancel | Self::Extend => ModificationStatus::Received,
        }
    }
}

/// Where a modification stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum ModificationStatus {
    /// Sent to the processor; refunds start so.
    Pending,
    /// Received by the processor; the others start so.
    Received,
    /// Done.
    Success,
    /// Rejected by the processor.
    Failed,
}

/// The reasons that a refund may have: exact values, case-sensitive, with a space in `CUSTOMER REQUEST`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum RefundReason {
    /// Fraudulent transaction.
    #[serde(rename = "FRAUD")]
    Fraud,
    /// Customer request.
    #[serde(rename = "CUSTOMER REQUEST")]
    CustomerRequest,
    /// Product or service return.
    #[serde(rename = "RETURN")]
    Return,
    /// Duplicate charge.
    #[serde(rename = "DUPLICATE")]
    Duplicate,
    /// Other reason.
    #[serde(rename = "OTHER")]
    Other,
}

impl RefundReason {
    /// All of them, in the order of the documents.
    pub const ALL: [Self; 5] = [
        Self::Fraud,
        Self::CustomerRequest,
        Self::Return,
        Self::Duplicate,
        Self::Other,
    ];

    /// The exact value.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Fraud => "FRAUD",
            Self::CustomerRequest => "CUSTOMER REQUEST",
            Self::Return => "RETURN",
            Self::Duplicate => "DUPLICATE",
            Self::Other => "OTHER",
        }
    }

    /// The reason with an exact value.
    #[must_use]
    pub fn find(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.as_str() == text)
    }
}

/// When a modification is settled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settlement {
    /// With the request: the simulated processor of Test.
    AtOnce,
    /// When a processor confirms it.
    Later,
}

impl Settlement {
    /// Test settles at once, Live waits for a processor (modifications.txt, *Modifications in the Test environment*).
    #[must_use]
    pub const fn of(environment: Environment) -> Self {
        match environment {
            Environment::Test => Self::AtOnce,
            Environment::Live => Self::Later,
        }
    }
}

/// A modification, as kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Modification {
    /// Its reference.
    pub reference: Reference,
    /// What it does.
    pub kind: ModificationKind,
    /// The payment that it changes.
    pub payment_reference: Reference,
    /// The merchant.
    pub webcode: Webcode,
    /// How much; a cancellation has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Money>,
    /// Why; only refunds say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<RefundReason>,
    /// Where it stands.
    pub status: ModificationStatus,
    /// When it was settled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settled_at: Option<Ticks>,
    /// How often a service was asked for it, and what is known of that: only in Live.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asking: Option<Asking>,
    /// When somebody looks again, while it is not settled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_at: Option<Ticks>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refund_reasons_are_exact() {
        assert_eq!(
            RefundReason::find("CUSTOMER REQUEST"),
            Some(RefundReason::CustomerRequest)
        );
        for wrong in [
            "customer request",
            "Customer Request",
            "CUSTOMER_REQUEST",
            "",
            "fraud",
        ] {
            assert_eq!(RefundReason::find(wrong), None, "{wrong}");
        }
        for reason in RefundReason::ALL {
            let json = serde_json::to_string(&reason).expect("a string");
            assert_eq!(json, format!("\"{}\"", reason.as_str()));
        }
    }
}
