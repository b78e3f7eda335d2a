//! `GET …/payment/session/{sessionId}`, `…/payment/sessions` and `…/payment/modifications`: how things stand (contract
//! README, *Queries*, *Lists*).

mod modifications;
#[cfg(feature = "openapi")]
pub mod openapi;
mod session;
mod sessions;

use lambda_http::{Body, Request, Response};
use shared::app::App;
use shared::http::{self, ApiRequest};
use shared::listing::list;

use crate::modifications::Modifications;
use crate::sessions::Sessions;

/// Answers a query.
pub async fn handler(app: &App, request: Request) -> Response<Body> {
    let request = ApiRequest::new(request, &app.entropy);
    match request.path() {
        path if path.ends_with("/payment/sessions") => {
            let page = list::<Sessions>(app, &request);
            http::serve(app, "GET /payment/sessions", &request, page).await
        }
        path if path.ends_with("/payment/modifications") => {
            let page = list::<Modifications>(app, &request);
            http::serve(app, "GET /payment/modifications", &request, page).await
        }
        _ => {
            let session = session::query(app, &request);
            http::serve(app, "GET /payment/session/{sessionId}", &request, session).await
        }
    }
}
