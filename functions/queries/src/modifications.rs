//! `GET …/payment/modifications`: a merchant's modifications, newest first.

use serde::Serialize;
use shared::domain::modification::{
    Modification, ModificationKind, ModificationStatus, RefundReason,
};
use shared::domain::money::Money;
use shared::domain::reference::Reference;
use shared::domain::time::Ticks;
use shared::domain::webcode::Webcode;
use shared::http::{ApiError, ApiRequest};
use shared::store::keys::Listed;
use shared::store::list::Rows;
use shared::store::{self, Item, Unavailable};

use shared::listing::{Listing, one_of};

const KINDS: [(&str, ModificationKind); 4] = [
    ("refund", ModificationKind::Refund),
    ("capture", ModificationKind::Capture),
    ("cancel", ModificationKind::Cancel),
    ("extend", ModificationKind::Extend),
];

const STATUSES: [(&str, ModificationStatus); 4] = [
    ("pending", ModificationStatus::Pending),
    ("received", ModificationStatus::Received),
    ("success", ModificationStatus::Success),
    ("failed", ModificationStatus::Failed),
];

/// The filters of the list of modifications.
#[derive(Debug, Serialize)]
pub(crate) struct Modifications {
    payment_reference: Option<Reference>,
    kind: Option<ModificationKind>,
    status: Option<ModificationStatus>,
}

/// A row of the list. What a modification does not have is left out.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(
    feature = "openapi",
    derive(utoipa::ToSchema),
    schema(as = Modification, description = "How a modification stands. What it does not have is left out.")
)]
pub(crate) struct ListedModification {
    /// What the answer to the request named it.
    modification_reference: Reference,
    #[serde(rename = "type")]
    kind: ModificationKind,
    payment_reference: Reference,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    amount: Option<Money>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    reason: Option<RefundReason>,
    status: ModificationStatus,
    /// When, in UTC.
    #[cfg_attr(feature = "openapi", schema(example = "2026-06-29 14:00:00"))]
    created_at: String,
    /// When it succeeded or failed, in UTC.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(
        feature = "openapi",
        schema(nullable = false, example = "2026-06-29 14:00:03")
    )]
    completed_at: Option<String>,
}

impl Listing for Modifications {
    type Row = ListedModification;

    fn parse(request: &ApiRequest) -> Result<Self, ApiError> {
        let payment_reference = request
            .query_parameter("paymentReference")
            .map(|text| Reference::parse(&text))
            .transpose()
            .map_err(|_| {
                ApiError::invalid("paymentReference must be the reference of a payment.")
            })?;
        Ok(Self {
            payment_reference,
            kind: one_of(request, "type", &KINDS)?,
            status: one_of(request, "status", &STATUSES)?,
        })
    }

    fn rows(&self, webcode: &Webcode) -> Rows {
        match &self.payment_reference {
            Some(reference) => Rows::OfPayment(reference.clone()),
            None => Rows::Of(Listed::Modifications, webcode.clone()),
        }
    }

    fn filters(&self) -> bool {
        self.kind.is_some() || self.status.is_some()
    }

    fn read(
        &self,
        webcode: &Webcode,
        item: Item,
        _: Ticks,
    ) -> Result<Option<ListedModification>, Unavailable> {
        let found: Modification = store::read(item)?;
        // Somebody else's payment has no modifications here.
        let wanted = found.webcode == *webcode
            && self.kind.is_none_or(|one| one == found.kind)
            && self.status.is_none_or(|one| one == found.status);
        Ok(wanted.then(|| ListedModification {
            created_at: found.reference.created_at().to_string(),
            completed_at: found.settled_at.map(|at| at.to_string()),
            modification_reference: found.reference,
            kind: found.kind,
            payment_reference: found.payment_reference,
            amount: found.amount,
            reason: found.reason,
            status: found.status,
        }))
    }
}
