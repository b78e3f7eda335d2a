//! Records of a table's stream: new events become deliveries, due times become delayed messages.

use std::collections::HashSet;
use std::time::Duration;

use futures_util::StreamExt;
use lambda_runtime::Error;
use serde::Deserialize;
use serde_dynamo::Item;
use serde_json::{Value, json};
use shared::config::Config;
use shared::domain::delivery::{DEFAULT_ENDPOINT, Delivery, DeliveryState};
use shared::domain::environment::Environment;
use shared::domain::event::{self, Event};
use shared::domain::modification::Modification;
use shared::domain::payment::Payment;
use shared::domain::session::Session;
use shared::domain::time::Ticks;
use shared::message::Message;
use shared::store::commit::CommitError;
use shared::store::keys::{DUE_AT, Distance, ItemKind, PK};
use shared::store::load::BACKGROUND_WITHIN;
use shared::store::{self, Deadline, Key, Unavailable};

use crate::Dispatcher;
use crate::queue::{Destination, Outgoing};

/// Deliveries written at the same time.
const CONCURRENT: usize = 16;

/// A reminder comes this much after its time, so that no difference of clocks makes it come before.
pub(crate) const DUE_SLACK: Duration = Duration::from_secs(1);

/// Records as they come. Each is read on its own, so that one that makes no sense is nobody else's trouble.
#[derive(Deserialize)]
pub(crate) struct Batch {
    #[serde(rename = "Records")]
    records: Vec<Value>,
}

/// What is needed of a record: no more, so that nothing else can make it unreadable.
#[derive(Deserialize)]
struct Record {
    #[serde(rename = "dynamodb")]
    change: Change,
}

/// An item before and after.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Change {
    #[serde(default)]
    old_image: Option<Item>,
    #[serde(default)]
    new_image: Option<Item>,
}

/// Why a record is not dispatched.
#[derive(Debug, thiserror::Error)]
enum Problem {
    /// This part of it makes no sense, and never will to this version of the function. What was found instead may be somebody's
    /// personal data, so that is not told.
    #[error("{0} cannot be read")]
    Unreadable(&'static str),
    /// Something was unavailable: it is tried again until it goes through.
    #[error(transparent)]
    Passing(#[from] Unavailable),
}

/// Reads an image.
fn read<T: for<'de> Deserialize<'de>>(image: &Item) -> Result<T, Problem> {
    serde_dynamo::from_item(image.clone()).map_err(|_| Problem::Unreadable("the new image"))
}

/// Dispatches records. They come in order, and are read again from the first one that failed; whatever was done for
/// later ones by then is found done. A record that cannot be read is passed over, because reading it again would hold up
/// all that come after it for a day, and lose them then; the log says which one, an alarm looks at that, and what it stands
/// for is still in the table, where a repair derives it from.
pub(crate) async fn dispatch(dispatcher: &Dispatcher, batch: Batch) -> Result<Value, Error> {
    let records = batch.records.iter().map(Record::deserialize);
    let records: Vec<Option<Record>> = records.map(Result::ok).collect();
    let Some(first) = batch.records.first() else {
        return Ok(json!({ "batchItemFailures": [] }));
    };
    let environment = environment_of(&dispatcher.app.config, first)?;
    // Collected first: the compiler cannot see that a stream of these futures could be sent between threads.
    let dispatched: Vec<_> = records
        .iter()
        .enumerate()
        .map(|(place, record)| async move {
            match record {
                Some(record) => outgoing_of(dispatcher, environment, place, record).await,
                None => Err(Problem::Unreadable("the record")),
            }
        })
        .collect();
    let outcomes: Vec<Result<Vec<Outgoing>, Problem>> = futures_util::stream::iter(dispatched)
        .buffered(CONCURRENT)
        .collect()
        .await;

    let mut failed = HashSet::new();
    let mut messages = Vec::new();
    for (place, outcome) in outcomes.into_iter().enumerate() {
        match outcome {
            Ok(outgoing) => messages.extend(outgoing),
            Err(problem @ Problem::Unreadable(_)) => pass_over(&batch.records[place], &problem),
            Err(problem @ Problem::Passing(_)) => {
                tracing::error!(
                    cause = store::retry::chain(&problem),
                    "a record was not dispatched"
                );
                failed.insert(place);
            }
        }
    }
    failed.extend(dispatcher.queues.send(environment, &messages).await?);
    let first_failed = failed
        .into_iter()
        .min()
        .and_then(|place| batch.records.get(place));
    let failures: Vec<Value> = first_failed
        .map(|record| json!({ "itemIdentifier": record["dynamodb"]["SequenceNumber"] }))
        .into_iter()
        .collect();
    Ok(json!({ "batchItemFailures": failures }))
}

/// Says which record is passed over. An alarm counts these lines (template.yaml), whatever level is logged. What tells events is
/// named by its key, which is a reference; other keys are nobody's business.
fn pass_over(record: &Value, problem: &Problem) {
    let told = &record["dynamodb"];
    let item = told["Keys"][PK]["S"].as_str();
    tracing::error!(
        record = "unreadable",
        item = item.filter(|pk| Key::kind_of(pk).is_some()),
        sequence = told["SequenceNumber"].as_str(),
        cause = store::retry::chain(problem),
        "a record was passed over"
    );
}

/// Which table the records come from: a stream's ARN has the table's name in it.
fn environment_of(config: &Config, record: &Value) -> Result<Environment, Error> {
    let arn = record["eventSourceARN"].as_str().unwrap_or_default();
    let table = arn
        .split_once(":table/")
        .and_then(|(_, rest)| rest.split('/').next())
        .unwrap_or_default();
    Environment::ALL
        .into_iter()
        .find(|environment| config.tables.of(*environment) == table)
        .ok_or_else(|| format!("records of an unknown table: {table}").into())
}

/// What a record leads to.
async fn outgoing_of(
    dispatcher: &Dispatcher,
    environment: Environment,
    place: usize,
    record: &Record,
) -> Result<Vec<Outgoing>, Problem> {
    let none = &Item::default();
    let old = record.change.old_image.as_ref().unwrap_or(none);
    let new = record.change.new_image.as_ref().unwrap_or(none);
    let now = dispatcher.app.clock.now();
    match kind_of(new) {
        Some(ItemKind::Payment) => {
            let payment: Payment = read(new)?;
            let events = event::of_payment(&payment, environment).map_err(unwritable)?;
            let known = count(old, |payment: &Payment| {
                event::of_payment(payment, environment).map(|told| told.len())
            });
            let new_events = events.get(known..).unwrap_or_default();
            let mut outgoing = announce(dispatcher, environment, place, new_events, now).await?;
            let message = Message::Payment(payment.payment_reference);
            outgoing.extend(reminder(place, old, new, now, message)?);
            Ok(outgoing)
        }
        Some(ItemKind::Session) => {
            let session: Session = read(new)?;
            let events = event::of_session(&session, environment).map_err(unwritable)?;
            let known = count(old, |session: &Session| {
                event::of_session(session, environment).map(|told| told.len())
            });
            let new_events = events.get(known..).unwrap_or_default();
            let mut outgoing = announce(dispatcher, environment, place, new_events, now).await?;
            let message = Message::Session(session.session_id);
            outgoing.extend(reminder(place, old, new, now, message)?);
            Ok(outgoing)
        }
        // Whoever asks a service for it is told when it falls due.
        Some(ItemKind::Modification) => {
            let modification: Modification = read(new)?;
            let message = Message::Modification(modification.reference);
            Ok(reminder(place, old, new, now, message)?
                .into_iter()
                .collect())
        }
        Some(ItemKind::Forwarded) => {
            let key = new.get(PK).cloned();
            let key = key.and_then(|pk| serde_dynamo::from_attribute_value::<_, String>(pk).ok());
            let message = key.and_then(|pk| Message::naming(&Key::forwarded_at(&pk)));
            let message = message.ok_or(Problem::Unreadable("the key"))?;
            Ok(reminder(place, old, new, now, message)?
                .into_iter()
                .collect())
        }
        Some(ItemKind::Delivery) if !old.is_empty() => {
            Ok(again(place, old, new, now)?.into_iter().collect())
        }
        Some(ItemKind::Delivery) if is_requested(new)? => {
            let delivery: Delivery = read(new)?;
            let message = Message::Delivery {
                event: delivery.event_id,
                endpoint: delivery.endpoint,
            };
            Ok(vec![Outgoing::work(message, Duration::ZERO, place)])
        }
        // The delivery of a new event is put on the queue by whoever wrote it, just below.
        Some(ItemKind::Delivery) | None => Ok(Vec::new()),
    }
}

/// An event that cannot be written as JSON: its record cannot be acted upon.
fn unwritable(_: serde_json::Error) -> Problem {
    Problem::Unreadable("an event")
}

/// Whether somebody asked for a delivery.
fn is_requested(delivery: &Item) -> Result<bool, Problem> {
    let requested = delivery.get("requested").cloned();
    let requested = requested.map(serde_dynamo::from_attribute_value);
    let requested = requested.transpose();
    let requested = requested.map_err(|_| Problem::Unreadable("who asked for it"))?;
    Ok(requested.unwrap_or(false))
}

/// How many events were known before. Of what cannot be read none: then all are announced, and those that have their delivery
/// are found to have it.
fn count<T: for<'de> Deserialize<'de>>(
    old: &Item,
    events: impl FnOnce(&T) -> Result<usize, serde_json::Error>,
) -> usize {
    let old: Option<T> = read(old).ok();
    old.and_then(|old| events(&old).ok()).unwrap_or_default()
}

/// Writes the deliveries of new events, on the condition that they are not there, and names them on the queue.
async fn announce(
    dispatcher: &Dispatcher,
    environment: Environment,
    place: usize,
    events: &[Event],
    now: Ticks,
) -> Result<Vec<Outgoing>, Problem> {
    let store = dispatcher.app.store(environment);
    let mut outgoing = Vec::with_capacity(events.len());
    for event in events {
        let writer = dispatcher.app.entropy.uuid().to_string();
        let delivery = Delivery::new(event, DEFAULT_ENDPOINT, now);
        let write = store::create_delivery(&event.id, &delivery, &writer)?;
        match store
            .commit(&[write], &writer, Deadline::within(BACKGROUND_WITHIN))
            .await
        {
            // Refused: an earlier reading of this record wrote it, and may have died before it named it.
            Ok(()) | Err(CommitError::Refused(_)) => {}
            Err(CommitError::Unavailable(error)) => return Err(error.into()),
        }
        let message = Message::Delivery {
            event: event.id.to_string(),
            endpoint: DEFAULT_ENDPOINT.to_owned(),
        };
        outgoing.push(Outgoing::work(message, Duration::ZERO, place));
    }
    Ok(outgoing)
}

/// A message for the moment when a session or payment falls due, if that is near; what is far waits for the sweep.
fn reminder(
    place: usize,
    old: &Item,
    new: &Item,
    now: Ticks,
    message: Message,
) -> Result<Option<Outgoing>, Problem> {
    let due_at = newly_due(old, new)?;
    let near = due_at.filter(|due_at| Distance::between(now, *due_at) == Distance::Near);
    Ok(near.map(|due_at| {
        // What is due already need not wait for clocks to agree.
        let delay = if due_at > now {
            (due_at.since(now) + DUE_SLACK).min(Distance::NEAR)
        } else {
            Duration::ZERO
        };
        Outgoing::work(message, delay, place)
    }))
}

/// What a changed delivery leads to: its next attempt, if that is near, or the dead-letter queue, unless its receiver is gone:
/// that ends it, and its endpoint, which has a record and an alarm of its own.
fn again(place: usize, old: &Item, new: &Item, now: Ticks) -> Result<Option<Outgoing>, Problem> {
    let after: Delivery = read(new)?;
    // What cannot be read any more had not failed for all that is known.
    let before: Option<Delivery> = read(old).ok();
    let had_failed = before.is_some_and(|before| before.state == DeliveryState::Failed);
    let is_given_up = after.is_given_up() && !had_failed;
    let message = Message::Delivery {
        event: after.event_id,
        endpoint: after.endpoint,
    };
    Ok(match (after.state, newly_due(old, new)?) {
        (DeliveryState::Waiting, Some(due_at))
            if Distance::between(now, due_at) == Distance::Near =>
        {
            Some(Outgoing::work(message, due_at.since(now), place))
        }
        (DeliveryState::Failed, _) if is_given_up => Some(Outgoing {
            destination: Destination::DeadLetters,
            message,
            delay: Duration::ZERO,
            origin: place,
        }),
        _ => None,
    })
}

/// What an image is of; `None` for what tells nobody anything, and when the item is gone.
fn kind_of(image: &Item) -> Option<ItemKind> {
    let pk = image.get(PK).cloned()?;
    let pk: String = serde_dynamo::from_attribute_value(pk).ok()?;
    Key::kind_of(&pk)
}

/// The due time of an item, when this record is the one that set it.
fn newly_due(old: &Item, new: &Item) -> Result<Option<Ticks>, Problem> {
    let due_at = |item: &Item| {
        let value = item.get(DUE_AT).cloned();
        value
            .map(serde_dynamo::from_attribute_value::<_, Ticks>)
            .transpose()
    };
    let before = due_at(old).unwrap_or_default();
    let after = due_at(new).map_err(|_| Problem::Unreadable("the due time"))?;
    Ok(after.filter(|due| before != Some(*due)))
}
