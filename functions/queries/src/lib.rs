//! `GET …/payment/session/{sessionId}`: how a session stands (contract README, *Queries*).

mod session;

use lambda_http::{Body, Request, Response};
use shared::app::App;
use shared::http::{self, ApiRequest};

/// Answers a query.
pub async fn handler(app: &App, request: Request) -> Response<Body> {
    let request = ApiRequest::new(request, &app.entropy);
    http::serve(
        app,
        "GET /payment/session/{sessionId}",
        &request,
        session::query(app, &request),
    )
    .await
}
