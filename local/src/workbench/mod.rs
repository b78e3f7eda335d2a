//! `/local/…`: what a developer needs beside the service, and what exists nowhere but here.

mod clock;
mod inbox;
mod shop;
mod signature;

use std::sync::Arc;

use bytes::Bytes;
use http::request::Parts;
use http::{Method, Response, StatusCode};
use http_body_util::Full;
use serde_json::{Value, json};
use shared::app::App;
use shared::clock::Clock;
use shared::domain::environment::Environment;

use self::inbox::Delivery;
pub(crate) use self::inbox::Inbox;
use crate::demo;
use crate::engines::{DatabaseEngine, QueueEngine};
use crate::gateway::json;
use crate::pumps::Timer;
use crate::stack::Running;

/// What answers `/local/…`.
pub(crate) struct Workbench {
    /// Reaches the merchants' settings.
    pub(crate) app: Arc<App>,
    /// Stamps what arrives in the inbox.
    pub(crate) clock: Clock,
    /// Where the demo merchants' webhooks arrive.
    pub(crate) inbox: Arc<Inbox>,
    /// Told apart by `/local/health`.
    pub(crate) database: Arc<DatabaseEngine>,
    /// Told apart by `/local/health`.
    pub(crate) queues: Arc<QueueEngine>,
    /// What brings events on, told apart by `/local/health`.
    pub(crate) running: Arc<Running>,
    /// What finds whatever has fallen due.
    pub(crate) timers: Vec<Arc<Timer>>,
}

impl Workbench {
    /// Answers one request.
    pub(crate) async fn answer(&self, head: &Parts, body: &Bytes) -> Response<Full<Bytes>> {
        let path = head.uri.path().trim_start_matches("/local/");
        let segments: Vec<_> = path.split('/').collect();
        match (&head.method, segments.as_slice()) {
            (&Method::GET, ["health"]) => self.health(),
            (&Method::GET, ["demo"]) => json(StatusCode::OK, &demo::merchants()),
            (&Method::GET, ["inbox"]) => json(
                StatusCode::OK,
                &self.inbox.list(webcode(head).as_deref()).into(),
            ),
            (&Method::DELETE, ["inbox"]) => {
                let removed = self.inbox.empty(webcode(head).as_deref());
                json(StatusCode::OK, &json!({ "removed": removed }))
            }
            (&Method::POST, ["inbox", environment, webcode]) => {
                match Environment::find(environment) {
                    Some(environment) => self.receive(environment, webcode, head, body).await,
                    None => refusal(StatusCode::NOT_FOUND, "The environment is live or test."),
                }
            }
            (&Method::GET, ["shop", "ok"]) => shop::thanks(&self.app, head.uri.query()).await,
            (&Method::GET, ["shop", "ko"]) => shop::sorry(),
            (&Method::PUT, ["clock"]) => clock::forward(&self.clock, &self.timers, body).await,
            (&Method::PUT, ["webhook-url"]) => self.point_webhook(body).await,
            _ => refusal(StatusCode::NOT_FOUND, NOT_FOUND),
        }
    }

    fn health(&self) -> Response<Full<Bytes>> {
        let (dynamodb, sqs) = (self.database.is_alive(), self.queues.is_alive());
        let events = self.running.all();
        let healthy = dynamodb && sqs && events;
        let status = if healthy {
            StatusCode::OK
        } else {
            StatusCode::SERVICE_UNAVAILABLE
        };
        json(
            status,
            &json!({ "healthy": healthy, "dynamodb": dynamodb, "sqs": sqs, "events": events }),
        )
    }

    async fn receive(
        &self,
        environment: Environment,
        webcode: &str,
        head: &Parts,
        body: &Bytes,
    ) -> Response<Full<Bytes>> {
        let secrets = demo::client_secrets(&self.app, webcode, environment).await;
        let is_valid = |secret: &String| signature::is_valid(secret, &head.headers, body);
        let signature_valid = secrets.is_some_and(|secrets| {
            is_valid(&secrets.signs) || secrets.also_counts.as_ref().is_some_and(is_valid)
        });
        let delivery = Delivery {
            environment,
            webcode,
            head,
            body,
            signature_valid,
        };
        self.inbox.put(self.clock.now(), &delivery);
        json(StatusCode::OK, &json!({ "received": true }))
    }

    async fn point_webhook(&self, body: &Bytes) -> Response<Full<Bytes>> {
        let wanted: Value = serde_json::from_slice(body).unwrap_or_default();
        let text = |name: &str| wanted[name].as_str();
        let environment = text("environment").and_then(Environment::find);
        let (Some(webcode), Some(environment), Some(url)) =
            (text("webcode"), environment, text("url"))
        else {
            return refusal(
                StatusCode::BAD_REQUEST,
                r#"The body is {"webcode": "SHOP01", "environment": "test" or "live", "url": "http://…"}."#,
            );
        };
        match demo::point_webhook(&self.app, webcode, environment, url).await {
            Ok(()) => json(StatusCode::OK, &wanted),
            Err(error) => refusal(StatusCode::BAD_REQUEST, &error.to_string()),
        }
    }
}

const NOT_FOUND: &str = "There are GET /local/health, GET /local/demo, GET and DELETE /local/inbox?webcode=, \
                         PUT /local/webhook-url, PUT /local/clock, and GET /local/shop/ok and /local/shop/ko.";

fn refusal(status: StatusCode, message: &str) -> Response<Full<Bytes>> {
    json(status, &json!({ "message": message }))
}

fn webcode(head: &Parts) -> Option<String> {
    let query = head.uri.query().unwrap_or_default();
    let mut pairs = url::form_urlencoded::parse(query.as_bytes());
    pairs
        .find(|(name, _)| name == "webcode")
        .map(|(_, value)| value.into_owned())
}
