//! A delivery as its merchant may see it.

use serde::Serialize;
use serde_json::Value;
use shared::domain::delivery::{Delivery, DeliveryAttempt, DeliveryState, ErrorClass};

/// What became of an event. What it does not have is left out.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(
    feature = "openapi",
    derive(utoipa::ToSchema),
    schema(as = Delivery, description = "What became of an event. What it does not have is left out.")
)]
pub(crate) struct Shown {
    /// `event_id` of the webhook.
    #[cfg_attr(
        feature = "openapi",
        schema(example = "evt_SHOP01-PXT-17195123456789_1")
    )]
    event_id: String,
    /// `event_code` of the webhook.
    #[cfg_attr(feature = "openapi", schema(example = "AUTHORISATION"))]
    event_code: String,
    state: DeliveryState,
    /// When it came to be, in UTC.
    #[cfg_attr(feature = "openapi", schema(example = "2026-06-29 14:00:00"))]
    created_at: String,
    /// When its next attempt is due, in UTC.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(
        feature = "openapi",
        schema(nullable = false, example = "2026-06-29 14:05:00")
    )]
    due_at: Option<String>,
    /// When it was delivered, failed or was skipped, in UTC.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(
        feature = "openapi",
        schema(nullable = false, example = "2026-06-29 14:00:03")
    )]
    ended_at: Option<String>,
    /// Attempts that have ended, in order; of many the latest.
    attempts: Vec<ShownAttempt>,
    /// What is sent, byte for byte. Not in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    body: Option<String>,
}

/// One attempt.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(
    feature = "openapi",
    derive(utoipa::ToSchema),
    schema(as = DeliveryAttempt, description = "One attempt to deliver an event.")
)]
pub(crate) struct ShownAttempt {
    /// When it began, in UTC.
    #[cfg_attr(feature = "openapi", schema(example = "2026-06-29 14:00:00"))]
    at: String,
    /// How long it took, in milliseconds.
    #[cfg_attr(feature = "openapi", schema(example = 84))]
    duration_ms: u64,
    outcome: Outcome,
}

/// How an attempt ended. `refused` is any answer but 2xx: which one, only the service's operators see.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(
    feature = "openapi",
    derive(utoipa::ToSchema),
    schema(as = DeliveryOutcome)
)]
pub(crate) enum Outcome {
    Delivered,
    Refused,
    Timeout,
    #[serde(rename = "no connection")]
    NoConnection,
    #[serde(rename = "connection broken")]
    ConnectionBroken,
    #[serde(rename = "address not allowed")]
    AddressNotAllowed,
    #[serde(rename = "invalid url")]
    InvalidUrl,
    /// It was not sent, by a fault of this service.
    #[serde(rename = "not sent")]
    NotSent,
}

impl Shown {
    /// A row of a list.
    pub(crate) fn row(delivery: Delivery) -> Self {
        Self {
            body: None,
            ..Self::whole(delivery)
        }
    }

    /// With what is sent.
    pub(crate) fn whole(delivery: Delivery) -> Self {
        let body: Value = serde_json::from_str(&delivery.body).unwrap_or_default();
        let code = body["event_code"].as_str().unwrap_or_default();
        Self {
            event_id: delivery.event_id,
            event_code: code.to_owned(),
            state: delivery.state,
            created_at: delivery.created_at.to_string(),
            due_at: delivery.due_at.map(|at| at.to_string()),
            ended_at: delivery.ended_at.map(|at| at.to_string()),
            attempts: delivery.attempts.iter().map(attempt).collect(),
            body: Some(delivery.body),
        }
    }
}

fn attempt(attempt: &DeliveryAttempt) -> ShownAttempt {
    let outcome = match attempt.error {
        None if attempt.succeeded() => Outcome::Delivered,
        None => Outcome::Refused,
        Some(ErrorClass::Timeout) => Outcome::Timeout,
        Some(ErrorClass::NoConnection) => Outcome::NoConnection,
        Some(ErrorClass::ConnectionBroken) => Outcome::ConnectionBroken,
        Some(ErrorClass::AddressNotAllowed) => Outcome::AddressNotAllowed,
        Some(ErrorClass::InvalidUrl) => Outcome::InvalidUrl,
        Some(ErrorClass::SecretUnusable) => Outcome::NotSent,
    };
    ShownAttempt {
        at: attempt.at.to_string(),
        duration_ms: attempt.duration_ms,
        outcome,
    }
}
