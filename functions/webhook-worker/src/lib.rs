//! From the queues to the merchants: takes batches, delivers what each message names, and reports what failed.
//!
//! A batch is worked on concurrently, so that one slow receiver delays nobody else in it.

mod attempt;
mod connect;
mod deliver;
mod endpoint;
mod post;

use std::sync::Arc;

use lambda_runtime::Error;
use serde_json::Value;
use shared::app::{App, Parts};
use shared::batch;
use shared::config::{Config, ConfigError, PerEnvironment};
use shared::message::Message;
use shared::seal::Sealer;

use crate::deliver::Task;
use crate::post::Poster;

/// The state of the function, made once per execution environment.
pub struct Worker {
    app: App,
    sealer: Arc<Sealer>,
    poster: Poster,
    queue_names: PerEnvironment<String>,
}

impl Worker {
    /// The function's state.
    ///
    /// # Errors
    /// [`ConfigError`] when the configuration is incomplete.
    pub fn new(config: Config, parts: Parts) -> Result<Self, ConfigError> {
        let queue_names = Config::require(
            config.queue_names.clone(),
            "LIVE_QUEUE_NAME, TEST_QUEUE_NAME",
        )?;
        let poster = Poster::new(&config.webhook_allowed_networks)?;
        let app = App::new(config, parts)?;
        let sealer = Config::require(app.sealer.clone(), "SEALING_KEY")?;
        Ok(Self {
            app,
            sealer,
            poster,
            queue_names,
        })
    }
}

/// Answers a batch with the messages that failed: those come again, and in the end go to the dead-letter queue.
///
/// # Errors
/// The event is not a batch of a queue.
pub async fn handler(worker: &Worker, event: Value) -> Result<Value, Error> {
    batch::each(event, &worker.queue_names, |received| async move {
        match received.message {
            Message::Delivery { event, endpoint } => {
                let (environment, message_id) = (received.environment, received.message_id);
                let task = Task::new(worker, environment, &message_id, &event, &endpoint)?;
                task.run().await
            }
            _ => Err("the message is not for this queue".into()),
        }
    })
    .await
}
