//! `/manage/v1/merchants…`: what operators do for merchants (docs/management.md).
//!
//! API Gateway lets nobody through whom IAM does not permit, and says who it was. A request without that is refused here too.
//! Every change is one transaction with the record of who made it; keys and secrets are in the reply that makes them, once.

mod audit;
mod keys;
mod merchant;
mod route;
mod secret;
mod task;
mod webhook;

use lambda_http::{Body, Request, Response};
use shared::app::App;
use shared::domain::environment::Environment;
use shared::http::{self, ApiError, ApiRequest, Reply};

use crate::route::Endpoint;
use crate::task::Task;

/// Answers an operator.
pub async fn handler(app: &App, request: Request) -> Response<Body> {
    let mut request = ApiRequest::new(request, &app.entropy);
    let (route, endpoint) = route::find(request.method(), request.path());
    let named = request.path_variable("environment");
    let named = named.as_deref().and_then(Environment::find);
    if let Some(environment) = named {
        request.environment = environment;
    }
    let is_named = named.is_some();
    http::serve(app, route, &request, async {
        let task = Task::begin(app, &request)?;
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
        Endpoint::ListAudit => audit::list(task).await,
    }
}

#[cfg(test)]
mod tests {
    use lambda_http::request;
    use serde_json::{Value, json};
    use shared::app::Parts;
    use shared::config::Config;

    use super::*;

    fn app() -> App {
        let config = Config::from_lookup(|name| match name {
            "AWS_REGION" | "AWS_ACCESS_KEY_ID" | "AWS_SECRET_ACCESS_KEY" => Some("x".to_owned()),
            _ => Some(name.to_owned()).filter(|name| name.ends_with("_TABLE")),
        });
        let config = config.expect("complete");
        let parts = Parts::system(&config).expect("roots");
        App::new(config, parts).expect("an app")
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
        let app = app();
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
            assert_eq!(handler(&app, request).await.status(), 403, "{authorizer}");
        }
        let named = json!({ "iam": { "userArn": "arn:aws:iam::000000000000:user/somebody" } });
        let named = request::from_str(&event(&named)).expect("an event");
        let named = ApiRequest::new(named, &app.entropy);
        assert!(
            Task::begin(&app, &named).is_ok(),
            "what is told apart above is there"
        );
        let bare = Request::new(Body::Empty);
        assert_eq!(handler(&app, bare).await.status(), 403, "no context at all");
    }
}
