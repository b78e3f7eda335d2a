//! `GET …/pos/terminals` and `POST …/pos/payment`: payments at terminals (contract README, *POS*, *POS payment*).

#[cfg(feature = "openapi")]
pub mod openapi;
mod pay;
mod terminals;

use lambda_http::{Body, Request, Response};
use shared::app::App;
use shared::http::{self, ApiRequest};

/// Answers a request about terminals.
pub async fn handler(app: &App, request: Request) -> Response<Body> {
    let request = ApiRequest::new(request, &app.entropy);
    if request.path().ends_with("/terminals") {
        let terminals = terminals::list(app, &request);
        http::serve(app, "GET /pos/terminals", &request, terminals).await
    } else {
        let payment = pay::pay(app, &request);
        http::serve(app, "POST /pos/payment", &request, payment).await
    }
}
