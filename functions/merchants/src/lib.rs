//! `/manage/v1/merchants…`: what operators do for merchants (docs/management.md).
//!
//! API Gateway lets nobody through whom IAM does not permit, and says who it was. A request without that is refused here too.
//! Every change is one transaction with the record of who made it; keys and secrets are in the reply that makes them, once.

mod audit;
mod cursor;
mod dead_letters;
mod deliveries;
mod external_service;
mod keys;
mod merchant;
mod ping;
mod queues;
mod repair;
mod route;
mod secret;
mod settlement;
mod task;
mod webhook;

use lambda_http::{Body, Request, Response};
use processor::Services;
use shared::app::{App, Parts};
use shared::config::{Config, ConfigError};
use shared::domain::environment::Environment;
use shared::http::{self, ApiError, ApiRequest, Reply};

use crate::queues::Queues;
use crate::route::Endpoint;
use crate::task::Task;

/// The state of the function, made once per execution environment.
pub struct Merchants {
    app: App,
    queues: Queues,
    services: Services,
}

impl Merchants {
    /// The function's state.
    ///
    /// # Errors
    /// [`ConfigError`] when the configuration is incomplete.
    pub fn new(config: Config, parts: Parts) -> Result<Self, ConfigError> {
        let queues = Queues::new(&config, &parts)?;
        let services = Services::without_credentials(&config.external)?;
        let app = App::new(config, parts)?;
        // Without its key the function must not start, rather than fail when a merchant's first key is made.
        Config::require(app.sealer.as_ref(), "SEALING_KEY")?;
        Ok(Self {
            app,
            queues,
            services,
        })
    }
}

/// Answers an operator.
pub async fn handler(merchants: &Merchants, request: Request) -> Response<Body> {
    let app = &merchants.app;
    let mut request = ApiRequest::new(request, &app.entropy);
    let (route, endpoint) = route::find(request.method(), request.path());
    let named = request.path_variable("environment");
    let named = named.as_deref().and_then(Environment::find);
    if let Some(environment) = named {
        request.environment = environment;
    }
    let is_named = named.is_some();
    http::serve(app, route, &request, async {
        let task = Task::begin(merchants, &request)?;
        let endpoint = endpoint.ok_or(ApiError::NoSuchRoute)?;
        if !is_named && endpoint.has_environment() {
            return Err(ApiError::NotFound);
        }
        answer(&task, endpoint).await
    })
    .await
}

async fn answer(task: &Task<'_>, endpoint: Endpoint) -> Result<Reply, ApiError> {
    match endpoint {
        Endpoint::CreateMerchant => merchant::create(task).await,
        Endpoint::ShowMerchant => merchant::show(task).await,
        Endpoint::RenameMerchant => merchant::rename(task).await,
        Endpoint::CreateKey => keys::create(task).await,
        Endpoint::ListKeys => keys::list(task).await,
        Endpoint::RestrictKey => keys::restrict(task).await,
        Endpoint::RevokeKey => keys::revoke(task).await,
        Endpoint::RegenerateKey => keys::regenerate(task).await,
        Endpoint::RotateSecret => secret::rotate(task).await,
        Endpoint::ShowWebhook => webhook::show(task).await,
        Endpoint::ChangeWebhook => webhook::change(task).await,
        Endpoint::PingWebhook => ping::send(task).await,
        Endpoint::ShowService => external_service::show(task).await,
        Endpoint::AssignService => external_service::assign(task).await,
        Endpoint::SettleModification => settlement::settle(task).await,
        Endpoint::ListDeliveries => deliveries::list(task).await,
        Endpoint::ShowDelivery => deliveries::show(task).await,
        Endpoint::ResendDelivery => deliveries::resend(task).await,
        Endpoint::ResendDeliveries => deliveries::resend_missed(task).await,
        Endpoint::ListDeadLetters => dead_letters::list(task).await,
        Endpoint::RedriveDeadLetters => dead_letters::redrive(task).await,
        Endpoint::Repair => repair::run(task).await,
        Endpoint::ListAudit => audit::list(task).await,
    }
}

#[cfg(test)]
mod tests {
    use lambda_http::request;
    use serde_json::{Value, json};

    use super::*;

    fn merchants() -> Merchants {
        let config = Config::from_lookup(|name| match name {
            "AWS_REGION" | "AWS_ACCESS_KEY_ID" | "AWS_SECRET_ACCESS_KEY" => Some("x".to_owned()),
            "SEALING_KEY" => Some("a key that seals nothing anywhere else".to_owned()),
            _ => Some(name.to_owned())
                .filter(|name| name.ends_with("_TABLE") || name.ends_with("_URL")),
        });
        let config = config.expect("complete");
        let parts = Parts::system(&config).expect("roots");
        Merchants::new(config, parts).expect("a state")
    }

    /// As API Gateway hands a request over, with what it says of the caller.
    fn event(authorizer: &Value) -> String {
        json!({
            "version": "2.0",
            "routeKey": "GET /manage/v1/merchants/{webcode}",
            "rawPath": "/manage/v1/merchants/SHOP01",
            "rawQueryString": "",
            "headers": {},
            "pathParameters": { "webcode": "SHOP01" },
            "requestContext": {
                "authorizer": authorizer,
                "http": {
                    "method": "GET", "path": "/manage/v1/merchants/SHOP01", "protocol": "HTTP/1.1",
                    "sourceIp": "127.0.0.1", "userAgent": "test"
                }
            },
            "isBase64Encoded": false
        })
        .to_string()
    }

    /// Under `cargo lambda watch` there is no authorizer. In the cloud nothing comes here without one.
    #[tokio::test]
    async fn a_request_without_a_caller_is_refused() {
        let merchants = merchants();
        for authorizer in [
            json!(null),
            json!({}),
            json!({ "iam": null }),
            json!({ "iam": {} }),
            json!({ "iam": { "userArn": null } }),
            json!({ "iam": { "userArn": "" } }),
            json!({ "jwt": { "claims": { "sub": "somebody" }, "scopes": [] } }),
        ] {
            let request = request::from_str(&event(&authorizer)).expect("an event");
            assert_eq!(
                handler(&merchants, request).await.status(),
                403,
                "{authorizer}"
            );
        }
        let named = json!({ "iam": { "userArn": "arn:aws:iam::000000000000:user/somebody" } });
        let named = request::from_str(&event(&named)).expect("an event");
        let named = ApiRequest::new(named, &merchants.app.entropy);
        assert!(
            Task::begin(&merchants, &named).is_ok(),
            "what is told apart above is there"
        );
        let bare = Request::new(Body::Empty);
        assert_eq!(
            handler(&merchants, bare).await.status(),
            403,
            "no context at all"
        );
    }
}
