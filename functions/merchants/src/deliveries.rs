//! Deliveries: listed by state and time, shown with their attempts, and sent again.

use futures_util::StreamExt;
use http::StatusCode;
use serde::Serialize;
use serde_json::Value;
use shared::domain::audit::{AuditAction, Settings};
use shared::domain::delivery::{DEFAULT_ENDPOINT, Delivery, DeliveryState, ErrorClass};
use shared::domain::event::EventId;
use shared::domain::time::{Ticks, parse_iso_8601};
use shared::domain::webcode::Webcode;
use shared::http::{ApiError, Fields, Pagination, Reply};
use shared::store::commit::CommitError;
use shared::store::keys::Listed;
use shared::store::list::{Rows, Span};
use shared::store::{self, Item, Key, Webhook};

use crate::cursor;
use crate::task::{Task, Told};

/// Deliveries that one request sends again, at most.
const RESENT_MAX: usize = 100;

/// Deliveries written at the same time.
const CONCURRENT: usize = 8;

const SENDING: ApiError =
    ApiError::Conflict("An attempt of this delivery is under way. Try again in a minute.");

/// A delivery in a list.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Row<'a> {
    event_id: &'a str,
    event_code: Value,
    endpoint: &'a str,
    state: DeliveryState,
    created_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    due_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ended_at: Option<String>,
    attempts: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_error: Option<ErrorClass>,
}

/// One delivery with all that is known of it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Shown<'a> {
    #[serde(flatten)]
    row: Row<'a>,
    /// What is sent, byte for byte.
    body: &'a str,
    made: Vec<ShownAttempt>,
    /// The beginning of the last answer: for the operator, and nobody else.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_answer: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ShownAttempt {
    at: String,
    duration_ms: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<ErrorClass>,
}

fn row(delivery: &Delivery) -> Row<'_> {
    let body: Value = serde_json::from_str(&delivery.body).unwrap_or_default();
    let last = delivery.attempts.last();
    Row {
        event_id: &delivery.event_id,
        event_code: body["event_code"].clone(),
        endpoint: &delivery.endpoint,
        state: delivery.state,
        created_at: delivery.created_at.iso(),
        due_at: delivery.due_at.map(Ticks::iso),
        ended_at: delivery.ended_at.map(Ticks::iso),
        attempts: delivery.begun,
        last_status: last.and_then(|attempt| attempt.status),
        last_error: last.and_then(|attempt| attempt.error),
    }
}

/// Lists deliveries, newest first.
pub(crate) async fn list(task: &Task<'_>) -> Result<Reply, ApiError> {
    let webcode = task.webcode()?;
    let parameter = |name| task.request.query_parameter(name);
    let state = parameter("state").as_deref().map(state).transpose()?;
    let time = |name| time(name, parameter(name).as_deref());
    let limit = task.request.limit()?;
    let span = Span {
        from: time("from")?,
        to: time("to")?,
        after: cursor::read(parameter("cursor").as_deref(), place)?,
        limit,
    };
    let wanted = |found: &Delivery| state.is_none_or(|state| state == found.state);
    let (deliveries, next) = page(task, &webcode, &span, wanted).await?;
    if deliveries.is_empty() {
        let [merchant] = [Some(Key::merchant(&webcode))];
        let [merchant] = task.store().load([merchant], task.deadline).await?;
        merchant.ok_or(ApiError::NotFound)?;
    }
    let rows: Vec<Row<'_>> = deliveries.iter().map(row).collect();
    let next_cursor = next.as_deref().map(cursor::write);
    Reply::page(&rows, &Pagination { limit, next_cursor })
}

/// A page of a merchant's deliveries in some states, newest first, and the place where the next one goes on.
async fn page(
    task: &Task<'_>,
    webcode: &Webcode,
    span: &Span,
    wanted: impl Fn(&Delivery) -> bool,
) -> Result<(Vec<Delivery>, Option<String>), ApiError> {
    let rows = Rows::Of(Listed::Deliveries, webcode.clone());
    let read = |item| {
        let delivery: Delivery = store::read(item)?;
        Ok(Some(delivery).filter(|delivery| wanted(delivery)))
    };
    let page = task.store().list(&rows, span, true, task.deadline, read);
    let page = page.await?;
    Ok((page.rows, page.next))
}

/// Shows one delivery.
pub(crate) async fn show(task: &Task<'_>) -> Result<Reply, ApiError> {
    let (_, delivery) = find(task, &event(task)?).await?;
    let made = delivery.attempts.iter().map(|attempt| ShownAttempt {
        at: attempt.at.iso(),
        duration_ms: attempt.duration_ms,
        status: attempt.status,
        error: attempt.error,
    });
    let shown = Shown {
        row: row(&delivery),
        body: &delivery.body,
        made: made.collect(),
        last_answer: delivery.last_answer.as_deref(),
    };
    Reply::new(StatusCode::OK, &shown)
}

/// Sends one delivery again, whatever became of it; one that waits is tried at once.
pub(crate) async fn resend(task: &Task<'_>) -> Result<Reply, ApiError> {
    let (webcode, event) = (task.webcode()?, event(task)?);
    require_enabled(task, &webcode).await?;
    loop {
        let (key, before) = find(task, &event).await?;
        let mut after = before.clone();
        after.resend(task.now).map_err(|_| SENDING)?;
        let told = Told {
            action: AuditAction::DeliveriesResent,
            target: Some(&before.event_id),
            old: None,
            new: None,
        };
        let writes = [
            store::resend_delivery(key, &before, &after, task.now, &task.writer)?,
            task.record(&webcode, told)?,
        ];
        if task.commit(task.store(), &writes).await? {
            return Reply::new(StatusCode::ACCEPTED, &row(&after));
        }
    }
}

/// What became of a request to send several again.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Resent {
    resent: usize,
    /// What the next request goes on with; null when nothing is left.
    next_cursor: Option<String>,
}

/// Sends again what came to be between two times and was not delivered: what failed, and with `states` what was skipped too.
pub(crate) async fn resend_all(task: &Task<'_>) -> Result<Reply, ApiError> {
    let webcode = task.webcode()?;
    let body = task.request.json()?;
    let fields = Fields::of(&body);
    let required =
        |name| time(name, Some(fields.text(name)?))?.ok_or_else(|| ApiError::InvalidDate(name));
    let span = Span {
        from: Some(required("from")?),
        to: Some(required("to")?),
        after: cursor::read(fields.find_text("cursor")?, place)?,
        limit: RESENT_MAX,
    };
    let states = states(body.get("states"))?;
    let since = time("endedFrom", fields.find_text("endedFrom")?)?;
    require_enabled(task, &webcode).await?;
    let wanted = |delivery: &Delivery| {
        states.contains(&delivery.state)
            && since.is_none_or(|since| is_missed_since(delivery, since))
    };
    let (missed, next) = page(task, &webcode, &span, wanted).await?;
    // A page is too much for one transaction. So its record comes first: what was sent again without one would be worse than
    // what was not sent again with one.
    if !missed.is_empty() {
        let told = Told {
            action: AuditAction::DeliveriesResent,
            target: None,
            old: None,
            new: Some(Settings {
                made_from: span.from,
                made_to: span.to,
                count: u64::try_from(missed.len()).ok(),
                ..Settings::default()
            }),
        };
        let record = task.record(&webcode, told)?;
        task.commit(task.store(), &[record]).await?;
    }
    let resent = missed.iter().map(|before| resend_one(task, before));
    // Collected first: the compiler cannot see that a stream of these futures could be sent between threads.
    let resent: Vec<_> = resent.collect();
    let resent: Vec<Result<bool, ApiError>> = futures_util::stream::iter(resent)
        .buffer_unordered(CONCURRENT)
        .collect()
        .await;
    let resent = resent.into_iter().collect::<Result<Vec<bool>, _>>()?;
    let resent = Resent {
        resent: resent.into_iter().filter(|resent| *resent).count(),
        next_cursor: next.as_deref().map(cursor::write),
    };
    Reply::new(StatusCode::ACCEPTED, &resent)
}

/// Whether a delivery came to its end since a time without having been delivered.
pub(crate) fn is_missed_since(delivery: &Delivery, since: Ticks) -> bool {
    let ended = delivery.ended_at.is_some_and(|at| at >= since);
    delivery.state.is_missed() && ended
}

/// Sends a delivery again that was read in a list. `false`: it is not as it was any more.
pub(crate) async fn resend_one(task: &Task<'_>, before: &Delivery) -> Result<bool, ApiError> {
    let event = EventId::find(&before.event_id).ok_or(ApiError::NotFound)?;
    let key = Key::delivery(&event, &before.endpoint);
    let mut after = before.clone();
    if after.resend(task.now).is_err() {
        return Ok(false);
    }
    let writer = task.app.entropy.uuid().to_string();
    let write = store::resend_delivery(key, before, &after, task.now, &writer)?;
    match task.store().commit(&[write], &writer, task.deadline).await {
        Ok(()) => Ok(true),
        Err(CommitError::Refused(_)) => Ok(false),
        Err(CommitError::Unavailable(error)) => Err(error.into()),
    }
}

/// Refuses what would be skipped at once.
pub(crate) async fn require_enabled(task: &Task<'_>, webcode: &Webcode) -> Result<(), ApiError> {
    let wanted = [Key::merchant(webcode), Key::webhook(webcode)].map(Some);
    let [merchant, webhook] = task.store().load(wanted, task.deadline).await?;
    merchant.ok_or(ApiError::NotFound)?;
    if is_enabled(webhook)? {
        Ok(())
    } else {
        Err(ApiError::Unprocessable(
            "This environment has no webhook that is enabled: set or enable it first.",
        ))
    }
}

/// Whether events are sent there.
pub(crate) fn is_enabled(webhook: Option<Item>) -> Result<bool, ApiError> {
    let webhook: Option<Webhook> = webhook.map(store::read).transpose()?;
    Ok(webhook.is_some_and(|webhook| webhook.enabled))
}

/// The event that the path names, if it is the merchant's.
fn event(task: &Task<'_>) -> Result<EventId, ApiError> {
    let webcode = task.webcode()?;
    let named = task.request.path_variable("event").unwrap_or_default();
    EventId::find(&named)
        .filter(|event| event.reference.webcode() == Some(webcode))
        .ok_or(ApiError::NotFound)
}

async fn find(task: &Task<'_>, event: &EventId) -> Result<(Key, Delivery), ApiError> {
    let key = Key::delivery(event, DEFAULT_ENDPOINT);
    let [found] = task
        .store()
        .load([Some(key.clone())], task.deadline)
        .await?;
    Ok((key, store::read(found.ok_or(ApiError::NotFound)?)?))
}

fn state(text: &str) -> Result<DeliveryState, ApiError> {
    serde_json::from_value(Value::from(text)).map_err(|_| {
        ApiError::invalid("state must be waiting, sending, delivered, failed or skipped.")
    })
}

/// `states` of what is sent again: those of what was not delivered.
fn states(states: Option<&Value>) -> Result<Vec<DeliveryState>, ApiError> {
    let Some(states) = states.filter(|states| !states.is_null()) else {
        return Ok(vec![DeliveryState::Failed]);
    };
    // Whatever is wrong with it, the answer says what it must be.
    let states: Option<Vec<DeliveryState>> = serde_json::from_value(states.clone()).ok();
    states
        .filter(|states| !states.is_empty() && states.iter().all(|state| state.is_missed()))
        .ok_or_else(|| ApiError::invalid("states must be an array of failed and skipped."))
}

fn time(name: &'static str, text: Option<&str>) -> Result<Option<Ticks>, ApiError> {
    text.map(|text| parse_iso_8601(text).ok_or(ApiError::InvalidDate(name)))
        .transpose()
}

/// A place in a merchant's list: a time and an event.
fn place(text: &str) -> Option<String> {
    let (at, event) = text.split_once('#')?;
    let is_place =
        at.len() == 14 && at.bytes().all(|b| b.is_ascii_digit()) && EventId::find(event).is_some();
    is_place.then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_what_was_not_delivered_is_sent_again_in_numbers() {
        let failed = DeliveryState::Failed;
        assert_eq!(states(None).ok(), Some(vec![failed]));
        assert_eq!(states(Some(&json!(null))).ok(), Some(vec![failed]));
        let both = json!(["failed", "skipped"]);
        assert_eq!(
            states(Some(&both)).ok(),
            Some(vec![failed, DeliveryState::Skipped])
        );
        for bad in [json!([]), json!(["delivered"]), json!("failed"), json!([1])] {
            assert!(states(Some(&bad)).is_err(), "{bad}");
        }
    }

    #[test]
    fn cursors_are_checked() {
        let place = "17820000000000#evt_SHOP01-PXTT-17820000000000_1";
        let good = cursor::write(place);
        assert_eq!(
            cursor::read(Some(&good), super::place).ok(),
            Some(Some(place.to_owned()))
        );
        for bad in ["", "x", "1#evt_A_1", "17820000000000#x"] {
            assert!(
                cursor::read(Some(&cursor::write(bad)), super::place).is_err(),
                "{bad}"
            );
        }
        assert!(cursor::read(Some("!"), super::place).is_err());
    }
}
