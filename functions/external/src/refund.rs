//! `POST …/refund` (external-integration.txt, *Refund*).

use processor::forwarded::Refund;
use serde::Serialize;
use serde_json::value::RawValue;
use shared::app::REQUEST_WITHIN;
use shared::domain::idempotency::{IdempotencyRecord, fingerprint};
use shared::domain::money::Currency;
use shared::flow;
use shared::http::{ApiError, ApiRequest, Reply};
use shared::store::{self, Deadline, Key};

use crate::External;
use crate::body::{Sent, checked_payment_id};
use crate::reach::{merchant_at, refusal, require_assigned};

/// What goes on to the service.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Body<'a> {
    amount: u64,
    currency: Currency,
    payment_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    provider_data: Option<&'a RawValue>,
}

/// Passes a refund on, or repeats what became of it.
pub(crate) async fn refund(external: &External, request: &ApiRequest) -> Result<Reply, ApiError> {
    let (app, deadline) = (&external.app, Deadline::within(REQUEST_WITHIN));
    let caller = flow::caller(app, request, deadline).await?;
    let sent = Sent::read(request)?;
    let money = sent.money()?;
    let body = Body {
        amount: money.value,
        currency: money.currency,
        payment_id: checked_payment_id(sent.fields().text("paymentId")?)?,
        provider_data: sent.provider_data()?,
    };
    let key = request.idempotency_key()?;
    let (webcode, service) = (caller.webcode(), external.service(request)?);
    let parameters = serde_json::to_string(&body).map_err(ApiError::internal)?;
    let parameters: serde_json::Value =
        serde_json::from_str(&parameters).map_err(ApiError::internal)?;
    let wanted = Refund {
        amount: money,
        fingerprint: fingerprint(&(&service.name, parameters)).map_err(ApiError::internal)?,
        key,
    };
    let [merchant, known] = app
        .store(request.environment)
        .load(
            [
                merchant_at(request.environment, webcode),
                wanted
                    .key
                    .as_ref()
                    .map(|key| Key::idempotency(webcode.as_str(), key)),
            ],
            deadline,
        )
        .await?;
    require_assigned(service, request.environment, merchant)?;
    let known: Option<IdempotencyRecord> = known.map(store::read).transpose()?;
    let owner = (request.environment, webcode);
    let mut seen = external
        .payment_of(owner, service, &body.payment_id, deadline)
        .await?;
    let refunded = external
        .forwarder(request.environment)
        .refund(service, &mut seen, &wanted, &body, known)
        .await
        .map_err(refusal)?;
    Ok(Reply {
        replayed: refunded.replayed,
        ..Reply::bare(&refunded.answer)?
    })
}
