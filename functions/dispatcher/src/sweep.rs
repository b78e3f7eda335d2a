//! The sweep of the `due` index: what falls due within the next minute and was too far away for the queue, and whatever is
//! overdue, so that a lost message is only a delay.

use std::time::Duration;

use futures_util::future::try_join_all;
use lambda_runtime::Error;
use serde::Deserialize;
use serde_json::{Value, json};
use shared::domain::environment::Environment;
use shared::domain::time::Ticks;
use shared::message::Message;
use shared::store::keys::{DUE_SHARDS, Distance, due_partition};
use shared::store::load::BACKGROUND_WITHIN;
use shared::store::{Deadline, Key};

use crate::Dispatcher;
use crate::queue::Outgoing;
use crate::stream::DUE_SLACK;

/// The schedule's step: the sweep looks this far ahead.
const STEP: Duration = Duration::from_secs(60);

/// Items taken from one partition of the index by one sweep. What is left is overdue still when the next one comes.
const TAKEN_MAX: i32 = 1_000;

/// What the schedule asks for.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Sweep {
    environment: Environment,
    /// How long a message may be under way before it counts as lost.
    #[serde(default = "two_minutes")]
    grace_seconds: u64,
}

const fn two_minutes() -> u64 {
    120
}

/// Puts what is due on the queue.
pub(crate) async fn run(dispatcher: &Dispatcher, sweep: Sweep) -> Result<Value, Error> {
    let now = dispatcher.app.clock.now();
    let overdue = now.minus(Duration::from_secs(sweep.grace_seconds));
    let soon = now.plus(STEP);
    let ranges = (0..DUE_SHARDS).flat_map(|shard| {
        [
            (due_partition(Distance::Near, shard), Ticks::new(0), overdue),
            (due_partition(Distance::Far, shard), Ticks::new(0), overdue),
            (due_partition(Distance::Far, shard), now, soon),
        ]
    });
    let deadline = Deadline::within(BACKGROUND_WITHIN);
    let store = dispatcher.app.store(sweep.environment);
    let queries = ranges.map(|(partition, after, until)| async move {
        store
            .due(&partition, (after, until), TAKEN_MAX, deadline)
            .await
    });
    let due: Vec<(Key, Ticks)> = try_join_all(queries).await?.into_iter().flatten().collect();
    let messages: Vec<Outgoing> = due
        .iter()
        .enumerate()
        .filter_map(|(place, (key, due_at))| {
            let message = Message::naming(key)?;
            let slack = match message {
                Message::Delivery { .. } => Duration::ZERO,
                _ if *due_at > now => DUE_SLACK,
                _ => Duration::ZERO,
            };
            Some(Outgoing::work(message, due_at.since(now) + slack, place))
        })
        .collect();
    let failed = dispatcher.queues.send(sweep.environment, &messages).await?;
    if !due.is_empty() {
        tracing::info!(environment = %sweep.environment, due = due.len(), failed = failed.len(), "swept");
    }
    if failed.is_empty() {
        Ok(json!({ "due": due.len() }))
    } else {
        Err("some messages were not sent".into())
    }
}
