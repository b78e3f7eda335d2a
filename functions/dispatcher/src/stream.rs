//! Records of a table's stream: new events become deliveries, due times become delayed messages.

use std::collections::HashSet;
use std::time::Duration;

use aws_lambda_events::event::dynamodb::{Event as StreamEvent, EventRecord};
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
use shared::store::{self, Deadline, Key};

use crate::Dispatcher;
use crate::queue::{Destination, Outgoing};

/// Deliveries written at the same time.
const CONCURRENT: usize = 16;

/// A reminder comes this much after its time, so that no difference of clocks makes it come before.
pub(crate) const DUE_SLACK: Duration = Duration::from_secs(1);

/// Dispatches records. They come in order, and are read again from the first one that failed; whatever was done for
/// later ones by then is found done.
pub(crate) async fn dispatch(dispatcher: &Dispatcher, event: StreamEvent) -> Result<Value, Error> {
    let Some(first) = event.records.first() else {
        return Ok(json!({ "batchItemFailures": [] }));
    };
    let environment = environment_of(&dispatcher.app.config, first)?;
    // Collected first: the compiler cannot see that a stream of these futures could be sent between threads.
    let records = event.records.iter().enumerate();
    let dispatched: Vec<_> = records
        .map(|(place, record)| outgoing_of(dispatcher, environment, place, record))
        .collect();
    let outcomes: Vec<Result<Vec<Outgoing>, Error>> = futures_util::stream::iter(dispatched)
        .buffered(CONCURRENT)
        .collect()
        .await;

    let mut failed = HashSet::new();
    let mut messages = Vec::new();
    for (place, outcome) in outcomes.into_iter().enumerate() {
        match outcome {
            Ok(outgoing) => messages.extend(outgoing),
            Err(error) => {
                tracing::error!(
                    cause = store::retry::chain(error.as_ref()),
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
        .and_then(|place| event.records.get(place));
    let failures: Vec<Value> = first_failed
        .map(|record| json!({ "itemIdentifier": record.change.sequence_number }))
        .into_iter()
        .collect();
    Ok(json!({ "batchItemFailures": failures }))
}

/// Which table the records come from: a stream's ARN has the table's name in it.
fn environment_of(config: &Config, record: &EventRecord) -> Result<Environment, Error> {
    let arn = record.event_source_arn.as_deref().unwrap_or_default();
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
    record: &EventRecord,
) -> Result<Vec<Outgoing>, Error> {
    let (old, new) = (&record.change.old_image, &record.change.new_image);
    let now = dispatcher.app.clock.now();
    match kind_of(new) {
        Some(ItemKind::Payment) => {
            let payment: Payment = serde_dynamo::from_item(new.clone())?;
            let events = event::of_payment(&payment, environment)?;
            let known = count(old, |payment: &Payment| {
                event::of_payment(payment, environment).map(|told| told.len())
            })?;
            let new_events = events.get(known..).unwrap_or_default();
            let mut outgoing = announce(dispatcher, environment, place, new_events, now).await?;
            let message = Message::Payment(payment.payment_reference);
            outgoing.extend(reminder(place, old, new, now, message));
            Ok(outgoing)
        }
        Some(ItemKind::Session) => {
            let session: Session = serde_dynamo::from_item(new.clone())?;
            let events = event::of_session(&session, environment)?;
            let known = count(old, |session: &Session| {
                event::of_session(session, environment).map(|told| told.len())
            })?;
            let new_events = events.get(known..).unwrap_or_default();
            let mut outgoing = announce(dispatcher, environment, place, new_events, now).await?;
            let message = Message::Session(session.session_id);
            outgoing.extend(reminder(place, old, new, now, message));
            Ok(outgoing)
        }
        // Whoever asks a service for it is told when it falls due.
        Some(ItemKind::Modification) => {
            let modification: Modification = serde_dynamo::from_item(new.clone())?;
            let message = Message::Modification(modification.reference);
            Ok(reminder(place, old, new, now, message)
                .into_iter()
                .collect())
        }
        Some(ItemKind::Forwarded) => {
            let key = new.get(PK).cloned();
            let key: Option<String> = key.map(serde_dynamo::from_attribute_value).transpose()?;
            let message = key.and_then(|pk| Message::naming(&Key::forwarded_at(&pk)));
            let message = message.ok_or("a forwarded payment has no name")?;
            Ok(reminder(place, old, new, now, message)
                .into_iter()
                .collect())
        }
        Some(ItemKind::Delivery) if !old.is_empty() => {
            Ok(again(place, old, new, now)?.into_iter().collect())
        }
        Some(ItemKind::Delivery) if is_requested(new)? => {
            let delivery: Delivery = serde_dynamo::from_item(new.clone())?;
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

/// Whether an operator asked for a delivery.
fn is_requested(delivery: &Item) -> Result<bool, Error> {
    let requested = delivery.get("requested").cloned();
    let requested = requested.map(serde_dynamo::from_attribute_value);
    Ok(requested.transpose()?.unwrap_or(false))
}

fn count<T: for<'de> Deserialize<'de>>(
    old: &Item,
    events: impl FnOnce(&T) -> Result<usize, serde_json::Error>,
) -> Result<usize, Error> {
    if old.is_empty() {
        Ok(0)
    } else {
        Ok(events(&serde_dynamo::from_item(old.clone())?)?)
    }
}

/// Writes the deliveries of new events, on the condition that they are not there, and names them on the queue.
async fn announce(
    dispatcher: &Dispatcher,
    environment: Environment,
    place: usize,
    events: &[Event],
    now: Ticks,
) -> Result<Vec<Outgoing>, Error> {
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
            Err(error) => return Err(error.into()),
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
) -> Option<Outgoing> {
    let due_at = newly_due(old, new)?;
    (Distance::between(now, due_at) == Distance::Near).then(|| {
        // What is due already need not wait for clocks to agree.
        let delay = if due_at > now {
            (due_at.since(now) + DUE_SLACK).min(Distance::NEAR)
        } else {
            Duration::ZERO
        };
        Outgoing::work(message, delay, place)
    })
}

/// What a changed delivery leads to: its next attempt, if that is near, or the dead-letter queue.
fn again(place: usize, old: &Item, new: &Item, now: Ticks) -> Result<Option<Outgoing>, Error> {
    let (before, after): (Delivery, Delivery) = (
        serde_dynamo::from_item(old.clone())?,
        serde_dynamo::from_item(new.clone())?,
    );
    let message = Message::Delivery {
        event: after.event_id,
        endpoint: after.endpoint,
    };
    Ok(match (after.state, newly_due(old, new)) {
        (DeliveryState::Waiting, Some(due_at))
            if Distance::between(now, due_at) == Distance::Near =>
        {
            Some(Outgoing::work(message, due_at.since(now), place))
        }
        (DeliveryState::Failed, _) if before.state != DeliveryState::Failed => Some(Outgoing {
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
fn newly_due(old: &Item, new: &Item) -> Option<Ticks> {
    let due_at = |item: &Item| {
        item.get(DUE_AT)
            .cloned()
            .and_then(|value| serde_dynamo::from_attribute_value::<_, Ticks>(value).ok())
    };
    due_at(new).filter(|due| due_at(old) != Some(*due))
}
