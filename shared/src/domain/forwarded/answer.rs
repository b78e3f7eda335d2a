//! What a service answered, as its caller is told it.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::domain::external::{PayResult, ProcessorStatus};

/// A service's answer to whatever makes a payment: that to `/pay`, and those to subscriptions, which say more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ForwardedAnswer {
    /// What became of it.
    pub result: PayResult,
    /// The same in words.
    #[serde(default)]
    pub result_description: String,
    /// The service's name of the payment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    pub payment_id: Option<String>,
    /// Where the customer has to go first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    pub redirect_to_url: Option<String>,
    /// The same for a phone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    pub redirect_to_url_mobile: Option<String>,
    /// The service's name of the subscription.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    pub subscription_token: Option<String>,
    /// Whatever else the service tells of a subscription.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<serde_json::Value>))]
    pub metadata: Option<Value>,
}

impl ForwardedAnswer {
    /// The answer as it reads since the payment stands so: what has ended sends nobody anywhere any more.
    #[must_use]
    pub fn since(&self, status: Option<ProcessorStatus>) -> Self {
        let result = match status {
            Some(ProcessorStatus::Pending) | None => return self.clone(),
            Some(ended) => result_of(ended),
        };
        if result == self.result {
            return self.clone();
        }
        Self {
            result,
            result_description: String::new(),
            redirect_to_url: None,
            redirect_to_url_mobile: None,
            ..self.clone()
        }
    }
}

/// How a payment stands after an answer.
#[must_use]
pub const fn status_of(result: PayResult) -> ProcessorStatus {
    match result {
        PayResult::Ok => ProcessorStatus::Accepted,
        PayResult::Ko => ProcessorStatus::Failed,
        PayResult::Pending | PayResult::RedirectToUrl => ProcessorStatus::Pending,
    }
}

/// The answer to whoever would have asked for a payment that stands so.
#[must_use]
pub(super) const fn result_of(status: ProcessorStatus) -> PayResult {
    match status {
        ProcessorStatus::Accepted => PayResult::Ok,
        ProcessorStatus::Failed => PayResult::Ko,
        ProcessorStatus::Pending => PayResult::Pending,
    }
}
