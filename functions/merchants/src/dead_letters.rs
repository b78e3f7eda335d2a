//! The dead-letter queue of an environment: looked at, and given another chance.

use std::time::Duration;

use http::StatusCode;
use serde::Serialize;
use shared::domain::delivery::{Delivery, DeliveryState};
use shared::domain::event::EventId;
use shared::domain::time::Ticks;
use shared::http::{ApiError, Reply};
use shared::message::Message;
use shared::store::{self, Key};
use tokio::time::Instant;

use crate::deliveries::{is_enabled, resend_one};
use crate::queues::DeadLetter;
use crate::task::Task;

/// Messages that one request shows, at most.
const SHOWN_MAX: usize = 100;

/// A request begins no further batch after this.
const BATCHES_WITHIN: Duration = Duration::from_secs(5);

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Shown {
    message_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    sent_at: Option<String>,
    /// What it names; absent when it names nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    names: Option<Message>,
    /// Where the delivery that it names stands; absent when there is none any more.
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<DeliveryState>,
}

/// Shows what was given up, without taking it away.
pub(crate) async fn list(task: &Task<'_>) -> Result<Reply, ApiError> {
    let mut letters = Vec::new();
    while letters.len() < SHOWN_MAX {
        let batch = task.queues.take(task.environment()).await?;
        if batch.is_empty() {
            break;
        }
        letters.extend(batch);
    }
    let mut shown = Vec::with_capacity(letters.len());
    for letter in &letters {
        let delivery = match &letter.named {
            Some(Message::Delivery { event, endpoint }) => load(task, event, endpoint).await?,
            _ => None,
        };
        shown.push(Shown {
            message_id: letter.id.clone(),
            sent_at: letter.sent_at_ms.map(at),
            names: letter.named.clone(),
            state: delivery.map(|delivery| delivery.state),
        });
    }
    task.queues.put_back(task.environment(), &letters).await?;
    Reply::new(StatusCode::OK, &shown)
}

fn at(unix_ms: u64) -> String {
    Ticks::new(0).plus(Duration::from_millis(unix_ms)).iso()
}

/// What became of the messages that were given up.
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Redriven {
    /// Deliveries that failed and are sent again.
    resent: usize,
    /// Names that were put on the queue again.
    named: usize,
    /// Names of what is done, or is not there any more: their messages are gone.
    done: usize,
    /// Left where they are: they name nothing, or a merchant without an endpoint that is enabled.
    left: usize,
    /// Whether there may be more: ask again.
    is_more: bool,
}

/// Gives what was given up another chance.
pub(crate) async fn redrive(task: &Task<'_>) -> Result<Reply, ApiError> {
    let began = Instant::now();
    let mut redriven = Redriven::default();
    let mut left = Vec::new();
    loop {
        let batch = task.queues.take(task.environment()).await?;
        if batch.is_empty() {
            break;
        }
        for letter in batch {
            let outcome = give(task, &letter).await?;
            *match outcome {
                Outcome::Resent => &mut redriven.resent,
                Outcome::Named => &mut redriven.named,
                Outcome::Done => &mut redriven.done,
                Outcome::Left => &mut redriven.left,
            } += 1;
            if outcome == Outcome::Left {
                left.push(letter);
            } else {
                // After what it stands for is written: a crash in between leaves it to be done twice, which does nothing.
                task.queues.delete(task.environment(), &letter).await?;
            }
        }
        if began.elapsed() > BATCHES_WITHIN {
            redriven.is_more = true;
            break;
        }
    }
    task.queues.put_back(task.environment(), &left).await?;
    tracing::info!(
        operator = task.operator(), environment = %task.environment(), resent = redriven.resent,
        named = redriven.named, done = redriven.done, left = redriven.left, "dead letters redriven"
    );
    Reply::new(StatusCode::ACCEPTED, &redriven)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Resent,
    Named,
    Done,
    Left,
}

async fn give(task: &Task<'_>, letter: &DeadLetter) -> Result<Outcome, ApiError> {
    let Some(message) = &letter.named else {
        return Ok(Outcome::Left);
    };
    if let Message::Delivery { event, endpoint } = message {
        let Some(delivery) = load(task, event, endpoint).await? else {
            return Ok(Outcome::Done);
        };
        if delivery.state == DeliveryState::Failed {
            let wanted = [Some(Key::webhook(&delivery.webcode))];
            let [webhook] = task.store().load(wanted, task.deadline).await?;
            if !is_enabled(webhook)? {
                return Ok(Outcome::Left);
            }
            // Not as it was any more: somebody else sends it again.
            resend_one(task, &delivery).await?;
            return Ok(Outcome::Resent);
        }
        if delivery.state.is_terminal() {
            return Ok(Outcome::Done);
        }
    }
    task.queues.send(task.environment(), message).await?;
    Ok(Outcome::Named)
}

/// The delivery that a message names, if it is there.
async fn load(task: &Task<'_>, event: &str, endpoint: &str) -> Result<Option<Delivery>, ApiError> {
    let Some(event) = EventId::find(event) else {
        return Ok(None);
    };
    let wanted = [Some(Key::delivery(&event, endpoint))];
    let [found] = task.store().load(wanted, task.deadline).await?;
    Ok(found.map(store::read).transpose()?)
}
