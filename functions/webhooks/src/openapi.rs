//! What may be sent to this function and what it answers, for the description of the API (`infra/openapi`). The parsing is
//! beside each endpoint; Schemathesis finds where the two differ.

use shared::domain::webcode::Webcode;
use shared::openapi::{IsoDate, with};
use utoipa::ToSchema;
use utoipa::openapi::schema::ComponentsBuilder;

use crate::ping::Sent;
use crate::resend::Resent;
use crate::shown::Shown;

/// Adds the schemas of this function's bodies.
#[must_use]
pub fn schemas(components: ComponentsBuilder) -> ComponentsBuilder {
    [
        with::<Shown>,
        with::<ResendDelivery>,
        with::<ResendDeliveries>,
        with::<Resent>,
        with::<PingWebhook>,
        with::<Sent>,
    ]
    .into_iter()
    .fold(components, |components, add| add(components))
}

/// Which event is to be sent again. Unknown fields are ignored.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
#[expect(dead_code, reason = "its schema is all that is used")]
struct ResendDelivery {
    /// Your identifier. It must be that of the API key.
    webcode: Webcode,
    /// `event_id` of the webhook.
    #[schema(example = "evt_SHOP01-PXT-17195123456789_1")]
    event_id: String,
}

/// Which events are to be sent again. Unknown fields are ignored, and `null` is the same as absent.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
#[expect(dead_code, reason = "its schema is all that is used")]
struct ResendDeliveries {
    /// Your identifier. It must be that of the API key.
    webcode: Webcode,
    /// Events that came to be then or later: ISO 8601, UTC where it has no offset.
    #[schema(inline = false)]
    from: IsoDate,
    /// Events that came to be before then.
    #[schema(inline = false)]
    to: IsoDate,
    /// Those that stand so now: `failed` ones where nothing is said.
    #[schema(min_items = 1)]
    states: Option<Vec<MissedState>>,
    /// Only those that failed or were skipped then or later.
    #[schema(value_type = Option<IsoDate>)]
    ended_from: Option<IsoDate>,
    /// `nextCursor` of the request before, with the same fields.
    cursor: Option<String>,
}

/// How a delivery ended that was missed.
#[derive(ToSchema)]
#[schema(rename_all = "lowercase")]
#[expect(dead_code, reason = "its schema is all that is used")]
enum MissedState {
    /// Given up after the last attempt, or because the receiver answered 410.
    Failed,
    /// There was no endpoint that was enabled.
    Skipped,
}

/// Whose endpoint is to be tried. Unknown fields are ignored.
#[derive(ToSchema)]
#[expect(dead_code, reason = "its schema is all that is used")]
struct PingWebhook {
    /// Your identifier. It must be that of the API key.
    webcode: Webcode,
}
