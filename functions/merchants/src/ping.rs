//! A test event: whether a merchant's endpoint takes what is sent to it.

use http::StatusCode;
use serde::Serialize;
use shared::domain::audit::AuditAction;
use shared::domain::delivery::{DEFAULT_ENDPOINT, Delivery};
use shared::domain::event;
use shared::domain::reference::{Marker, Reference};
use shared::http::{ApiError, Reply};
use shared::store;

use crate::deliveries::require_enabled;
use crate::task::{Task, Told};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Sent<'a> {
    event_id: &'a str,
}

/// Sends a `PING`, on the same way as every event. What became of it is the delivery of that event.
pub(crate) async fn send(task: &Task<'_>) -> Result<Reply, ApiError> {
    let webcode = task.webcode()?;
    require_enabled(task, &webcode).await?;
    let mut at = task.now;
    loop {
        let reference = Reference::new(&webcode, Marker::Ping, task.environment(), at);
        let event = event::ping(&webcode, reference, task.environment(), task.now)
            .map_err(ApiError::internal)?;
        let delivery = Delivery::requested(&event, DEFAULT_ENDPOINT, task.now);
        let told = Told {
            action: AuditAction::WebhookPinged,
            target: Some(&delivery.event_id),
            old: None,
            new: None,
        };
        let writes = [
            store::create_delivery(&event.id, &delivery, &task.writer)?,
            task.record(&webcode, told)?,
        ];
        if task.commit(task.store(), &writes).await? {
            let event_id = &delivery.event_id;
            return Reply::new(StatusCode::ACCEPTED, &Sent { event_id });
        }
        // Somebody else's of the same moment.
        at = at.next();
    }
}
