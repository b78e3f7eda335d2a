//! `/pay-external/{token}`: the hosted payment page (online-payments.txt; contract README, *Payment page*).
//!
//! The signed address is the capability: there are no cookies. Of what a customer types into the form, no more than a card's
//! brand, last four digits and expiry outlives the request.

mod amount;
mod data;
mod form;
mod language;
mod page;
mod submit;
mod texts;
mod visit;

use http::Method;
use lambda_http::{Body, Request, Response};
use shared::app::App;
use shared::config::Config;
use shared::domain::environment::Environment;
use shared::domain::reference::Reference;
use shared::http::{ApiError, ApiRequest};
use shared::store::retry::chain;
use tracing::Instrument;

use crate::page::Page;
use crate::visit::Visit;

/// Answers a visit to the payment page.
pub async fn handler(app: &App, request: Request) -> Response<Body> {
    let request = ApiRequest::new(request, &app.entropy);
    let method = request.method();
    let span = tracing::info_span!("request", traceId = request.trace_id, route = "/pay-external/{token}", %method);
    async {
        let page = answer(app, &request).await.unwrap_or_else(|error| {
            if let ApiError::Internal(cause) = &error {
                tracing::error!(cause = chain(cause.as_ref()), "failed");
            }
            page::error(&error, &request)
        });
        tracing::info!(status = page.status.as_u16(), page = page.name, "answered");
        page.into_response(&request)
    }
    .instrument(span)
    .await
}

async fn answer(app: &App, request: &ApiRequest) -> Result<Page, ApiError> {
    request.check_size()?;
    let link = link(app, request)?;
    match (request.method(), link.environment) {
        (&Method::POST, Environment::Test) => submit::submit(app, request, &link).await,
        _ => Visit::begin(app, request, &link).await?.look().await,
    }
}

/// What a page's address names.
pub(crate) struct Link {
    pub(crate) environment: Environment,
    pub(crate) session_id: Reference,
}

fn link(app: &App, request: &ApiRequest) -> Result<Link, ApiError> {
    let tokens =
        Config::require(app.page_tokens.as_ref(), "PAGE_TOKEN_KEY").map_err(ApiError::internal)?;
    let token = request.path_variable("token").unwrap_or_default();
    let claims = tokens.read(&token).map_err(|_| ApiError::NotFound)?;
    Ok(Link {
        environment: claims.env,
        session_id: claims.sid,
    })
}
