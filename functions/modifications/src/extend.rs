//! Extensions (modifications.txt, *Extension (Extend)*).

use serde::Serialize;
use shared::domain::modification::{ModificationKind, ModificationStatus};
use shared::domain::money::Money;
use shared::domain::reference::Reference;
use shared::http::{ApiError, Fields, Reply};

use crate::modify::{Kind, Made, accepted};

/// An extension of a reservation.
#[derive(Debug, Serialize)]
pub(crate) struct Extend {}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(
    feature = "openapi",
    derive(utoipa::ToSchema),
    schema(as = Extension, description = "An extension that was taken in. A webhook tells how it ended.")
)]
pub(crate) struct Extending<'a> {
    /// Names this modification.
    update_reference: &'a Reference,
    payment_reference: &'a Reference,
    /// What was reserved.
    amount: Money,
    /// Always `received`.
    status: ModificationStatus,
    /// When, in UTC.
    #[cfg_attr(feature = "openapi", schema(example = "2026-06-29 17:00:00"))]
    created_at: String,
}

impl Kind for Extend {
    const KIND: ModificationKind = ModificationKind::Extend;

    fn parse(_: &Fields<'_>) -> Result<Self, ApiError> {
        Ok(Self {})
    }

    fn data(&self, made: Made<'_>) -> Result<Reply, ApiError> {
        accepted(&Extending {
            update_reference: made.reference,
            payment_reference: made.payment_reference,
            amount: made.payment_amount,
            status: made.status,
            created_at: made.created_at,
        })
    }
}
