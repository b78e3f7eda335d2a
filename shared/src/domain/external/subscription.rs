//! Subscriptions: scheduled ones, which the service charges by itself, and manual ones, which are charged when asked.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{PayRequest, PayResult};

/// The unit of a subscription's interval.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Interval {
    /// Days.
    Day,
    /// Months.
    Month,
}

/// How a subscription is charged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SubscriptionInfo {
    /// The subscription that is charged; absent when it begins.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
    /// The unit of the interval.
    pub interval: Interval,
    /// Units from one charge to the next, at least 1.
    pub interval_count: u32,
    /// Charges after which it ends, or a time: the service's own affair, passed on as it came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_after: Option<Value>,
}

/// Asks for a subscription to begin (schedule, start), or for a charge of a manual one (pay).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ScheduleRequest {
    /// The payment that comes with it.
    #[serde(flatten)]
    pub pay: PayRequest,
    /// The subscription.
    pub subscription_info: SubscriptionInfo,
}

/// Asks for a subscription to be changed. What is absent stays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UpdateRequest {
    /// Minor units of every charge from now on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<u64>,
    /// ISO 4217.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<crate::domain::money::Currency>,
    /// How it is charged from now on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subscription_info: Option<SubscriptionInfo>,
    /// For the service alone: passed on untouched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider_data: Option<Value>,
}

/// A service's answer to what is asked about a subscription. An update has no payment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SubscriptionAnswer {
    /// What became of it.
    pub result: PayResult,
    /// The same in words.
    #[serde(default)]
    pub result_description: String,
    /// The service's name of the payment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payment_id: Option<String>,
    /// The service's name of the subscription.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subscription_token: Option<String>,
    /// Where the customer has to go first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub redirect_to_url: Option<String>,
    /// Whatever else the service tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Value>,
}

/// Where a subscription stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum SubscriptionStatus {
    /// Its first payment is not known yet.
    Pending,
    /// It is charged.
    Active,
    /// A charge failed.
    PastDue,
    /// It has come to its end.
    Expired,
    /// Somebody ended it.
    Canceled,
}

/// A service's answer to the question how a subscription stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SubscriptionStatusAnswer {
    /// Where it stands.
    pub status: SubscriptionStatus,
    /// The service's name of the subscription.
    pub subscription_token: String,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_request_is_a_payment_with_its_subscription() {
        let body = json!({
            "amount": 990, "currency": "EUR", "shopTransactionId": "SUB-1",
            "subscriptionInfo": { "interval": "MONTH", "intervalCount": 1, "expiresAfter": 12 },
        });
        let request: ScheduleRequest = serde_json::from_value(body.clone()).expect("a request");
        assert_eq!(request.subscription_info.interval, Interval::Month);
        assert_eq!(serde_json::to_value(&request).expect("JSON"), body);
        let status: SubscriptionStatus = serde_json::from_value(json!("PAST_DUE")).expect("known");
        assert_eq!(status, SubscriptionStatus::PastDue);
    }
}
