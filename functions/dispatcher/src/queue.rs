//! The queues of both environments.

use std::collections::HashSet;
use std::time::Duration;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::config::SharedHttpClient;
use aws_sdk_sqs::types::SendMessageBatchRequestEntry;
use lambda_runtime::Error;
use shared::aws;
use shared::config::{Config, ConfigError, PerEnvironment};
use shared::domain::environment::Environment;
use shared::message::{Message, Work};

/// The most messages that one call takes (SQS, *SendMessageBatch*).
const BATCH: usize = 10;

/// Where a message goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Destination {
    /// A queue of what is to be done.
    Work(Work),
    /// The queue of what was given up.
    DeadLetters,
}

/// A message on its way, with what it is sent for.
#[derive(Debug)]
pub(crate) struct Outgoing {
    pub(crate) destination: Destination,
    pub(crate) message: Message,
    pub(crate) delay: Duration,
    /// The place of the record, or of the due item, that asked for it.
    pub(crate) origin: usize,
}

impl Outgoing {
    /// A message to whoever does what it asks for.
    pub(crate) const fn work(message: Message, delay: Duration, origin: usize) -> Self {
        Self {
            destination: Destination::Work(message.work()),
            message,
            delay,
            origin,
        }
    }
}

/// The queues, and the client to reach them.
pub(crate) struct Queues {
    client: Client,
    deliveries: PerEnvironment<String>,
    payments: PerEnvironment<String>,
    dead_letters: PerEnvironment<String>,
}

impl Queues {
    pub(crate) fn new(config: &Config, http_client: SharedHttpClient) -> Result<Self, ConfigError> {
        Ok(Self {
            client: aws::sqs(&config.aws, http_client),
            deliveries: Config::require(
                config.queue_urls.clone(),
                "LIVE_QUEUE_URL, TEST_QUEUE_URL",
            )?,
            payments: Config::require(
                config.processor_queue_urls.clone(),
                "LIVE_PROCESSOR_QUEUE_URL, TEST_PROCESSOR_QUEUE_URL",
            )?,
            dead_letters: Config::require(
                config.dead_letter_queue_urls.clone(),
                "LIVE_DEAD_LETTER_QUEUE_URL, TEST_DEAD_LETTER_QUEUE_URL",
            )?,
        })
    }

    /// Sends messages, in as few calls as possible. Answers the origins of those that could not be sent.
    pub(crate) async fn send(
        &self,
        environment: Environment,
        messages: &[Outgoing],
    ) -> Result<HashSet<usize>, Error> {
        let mut failed = HashSet::new();
        for destination in [
            Destination::Work(Work::Deliveries),
            Destination::Work(Work::Payments),
            Destination::DeadLetters,
        ] {
            let there: Vec<&Outgoing> = messages
                .iter()
                .filter(|outgoing| outgoing.destination == destination)
                .collect();
            let url = match destination {
                Destination::Work(Work::Deliveries) => self.deliveries.of(environment),
                Destination::Work(Work::Payments) => self.payments.of(environment),
                Destination::DeadLetters => self.dead_letters.of(environment),
            };
            for batch in there.chunks(BATCH) {
                failed.extend(self.send_batch(url, batch).await?);
            }
        }
        Ok(failed)
    }

    async fn send_batch(&self, url: &str, batch: &[&Outgoing]) -> Result<Vec<usize>, Error> {
        let entries = batch
            .iter()
            .enumerate()
            .map(|(place, outgoing)| entry(place, outgoing))
            .collect::<Result<_, _>>()?;
        let call = self
            .client
            .send_message_batch()
            .queue_url(url)
            .set_entries(Some(entries));
        match call.send().await {
            Ok(answer) => Ok(answer
                .failed
                .iter()
                .filter_map(|failure| batch.get(failure.id.parse::<usize>().ok()?))
                .map(|outgoing| outgoing.origin)
                .collect()),
            Err(error) => {
                tracing::error!(
                    cause = shared::store::retry::chain(&error),
                    "a batch of messages was not sent"
                );
                Ok(batch.iter().map(|outgoing| outgoing.origin).collect())
            }
        }
    }
}

fn entry(place: usize, outgoing: &Outgoing) -> Result<SendMessageBatchRequestEntry, Error> {
    // Rounded up: a message that comes before its time finds nothing to do.
    let seconds = outgoing.delay.as_millis().div_ceil(1000).min(900);
    Ok(SendMessageBatchRequestEntry::builder()
        .id(place.to_string())
        .message_body(serde_json::to_string(&outgoing.message)?)
        .delay_seconds(i32::try_from(seconds)?)
        // Fair queues: the merchant is the group, so that one who is busy or slow does not starve the others.
        .set_message_group_id(outgoing.message.webcode().map(String::from))
        .build()?)
}
