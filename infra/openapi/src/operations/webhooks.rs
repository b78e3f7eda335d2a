//! What became of webhooks (our choice: the documents say what webhooks are, not how to look at them).

use shared::http::ApiError;

use crate::operation::{
    CURSOR, Data, FROM, LIMIT, Method, Operation, Parameter, Place, Scope, Success, TO, WEBCODE,
    optional,
};

pub(super) const LIST: Operation = Operation {
    scope: Scope::Environments,
    method: Method::Get,
    path: "/webhook/deliveries",
    id: "listDeliveries",
    tag: "Deliveries",
    summary: "List deliveries of webhooks",
    description: "Newest first, of the last 30 days. As long as `nextCursor` is not null there is another page.",
    parameters: &[
        WEBCODE,
        optional(
            "state",
            "Those that stand so now.",
            r##"{"$ref": "#/components/schemas/DeliveryState"}"##,
            "failed",
        ),
        FROM,
        TO,
        LIMIT,
        CURSOR,
    ],
    body: None,
    success: Success {
        status: 200,
        description: "A page of deliveries.",
        data: Data::Page("Delivery"),
        example: r#"{
  "success": true,
  "data": [
    {
      "eventId": "evt_SHOP01-PXT-17195123456789_1",
      "eventCode": "AUTHORISATION",
      "state": "waiting",
      "createdAt": "2026-06-29 14:00:00",
      "dueAt": "2026-06-29 14:00:05",
      "attempts": [
        { "at": "2026-06-29 14:00:00", "durationMs": 84, "outcome": "refused" }
      ]
    }
  ],
  "pagination": { "limit": 20, "nextCursor": null }
}"#,
        links: &[],
    },
    errors: || vec![ApiError::InvalidDate("from")],
};

pub(super) const SHOW: Operation = Operation {
    scope: Scope::Environments,
    method: Method::Get,
    path: "/webhook/deliveries/{event}",
    id: "showDelivery",
    tag: "Deliveries",
    summary: "Show the delivery of an event",
    description: "With the body that is sent.",
    parameters: &[
        Parameter {
            name: "event",
            place: Place::Path,
            required: true,
            description: "`event_id` of the webhook.",
            schema: r#"{"type": "string"}"#,
            example: "evt_SHOP01-PXT-17195123456789_1",
        },
        WEBCODE,
    ],
    body: None,
    success: Success {
        status: 200,
        description: "The delivery as it stands now.",
        data: Data::One("Delivery"),
        example: r#"{
  "success": true,
  "data": {
    "eventId": "evt_SHOP01-PXT-17195123456789_1",
    "eventCode": "AUTHORISATION",
    "state": "delivered",
    "createdAt": "2026-06-29 14:00:00",
    "endedAt": "2026-06-29 14:00:06",
    "attempts": [
      { "at": "2026-06-29 14:00:00", "durationMs": 10000, "outcome": "timeout" },
      { "at": "2026-06-29 14:00:06", "durationMs": 84, "outcome": "delivered" }
    ],
    "body": "{\"event_id\":\"evt_SHOP01-PXT-17195123456789_1\"}"
  }
}"#,
        links: &[],
    },
    errors: || vec![ApiError::NotFound],
};
