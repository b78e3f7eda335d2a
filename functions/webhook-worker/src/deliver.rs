//! One delivery: claim the attempt, send, record the outcome.

use std::time::Duration;

use lambda_runtime::Error;
use shared::domain::client_secret::{ClientSecret, InForce};
use shared::domain::delivery::{Delivery, DeliveryAttempt, Due, ErrorClass, Outcome, kept_of};
use shared::domain::environment::Environment;
use shared::domain::event::EventId;
use shared::domain::retry::parse_retry_after;
use shared::domain::time::Ticks;
use shared::signature;
use shared::store::commit::CommitError;
use shared::store::load::BACKGROUND_WITHIN;
use shared::store::{self, Deadline, Item, Key, Webhook, Write};
use tokio::time::Instant;

use crate::Worker;
use crate::post::Post;

/// Makes the attempt that is due, if one is. A message that comes twice finds nothing to do.
pub(crate) async fn deliver(
    worker: &Worker,
    environment: Environment,
    event: &str,
    endpoint: &str,
) -> Result<(), Error> {
    let event = EventId::find(event).ok_or("the message names no event")?;
    let webcode = event
        .reference
        .webcode()
        .ok_or("the event has no merchant")?;
    tracing::Span::current().record("webcode", webcode.as_str());
    let key = Key::delivery(&event, endpoint);
    let deadline = Deadline::within(BACKGROUND_WITHIN);
    let store = worker.app.store(environment);
    let wanted = [
        Some(key.clone()),
        Some(Key::webhook(&webcode)),
        Some(Key::client_secret(&webcode)),
    ];
    let [delivery, webhook, secret] = store.load(wanted, deadline).await?;

    let before: Delivery = store::read(delivery.ok_or("the delivery is not there")?)?;
    let now = worker.app.clock.now();
    let writer = worker.app.entropy.uuid().to_string();
    let target = target(webhook, secret)?;
    let (number, target) = match (before.due(now), target) {
        (Due::NotYet | Due::Over, _) => return Ok(()),
        (Due::Attempt(number), Some(target)) => (number, target),
        (due, _) => {
            let mut after = before.clone();
            if due == Due::GiveUp {
                after.give_up(now);
            } else {
                after.skip(now);
            }
            let write = store::record_delivery(key, &before, &after, now, &writer)?;
            tracing::info!(%environment, event = %event, end = ?after.state, "nothing is left to try");
            return write_or_leave(worker, environment, write, &writer, deadline)
                .await
                .map(|_| ());
        }
    };

    let mut claimed = before.clone();
    claimed.claim(number, now);
    let write = store::claim_delivery(key.clone(), &before, &claimed, &writer)?;
    if !write_or_leave(worker, environment, write, &writer, deadline).await? {
        return Ok(());
    }
    let sent_at = worker.app.clock.now();
    let secrets = worker
        .sealer
        .in_force(&target.secret, environment, &webcode, sent_at);
    let outcome = match &secrets {
        Ok(secrets) => attempt(worker, &claimed, &target.url, secrets, sent_at).await,
        Err(unsealable) => {
            // It counts as an attempt, so that it is tried again, and has an end.
            tracing::error!(
                %environment, event = %event, cause = %unsealable,
                "the client secret cannot be opened: was SEALING_KEY changed?"
            );
            let duration = Duration::ZERO;
            without_answer(sent_at, duration, ErrorClass::SecretUnusable)
        }
    };
    let ended = worker.app.clock.now();
    let mut after = claimed.clone();
    let attempt = &outcome.attempt;
    tracing::info!(
        %environment, event = %event, number, status = attempt.status,
        error = attempt.error.map(tracing::field::display), duration_ms = attempt.duration_ms, "attempt made"
    );
    after.record(outcome, worker.app.entropy.jitter(), ended);
    let writer = worker.app.entropy.uuid().to_string();
    let write = store::record_delivery(key, &claimed, &after, ended, &writer)?;
    write_or_leave(
        worker,
        environment,
        write,
        &writer,
        Deadline::within(BACKGROUND_WITHIN),
    )
    .await
    .map(|_| ())
}

/// Where an event goes, and what it is signed with.
struct Target {
    url: String,
    secret: ClientSecret,
}

/// The target of a merchant's events; `None` when there is no endpoint that is enabled.
fn target(webhook: Option<Item>, secret: Option<Item>) -> Result<Option<Target>, Error> {
    let (Some(webhook), Some(secret)) = (webhook, secret) else {
        return Ok(None);
    };
    let webhook: Webhook = store::read(webhook)?;
    if !webhook.enabled {
        return Ok(None);
    }
    Ok(Some(Target {
        url: webhook.url,
        secret: store::read(secret)?,
    }))
}

/// Writes, or leaves it to whoever was faster: `false`.
async fn write_or_leave(
    worker: &Worker,
    environment: Environment,
    write: Write,
    writer: &str,
    deadline: Deadline,
) -> Result<bool, Error> {
    match worker
        .app
        .store(environment)
        .commit(&[write], writer, deadline)
        .await
    {
        Ok(()) => Ok(true),
        Err(CommitError::Refused(_)) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// Sends the event, signed for this moment.
async fn attempt(
    worker: &Worker,
    delivery: &Delivery,
    url: &str,
    secrets: &InForce<String>,
    now: Ticks,
) -> Outcome {
    let timestamp = now.unix_seconds();
    let post = Post {
        url,
        body: &delivery.body,
        headers: [
            ("x-avirato-timestamp", timestamp.to_string()),
            (
                "x-avirato-signature",
                signature::avirato(&secrets.signs, timestamp, &delivery.body),
            ),
            ("webhook-id", delivery.event_id.clone()),
            ("webhook-timestamp", timestamp.to_string()),
            (
                "webhook-signature",
                signature::standard_webhooks(
                    secrets,
                    &delivery.event_id,
                    timestamp,
                    &delivery.body,
                ),
            ),
        ],
    };
    let began = Instant::now();
    let answer = worker.poster.post(post).await;
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

fn without_answer(at: Ticks, duration: Duration, error: ErrorClass) -> Outcome {
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

fn in_ms(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
