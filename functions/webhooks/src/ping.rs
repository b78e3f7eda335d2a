//! `POST …/webhook/ping`: a test event, on the way that every event goes.

use http::StatusCode;
use serde::Serialize;
use shared::app::App;
use shared::http::{ApiError, ApiRequest, Reply};
use shared::redelivery;

use crate::asked;

/// The event that is sent.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(
    feature = "openapi",
    derive(utoipa::ToSchema),
    schema(as = Ping, description = "The test event that is sent.")
)]
pub(crate) struct Sent {
    /// `event_id` of the webhook.
    #[cfg_attr(
        feature = "openapi",
        schema(example = "evt_SHOP01-PNG-17195123456789_1")
    )]
    event_id: String,
}

/// Sends a `PING`.
pub(crate) async fn ping(app: &App, request: &ApiRequest) -> Result<Reply, ApiError> {
    let asked = asked(app, request, |_, _| Ok(())).await?;
    let actor = asked.actor(app, request);
    let event_id = redelivery::ping(&actor, &asked.webcode).await?;
    Reply::new(StatusCode::ACCEPTED, &Sent { event_id })
}
