//! `POST …/payment/session`: creates a payment session (online-payments.txt, *Create payment session*).

mod create;
#[cfg(feature = "openapi")]
pub mod openapi;

use lambda_http::{Body, Request, Response};
use shared::app::App;
use shared::flow;
use shared::http::{self, ApiRequest};

/// Answers a request to create a session.
pub async fn handler(app: &App, request: Request) -> Response<Body> {
    let request = ApiRequest::new(request, &app.entropy);
    let outcome = flow::change::<create::CreateSession>(app, &request);
    http::serve(app, "POST /payment/session", &request, outcome).await
}
