//! Changing a payment: refund as the document has it; capture, cancel and extend in the same style, which are our own choice.
//!
//! Each is sent with the header `Idempotency-Key: {modification reference}`: a service that declares to heed it answers the
//! same to whoever asks again.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::PayResult;
use crate::domain::money::Currency;

/// Asks for money to go back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RefundRequest {
    /// Minor units.
    pub amount: u64,
    /// ISO 4217.
    pub currency: Currency,
    /// The service's name of the payment.
    pub payment_id: String,
    /// For the service alone: passed on untouched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider_data: Option<Value>,
}

/// Asks for a reservation to be taken, wholly or in part; what is left is released.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CaptureRequest {
    /// Minor units.
    pub amount: u64,
    /// ISO 4217.
    pub currency: Currency,
    /// The service's name of the payment.
    pub payment_id: String,
}

/// Asks for a reservation to be given up, or for a payment at a terminal that nobody waits for any more to be voided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CancelRequest {
    /// The service's name of the payment.
    pub payment_id: String,
}

/// Asks for a reservation to be prolonged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ExtendRequest {
    /// The service's name of the payment.
    pub payment_id: String,
}

/// A service's answer to any of these: `OK`, `KO` or `PENDING`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ModifyAnswer {
    /// What became of it.
    pub result: PayResult,
    /// The same in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result_description: Option<String>,
}
