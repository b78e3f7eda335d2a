//! `GET …/webhook/deliveries/{event}`: one delivery, with what is sent.

use http::StatusCode;
use shared::app::App;
use shared::domain::delivery::{DEFAULT_ENDPOINT, Delivery};
use shared::domain::event::EventId;
use shared::domain::webcode::Webcode;
use shared::flow;
use shared::http::fields::parse_webcode;
use shared::http::{ApiError, ApiRequest, Reply};
use shared::store::{self, Key};

use crate::shown::Shown;

/// Shows one delivery: one trip.
pub(crate) async fn show(app: &App, request: &ApiRequest) -> Result<Reply, ApiError> {
    let asked = asked(request);
    let webcode = asked.as_ref().ok().map(|(webcode, _)| webcode.clone());
    let item = flow::read(app, request, asked).await?;
    let delivery: Delivery = store::read(item.ok_or(ApiError::NotFound)?)?;
    if webcode.as_ref() != Some(&delivery.webcode) {
        return Err(ApiError::AccessDenied);
    }
    Reply::new(StatusCode::OK, &Shown::whole(delivery))
}

fn asked(request: &ApiRequest) -> Result<(Webcode, Option<Key>), ApiError> {
    let webcode = webcode(request)?;
    // What cannot be an event names nothing.
    let event = request
        .path_variable("event")
        .and_then(|text| EventId::find(&text));
    let key = event.map(|event| Key::delivery(&event, DEFAULT_ENDPOINT));
    Ok((webcode, key))
}

/// The merchant that the query names.
pub(crate) fn webcode(request: &ApiRequest) -> Result<Webcode, ApiError> {
    let webcode = request.query_parameter("webcode");
    parse_webcode(&webcode.ok_or_else(|| ApiError::invalid("webcode is required."))?)
}
