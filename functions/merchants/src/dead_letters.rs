//! The dead-letter queue of an environment: looked at, and given another chance.

use std::time::Duration;

use http::StatusCode;
use serde::Serialize;
use shared::domain::delivery::{Delivery, DeliveryState};
use shared::domain::event::EventId;
use shared::domain::time::Ticks;
use shared::http::{ApiError, Reply};
use shared::message::Message;
use shared::store::retry::chain;
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
            Some(Message::Delivery { event, endpoint }) => find(task, event, endpoint).await?,
            _ => Found::Nothing,
        };
        shown.push(Shown {
            message_id: letter.id.clone(),
            sent_at: letter.sent_at_ms.map(at),
            names: letter.named.clone(),
            state: match delivery {
                Found::Delivery(delivery) => Some(delivery.state),
                Found::Nothing | Found::Unreadable => None,
            },
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
    /// Left where they are: they name nothing, what cannot be read, or a merchant without an endpoint that is enabled.
    left: usize,
    /// Whether there may be more, and something became of what there was: ask again.
    is_more: bool,
}

/// Gives what was given up another chance.
pub(crate) async fn redrive(task: &Task<'_>) -> Result<Reply, ApiError> {
    let began = Instant::now();
    let mut redriven = Redriven::default();
    // Not put back before all of it was looked at: it would be taken again.
    let mut left = Vec::new();
    let outcome = loop {
        let mut batch = match task.queues.take(task.environment()).await {
            Ok(batch) => batch.into_iter(),
            Err(error) => break Err(error),
        };
        if batch.len() == 0 {
            break Ok(());
        }
        if let Err(error) = give_all(task, &mut batch, &mut redriven, &mut left).await {
            left.extend(batch);
            break Err(error);
        }
        if began.elapsed() > BATCHES_WITHIN {
            // Where nothing comes of anything, asking again would find the same.
            redriven.is_more = redriven.resent + redriven.named + redriven.done > 0;
            break Ok(());
        }
    };
    tracing::info!(
        operator = task.operator(), environment = %task.environment(), resent = redriven.resent,
        named = redriven.named, done = redriven.done, left = redriven.left, "dead letters redriven"
    );
    // With more to come, what is left shows by itself, after the next request has taken what lies behind it.
    if !redriven.is_more {
        task.queues.put_back(task.environment(), &left).await?;
    }
    outcome?;
    Reply::new(StatusCode::ACCEPTED, &redriven)
}

/// Acts on messages until one cannot be acted on, which is left with those before it.
async fn give_all(
    task: &Task<'_>,
    letters: &mut std::vec::IntoIter<DeadLetter>,
    redriven: &mut Redriven,
    left: &mut Vec<DeadLetter>,
) -> Result<(), ApiError> {
    for letter in letters {
        let outcome = match give(task, &letter).await {
            Ok(outcome) => outcome,
            Err(error) => {
                left.push(letter);
                return Err(error);
            }
        };
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
    Ok(())
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
        let delivery = match find(task, event, endpoint).await? {
            Found::Nothing => return Ok(Outcome::Done),
            Found::Unreadable => return Ok(Outcome::Left),
            Found::Delivery(delivery) => delivery,
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

/// What a message names.
enum Found {
    Nothing,
    Delivery(Box<Delivery>),
    /// It is there, and makes no sense.
    Unreadable,
}

async fn find(task: &Task<'_>, event: &str, endpoint: &str) -> Result<Found, ApiError> {
    let Some(event) = EventId::find(event) else {
        return Ok(Found::Nothing);
    };
    let wanted = [Some(Key::delivery(&event, endpoint))];
    let [found] = task.store().load(wanted, task.deadline).await?;
    let Some(found) = found else {
        return Ok(Found::Nothing);
    };
    Ok(match store::read(found) {
        Ok(delivery) => Found::Delivery(Box::new(delivery)),
        Err(error) => {
            tracing::error!(%event, cause = chain(&error), "a delivery cannot be read");
            Found::Unreadable
        }
    })
}
