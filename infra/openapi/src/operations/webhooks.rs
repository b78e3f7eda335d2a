//! What became of webhooks, and having them sent again (our choice: the documents say what webhooks are, not how to look at them).

use shared::http::ApiError;
use shared::redelivery::{NOT_ENABLED, UNDER_WAY};

use crate::operation::{
    Body, CURSOR, Data, FROM, LIMIT, Method, Operation, Parameter, Place, Scope, Success, TO,
    WEBCODE, optional,
};

const EVENT: Parameter = Parameter {
    name: "event",
    place: Place::Path,
    required: true,
    description: "`event_id` of the webhook.",
    schema: r#"{"type": "string"}"#,
    example: "evt_SHOP01-PXT-17195123456789_1",
};

pub(super) const LIST: Operation = Operation {
    scope: Scope::Environments { idempotent: false },
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
    scope: Scope::Environments { idempotent: false },
    method: Method::Get,
    path: "/webhook/deliveries/{event}",
    id: "showDelivery",
    tag: "Deliveries",
    summary: "Show the delivery of an event",
    description: "With the body that is sent.",
    parameters: &[EVENT, WEBCODE],
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

pub(super) const RESEND: Operation = Operation {
    scope: Scope::Environments { idempotent: false },
    method: Method::Post,
    path: "/webhook/resend",
    id: "resendDelivery",
    tag: "Deliveries",
    summary: "Send an event again",
    description: "Whatever became of it: at once, and after a failure as often as the first time. It has the same `event_id` and the same body. \
                  409 while an attempt is under way. It takes no `Idempotency-Key`: its receiver knows an event that comes twice by its `event_id`.",
    parameters: &[],
    body: Some(Body {
        schema: "ResendDelivery",
        example: r#"{
  "webcode": "SHOP01",
  "eventId": "evt_SHOP01-PXT-17195123456789_1"
}"#,
    }),
    success: Success {
        status: 202,
        description: "The delivery as it stands now: it is due.",
        data: Data::One("Delivery"),
        example: r#"{
  "success": true,
  "data": {
    "eventId": "evt_SHOP01-PXT-17195123456789_1",
    "eventCode": "AUTHORISATION",
    "state": "waiting",
    "createdAt": "2026-06-29 14:00:00",
    "dueAt": "2026-06-30 09:00:00",
    "attempts": [
      { "at": "2026-06-29 14:00:00", "durationMs": 84, "outcome": "delivered" }
    ]
  }
}"#,
        links: &[],
    },
    errors: || vec![ApiError::NotFound, UNDER_WAY, NOT_ENABLED],
};

pub(super) const RESEND_MISSED: Operation = Operation {
    scope: Scope::Environments { idempotent: false },
    method: Method::Post,
    path: "/webhook/resend-missed",
    id: "resendDeliveries",
    tag: "Deliveries",
    summary: "Send again what was missed",
    description: "Events that came to be between two times and failed; with `states` also those that were skipped, because there was no \
                  endpoint that was enabled. Up to a hundred at once: as long as `nextCursor` is not null, ask again with it as `cursor`. It takes no \
                  `Idempotency-Key`: what was sent again is not missed any more.",
    parameters: &[],
    body: Some(Body {
        schema: "ResendDeliveries",
        example: r#"{
  "webcode": "SHOP01",
  "from": "2026-06-29T00:00:00Z",
  "to": "2026-06-30T00:00:00Z",
  "states": ["failed", "skipped"]
}"#,
    }),
    success: Success {
        status: 202,
        description: "So many are sent again.",
        data: Data::One("Resent"),
        example: r#"{
  "success": true,
  "data": { "resent": 7, "nextCursor": null }
}"#,
        links: &[],
    },
    errors: || vec![ApiError::InvalidDate("from"), NOT_ENABLED],
};

pub(super) const PING: Operation = Operation {
    scope: Scope::Environments { idempotent: false },
    method: Method::Post,
    path: "/webhook/ping",
    id: "pingWebhook",
    tag: "Deliveries",
    summary: "Send a test event",
    description: "With `event_code` `PING`, signed and retried like every other. What becomes of it is its delivery. It takes no `Idempotency-Key`: \
                  each request sends an event of its own.",
    parameters: &[],
    body: Some(Body {
        schema: "PingWebhook",
        example: r#"{
  "webcode": "SHOP01"
}"#,
    }),
    success: Success {
        status: 202,
        description: "The event is sent.",
        data: Data::One("Ping"),
        example: r#"{
  "success": true,
  "data": { "eventId": "evt_SHOP01-PNG-17195123456789_1" }
}"#,
        links: &[],
    },
    errors: || vec![NOT_ENABLED],
};
