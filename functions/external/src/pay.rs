//! `POST …/pay`, and what begins or charges a subscription, which is a payment too (external-integration.txt, *Pay*).

use processor::Service;
use serde::Serialize;
use serde_json::value::RawValue;
use shared::app::REQUEST_WITHIN;
use shared::domain::environment::Environment;
use shared::domain::forwarded::{Asked, Operation, name_at_service};
use shared::domain::idempotency::fingerprint;
use shared::domain::money::{Currency, Money};
use shared::domain::webcode::Webcode;
use shared::flow;
use shared::http::{ApiError, ApiRequest, Reply};
use shared::store::{Deadline, Key};

use crate::External;
use crate::body::{Sent, SubscriptionInfo};
use crate::reach::{merchant_at, refusal, require_assigned};

/// What goes on to the service.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Payment<'a> {
    amount: u64,
    currency: Currency,
    shop_transaction_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    success_redirect_url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    failure_redirect_url: Option<String>,
    /// Ours: the service tells us, and nobody else.
    callback_url: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    provider_data: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    subscription_info: Option<SubscriptionInfo<'a>>,
}

/// A request that is in order.
struct Wanted<'a> {
    money: Money,
    shop_transaction_id: String,
    fingerprint: String,
    payment: Payment<'a>,
}

/// Passes a payment on, or repeats what became of it.
pub(crate) async fn forward(
    external: &External,
    request: &ApiRequest,
    operation: Operation,
) -> Result<Reply, ApiError> {
    let (app, deadline) = (&external.app, Deadline::within(REQUEST_WITHIN));
    let caller = flow::caller(app, request, deadline).await?;
    let sent = Sent::read(request)?;
    let mut wanted = wanted(&sent, operation, request.environment)?;
    let (webcode, service) = (caller.webcode(), external.service(request)?);
    let named = wanted.named_subscription();
    let [merchant, found, subscription] = app
        .store(request.environment)
        .load(
            [
                merchant_at(request.environment, webcode),
                Some(Key::forwarded(
                    &service.name,
                    webcode,
                    &wanted.shop_transaction_id,
                )),
                named.map(|token| Key::forwarded_subscription(&service.name, token)),
            ],
            deadline,
        )
        .await?;
    require_assigned(service, request.environment, merchant)?;
    if operation != Operation::Pay {
        crate::subscription::require_capability(service)?;
    }
    // Whatever is asked for: a service may take any token that it knows for its owner's consent.
    if named.is_some() {
        crate::subscription::require_own(subscription, webcode)?;
    }
    wanted.payment.shop_transaction_id =
        name_at_service(request.environment, webcode, &wanted.shop_transaction_id);
    let base_url = request.base_url(app.config.base_url.as_deref());
    wanted.payment.callback_url = format!("{base_url}/v3/{}/callback", service.name);
    let asked = wanted.asked(webcode, service, operation);
    let paid = external
        .forwarder(request.environment)
        .pay(service, &asked, &wanted.payment, found)
        .await
        .map_err(refusal)?;
    Ok(Reply {
        replayed: paid.replayed,
        ..Reply::bare(&paid.answer)?
    })
}

/// Checks what was sent.
fn wanted<'a>(
    sent: &Sent<'a>,
    operation: Operation,
    environment: Environment,
) -> Result<Wanted<'a>, ApiError> {
    let money = sent.money()?;
    let shop_transaction_id = sent.shop_transaction_id()?;
    let subscription_info = match operation {
        Operation::Pay => None,
        Operation::Schedule | Operation::Start | Operation::Charge => {
            let info = sent.subscription_info()?;
            Some(info.ok_or_else(|| ApiError::invalid("subscriptionInfo is required."))?)
        }
    };
    let has_token = subscription_info
        .as_ref()
        .is_some_and(|info| info.token.is_some());
    if operation == Operation::Charge && !has_token {
        return Err(ApiError::invalid("subscriptionInfo.token is required."));
    }
    let payment = Payment {
        amount: money.value,
        currency: money.currency,
        // The caller's own for now, and for the fingerprint.
        shop_transaction_id: shop_transaction_id.clone(),
        success_redirect_url: sent.redirect_url("successRedirectUrl", environment)?,
        failure_redirect_url: sent.redirect_url("failureRedirectUrl", environment)?,
        callback_url: String::new(),
        provider_data: sent.provider_data()?,
        subscription_info,
    };
    // Through a value: white space and the order of fields don't count.
    let parameters = serde_json::to_string(&payment).map_err(ApiError::internal)?;
    let parameters: serde_json::Value =
        serde_json::from_str(&parameters).map_err(ApiError::internal)?;
    Ok(Wanted {
        money,
        shop_transaction_id,
        fingerprint: fingerprint(&parameters).map_err(ApiError::internal)?,
        payment,
    })
}

impl Wanted<'_> {
    /// The subscription that the body names.
    fn named_subscription(&self) -> Option<&str> {
        let info = self.payment.subscription_info.as_ref()?;
        info.token.as_deref()
    }

    fn asked(&self, webcode: &Webcode, service: &Service, operation: Operation) -> Asked {
        Asked {
            webcode: webcode.clone(),
            external: service.name.clone(),
            shop_transaction_id: self.shop_transaction_id.clone(),
            operation,
            fingerprint: self.fingerprint.clone(),
            amount: self.money,
        }
    }
}
