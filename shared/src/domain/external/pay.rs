//! Paying.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::domain::money::{Currency, Money};

/// Asks a service to take a payment. The same `shopTransactionId` is the same payment, however often it is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PayRequest {
    /// Minor units.
    pub amount: u64,
    /// ISO 4217.
    pub currency: Currency,
    /// The caller's name of the payment.
    pub shop_transaction_id: String,
    /// Where the customer goes after a payment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub success_redirect_url: Option<String>,
    /// Where the customer goes otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure_redirect_url: Option<String>,
    /// Where to say that the payment changed, `?paymentId=` added: our own choice, for services that are not configured with one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub callback_url: Option<String>,
    /// For the service alone: passed on untouched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider_data: Option<Value>,
}

impl PayRequest {
    /// The amount with its currency.
    #[must_use]
    pub const fn money(&self) -> Money {
        Money {
            value: self.amount,
            currency: self.currency,
        }
    }
}

/// What became of a request at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum PayResult {
    /// Done.
    #[serde(rename = "OK")]
    Ok,
    /// Refused.
    #[serde(rename = "KO")]
    Ko,
    /// Not known yet: the status will tell.
    #[serde(rename = "PENDING")]
    Pending,
    /// The customer has to go somewhere first.
    #[serde(rename = "REDIRECT_TO_URL")]
    RedirectToUrl,
}

/// A service's answer to a request to pay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PayAnswer {
    /// What became of it.
    pub result: PayResult,
    /// The same in words, or a [`Reason`].
    #[serde(default)]
    pub result_description: String,
    /// The service's name of the payment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payment_id: Option<String>,
    /// Where the customer has to go.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub redirect_to_url: Option<String>,
    /// The same for a phone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub redirect_to_url_mobile: Option<String>,
}

/// What a `KO` may say in `resultDescription`, so that a program can read it: our own choice. Nothing was charged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// Not enough money.
    NotEnoughBalance,
    /// The card is blocked.
    BlockedCard,
    /// The card is too old.
    CardExpired,
    /// The PIN was wrong.
    InvalidPin,
    /// Any other refusal.
    Declined,
    /// The terminal cannot be reached.
    TerminalUnreachable,
    /// The terminal takes another payment.
    TerminalBusy,
    /// The service failed.
    ProviderError,
}

/// All of them, with their spelling.
pub const REASONS: [(Reason, &str); 8] = [
    (Reason::NotEnoughBalance, "NOT_ENOUGH_BALANCE"),
    (Reason::BlockedCard, "BLOCKED_CARD"),
    (Reason::CardExpired, "CARD_EXPIRED"),
    (Reason::InvalidPin, "INVALID_PIN"),
    (Reason::Declined, "DECLINED"),
    (Reason::TerminalUnreachable, "TERMINAL_UNREACHABLE"),
    (Reason::TerminalBusy, "TERMINAL_BUSY"),
    (Reason::ProviderError, "PROVIDER_ERROR"),
];

impl Reason {
    /// The reason with an exact spelling; any other text is a refusal like any other.
    #[must_use]
    pub fn of(description: &str) -> Self {
        REASONS
            .iter()
            .find(|(_, spelling)| *spelling == description)
            .map_or(Self::Declined, |(reason, _)| *reason)
    }

    /// Its spelling.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        REASONS
            .iter()
            .find(|(reason, _)| *reason == self)
            .map_or("DECLINED", |(_, spelling)| spelling)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_bodies_are_spelled_as_the_contract_does() {
        let request = PayRequest {
            amount: 12_345,
            currency: Currency::Eur,
            shop_transaction_id: "ORD-1".to_owned(),
            success_redirect_url: Some("https://shop.example/ok".to_owned()),
            failure_redirect_url: None,
            callback_url: None,
            provider_data: Some(json!({"channel": "pos"})),
        };
        let expected = json!({
            "amount": 12345, "currency": "EUR", "shopTransactionId": "ORD-1",
            "successRedirectUrl": "https://shop.example/ok", "providerData": {"channel": "pos"},
        });
        assert_eq!(serde_json::to_value(&request).expect("JSON"), expected);
        let answer = json!({
            "result": "REDIRECT_TO_URL", "resultDescription": "", "paymentId": "p1",
            "redirectToUrl": "https://bank.example/3ds", "somethingElse": 1,
        });
        let answer: PayAnswer = serde_json::from_value(answer).expect("an answer");
        assert_eq!(answer.result, PayResult::RedirectToUrl);
        for wrong in ["ok", "Ok", "REDIRECT", ""] {
            let answer = json!({ "result": wrong, "paymentId": "p1" });
            assert!(
                serde_json::from_value::<PayAnswer>(answer).is_err(),
                "{wrong}"
            );
        }
    }

    #[test]
    fn a_reason_is_read_by_its_exact_spelling() {
        for (reason, spelling) in REASONS {
            assert_eq!((Reason::of(spelling), reason.as_str()), (reason, spelling));
        }
        assert_eq!(Reason::of("the bank says no"), Reason::Declined);
    }
}
