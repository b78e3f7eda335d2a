//! `POST …/payment/{refund, capture, cancel, extend}`: changes payments (modifications.txt). One file for each kind.

mod cancel;
mod capture;
mod extend;
mod modify;
#[cfg(feature = "openapi")]
pub mod openapi;
mod refund;

use lambda_http::{Body, Request, Response};
use shared::app::App;
use shared::flow;
use shared::http::{self, ApiError, ApiRequest};

use crate::modify::{Kind, Modify};

/// Answers a request to modify a payment.
pub async fn handler(app: &App, request: Request) -> Response<Body> {
    let request = ApiRequest::new(request, &app.entropy);
    match request.path().rsplit('/').next() {
        Some("refund") => modify::<refund::Refund>(app, &request, "POST /payment/refund").await,
        Some("capture") => modify::<capture::Capture>(app, &request, "POST /payment/capture").await,
        Some("cancel") => modify::<cancel::Cancel>(app, &request, "POST /payment/cancel").await,
        Some("extend") => modify::<extend::Extend>(app, &request, "POST /payment/extend").await,
        // The template routes nothing else here.
        _ => {
            http::serve(app, "unknown", &request, async {
                Err(ApiError::NoSuchRoute)
            })
            .await
        }
    }
}

async fn modify<K: Kind>(app: &App, request: &ApiRequest, route: &'static str) -> Response<Body> {
    http::serve(app, route, request, flow::change::<Modify<K>>(app, request)).await
}
