//! One attempt: the event is signed for this moment, sent, and what came of it is told.

use std::time::Duration;

use shared::domain::client_secret::InForce;
use shared::domain::delivery::{Delivery, DeliveryAttempt, ErrorClass, Outcome, kept_of};
use shared::domain::retry::parse_retry_after;
use shared::domain::time::Ticks;
use shared::signature;
use tokio::time::Instant;

use crate::Worker;
use crate::post::Post;

/// Sends an event.
pub(crate) async fn make(
    worker: &Worker,
    delivery: &Delivery,
    url: &str,
    secrets: &InForce<String>,
    now: Ticks,
) -> Outcome {
    let began = Instant::now();
    let answer = worker
        .poster
        .post(signed(delivery, url, secrets, now))
        .await;
    let duration = began.elapsed();
    match answer {
        Ok(answer) => Outcome {
            attempt: DeliveryAttempt {
                at: now,
                duration_ms: in_ms(duration),
                status: Some(answer.status),
                error: None,
            },
            answer: kept_of(&answer.body),
            retry_after: answer
                .retry_after
                .and_then(|text| parse_retry_after(&text, worker.app.clock.now())),
        },
        Err(error) => without_answer(now, duration, error),
    }
}

/// The outcome of an attempt that had no answer.
pub(crate) fn without_answer(at: Ticks, duration: Duration, error: ErrorClass) -> Outcome {
    Outcome {
        attempt: DeliveryAttempt {
            at,
            duration_ms: in_ms(duration),
            status: None,
            error: Some(error),
        },
        answer: None,
        retry_after: None,
    }
}

fn signed<'a>(
    delivery: &'a Delivery,
    url: &'a str,
    secrets: &InForce<String>,
    now: Ticks,
) -> Post<'a> {
    let (timestamp, body) = (now.unix_seconds(), delivery.body.as_str());
    Post {
        url,
        body,
        headers: [
            ("x-avirato-timestamp", timestamp.to_string()),
            (
                "x-avirato-signature",
                signature::avirato(&secrets.signs, timestamp, body),
            ),
            ("webhook-id", delivery.event_id.clone()),
            ("webhook-timestamp", timestamp.to_string()),
            (
                "webhook-signature",
                signature::standard_webhooks(secrets, &delivery.event_id, timestamp, body),
            ),
        ],
    }
}

fn in_ms(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
