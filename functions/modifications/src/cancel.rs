//! Cancellations (modifications.txt, *Cancellation (Cancel)*).

use serde::Serialize;
use shared::domain::modification::{ModificationKind, ModificationStatus};
use shared::domain::reference::Reference;
use shared::http::{ApiError, Fields, Reply};

use crate::modify::{Kind, Made, accepted};

/// A cancellation of a reservation.
#[derive(Debug, Serialize)]
pub(crate) struct Cancel {}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(
    feature = "openapi",
    derive(utoipa::ToSchema),
    schema(as = Cancellation, description = "A cancellation that was taken in. A webhook tells how it ended.")
)]
pub(crate) struct Cancelling<'a> {
    /// Names this modification.
    cancel_reference: &'a Reference,
    payment_reference: &'a Reference,
    /// Always `received`.
    status: ModificationStatus,
    /// When, in UTC.
    #[cfg_attr(feature = "openapi", schema(example = "2026-06-29 16:00:00"))]
    created_at: String,
}

impl Kind for Cancel {
    const KIND: ModificationKind = ModificationKind::Cancel;

    fn parse(_: &Fields<'_>) -> Result<Self, ApiError> {
        Ok(Self {})
    }

    fn data(&self, made: Made<'_>) -> Result<Reply, ApiError> {
        accepted(&Cancelling {
            cancel_reference: made.reference,
            payment_reference: made.payment_reference,
            status: made.status,
            created_at: made.created_at,
        })
    }
}
