//! Nothing forgotten: the deliveries that payments and sessions imply, and of those the ones that are missing. A table's stream
//! keeps its records for a day; what was not dispatched by then shows here, and nowhere else.

use std::time::Duration;

use futures_util::StreamExt;
use http::StatusCode;
use serde::Serialize;
use shared::domain::audit::AuditAction;
use shared::domain::delivery::{DEFAULT_ENDPOINT, Delivery, KEPT};
use shared::domain::event::{self, Event};
use shared::http::{ApiError, Fields, Reply};
use shared::store::commit::CommitError;
use shared::store::keys::ItemKind;
use shared::store::{self, Item, Key};

use crate::cursor;
use crate::task::Task;

/// What is younger may be on its way.
const SETTLED_AFTER: Duration = Duration::from_secs(60);

/// So far back is looked: a day less than deliveries are kept, so that none that was made, and has just been forgotten, is made
/// again.
const LOOKED_BACK: Duration = KEPT.saturating_sub(Duration::from_secs(24 * 60 * 60));

/// Deliveries written at the same time.
const CONCURRENT: usize = 8;

/// A request reads no further page after this.
const PAGES_WITHIN: Duration = Duration::from_secs(4);

/// Items that are read in one call.
const PAGE: i32 = 400;

#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Found {
    /// Payments and sessions that were looked at.
    looked_at: usize,
    /// The events without a delivery.
    missing: Vec<String>,
    /// Payments and sessions that cannot be read, so that nobody knows their events.
    unreadable: Vec<String>,
    /// How many of the missing ones were created.
    created: usize,
    /// What the next request goes on with; null when everything was looked at.
    next_cursor: Option<String>,
}

/// Looks at a part of the table, and on request creates what is missing.
pub(crate) async fn run(task: &Task<'_>) -> Result<Reply, ApiError> {
    let body = task.body()?;
    let fields = Fields::of(&body);
    let create = fields.flag("create", false)?;
    let mut after = cursor::read(fields.find_text("cursor")?, Key::of_text)?;
    let mut found = Found::default();
    loop {
        let page = task.store().journals(after, PAGE, task.deadline).await?;
        found.looked_at += page.items.len();
        let missing = missing(task, page.items, &mut found.unreadable).await?;
        if create {
            let webcodes = missing.iter().map(|event| &event.webcode);
            task.record_each(AuditAction::DeliveriesRepaired, webcodes)
                .await?;
            let created = missing.iter().map(|event| create_delivery(task, event));
            // Collected first: the compiler cannot see that a stream of these futures could be sent between threads.
            let created: Vec<_> = created.collect();
            let created: Vec<Result<bool, ApiError>> = futures_util::stream::iter(created)
                .buffer_unordered(CONCURRENT)
                .collect()
                .await;
            let created = created.into_iter().collect::<Result<Vec<bool>, _>>()?;
            found.created += created.into_iter().filter(|created| *created).count();
        }
        let missing = missing.iter().map(|event| event.id.to_string());
        found.missing.extend(missing);
        after = page.next;
        if after.is_none() || task.app.clock.now() > task.now.plus(PAGES_WITHIN) {
            break;
        }
    }
    found.next_cursor = after.map(|key| cursor::write(&key.as_text()));
    tracing::info!(
        operator = task.who.name(), environment = %task.environment(), looked_at = found.looked_at,
        missing = found.missing.len(), unreadable = found.unreadable.len(), created = found.created,
        "deliveries derived again"
    );
    Reply::new(StatusCode::OK, &found)
}

/// The events of payments and sessions that have no delivery, of nearly the time for which deliveries are kept. What cannot be
/// read is named, and keeps nothing else from being found.
async fn missing(
    task: &Task<'_>,
    items: Vec<Item>,
    unreadable: &mut Vec<String>,
) -> Result<Vec<Event>, ApiError> {
    let oldest = task.now.minus(LOOKED_BACK);
    let newest = task.now.minus(SETTLED_AFTER);
    let mut events = Vec::new();
    for item in items {
        let Some(key) = Key::of_item(&item) else {
            continue;
        };
        let Some(of_item) = events_of(task, &key, item) else {
            // What was found instead may be personal, so that is not told.
            tracing::error!(item = key.pk(), "a payment or session cannot be read");
            unreadable.push(key.pk().to_owned());
            continue;
        };
        let is_looked_for = |event: &Event| (oldest..=newest).contains(&event.created_at);
        events.extend(of_item.into_iter().filter(is_looked_for));
    }
    let key = |event: &Event| Key::delivery(&event.id, DEFAULT_ENDPOINT);
    let keys = events.iter().map(key).collect();
    let there = task.store().which_are_there(keys, task.deadline).await?;
    events.retain(|event| !there.contains(&key(event)));
    Ok(events)
}

/// The events that an item tells; `None` when it cannot be read.
fn events_of(task: &Task<'_>, key: &Key, item: Item) -> Option<Vec<Event>> {
    let environment = task.environment();
    let events = match Key::kind_of(key.pk()) {
        Some(ItemKind::Payment) => event::of_payment(&store::read(item).ok()?, environment),
        Some(ItemKind::Session) => event::of_session(&store::read(item).ok()?, environment),
        Some(ItemKind::Modification | ItemKind::Delivery | ItemKind::Forwarded) | None => {
            Ok(Vec::new())
        }
    };
    events.ok()
}

/// Creates a delivery, which the stream names on the queue. `false`: it came to be meanwhile.
async fn create_delivery(task: &Task<'_>, event: &Event) -> Result<bool, ApiError> {
    let writer = task.app.entropy.uuid().to_string();
    let delivery = Delivery::requested(event, DEFAULT_ENDPOINT, task.now);
    let write = store::create_delivery(&event.id, &delivery, &writer)?;
    match task.store().commit(&[write], &writer, task.deadline).await {
        Ok(()) => Ok(true),
        Err(CommitError::Refused(_)) => Ok(false),
        Err(CommitError::Unavailable(error)) => Err(error.into()),
    }
}
