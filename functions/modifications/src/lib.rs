//! `POST …/payment/refund`: changes payments (modifications.txt). One file for each kind of modification.

mod refund;

use lambda_http::{Body, Request, Response};
use shared::app::App;
use shared::flow;
use shared::http::{self, ApiError, ApiRequest};

/// Answers a request to modify a payment.
pub async fn handler(app: &App, request: Request) -> Response<Body> {
    let request = ApiRequest::new(request, &app.entropy);
    match request.path().rsplit('/').next() {
        Some("refund") => {
            let outcome = flow::change::<refund::RefundPayment>(app, &request);
            http::serve(app, "POST /payment/refund", &request, outcome).await
        }
        // The template routes nothing else here.
        _ => {
            http::serve(app, "unknown", &request, async {
                Err(ApiError::NoSuchRoute)
            })
            .await
        }
    }
}
