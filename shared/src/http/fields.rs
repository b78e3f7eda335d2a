//! Reading the fields of a JSON body: each with its own rule and a message that says what to do.

use serde_json::{Map, Value};

use super::error::ApiError;
use crate::domain::money::{Currency, Money};
use crate::domain::reference::Reference;
use crate::domain::text::{InvalidText, check_free_text};
use crate::domain::webcode::Webcode;

/// The fields of a body. Unknown ones are ignored, and `null` is the same as absent.
pub struct Fields<'a>(&'a Map<String, Value>);

impl<'a> Fields<'a> {
    /// The fields of an object.
    #[must_use]
    pub const fn of(object: &'a Map<String, Value>) -> Self {
        Self(object)
    }

    /// A value, if it is there.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<&'a Value> {
        self.0.get(name).filter(|value| !value.is_null())
    }

    /// A text, if it is there.
    ///
    /// # Errors
    /// 12001 when it is not a string.
    pub fn find_text(&self, name: &str) -> Result<Option<&'a str>, ApiError> {
        self.find(name)
            .map(|value| {
                value
                    .as_str()
                    .ok_or_else(|| ApiError::invalid(format!("{name} must be a string.")))
            })
            .transpose()
    }

    /// A text that must be there.
    ///
    /// # Errors
    /// 12001 when it is absent or not a string.
    pub fn text(&self, name: &str) -> Result<&'a str, ApiError> {
        self.find_text(name)?
            .ok_or_else(|| ApiError::invalid(format!("{name} is required.")))
    }

    /// A text that may be there, checked by a rule.
    ///
    /// # Errors
    /// 12001 when it is not a string or breaks the rule.
    pub fn checked_text(
        &self,
        name: &str,
        rule: impl FnOnce(&str) -> Result<(), InvalidText>,
    ) -> Result<Option<String>, ApiError> {
        let Some(text) = self.find_text(name)? else {
            return Ok(None);
        };
        rule(text).map_err(|problem| ApiError::invalid(format!("{name} {problem}.")))?;
        Ok(Some(text.to_owned()))
    }

    /// A yes or no, with what it is when it is absent.
    ///
    /// # Errors
    /// 12001 when it is not a boolean.
    pub fn flag(&self, name: &str, default: bool) -> Result<bool, ApiError> {
        Ok(self.find_flag(name)?.unwrap_or(default))
    }

    /// A yes or no, if it is there.
    ///
    /// # Errors
    /// 12001 when it is not a boolean.
    pub fn find_flag(&self, name: &str) -> Result<Option<bool>, ApiError> {
        self.find(name)
            .map(|value| {
                value
                    .as_bool()
                    .ok_or_else(|| ApiError::invalid(format!("{name} must be true or false.")))
            })
            .transpose()
    }

    /// `description`: up to 255 characters (online-payments.txt, *Body parameters*).
    ///
    /// # Errors
    /// 12001 when it is no text, too long, or has control characters.
    pub fn description(&self) -> Result<Option<String>, ApiError> {
        self.checked_text("description", |text| check_free_text(text, 255))
    }

    /// `customReference`: up to 100 characters (online-payments.txt, *Body parameters*).
    ///
    /// # Errors
    /// 12001 when it is no text, too long, or has control characters.
    pub fn custom_reference(&self) -> Result<Option<String>, ApiError> {
        self.checked_text("customReference", |text| check_free_text(text, 100))
    }

    /// `webcode`, required on all requests (authentication.txt, *Webcode restriction*).
    ///
    /// # Errors
    /// 12001 when it is absent or malformed.
    pub fn webcode(&self) -> Result<Webcode, ApiError> {
        parse_webcode(self.text("webcode")?)
    }

    /// `amount`: `{"value": integer, "currency": code}`.
    ///
    /// # Errors
    /// 12001 naming the part that is absent or out of range.
    pub fn amount(&self) -> Result<Money, ApiError> {
        let amount = self
            .find("amount")
            .ok_or_else(|| ApiError::invalid("amount is required."))?;
        let amount = amount
            .as_object()
            .ok_or_else(|| ApiError::invalid("amount must be an object."))?;
        let value = amount
            .get("value")
            .filter(|value| !value.is_null())
            .ok_or_else(|| ApiError::invalid("amount.value is required."))?
            .as_u64();
        let currency = match amount.get("currency") {
            None | Some(Value::Null) => {
                return Err(ApiError::invalid("amount.currency is required."));
            }
            Some(currency) => currency.as_str().and_then(Currency::find),
        };
        let money = value
            .zip(currency)
            .map(|(value, currency)| Money::new(value, currency));
        match (value, money) {
            (_, Some(Ok(money))) => Ok(money),
            (None, _) | (_, Some(Err(_))) => Err(ApiError::invalid(
                "amount.value must be an integer from 1 to 99999999, in minor units.",
            )),
            (Some(_), None) => Err(ApiError::invalid(
                "amount.currency must be EUR, GBP or USD.",
            )),
        }
    }

    /// `paymentReference`.
    ///
    /// # Errors
    /// 12001 when it is absent or could not name anything.
    pub fn payment_reference(&self) -> Result<Reference, ApiError> {
        Reference::parse(self.text("paymentReference")?)
            .map_err(|_| ApiError::invalid("paymentReference must be the reference of a payment."))
    }
}

/// Parses a webcode of a body or a query.
///
/// # Errors
/// 12001 when it is malformed.
pub fn parse_webcode(text: &str) -> Result<Webcode, ApiError> {
    Webcode::parse(text)
        .map_err(|_| ApiError::invalid("webcode must have 3 to 20 characters of A-Z and 0-9."))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn amount(value: Value) -> Result<Money, String> {
        let body = json!({ "amount": value });
        let object = body.as_object().expect("an object");
        Fields::of(object)
            .amount()
            .map_err(|error| error.entry().2.into_owned())
    }

    #[test]
    fn an_amount_is_an_integer_with_a_currency() {
        assert!(amount(json!({"value": 1, "currency": "EUR"})).is_ok());
        for (bad, message) in [
            (json!(null), "amount is required."),
            (json!(100), "amount must be an object."),
            (json!({"currency": "EUR"}), "amount.value is required."),
            (json!({"value": 100}), "amount.currency is required."),
            (
                json!({"value": 0, "currency": "EUR"}),
                "amount.value must be",
            ),
            (
                json!({"value": -1, "currency": "EUR"}),
                "amount.value must be",
            ),
            (
                json!({"value": 1.5, "currency": "EUR"}),
                "amount.value must be",
            ),
            (
                json!({"value": 1.0, "currency": "EUR"}),
                "amount.value must be",
            ),
            (
                json!({"value": "100", "currency": "EUR"}),
                "amount.value must be",
            ),
            (
                json!({"value": 100_000_000, "currency": "EUR"}),
                "amount.value must be",
            ),
            (
                json!({"value": 1e30, "currency": "EUR"}),
                "amount.value must be",
            ),
            (
                json!({"value": 100, "currency": "eur"}),
                "amount.currency must be",
            ),
            (
                json!({"value": 100, "currency": "JPY"}),
                "amount.currency must be",
            ),
            (
                json!({"value": 100, "currency": 978}),
                "amount.currency must be",
            ),
        ] {
            let error = amount(bad.clone()).expect_err("refused");
            assert!(error.starts_with(message), "{bad}: {error}");
        }
    }
}
