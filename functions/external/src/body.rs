//! What callers send. What is for the service alone is not looked into: it goes on as it was written, to the letter.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use shared::domain::environment::Environment;
use shared::domain::external::{Interval, is_name};
use shared::domain::forwarded::SHOP_TRANSACTION_BYTES_MAX;
use shared::domain::money::{Currency, Money};
use shared::domain::text::check_return_url;
use shared::http::{ApiError, ApiRequest, Fields};

/// `providerData` has this many bytes at most, as it was written.
pub(crate) const PROVIDER_DATA_BYTES_MAX: usize = 16 * 1024;

/// A body, with the parts of it that go on to the letter.
pub(crate) struct Sent<'a> {
    object: Map<String, Value>,
    raw: Raw<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Raw<'a> {
    #[serde(borrow, default)]
    provider_data: Option<&'a RawValue>,
    #[serde(borrow, default)]
    subscription_info: Option<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawInfo<'a> {
    #[serde(borrow, default)]
    expires_after: Option<&'a RawValue>,
}

/// How a subscription is charged, as it goes on.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SubscriptionInfo<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) token: Option<String>,
    interval: Interval,
    interval_count: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_after: Option<&'a RawValue>,
}

impl<'a> Sent<'a> {
    /// Reads a body.
    ///
    /// # Errors
    /// 12001, with 415 when the content type is wrong.
    pub(crate) fn read(request: &'a ApiRequest) -> Result<Self, ApiError> {
        let object = request.json()?;
        let raw = serde_json::from_slice(request.body())
            .map_err(|_| ApiError::invalid("A field of the body comes twice."))?;
        Ok(Self { object, raw })
    }

    pub(crate) const fn fields(&self) -> Fields<'_> {
        Fields::of(&self.object)
    }

    /// `amount` and `currency`, side by side.
    ///
    /// # Errors
    /// 12001 naming the one that is absent or out of range.
    pub(crate) fn money(&self) -> Result<Money, ApiError> {
        let money = self.find_money()?;
        money.ok_or_else(|| ApiError::invalid("amount and currency are required."))
    }

    /// The same, if they are there: both or neither.
    ///
    /// # Errors
    /// 12001 naming the one that is absent or out of range.
    pub(crate) fn find_money(&self) -> Result<Option<Money>, ApiError> {
        let fields = self.fields();
        let (amount, currency) = match (fields.find("amount"), fields.find_text("currency")?) {
            (None, None) => return Ok(None),
            (None, _) => return Err(ApiError::invalid("amount is required.")),
            (_, None) => return Err(ApiError::invalid("currency is required.")),
            (Some(amount), Some(currency)) => (amount, currency),
        };
        let wrong =
            || ApiError::invalid("amount must be an integer from 1 to 99999999, in minor units.");
        let value = amount.as_u64().ok_or_else(wrong)?;
        let currency = Currency::find(currency)
            .ok_or_else(|| ApiError::invalid("currency must be EUR, GBP or USD."))?;
        Money::new(value, currency).map(Some).map_err(|_| wrong())
    }

    /// `shopTransactionId`.
    ///
    /// # Errors
    /// 12001 when it is absent or cannot be a name.
    pub(crate) fn shop_transaction_id(&self) -> Result<String, ApiError> {
        let text = self.fields().text("shopTransactionId")?;
        if is_name(text) && text.len() <= SHOP_TRANSACTION_BYTES_MAX {
            Ok(text.to_owned())
        } else {
            Err(ApiError::invalid(
                "shopTransactionId must have 1 to 229 visible ASCII characters.",
            ))
        }
    }

    /// An address to which the customer is sent, if it is there.
    ///
    /// # Errors
    /// 12001 when it cannot be one.
    pub(crate) fn redirect_url(
        &self,
        name: &str,
        environment: Environment,
    ) -> Result<Option<String>, ApiError> {
        self.fields()
            .checked_text(name, |url| check_return_url(url, environment))
    }

    /// `providerData`, as it was written.
    ///
    /// # Errors
    /// 12001 when it is no object, or too large.
    pub(crate) fn provider_data(&self) -> Result<Option<&'a RawValue>, ApiError> {
        match (self.fields().find("providerData"), self.raw.provider_data) {
            (None, _) | (_, None) => Ok(None),
            // So we ask for payments at a merchant's own terminals: nobody else may.
            (Some(Value::Object(data)), Some(_))
                if data.get("channel").and_then(Value::as_str) == Some("pos") =>
            {
                Err(ApiError::invalid(
                    "providerData.channel must not be pos: payments at terminals have an endpoint of their own.",
                ))
            }
            (Some(Value::Object(_)), Some(raw)) if raw.get().len() <= PROVIDER_DATA_BYTES_MAX => {
                Ok(Some(raw))
            }
            (Some(Value::Object(_)), Some(_)) => Err(ApiError::invalid(
                "providerData must have at most 16384 bytes.",
            )),
            (Some(_), Some(_)) => Err(ApiError::invalid("providerData must be an object.")),
        }
    }

    /// `subscriptionInfo`, if it is there.
    ///
    /// # Errors
    /// 12001 naming the part that is absent or wrong.
    pub(crate) fn subscription_info(&self) -> Result<Option<SubscriptionInfo<'a>>, ApiError> {
        let (Some(value), Some(raw)) = (
            self.fields().find("subscriptionInfo"),
            self.raw.subscription_info,
        ) else {
            return Ok(None);
        };
        let object = value
            .as_object()
            .ok_or_else(|| ApiError::invalid("subscriptionInfo must be an object."))?;
        let fields = Fields::of(object);
        let token = fields.find_text("token")?.map(str::to_owned);
        if token.as_deref().is_some_and(|token| !is_name(token)) {
            return Err(ApiError::invalid(
                "subscriptionInfo.token must be the token of a subscription.",
            ));
        }
        let interval = match fields.find_text("interval")? {
            Some("DAY") => Interval::Day,
            Some("MONTH") => Interval::Month,
            _ => {
                return Err(ApiError::invalid(
                    "subscriptionInfo.interval must be DAY or MONTH.",
                ));
            }
        };
        let count = fields.find("intervalCount").and_then(Value::as_u64);
        let interval_count = count
            .and_then(|count| u32::try_from(count).ok())
            .filter(|count| (1..=1_000).contains(count))
            .ok_or_else(|| {
                ApiError::invalid(
                    "subscriptionInfo.intervalCount must be an integer from 1 to 1000.",
                )
            })?;
        let raw: RawInfo<'a> = serde_json::from_str(raw.get())
            .map_err(|_| ApiError::invalid("A field of subscriptionInfo comes twice."))?;
        Ok(Some(SubscriptionInfo {
            token,
            interval,
            interval_count,
            expires_after: raw.expires_after,
        }))
    }
}

/// The payment that a request is about: `paymentId` of the query, or of a body that is JSON or a form.
///
/// # Errors
/// 12001 when nothing names one.
pub(crate) fn payment_id(request: &ApiRequest) -> Result<String, ApiError> {
    let named = match request.query_parameter("paymentId") {
        Some(named) => Some(named),
        None if request.is_get() => None,
        None => payment_id_of_body(request)?,
    };
    let named = named.ok_or_else(|| ApiError::invalid("paymentId is required."))?;
    checked_payment_id(&named)
}

fn payment_id_of_body(request: &ApiRequest) -> Result<Option<String>, ApiError> {
    if request.media_type() == "application/x-www-form-urlencoded" {
        let mut fields = form_urlencoded::parse(request.body());
        let found = fields.find(|(name, _)| name == "paymentId");
        return Ok(found.map(|(_, value)| value.into_owned()));
    }
    let object = request.json()?;
    let found = Fields::of(&object).find_text("paymentId")?;
    Ok(found.map(str::to_owned))
}

/// # Errors
/// 12001 when it cannot name a payment.
pub(crate) fn checked_payment_id(text: &str) -> Result<String, ApiError> {
    if is_name(text) {
        Ok(text.to_owned())
    } else {
        Err(ApiError::invalid(
            "paymentId must have 1 to 255 visible ASCII characters.",
        ))
    }
}
