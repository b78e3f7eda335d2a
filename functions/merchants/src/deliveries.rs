//! Deliveries: listed by state and time, shown with their attempts, and sent again.

use http::StatusCode;
use serde::Serialize;
use serde_json::Value;
use shared::domain::delivery::{DEFAULT_ENDPOINT, Delivery, DeliveryState, ErrorClass};
use shared::domain::event::EventId;
use shared::domain::time::Ticks;
use shared::http::{ApiError, Fields, Pagination, Reply};
use shared::listing::{one_of, time};
use shared::redelivery::{self, Missed};
use shared::store::list::Span;
use shared::store::{self, Key};

use crate::cursor;
use crate::task::Task;

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
    let request = task.request;
    let state = one_of(request, "state", &DeliveryState::NAMED)?;
    let limit = request.limit()?;
    let span = Span {
        from: time(request, "from")?,
        to: time(request, "to")?,
        after: cursor::read(request.query_parameter("cursor").as_deref(), place)?,
        limit,
    };
    let wanted = |found: &Delivery| state.is_none_or(|state| state == found.state);
    let (deliveries, next) = redelivery::page(task, &webcode, &span, wanted).await?;
    if deliveries.is_empty() {
        let [merchant] = [Some(Key::merchant(&webcode))];
        let [merchant] = task.store().load([merchant], task.deadline).await?;
        merchant.ok_or(ApiError::NotFound)?;
    }
    let rows: Vec<Row<'_>> = deliveries.iter().map(row).collect();
    let next_cursor = next.as_deref().map(cursor::write);
    Reply::page(&rows, &Pagination { limit, next_cursor })
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

/// Sends one delivery again.
pub(crate) async fn resend(task: &Task<'_>) -> Result<Reply, ApiError> {
    let (webcode, event) = (task.webcode()?, event(task)?);
    let delivery = redelivery::resend(task, &webcode, &event).await?;
    Reply::new(StatusCode::ACCEPTED, &row(&delivery))
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
pub(crate) async fn resend_missed(task: &Task<'_>) -> Result<Reply, ApiError> {
    let webcode = task.webcode()?;
    let body = task.request.json()?;
    let mut missed = Missed::parse(&body)?;
    missed.after = cursor::read(Fields::of(&body).find_text("cursor")?, place)?;
    let resent = redelivery::resend_missed(task, &webcode, &missed).await?;
    let resent = Resent {
        resent: resent.count,
        next_cursor: resent.next.as_deref().map(cursor::write),
    };
    Reply::new(StatusCode::ACCEPTED, &resent)
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

/// A place in a merchant's list: a time and an event. `None`: the text is none.
fn place(text: &str) -> Option<String> {
    let (at, event) = text.split_once('#')?;
    let is_place =
        at.len() == 14 && at.bytes().all(|b| b.is_ascii_digit()) && EventId::find(event).is_some();
    is_place.then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursors_are_checked() {
        let good = "17820000000000#evt_SHOP01-PXTT-17820000000000_1";
        let cursor = cursor::write(good);
        assert_eq!(
            cursor::read(Some(&cursor), place).ok(),
            Some(Some(good.to_owned()))
        );
        for bad in ["", "x", "1#evt_A_1", "17820000000000#x"] {
            assert!(
                cursor::read(Some(&cursor::write(bad)), place).is_err(),
                "{bad}"
            );
        }
        assert!(cursor::read(Some("!"), place).is_err());
    }
}
