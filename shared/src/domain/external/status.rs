//! How a payment stands at a service.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::PayResult;
use crate::domain::money::Currency;

/// Where a payment stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum ProcessorStatus {
    /// The money was taken, or reserved.
    Accepted,
    /// It was not, or it was taken back.
    Failed,
    /// Not known yet.
    Pending,
}

impl ProcessorStatus {
    /// The contract's word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "ACCEPTED",
            Self::Failed => "FAILED",
            Self::Pending => "PENDING",
        }
    }
}

/// A service's answer to the question how a payment stands; the same is sent to `PAYMENT_CALLBACK_URL`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StatusAnswer {
    /// Where it stands.
    pub status: ProcessorStatus,
    /// The service's name of the payment.
    pub payment_id: String,
    /// The caller's name of the payment.
    pub shop_transaction_id: String,
    /// The service's own name.
    #[serde(default)]
    pub provider_name: String,
    /// What was asked of the payment since, where the service tells: our own choice.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub modifications: Vec<ModificationAnswer>,
    /// Of a payment of a subscription: which, and how much. It is how a charge that the service made by itself is known: our own
    /// choice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<SubscriptionCharge>, nullable = false))]
    pub subscription_charge: Option<Told<SubscriptionCharge>>,
}

/// What not everybody has to understand: if it is not as it must be, the rest still counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Told<T> {
    /// As it must be.
    Understood(T),
    /// Something else.
    Other(Value),
}

/// What a subscription was charged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SubscriptionCharge {
    /// The service's name of the subscription.
    pub subscription_token: String,
    /// Minor units.
    pub amount: u64,
    /// ISO 4217.
    pub currency: Currency,
}

/// How a modification stands at a service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ModificationAnswer {
    /// The `Idempotency-Key` that it was asked for with.
    pub idempotency_key: String,
    /// `OK`, `KO` or `PENDING`.
    pub result: PayResult,
    /// The same in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result_description: Option<String>,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_charge_that_makes_no_sense_leaves_the_status_readable() {
        let mut body = json!({
            "status": "ACCEPTED", "paymentId": "p1", "shopTransactionId": "SUB-1-1", "providerName": "",
            "subscriptionCharge": { "subscriptionToken": "s1", "amount": 990, "currency": "EUR" },
        });
        let read = |body: &Value| -> StatusAnswer {
            serde_json::from_value(body.clone()).expect("a status")
        };
        let charge = read(&body).subscription_charge;
        assert!(matches!(charge, Some(Told::Understood(charge)) if charge.amount == 990));
        assert_eq!(serde_json::to_value(read(&body)).expect("JSON"), body);
        for (name, value) in [
            ("amount", json!(990.0)),
            ("amount", json!(-1)),
            ("amount", json!(null)),
            ("currency", json!("CHF")),
            ("subscriptionToken", json!(7)),
        ] {
            let good = body["subscriptionCharge"][name].take();
            body["subscriptionCharge"][name] = value;
            let charge = read(&body).subscription_charge;
            assert!(matches!(charge, Some(Told::Other(_))), "{body}");
            body["subscriptionCharge"][name] = good;
        }
    }

    #[test]
    fn a_status_is_spelled_as_the_contract_does() {
        let body = json!({
            "status": "ACCEPTED", "paymentId": "p1", "shopTransactionId": "ORD-1", "providerName": "sandbox",
        });
        let answer: StatusAnswer = serde_json::from_value(body.clone()).expect("an answer");
        assert_eq!(answer.status, ProcessorStatus::Accepted);
        assert_eq!(serde_json::to_value(&answer).expect("JSON"), body);
    }
}
