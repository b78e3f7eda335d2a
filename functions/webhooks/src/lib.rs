//! `…/webhook/{deliveries, resend, resend-missed, ping}`: what became of a merchant's events, for the merchant itself, who can have them sent
//! again, and a test event. Where they are sent is set by operators (docs/management.md).
//!
//! What a receiver answered, its status included, is shown to operators alone: else a merchant's webhook would be a way to look at
//! what answers at an address.

mod list;
#[cfg(feature = "openapi")]
pub mod openapi;
mod ping;
mod resend;
mod route;
mod show;
mod shown;

use lambda_http::{Body, Request, Response};
use serde_json::{Map, Value};
use shared::actor::{Actor, Who};
use shared::app::{App, REQUEST_WITHIN};
use shared::domain::webcode::Webcode;
use shared::flow;
use shared::http::{self, ApiError, ApiRequest, Fields};
use shared::listing;
use shared::store::Deadline;

use crate::list::Deliveries;
use crate::route::Endpoint;

/// Answers a merchant.
pub async fn handler(app: &App, request: Request) -> Response<Body> {
    let request = ApiRequest::new(request, &app.entropy);
    let (route, endpoint) = route::find(request.method(), request.path());
    http::serve(app, route, &request, async {
        match endpoint.ok_or(ApiError::NoSuchRoute)? {
            Endpoint::List => listing::list::<Deliveries>(app, &request).await,
            Endpoint::Show => show::show(app, &request).await,
            Endpoint::Resend => resend::one(app, &request).await,
            Endpoint::ResendMissed => resend::missed(app, &request).await,
            Endpoint::Ping => ping::ping(app, &request).await,
        }
    })
    .await
}

/// Who asks, for the merchant that the body names, and what else is read of the body. One trip.
///
/// # Errors
/// The first error in the contract's order of checks.
async fn asked<T>(
    app: &App,
    request: &ApiRequest,
    parse: impl FnOnce(&Webcode, &Map<String, Value>) -> Result<T, ApiError>,
) -> Result<Asked<T>, ApiError> {
    let deadline = Deadline::within(REQUEST_WITHIN);
    let caller = flow::caller(app, request, deadline).await?;
    let body = request.json()?;
    let webcode = Fields::of(&body).webcode()?;
    let parsed = parse(&webcode, &body)?;
    caller.require(&webcode)?;
    Ok(Asked {
        key_id: caller.key_id().to_owned(),
        webcode,
        parsed,
        deadline,
    })
}

/// What a merchant asks for that may ask for it.
struct Asked<T> {
    key_id: String,
    webcode: Webcode,
    parsed: T,
    deadline: Deadline,
}

impl<T> Asked<T> {
    fn actor<'a>(&'a self, app: &'a App, request: &'a ApiRequest) -> Actor<'a> {
        Actor::new(app, request, Who::Merchant(&self.key_id), self.deadline)
    }
}
