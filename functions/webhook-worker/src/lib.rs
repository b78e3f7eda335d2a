//! From the queues to the merchants: takes batches, acts on what each message names, and reports what failed.
//!
//! A batch is worked on concurrently, so that one slow receiver delays nobody else in it.

mod attempt;
mod connect;
mod deliver;
mod endpoint;
mod expire;
mod post;

use std::sync::Arc;

use aws_lambda_events::event::sqs::{SqsEvent, SqsMessage};
use futures_util::future::join_all;
use lambda_runtime::Error;
use serde_json::{Value, json};
use shared::app::{App, Parts};
use shared::config::{Config, ConfigError, PerEnvironment};
use shared::domain::environment::Environment;
use shared::message::Message;
use shared::seal::Sealer;
use shared::store::retry::chain;
use tracing::Instrument;

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
    let event: SqsEvent = serde_json::from_value(event)?;
    let outcomes = join_all(event.records.iter().map(|message| handle(worker, message))).await;
    let failures: Vec<Value> = outcomes
        .into_iter()
        .flatten()
        .map(|message_id| json!({ "itemIdentifier": message_id }))
        .collect();
    Ok(json!({ "batchItemFailures": failures }))
}

/// Acts on one message. Answers its id when it failed.
async fn handle(worker: &Worker, message: &SqsMessage) -> Option<String> {
    let message_id = message.message_id.clone().unwrap_or_default();
    let span = tracing::info_span!(
        "message",
        messageId = message_id,
        webcode = tracing::field::Empty
    );
    let outcome = act(worker, message, &message_id);
    let outcome = outcome.instrument(span.clone()).await;
    span.in_scope(|| match outcome {
        Ok(()) => None,
        Err(error) => {
            tracing::error!(cause = chain(error.as_ref()), "a message failed");
            Some(message_id)
        }
    })
}

async fn act(worker: &Worker, message: &SqsMessage, message_id: &str) -> Result<(), Error> {
    let environment = environment_of(worker, message)?;
    let body = message.body.as_deref().unwrap_or_default();
    let named: Message = serde_json::from_str(body).map_err(|_| "the message names nothing")?;
    match named {
        Message::Delivery { event, endpoint } => {
            let task = Task::new(worker, environment, message_id, &event, &endpoint)?;
            task.run().await
        }
        Message::Session(reference) => expire::session(&worker.app, environment, &reference).await,
        Message::Payment(reference) => expire::payment(&worker.app, environment, &reference).await,
        // It has no way to external services.
        Message::Forwarded { .. } => Err("a forwarded payment is another worker's".into()),
    }
}

/// Which queue the message comes from: the last part of its ARN.
fn environment_of(worker: &Worker, message: &SqsMessage) -> Result<Environment, Error> {
    let arn = message.event_source_arn.as_deref().unwrap_or_default();
    let queue = arn.rsplit(':').next().unwrap_or_default();
    Environment::ALL
        .into_iter()
        .find(|environment| worker.queue_names.of(*environment) == queue)
        .ok_or_else(|| format!("a message of an unknown queue: {queue}").into())
}
