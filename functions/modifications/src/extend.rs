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
struct Extending<'a> {
    update_reference: &'a Reference,
    payment_reference: &'a Reference,
    amount: Money,
    status: ModificationStatus,
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
