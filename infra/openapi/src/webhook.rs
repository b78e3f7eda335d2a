//! What the service sends to merchants (contract README, *Webhooks*).

use serde_json::{Value, json};

/// An event, as it is printed.
pub(crate) const EXAMPLE: &str = r#"{
  "event_id": "evt_SHOP01-PXTT-17952288515357_1",
  "event_code": "AUTHORISATION",
  "result": "success",
  "environment": "test",
  "createdAt": "2026-11-21 02:41:10",
  "sequence": 1,
  "data": {
    "webcode": "SHOP01",
    "sessionId": "SHOP01-EXTT-17952288514691",
    "paymentReference": "SHOP01-PXTT-17952288515357",
    "paymentStatus": "AUTHORISED",
    "amount": { "value": 15000, "currency": "EUR" },
    "customReference": "ORD-2026-12345",
    "result": "success"
  }
}"#;

/// What stands above it.
pub(crate) const DESCRIPTION: &str = "Sent to the URL that is set for the environment, as POST. Any 2xx within 10 seconds is \
    success; otherwise it comes again after about 5 seconds, 5 minutes, 30 minutes, 2, 5, 10 and 10 hours. An event can come \
    twice: its `event_id` stays the same. Check the signature before you believe a word.";

/// The headers of a delivery: name, form, meaning.
pub(crate) const HEADERS: &[(&str, &str, &str)] = &[
    (
        "X-Avirato-Timestamp",
        r"^\d+$",
        "Unix seconds, at the time of sending.",
    ),
    (
        "X-Avirato-Signature",
        "^t=(\\d+),v1=([a-f0-9]+)$",
        "`v1` is the lower-case hex of HMAC-SHA256 over timestamp, `.` and the raw body, under the environment's client secret.",
    ),
    (
        "webhook-id",
        "^evt_.+$",
        "Standard Webhooks: the `event_id`.",
    ),
    (
        "webhook-timestamp",
        r"^\d+$",
        "Standard Webhooks: the same time.",
    ),
    (
        "webhook-signature",
        "^v1,.+$",
        "Standard Webhooks: base64 of HMAC-SHA256 over id, `.`, timestamp, `.` and the raw body; the key is the client secret's \
         bytes. While a secret is being rotated there are two.",
    ),
];

/// The Path Item Object.
pub(crate) fn describe() -> Value {
    let headers: Vec<Value> = HEADERS
        .iter()
        .map(|(name, pattern, description)| {
            json!({
                "name": name, "in": "header", "required": true, "description": description,
                "schema": { "type": "string", "pattern": pattern },
            })
        })
        .collect();
    let example: Value = crate::operation::json(EXAMPLE);
    json!({ "post": {
        "operationId": "receiveEvent",
        "tags": ["Webhooks"],
        "summary": "An event",
        "description": DESCRIPTION,
        "security": [],
        "parameters": headers,
        "requestBody": {
            "required": true,
            "content": { "application/json": {
                "schema": { "$ref": "#/components/schemas/WebhookEvent" },
                "examples": { "documented": { "value": example } },
            }},
        },
        "responses": { "2XX": { "description": "Received." } },
    }})
}
