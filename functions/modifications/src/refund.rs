//! Refunds (modifications.txt, *Refund*).

use serde::Serialize;
use shared::domain::modification::{ModificationKind, ModificationStatus, RefundReason};
use shared::domain::money::Money;
use shared::domain::reference::Reference;
use shared::http::{ApiError, Fields, Reply};

use crate::modify::{Kind, Made, accepted};

/// A refund.
#[derive(Debug, Serialize)]
pub(crate) struct Refund {
    amount: Money,
    reason: RefundReason,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(
    feature = "openapi",
    derive(utoipa::ToSchema),
    schema(as = Refund, description = "A refund that was taken in. A webhook tells how it ended.")
)]
pub(crate) struct Refunding<'a> {
    /// Names this refund.
    refund_reference: &'a Reference,
    payment_reference: &'a Reference,
    amount: Money,
    /// Always `pending`.
    status: ModificationStatus,
    /// When, in UTC.
    #[cfg_attr(feature = "openapi", schema(example = "2026-06-29 14:00:00"))]
    created_at: String,
}

impl Kind for Refund {
    const KIND: ModificationKind = ModificationKind::Refund;

    fn parse(fields: &Fields<'_>) -> Result<Self, ApiError> {
        Ok(Self {
            amount: fields.amount()?,
            reason: RefundReason::find(fields.text("reason")?).ok_or_else(|| {
                ApiError::invalid(
                    "reason must be FRAUD, CUSTOMER REQUEST, RETURN, DUPLICATE or OTHER.",
                )
            })?,
        })
    }

    fn amount(&self) -> Option<Money> {
        Some(self.amount)
    }

    fn reason(&self) -> Option<RefundReason> {
        Some(self.reason)
    }

    fn data(&self, made: Made<'_>) -> Result<Reply, ApiError> {
        accepted(&Refunding {
            refund_reference: made.reference,
            payment_reference: made.payment_reference,
            amount: self.amount,
            status: made.status,
            created_at: made.created_at,
        })
    }
}
