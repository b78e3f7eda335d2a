//! The `data` that a customer brings to `urlOk`: a JWT signed with the merchant's client secret
//! (online-payments.txt, *The data parameter on urlOk*; contract README, *Redirect JWT*).

use serde::Serialize;
use shared::app::App;
use shared::config::Config;
use shared::domain::client_secret::ClientSecret;
use shared::domain::environment::Environment;
use shared::domain::money::Money;
use shared::domain::reference::Reference;
use shared::domain::session::{Session, SessionStatus};
use shared::domain::text::with_query_parameter;
use shared::domain::time::Ticks;
use shared::domain::webcode::Webcode;
use shared::http::{ApiError, ApiRequest};
use shared::jwt;
use shared::store::{self, Item};

/// How long after the completion the page hands out `data`.
const VALID_SECONDS: u64 = 60 * 60;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Claims<'a> {
    iss: String,
    iat: u64,
    exp: u64,
    webcode: &'a Webcode,
    environment: Environment,
    session_id: &'a Reference,
    payment_reference: &'a Reference,
    amount: Money,
    status: &'static str,
    payment_status: &'static str,
    is_pre_auth: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    custom_reference: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'a str>,
}

/// Where a customer who paid goes on to: `urlOk` with `data`, and without it once the time to hand it out is over.
pub(crate) fn url_ok(
    app: &App,
    request: &ApiRequest,
    environment: Environment,
    session: &Session,
    secret: Option<&Item>,
    now: Ticks,
) -> Result<String, ApiError> {
    let (Some(payment_reference), Some(completed_at)) =
        (&session.payment_reference, session.ended_at)
    else {
        return Err(ApiError::internal("the session is not completed"));
    };
    let iat = completed_at.unix_seconds();
    let exp = iat + VALID_SECONDS;
    if now.unix_seconds() >= exp {
        return Ok(session.url_ok.clone());
    }
    let sealer = Config::require(app.sealer.as_ref(), "SEALING_KEY").map_err(ApiError::internal)?;
    let secret: ClientSecret = store::read(
        secret
            .cloned()
            .ok_or_else(|| ApiError::internal("the merchant has no client secret"))?,
    )?;
    let secret = sealer
        .in_force(&secret, environment, &session.webcode, now)
        .map_err(ApiError::internal)?
        .signs;
    let claims = Claims {
        iss: request.base_url(app.config.base_url.as_deref()),
        iat,
        exp,
        webcode: &session.webcode,
        environment,
        session_id: &session.session_id,
        payment_reference,
        amount: session.amount,
        status: SessionStatus::Completed.as_str(),
        payment_status: "AUTHORISED",
        is_pre_auth: session.is_pre_auth,
        custom_reference: session.custom_reference.as_deref(),
        description: session.description.as_deref(),
    };
    let token = jwt::sign(&jwt::hs256(), &claims, secret.as_bytes()).map_err(ApiError::internal)?;
    Ok(with_query_parameter(&session.url_ok, "data", &token))
}
