//! `POST …/subscription/update/{subscriptionToken}`

use processor::Client;
use processor::forwarded::CALL_WITHIN;
use serde::Serialize;
use serde_json::value::RawValue;
use shared::app::REQUEST_WITHIN;
use shared::domain::money::Currency;
use shared::flow;
use shared::http::{ApiError, ApiRequest, Reply};
use shared::store::Deadline;

use super::{answered, own};
use crate::External;
use crate::body::{Sent, SubscriptionInfo};

/// What goes on to the service.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Update<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    amount: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    currency: Option<Currency>,
    #[serde(skip_serializing_if = "Option::is_none")]
    subscription_info: Option<SubscriptionInfo<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    provider_data: Option<&'a RawValue>,
}

/// Passes a change of a subscription on. What is absent stays as it is.
pub(crate) async fn update(external: &External, request: &ApiRequest) -> Result<Reply, ApiError> {
    let deadline = Deadline::within(REQUEST_WITHIN);
    let caller = flow::caller(&external.app, request, deadline).await?;
    let sent = Sent::read(request)?;
    let money = sent.find_money()?;
    let update = Update {
        amount: money.map(|money| money.value),
        currency: money.map(|money| money.currency),
        subscription_info: sent.subscription_info()?,
        provider_data: sent.provider_data()?,
    };
    let (service, subscription) = own(external, request, &caller, deadline).await?;
    let named = update.subscription_info.as_ref();
    let named = named.and_then(|info| info.token.as_deref());
    if named.is_some_and(|token| token != subscription.token) {
        return Err(ApiError::invalid(
            "subscriptionInfo.token must be the subscription of the address.",
        ));
    }
    let client = Client::new(service, &external.processors.outbound).within(CALL_WITHIN);
    let outcome = client
        .update_subscription(&subscription.token, &update)
        .await;
    Reply::bare(&answered(outcome)?)
}
