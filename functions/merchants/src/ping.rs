//! A test event: whether a merchant's endpoint takes what is sent to it.

use http::StatusCode;
use serde::Serialize;
use shared::http::{ApiError, Reply};
use shared::redelivery;

use crate::task::Task;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Sent {
    event_id: String,
}

/// Sends a `PING`.
pub(crate) async fn send(task: &Task<'_>) -> Result<Reply, ApiError> {
    let event_id = redelivery::ping(task, &task.webcode()?).await?;
    Reply::new(StatusCode::ACCEPTED, &Sent { event_id })
}
