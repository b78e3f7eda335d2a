//! Captures (modifications.txt, *Capture*).

use serde::Serialize;
use shared::domain::modification::{ModificationKind, ModificationStatus};
use shared::domain::money::Money;
use shared::domain::reference::Reference;
use shared::http::{ApiError, Fields, Reply};

use crate::modify::{Kind, Made, accepted};

/// A capture of a reservation, in whole or in part.
#[derive(Debug, Serialize)]
pub(crate) struct Capture {
    amount: Money,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(
    feature = "openapi",
    derive(utoipa::ToSchema),
    schema(as = Capture, description = "A capture that was taken in. A webhook tells how it ended.")
)]
pub(crate) struct Capturing<'a> {
    /// Names this modification.
    capture_reference: &'a Reference,
    payment_reference: &'a Reference,
    amount: Money,
    /// Always `received`.
    status: ModificationStatus,
    /// When, in UTC.
    #[cfg_attr(feature = "openapi", schema(example = "2026-06-29 15:00:00"))]
    created_at: String,
}

impl Kind for Capture {
    const KIND: ModificationKind = ModificationKind::Capture;

    fn parse(fields: &Fields<'_>) -> Result<Self, ApiError> {
        Ok(Self {
            amount: fields.amount()?,
        })
    }

    fn amount(&self) -> Option<Money> {
        Some(self.amount)
    }

    fn data(&self, made: Made<'_>) -> Result<Reply, ApiError> {
        accepted(&Capturing {
            capture_reference: made.reference,
            payment_reference: made.payment_reference,
            amount: self.amount,
            status: made.status,
            created_at: made.created_at,
        })
    }
}
