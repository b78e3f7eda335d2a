//! What a request to pay asks for, once it is known to be in order.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use shared::domain::environment::Environment;
use shared::domain::external::{PayRequest, is_name};
use shared::domain::money::Money;
use shared::domain::text::check_return_url;

/// How a payment comes about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "channel", rename_all = "lowercase")]
pub(crate) enum Channel {
    /// A customer at a browser.
    Ecommerce,
    /// A customer at a terminal.
    #[serde(rename_all = "camelCase")]
    Pos {
        /// The terminal.
        poi_id: String,
    },
    /// Nobody: a charge of a subscription.
    Subscription,
}

impl Channel {
    /// Its name.
    pub(crate) const fn as_str(&self) -> &'static str {
        match self {
            Self::Ecommerce => "ecommerce",
            Self::Pos { .. } => "pos",
            Self::Subscription => "subscription",
        }
    }
}

/// A payment that somebody asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Asked {
    /// The caller's name of it.
    pub(crate) shop_transaction_id: String,
    /// How much.
    pub(crate) amount: Money,
    /// How.
    pub(crate) channel: Channel,
    /// Whether the amount is only reserved.
    pub(crate) pre_auth: bool,
    /// Where the customer goes after a payment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) success_redirect_url: Option<String>,
    /// Where the customer goes otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) failure_redirect_url: Option<String>,
    /// Where changes are told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) callback_url: Option<String>,
}

impl Asked {
    /// Reads a request.
    ///
    /// # Errors
    /// What is wrong with it, for the caller.
    pub(crate) fn read(request: PayRequest) -> Result<Self, &'static str> {
        let amount = Money::new(request.amount, request.currency)
            .map_err(|_| "amount must be an integer from 1 to 99999999, in minor units")?;
        if !is_name(&request.shop_transaction_id) {
            return Err("shopTransactionId must have 1 to 255 visible ASCII characters");
        }
        for url in [
            &request.success_redirect_url,
            &request.failure_redirect_url,
            &request.callback_url,
        ] {
            let is_good = |url: &String| check_return_url(url, Environment::Test).is_ok();
            if !url.as_ref().is_none_or(is_good) {
                return Err(
                    "successRedirectUrl, failureRedirectUrl and callbackUrl must be http or https addresses",
                );
            }
        }
        let (channel, pre_auth) = provider_data(request.provider_data.as_ref())?;
        Ok(Self {
            shop_transaction_id: request.shop_transaction_id,
            amount,
            channel,
            pre_auth,
            success_redirect_url: request.success_redirect_url,
            failure_redirect_url: request.failure_redirect_url,
            callback_url: request.callback_url,
        })
    }

    /// The same with nobody there who could go anywhere.
    pub(crate) fn unattended(self) -> Self {
        Self {
            channel: Channel::Subscription,
            success_redirect_url: None,
            failure_redirect_url: None,
            ..self
        }
    }

    /// Whether another request for the same transaction asks for the same payment. Where somebody is sent and told does not
    /// count: the payment is made, or under way.
    pub(crate) fn is_same_payment(&self, other: &Self) -> bool {
        self.amount == other.amount
            && self.channel == other.channel
            && self.pre_auth == other.pre_auth
    }
}

/// `{"channel": "ecommerce" | "pos", "poiId": "…", "preAuth": bool}`: the sandbox's own words, each with a default.
fn provider_data(data: Option<&Value>) -> Result<(Channel, bool), &'static str> {
    let empty = serde_json::Map::new();
    let data = match data {
        None | Some(Value::Null) => &empty,
        Some(Value::Object(data)) => data,
        Some(_) => return Err("providerData must be an object"),
    };
    let pre_auth = match data.get("preAuth") {
        None | Some(Value::Null) => false,
        Some(Value::Bool(pre_auth)) => *pre_auth,
        Some(_) => return Err("providerData.preAuth must be true or false"),
    };
    let channel = match data.get("channel") {
        None | Some(Value::Null) => Channel::Ecommerce,
        Some(Value::String(channel)) if channel == "ecommerce" => Channel::Ecommerce,
        Some(Value::String(channel)) if channel == "pos" => Channel::Pos {
            poi_id: data
                .get("poiId")
                .and_then(Value::as_str)
                .filter(|poi_id| is_name(poi_id))
                .ok_or("providerData.poiId must name a terminal")?
                .to_owned(),
        },
        Some(_) => return Err("providerData.channel must be ecommerce or pos"),
    };
    Ok((channel, pre_auth))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(change: impl FnOnce(&mut Value)) -> Result<Asked, &'static str> {
        let mut body = json!({ "amount": 1_000, "currency": "EUR", "shopTransactionId": "ORD-1" });
        change(&mut body);
        Asked::read(serde_json::from_value(body).expect("a request"))
    }

    #[test]
    fn a_payment_is_online_unless_it_says_otherwise() {
        for (data, channel, pre_auth) in [
            (json!(null), Channel::Ecommerce, false),
            (json!({}), Channel::Ecommerce, false),
            (
                json!({ "anything": ["else"], "preAuth": true }),
                Channel::Ecommerce,
                true,
            ),
            (json!({ "channel": "ecommerce" }), Channel::Ecommerce, false),
            (
                json!({ "channel": "pos", "poiId": "V400m-1" }),
                Channel::Pos {
                    poi_id: "V400m-1".to_owned(),
                },
                false,
            ),
        ] {
            let asked = read(|body| body["providerData"] = data.clone()).expect("in order");
            assert_eq!(
                (asked.channel, asked.pre_auth),
                (channel, pre_auth),
                "{data}"
            );
        }
    }

    #[test]
    fn what_is_not_in_order_is_named() {
        for (field, value, named) in [
            ("amount", json!(0), "amount"),
            ("amount", json!(100_000_000), "amount"),
            ("shopTransactionId", json!(""), "shopTransactionId"),
            ("shopTransactionId", json!("a b"), "shopTransactionId"),
            (
                "shopTransactionId",
                json!("x".repeat(256)),
                "shopTransactionId",
            ),
            ("callbackUrl", json!("ftp://shop.example/x"), "callbackUrl"),
            (
                "successRedirectUrl",
                json!("javascript:alert(1)"),
                "successRedirectUrl",
            ),
            (
                "failureRedirectUrl",
                json!("https://me:pw@shop.example/"),
                "failureRedirectUrl",
            ),
            ("providerData", json!("pos"), "providerData must"),
            ("providerData", json!({ "preAuth": 1 }), "preAuth"),
            ("providerData", json!({ "channel": "moto" }), "channel"),
            ("providerData", json!({ "channel": "pos" }), "poiId"),
        ] {
            let problem = read(|body| body[field] = value.clone()).expect_err(field);
            assert!(problem.contains(named), "{field} = {value}: {problem}");
        }
    }

    #[test]
    fn another_amount_or_channel_is_another_payment() {
        let first = read(|_| {}).expect("in order");
        let moved = read(|body| body["callbackUrl"] = json!("https://a.example/")).expect("same");
        assert!(first.is_same_payment(&moved));
        for (field, value) in [
            ("amount", json!(1_001)),
            ("currency", json!("GBP")),
            ("providerData", json!({ "preAuth": true })),
            (
                "providerData",
                json!({ "channel": "pos", "poiId": "V400m-1" }),
            ),
        ] {
            let other = read(|body| body[field] = value.clone()).expect("in order");
            assert!(!first.is_same_payment(&other), "{field}");
        }
    }
}
