//! `GET …/webhook/deliveries` and `GET …/webhook/deliveries/{event}`: what became of a merchant's events, for the merchant
//! itself. Everything that changes something is the operators' (docs/management.md).
//!
//! What a receiver answered, its status included, is shown to operators alone: else a merchant's webhook would be a way to look at
//! what answers at an address.

mod list;
#[cfg(feature = "openapi")]
pub mod openapi;
mod show;
mod shown;

use lambda_http::{Body, Request, Response};
use shared::app::App;
use shared::http::{self, ApiRequest};
use shared::listing;

use crate::list::Deliveries;

/// Answers a merchant.
pub async fn handler(app: &App, request: Request) -> Response<Body> {
    let request = ApiRequest::new(request, &app.entropy);
    if request.path().ends_with("/webhook/deliveries") {
        let page = listing::list::<Deliveries>(app, &request);
        http::serve(app, "GET /webhook/deliveries", &request, page).await
    } else {
        let delivery = show::show(app, &request);
        http::serve(app, "GET /webhook/deliveries/{event}", &request, delivery).await
    }
}
