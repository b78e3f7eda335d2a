//! `/v3/{external}/…`: the External Integration contract, exposed for every configured external service
//! (external-integration.txt; docs/external-integration.md).
//!
//! Callers have API keys, whose environment decides; `callback` alone is public. What comes in is checked, recorded, passed on
//! and answered in the contract's bodies; refusals are the standard error body.

mod body;
mod callback;
#[cfg(feature = "openapi")]
pub mod openapi;
mod pay;
mod reach;
mod refund;
mod status;
mod subscription;

use lambda_http::{Body, Request, Response};
use processor::Processors;
use processor::forwarded::{CallbackUrl, Forwarder};
use shared::app::{App, Parts};
use shared::config::{Config, ConfigError};
use shared::domain::environment::Environment;
use shared::domain::forwarded::{Operation, Tell};
use shared::http::{self, ApiError, ApiRequest, Reply, route_matches};

/// The state of the function, made once per execution environment.
pub struct External {
    app: App,
    processors: Processors,
    callback_url: Option<CallbackUrl>,
}

impl External {
    /// The function's state.
    ///
    /// # Errors
    /// [`ConfigError`] when the configuration is incomplete or wrong.
    pub fn new(config: Config, parts: Parts) -> Result<Self, ConfigError> {
        Self::over(App::new(config, parts)?)
    }

    /// The function's state, over what every function has.
    ///
    /// # Errors
    /// [`ConfigError`] when what is said of external services is wrong.
    pub fn over(app: App) -> Result<Self, ConfigError> {
        Ok(Self {
            processors: Processors::new(&app.config)?,
            callback_url: CallbackUrl::of(&app.config.external)?,
            app,
        })
    }

    /// Acts on the payments of an environment.
    fn forwarder(&self, environment: Environment) -> Forwarder<'_> {
        Forwarder {
            app: &self.app,
            environment,
            outbound: &self.processors.outbound,
            callback_url: self.callback_url.as_ref(),
        }
    }
}

/// What can be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Endpoint {
    Forward(Operation),
    Refund,
    Status(Tell),
    Callback,
    UpdateSubscription,
    ExpireSubscription,
    SubscriptionStatus,
}

/// Every address, as the template has it.
const ROUTES: [(&str, Endpoint); 11] = [
    ("/v3/{external}/pay", Endpoint::Forward(Operation::Pay)),
    ("/v3/{external}/refund", Endpoint::Refund),
    ("/v3/{external}/status", Endpoint::Status(Tell::Nobody)),
    ("/v3/{external}/check", Endpoint::Status(Tell::Always)),
    ("/v3/{external}/callback", Endpoint::Callback),
    (
        "/v3/{external}/subscription/schedule",
        Endpoint::Forward(Operation::Schedule),
    ),
    (
        "/v3/{external}/subscription/start",
        Endpoint::Forward(Operation::Start),
    ),
    (
        "/v3/{external}/subscription/pay",
        Endpoint::Forward(Operation::Charge),
    ),
    (
        "/v3/{external}/subscription/update/{subscriptionToken}",
        Endpoint::UpdateSubscription,
    ),
    (
        "/v3/{external}/subscription/expire/{subscriptionToken}",
        Endpoint::ExpireSubscription,
    ),
    (
        "/v3/{external}/subscription/status/{subscriptionToken}",
        Endpoint::SubscriptionStatus,
    ),
];

/// Answers a request of the contract.
pub async fn handler(external: &External, request: Request) -> Response<Body> {
    let request = ApiRequest::by_key(request, &external.app.entropy);
    let found = ROUTES
        .iter()
        .find(|(route, _)| route_matches(route, request.path()));
    let (route, endpoint) = match found {
        Some((route, endpoint)) => (*route, Some(*endpoint)),
        None => ("none", None),
    };
    let answer = answer(external, &request, endpoint);
    http::serve(&external.app, route, &request, answer).await
}

async fn answer(
    external: &External,
    request: &ApiRequest,
    endpoint: Option<Endpoint>,
) -> Result<Reply, ApiError> {
    match endpoint {
        Some(Endpoint::Forward(operation)) => pay::forward(external, request, operation).await,
        Some(Endpoint::Refund) => refund::refund(external, request).await,
        Some(Endpoint::Status(tell)) => status::status(external, request, tell).await,
        Some(Endpoint::Callback) => callback::callback(external, request).await,
        Some(Endpoint::UpdateSubscription) => subscription::update(external, request).await,
        Some(Endpoint::ExpireSubscription) => subscription::expire(external, request).await,
        Some(Endpoint::SubscriptionStatus) => subscription::status(external, request).await,
        None => Err(ApiError::NoSuchRoute),
    }
}
