//! What a service is sent when it is asked for a payment: the same each time, from what the tables say.

use serde_json::json;
use shared::app::App;
use shared::domain::environment::Environment;
use shared::domain::external::PayRequest;
use shared::domain::payment::{AtProcessor, Payment};
use shared::domain::session::Session;
use shared::store::Unavailable;

/// The request for a payment: its name is our reference, and the customer comes back to the session's own page.
pub(crate) fn pay(
    app: &App,
    environment: Environment,
    payment: &Payment,
    at: &AtProcessor,
    session: Option<&Session>,
) -> Result<PayRequest, Unavailable> {
    let page = match session {
        Some(session) => {
            let tokens = app
                .page_tokens
                .as_ref()
                .ok_or_else(|| Unavailable::because("PAGE_TOKEN_KEY is not set"))?;
            let token = tokens
                .sign(environment, &session.session_id)
                .map_err(Unavailable::because)?;
            Some(format!("{}/pay-external/{token}", at.base_url))
        }
        None => None,
    };
    let provider_data = match (session, &payment.terminal) {
        (Some(session), _) => json!({
            "channel": "ecommerce",
            "webcode": payment.webcode,
            "preAuth": payment.is_pre_auth,
            "countryCode": session.country_code,
            "shopperLocale": session.shopper_locale,
            "description": session.description,
        }),
        (None, Some(terminal)) => json!({
            "channel": "pos",
            "webcode": payment.webcode,
            "preAuth": payment.is_pre_auth,
            "poiId": terminal.poi_id,
        }),
        (None, None) => json!({ "preAuth": payment.is_pre_auth }),
    };
    Ok(PayRequest {
        amount: payment.amount.value,
        currency: payment.amount.currency,
        shop_transaction_id: payment.payment_reference.to_string(),
        success_redirect_url: page.as_ref().map(|page| format!("{page}?returned=ok")),
        failure_redirect_url: page.map(|page| format!("{page}?returned=ko")),
        callback_url: Some(format!("{}/v3/{}/callback", at.base_url, at.service)),
        provider_data: Some(provider_data),
    })
}
