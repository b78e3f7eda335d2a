//! What whoever asked for a payment at a terminal is told of it.

use http::StatusCode;
use serde::Serialize;
use shared::domain::external::Reason;
use shared::domain::money::Money;
use shared::domain::payment::{Payment, PaymentState, VOIDED};
use shared::domain::reference::Reference;
use shared::domain::terminal::{PoiId, TerminalAnswer, TerminalRefusal};
use shared::http::{ApiError, Reply};

use crate::pay::PosPayment;

/// The data of the reply (contract README, *POS payment*).
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(
    feature = "openapi",
    derive(utoipa::ToSchema),
    schema(as = PosPayment, description = "A payment at a terminal, as it ended.")
)]
pub(crate) struct Paid<'a> {
    /// The same as `paymentReference`.
    pos_payment_id: &'a Reference,
    /// What refunds and the like are asked of.
    payment_reference: &'a Reference,
    poi_id: &'a PoiId,
    #[cfg_attr(feature = "openapi", schema(value_type = shared::domain::session::AttemptStatus))]
    status: &'static str,
    /// Why, when it was refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    refusal_reason: Option<TerminalRefusal>,
    amount: Money,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    description: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    custom_reference: Option<&'a str>,
    /// Whether the amount is only reserved.
    is_pre_auth: bool,
    /// When, in UTC.
    #[cfg_attr(feature = "openapi", schema(example = "2026-06-28 10:30:00"))]
    created_at: String,
}

/// The reply to a payment that a terminal, or the service behind it, has answered.
pub(crate) fn reply(
    payment: &PosPayment,
    reference: &Reference,
    answer: TerminalAnswer,
) -> Result<Reply, ApiError> {
    let (status, refusal_reason) = match answer {
        TerminalAnswer::Authorised => ("authorised", None),
        TerminalAnswer::Refused(reason) => ("refused", Some(reason)),
        TerminalAnswer::ProviderError => return Err(ApiError::ProviderError),
    };
    let data = Paid {
        pos_payment_id: reference,
        payment_reference: reference,
        poi_id: &payment.poi_id,
        status,
        refusal_reason,
        amount: payment.amount,
        description: payment.description.as_deref(),
        custom_reference: payment.custom_reference.as_deref(),
        is_pre_auth: payment.is_pre_auth,
        created_at: reference.created_at().to_string(),
    };
    Reply::new(StatusCode::OK, &data)
}

/// What a service made of a payment, as it was recorded.
///
/// # Errors
/// 13004 and 13005 where the terminal did nothing, or where nobody knows yet what it did.
pub(crate) fn answer_of(payment: &Payment) -> Result<TerminalAnswer, ApiError> {
    let refused = |refusal| Ok(TerminalAnswer::Refused(refusal));
    match payment.state {
        PaymentState::Processing => Err(ApiError::TerminalUnreachable),
        PaymentState::Refused => {
            let reason = payment
                .journal
                .first()
                .and_then(|told| told.reason.as_deref());
            let reason = reason.unwrap_or_default();
            if reason == VOIDED {
                return Err(ApiError::TerminalUnreachable);
            }
            match Reason::of(reason) {
                Reason::NotEnoughBalance => refused(TerminalRefusal::NotEnoughBalance),
                Reason::BlockedCard => refused(TerminalRefusal::BlockedCard),
                Reason::CardExpired => refused(TerminalRefusal::CardExpired),
                Reason::InvalidPin => refused(TerminalRefusal::InvalidPin),
                Reason::Declined => refused(TerminalRefusal::Declined),
                Reason::TerminalUnreachable => Err(ApiError::TerminalUnreachable),
                Reason::TerminalBusy => Err(ApiError::TerminalBusy),
                Reason::ProviderError => Ok(TerminalAnswer::ProviderError),
            }
        }
        // Whatever was done to it since.
        PaymentState::Authorised
        | PaymentState::Captured
        | PaymentState::Cancelled
        | PaymentState::Expired
        | PaymentState::ChargedBack => Ok(TerminalAnswer::Authorised),
    }
}
