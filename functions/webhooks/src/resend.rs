//! `POST …/webhook/resend` and `POST …/webhook/resend-missed`: what was sent before, or was missed, is sent again.

use http::StatusCode;
use serde::Serialize;
use shared::app::App;
use shared::domain::event::EventId;
use shared::domain::webcode::Webcode;
use shared::http::{ApiError, ApiRequest, Fields, Reply};
use shared::listing::cursors;
use shared::redelivery::{self, Missed};

use crate::asked;
use crate::shown::Shown;

/// Sends one event again.
pub(crate) async fn one(app: &App, request: &ApiRequest) -> Result<Reply, ApiError> {
    let asked = asked(app, request, |_, body| {
        // What cannot be an event names nothing.
        Ok(EventId::find(Fields::of(body).text("eventId")?))
    })
    .await?;
    let event = asked.parsed.as_ref().ok_or(ApiError::NotFound)?;
    let actor = asked.actor(app, request);
    let delivery = redelivery::resend(&actor, &asked.webcode, event).await?;
    Reply::new(StatusCode::ACCEPTED, &Shown::row(delivery))
}

/// How many events are sent again.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(
    feature = "openapi",
    derive(utoipa::ToSchema),
    schema(as = Resent, description = "How many events are sent again.")
)]
pub(crate) struct Resent {
    #[cfg_attr(feature = "openapi", schema(example = 7))]
    resent: usize,
    /// As long as it is not null there may be more: ask again with it as `cursor`.
    #[cfg_attr(feature = "openapi", schema(required))]
    next_cursor: Option<String>,
}

/// Sends again what was made between two times and missed.
pub(crate) async fn missed(app: &App, request: &ApiRequest) -> Result<Reply, ApiError> {
    let asked = asked(app, request, |webcode, body| {
        let mut missed = Missed::parse(body)?;
        let filters = filters(request, webcode, &missed)?;
        if let Some(cursor) = Fields::of(body).find_text("cursor")? {
            let place = cursors(app)?.read(&filters, cursor).map_err(|_| {
                ApiError::invalid(
                    "cursor must be the nextCursor of a request with the same fields.",
                )
            })?;
            missed.after = Some(place);
        }
        Ok((missed, filters))
    })
    .await?;
    let (missed, filters) = &asked.parsed;
    let actor = asked.actor(app, request);
    let resent = redelivery::resend_missed(&actor, &asked.webcode, missed).await?;
    let next_cursor = resent
        .next
        .map(|place| Ok::<_, ApiError>(cursors(app)?.sign(filters, &place)))
        .transpose()?;
    let resent = Resent {
        resent: resent.count,
        next_cursor,
    };
    Reply::new(StatusCode::ACCEPTED, &resent)
}

/// What a cursor is bound to: it is no good for another request, nor for a list.
fn filters(request: &ApiRequest, webcode: &Webcode, missed: &Missed) -> Result<String, ApiError> {
    let filters = (
        request.environment.as_str(),
        request.path(),
        webcode,
        missed,
    );
    serde_json::to_string(&filters).map_err(ApiError::internal)
}
