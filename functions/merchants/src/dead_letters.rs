//! The dead-letter queue of an environment: looked at, and given another chance.

use std::collections::VecDeque;
use std::time::Duration;

use http::StatusCode;
use serde::Serialize;
use shared::domain::audit::AuditAction;
use shared::domain::delivery::{Delivery, DeliveryState};
use shared::domain::event::EventId;
use shared::domain::time::Ticks;
use shared::domain::webcode::Webcode;
use shared::http::{ApiError, Fields, Reply};
use shared::message::Message;
use shared::redelivery::{is_enabled, resend_one};
use shared::store::retry::chain;
use shared::store::{self, Key};

use crate::cursor;
use crate::queues::DeadLetter;
use crate::task::Task;

/// Messages that one request shows, at most.
const SHOWN_MAX: usize = 100;

/// A request begins no further batch after this.
const BATCHES_WITHIN: Duration = Duration::from_secs(5);

/// The requests of one pass over the queue come within this. What one of them leaves is out of sight for as long, so that a pass
/// sees nothing twice, and has an end.
const PASS_WITHIN: Duration = Duration::from_secs(5 * 60);

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
    let environment = task.environment();
    task.queues
        .show(environment, &letters, Duration::ZERO)
        .await?;
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
    /// What the next request goes on with; null when the whole queue was looked at.
    next_cursor: Option<String>,
}

/// Gives what was given up another chance. A pass over the queue is several requests: what the earlier ones left is out of sight
/// of the later ones, so that it hides nothing from them.
pub(crate) async fn redrive(task: &Task<'_>) -> Result<Reply, ApiError> {
    let body = task.body()?;
    let cursor = Fields::of(&body).find_text("cursor")?;
    let begun = cursor::read(cursor, |text| begun_at(text, task.now))?.unwrap_or(task.now);
    let mut redriven = Redriven::default();
    // Not put back before all of it was looked at: it would be taken again.
    let mut left = Vec::new();
    let outcome = loop {
        let mut letters = match task.queues.take(task.environment()).await {
            Ok(letters) => VecDeque::from(letters),
            Err(error) => break Err(error),
        };
        if letters.is_empty() {
            break Ok(());
        }
        if let Err(error) = give_all(task, &mut letters, &mut redriven, &mut left).await {
            left.extend(letters);
            break Err(error);
        }
        let now = task.app.clock.now();
        if now > task.now.plus(BATCHES_WITHIN) {
            let is_over = now >= begun.plus(PASS_WITHIN);
            redriven.next_cursor = (!is_over).then(|| cursor::write(&begun.get().to_string()));
            break Ok(());
        }
    };
    tracing::info!(
        operator = task.who.name(), environment = %task.environment(), resent = redriven.resent,
        named = redriven.named, done = redriven.done, left = redriven.left, "dead letters redriven"
    );
    let shown_after = if redriven.next_cursor.is_some() {
        PASS_WITHIN
    } else {
        Duration::ZERO
    };
    let environment = task.environment();
    task.queues.show(environment, &left, shown_after).await?;
    outcome?;
    Reply::new(StatusCode::ACCEPTED, &redriven)
}

/// When a pass began, if that can be: what lies ahead would be a pass without an end.
fn begun_at(text: &str, now: Ticks) -> Option<Ticks> {
    text.parse().ok().map(Ticks::new).filter(|at| *at <= now)
}

/// Acts on a batch: decides on every message, records who has it done, and does it. Messages go from `letters` when they were
/// acted upon, those that stay to `left`.
async fn give_all(
    task: &Task<'_>,
    letters: &mut VecDeque<DeadLetter>,
    redriven: &mut Redriven,
    left: &mut Vec<DeadLetter>,
) -> Result<(), ApiError> {
    let mut chances = Vec::with_capacity(letters.len());
    for letter in letters.iter() {
        chances.push(chance_of(task, letter).await?);
    }
    let webcodes = chances.iter().filter_map(Chance::webcode);
    task.record_each(AuditAction::DeadLettersRedriven, webcodes)
        .await?;
    for chance in &chances {
        give(task, chance).await?;
        let Some(letter) = letters.front() else {
            break;
        };
        if !matches!(chance, Chance::None) {
            // After what it stands for is written: a crash in between leaves it to be done twice, which does nothing.
            task.queues.delete(task.environment(), letter).await?;
        }
        *match chance {
            Chance::Resend(_) => &mut redriven.resent,
            Chance::Name(..) => &mut redriven.named,
            Chance::Done => &mut redriven.done,
            Chance::None => &mut redriven.left,
        } += 1;
        let letter = letters.pop_front();
        left.extend(letter.filter(|_| matches!(chance, Chance::None)));
    }
    Ok(())
}

/// What can be done for a message that was given up.
enum Chance {
    /// The delivery that it names failed, and is sent again.
    Resend(Box<Delivery>),
    /// What it names, of that merchant, is put on the queue again.
    Name(Message, Webcode),
    /// Nothing needs to be: it is done.
    Done,
    /// Nothing: it stays.
    None,
}

impl Chance {
    /// Whose it is that something is done about.
    const fn webcode(&self) -> Option<&Webcode> {
        match self {
            Self::Resend(delivery) => Some(&delivery.webcode),
            Self::Name(_, webcode) => Some(webcode),
            Self::Done | Self::None => None,
        }
    }
}

async fn chance_of(task: &Task<'_>, letter: &DeadLetter) -> Result<Chance, ApiError> {
    let Some(message) = &letter.named else {
        return Ok(Chance::None);
    };
    if let Message::Delivery { event, endpoint } = message {
        let delivery = match find(task, event, endpoint).await? {
            Found::Nothing => return Ok(Chance::Done),
            Found::Unreadable => return Ok(Chance::None),
            Found::Delivery(delivery) => delivery,
        };
        if delivery.state == DeliveryState::Failed {
            let wanted = [Some(Key::webhook(&delivery.webcode))];
            let [webhook] = task.store().load(wanted, task.deadline).await?;
            return Ok(if is_enabled(webhook)? {
                Chance::Resend(delivery)
            } else {
                Chance::None
            });
        }
        if delivery.state.is_terminal() {
            return Ok(Chance::Done);
        }
    }
    // What names nobody's item is nothing that a worker could act on.
    let named = message.webcode();
    Ok(named.map_or(Chance::None, |webcode| {
        Chance::Name(message.clone(), webcode)
    }))
}

async fn give(task: &Task<'_>, chance: &Chance) -> Result<(), ApiError> {
    match chance {
        // Not as it was any more: somebody else sends it again.
        Chance::Resend(delivery) => resend_one(task, delivery).await.map(drop),
        Chance::Name(message, _) => task.queues.send(task.environment(), message).await,
        Chance::Done | Chance::None => Ok(()),
    }
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
