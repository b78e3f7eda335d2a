//! `/pay-external/{token}`: the hosted payment page (online-payments.txt; contract README, *Payment page*).
//!
//! The signed address is the capability: there are no cookies. Of what a customer types into the form, no more than a card's
//! brand, last four digits and expiry outlives the request.

mod amount;
mod data;
mod form;
mod language;
mod live;
mod page;
mod submit;
mod texts;
mod visit;

use http::Method;
use lambda_http::{Body, Request, Response};
use processor::Processors;
use shared::app::App;
use shared::config::{Config, ConfigError};
use shared::domain::environment::Environment;
use shared::domain::reference::Reference;
use shared::http::{ApiError, ApiRequest};
use shared::store::retry::chain;
use tracing::Instrument;

use crate::page::Page;
use crate::visit::Visit;

/// The state of the function, made once per execution environment.
pub struct Checkout {
    pub(crate) app: App,
    pub(crate) processors: Processors,
}

impl Checkout {
    /// The function's state.
    ///
    /// # Errors
    /// [`ConfigError`] when the configuration is incomplete: without its keys the function must not start, rather than fail
    /// after its first write.
    pub fn new(app: App) -> Result<Self, ConfigError> {
        Config::require(app.page_tokens.as_ref(), "PAGE_TOKEN_KEY")?;
        Config::require(app.sealer.as_ref(), "SEALING_KEY")?;
        Ok(Self {
            processors: Processors::new(&app.config)?,
            app,
        })
    }
}

/// Answers a visit to the payment page.
pub async fn handler(checkout: &Checkout, request: Request) -> Response<Body> {
    let request = ApiRequest::new(request, &checkout.app.entropy);
    let method = request.method();
    let span = tracing::info_span!("request", traceId = request.trace_id, route = "/pay-external/{token}", %method);
    async {
        let page = answer(checkout, &request).await.unwrap_or_else(|error| {
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

async fn answer(checkout: &Checkout, request: &ApiRequest) -> Result<Page, ApiError> {
    request.check_size()?;
    let app = &checkout.app;
    let link = link(app, request)?;
    match (request.method(), link.environment) {
        (&Method::POST, Environment::Test) => submit::submit(app, request, &link).await,
        (_, Environment::Test) => Visit::begin(app, request, &link).await?.look().await,
        (_, Environment::Live) => live::answer(checkout, request, &link).await,
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
