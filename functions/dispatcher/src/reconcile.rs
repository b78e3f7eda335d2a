//! Reconciliation: every payment and modification that is open, near or far, is compared with what its external service says
//! of it. Here they are only named: the processor worker asks.

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

/// Items taken from one partition of the index at a time.
const PAGE: i32 = 500;
const PAGE_LENGTH: usize = 500;

/// Later than any time that something falls due.
const END_OF_TIME: Ticks = Ticks::new(99_999_999_999_999);

/// How long the naming goes on: inside of the function's time. What is left is open still when the next one comes, and said.
const WITHIN: std::time::Duration = std::time::Duration::from_secs(40);

/// What the schedule asks for.
#[derive(Debug, Deserialize)]
pub(crate) struct Reconcile {
    environment: Environment,
}

/// Names what is open on the queue.
pub(crate) async fn run(dispatcher: &Dispatcher, reconcile: Reconcile) -> Result<Value, Error> {
    let store = dispatcher.app.store(reconcile.environment);
    let whole = Deadline::within(WITHIN);
    let (mut named, mut is_complete) = (0, true);
    for distance in Distance::ALL {
        for shard in 0..DUE_SHARDS {
            let partition = due_partition(distance, shard);
            let mut after = Ticks::new(0);
            loop {
                if whole.is_over() {
                    is_complete = false;
                    break;
                }
                let deadline = Deadline::within(BACKGROUND_WITHIN);
                let range = (after, END_OF_TIME);
                let due: Vec<(Key, Ticks)> = store.due(&partition, range, PAGE, deadline).await?;
                let messages: Vec<Outgoing> = due
                    .iter()
                    .enumerate()
                    .filter_map(|(place, (key, _))| {
                        let message = Message::reconciling(key)?;
                        Some(Outgoing::work(message, std::time::Duration::ZERO, place))
                    })
                    .collect();
                let failed = dispatcher
                    .queues
                    .send(reconcile.environment, &messages)
                    .await?;
                if !failed.is_empty() {
                    return Err("some messages were not sent".into());
                }
                named += messages.len();
                let Some((_, last)) = due.last().filter(|_| due.len() >= PAGE_LENGTH) else {
                    break;
                };
                // The next page begins with the very time that this one ends with, unless that alone fills a page: what
                // falls due then is named twice rather than not at all.
                let again = Ticks::new(last.get() - 1);
                after = if again > after { again } else { *last };
            }
        }
    }
    if !is_complete {
        tracing::error!(environment = %reconcile.environment, named, "not everything open could be named for reconciliation");
    }
    tracing::info!(environment = %reconcile.environment, named, "named for reconciliation");
    Ok(json!({ "named": named, "isComplete": is_complete }))
}
