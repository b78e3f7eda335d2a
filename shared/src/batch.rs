//! Batches of a queue's messages: worked on concurrently, so that one that takes long delays nobody else in it, and answered
//! with those that failed, which come again and in the end go to the dead-letter queue.

use aws_lambda_events::event::sqs::{SqsEvent, SqsMessage};
use futures_util::future::join_all;
use serde_json::{Value, json};
use tracing::Instrument;

use crate::config::PerEnvironment;
use crate::domain::environment::Environment;
use crate::message::Message;
use crate::store::retry::chain;

/// Why a message, or a whole batch, failed.
pub type Error = Box<dyn std::error::Error + Send + Sync>;

/// A message as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// Whose queue it came from.
    pub environment: Environment,
    /// What it names.
    pub message: Message,
    /// Names the message in logs.
    pub message_id: String,
}

/// Acts on every message of a batch, and answers with the ids of those that failed.
///
/// # Errors
/// The event is not a batch of a queue.
pub async fn each<F>(
    event: Value,
    queue_names: &PerEnvironment<String>,
    act: impl Fn(Received) -> F,
) -> Result<Value, Error>
where
    F: Future<Output = Result<(), Error>>,
{
    let event: SqsEvent = serde_json::from_value(event)?;
    let act = &act;
    let outcomes = join_all(event.records.iter().map(|message| async move {
        let message_id = message.message_id.clone().unwrap_or_default();
        let span = tracing::info_span!(
            "message",
            messageId = message_id,
            webcode = tracing::field::Empty
        );
        let outcome = async {
            let received = receive(message, queue_names)?;
            if let Some(webcode) = received.message.webcode() {
                tracing::Span::current().record("webcode", webcode.as_str());
            }
            act(received).await
        };
        let outcome = outcome.instrument(span.clone()).await;
        span.in_scope(|| match outcome {
            Ok(()) => None,
            Err(error) => {
                tracing::error!(cause = chain(error.as_ref()), "a message failed");
                Some(message_id)
            }
        })
    }))
    .await;
    let failures: Vec<Value> = outcomes
        .into_iter()
        .flatten()
        .map(|message_id| json!({ "itemIdentifier": message_id }))
        .collect();
    Ok(json!({ "batchItemFailures": failures }))
}

fn receive(message: &SqsMessage, names: &PerEnvironment<String>) -> Result<Received, Error> {
    // Which queue the message comes from: the last part of its ARN.
    let arn = message.event_source_arn.as_deref().unwrap_or_default();
    let queue = arn.rsplit(':').next().unwrap_or_default();
    let environment = Environment::ALL
        .into_iter()
        .find(|environment| names.of(*environment) == queue)
        .ok_or_else(|| format!("a message of an unknown queue: {queue}"))?;
    let body = message.body.as_deref().unwrap_or_default();
    Ok(Received {
        environment,
        message: serde_json::from_str(body).map_err(|_| "the message names nothing")?,
        message_id: message.message_id.clone().unwrap_or_default(),
    })
}
