//! Refunds (modifications.txt, *Refund*).

use http::StatusCode;
use serde::Serialize;
use shared::app::App;
use shared::domain::environment::Environment;
use shared::domain::idempotency::Endpoint;
use shared::domain::modification::{
    Modification, ModificationKind, ModificationStatus, RefundReason, Settlement,
};
use shared::domain::money::Money;
use shared::domain::payment::Payment;
use shared::domain::reference::{Marker, Reference};
use shared::domain::webcode::Webcode;
use shared::flow::{Change, Decision};
use shared::http::{ApiError, ApiRequest, Fields, Reply};
use shared::store::{self, Item, Key, Write};

/// The parameters of a refund.
#[derive(Debug, Serialize)]
pub(crate) struct RefundPayment {
    webcode: Webcode,
    payment_reference: Reference,
    amount: Money,
    reason: RefundReason,
}

/// The data of the reply (modifications.txt, *Response (202)*).
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Refunding<'a> {
    refund_reference: &'a Reference,
    payment_reference: &'a Reference,
    amount: Money,
    status: ModificationStatus,
    created_at: String,
}

impl Change for RefundPayment {
    const ENDPOINT: Endpoint = Endpoint::Refund;
    const MARKER: Marker = Marker::Refund;

    fn parse(fields: &Fields<'_>, _: &App, _: Environment) -> Result<Self, ApiError> {
        Ok(Self {
            webcode: fields.webcode()?,
            payment_reference: fields.payment_reference()?,
            amount: fields.amount()?,
            reason: RefundReason::find(fields.text("reason")?).ok_or_else(|| {
                ApiError::invalid(
                    "reason must be FRAUD, CUSTOMER REQUEST, RETURN, DUPLICATE or OTHER.",
                )
            })?,
        })
    }

    fn webcode(&self) -> &Webcode {
        &self.webcode
    }

    fn resource(&self) -> Option<Key> {
        Some(Key::payment(&self.payment_reference))
    }

    fn decide(
        &self,
        resource: Option<&Item>,
        decision: &Decision<'_>,
    ) -> Result<Vec<Write>, ApiError> {
        let payment: Payment = store::read(resource.cloned().ok_or(ApiError::NotFound)?)?;
        if payment.webcode != self.webcode {
            return Err(ApiError::AccessDenied);
        }
        let settlement = Settlement::of(decision.environment);
        let entry = payment
            .clone()
            .refund(self.amount, decision.reference, settlement, decision.now)
            .map_err(|error| ApiError::invalid(error.to_string()))?;
        let (status, settled_at) = match settlement {
            Settlement::AtOnce => (ModificationStatus::Success, Some(decision.now)),
            Settlement::Later => (ModificationKind::Refund.initial_status(), None),
        };
        let refund = Modification {
            reference: decision.reference.clone(),
            kind: ModificationKind::Refund,
            payment_reference: self.payment_reference.clone(),
            webcode: self.webcode.clone(),
            amount: Some(self.amount),
            reason: Some(self.reason),
            status,
            settled_at,
        };
        Ok(vec![
            store::create_modification(&refund, decision.writer)?,
            store::refund_payment(&payment, self.amount, entry.as_ref(), decision.writer)?,
        ])
    }

    fn reply(&self, _: &App, _: &ApiRequest, reference: &Reference) -> Result<Reply, ApiError> {
        let data = Refunding {
            refund_reference: reference,
            payment_reference: &self.payment_reference,
            amount: self.amount,
            status: ModificationKind::Refund.initial_status(),
            created_at: reference.created_at().to_string(),
        };
        Reply::new(StatusCode::ACCEPTED, &data)
    }
}
