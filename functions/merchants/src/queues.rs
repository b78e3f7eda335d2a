//! The queues of both environments: what was given up, and where it goes when it is given another chance.

use std::time::Duration;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::{
    ChangeMessageVisibilityBatchRequestEntry, Message as Received, MessageSystemAttributeName,
};
use shared::app::Parts;
use shared::aws;
use shared::config::{Config, ConfigError, PerEnvironment};
use shared::domain::environment::Environment;
use shared::http::ApiError;
use shared::message::Message;

/// The most messages that one call takes (SQS, *ReceiveMessage*).
const BATCH: i32 = 10;

/// Whoever looks at messages has them for so long, in seconds.
const HELD_SECONDS: i32 = 30;

/// Whoever finds nothing has waited so long for it, in seconds.
const WAIT_SECONDS: i32 = 1;

/// The queues, and the client to reach them.
pub(crate) struct Queues {
    client: Client,
    work: PerEnvironment<String>,
    dead_letters: PerEnvironment<String>,
}

/// A message that was given up.
pub(crate) struct DeadLetter {
    pub(crate) id: String,
    /// What it names; `None` when it names nothing.
    pub(crate) named: Option<Message>,
    /// When it was sent, in Unix milliseconds.
    pub(crate) sent_at_ms: Option<u64>,
    receipt: String,
}

impl Queues {
    pub(crate) fn new(config: &Config, parts: &Parts) -> Result<Self, ConfigError> {
        Ok(Self {
            client: aws::sqs(&config.aws, parts.http_client.clone()),
            work: Config::require(config.queue_urls.clone(), "LIVE_QUEUE_URL, TEST_QUEUE_URL")?,
            dead_letters: Config::require(
                config.dead_letter_queue_urls.clone(),
                "LIVE_DEAD_LETTER_QUEUE_URL, TEST_DEAD_LETTER_QUEUE_URL",
            )?,
        })
    }

    /// Takes up to ten messages that were given up, and hides them from others for half a minute. None: there are none. Only a
    /// call that waits asks all the servers of a queue; one that doesn't may find nothing where there is something.
    pub(crate) async fn take(&self, environment: Environment) -> Result<Vec<DeadLetter>, ApiError> {
        let call = self
            .client
            .receive_message()
            .queue_url(self.dead_letters.of(environment))
            .max_number_of_messages(BATCH)
            .visibility_timeout(HELD_SECONDS)
            .wait_time_seconds(WAIT_SECONDS)
            .message_system_attribute_names(MessageSystemAttributeName::SentTimestamp);
        let answer = call.send().await.map_err(ApiError::internal)?;
        Ok(answer
            .messages
            .unwrap_or_default()
            .into_iter()
            .filter_map(dead_letter)
            .collect())
    }

    /// Shows them again to whoever looks, after so long.
    pub(crate) async fn show(
        &self,
        environment: Environment,
        letters: &[DeadLetter],
        after: Duration,
    ) -> Result<(), ApiError> {
        let seconds = i32::try_from(after.as_secs()).map_err(ApiError::internal)?;
        for batch in letters.chunks(10) {
            let entries = batch.iter().enumerate().map(|(place, letter)| {
                ChangeMessageVisibilityBatchRequestEntry::builder()
                    .id(place.to_string())
                    .receipt_handle(&letter.receipt)
                    .visibility_timeout(seconds)
                    .build()
            });
            let entries = entries
                .collect::<Result<_, _>>()
                .map_err(ApiError::internal)?;
            // One of which that fails shows by itself when its half minute is over.
            self.client
                .change_message_visibility_batch()
                .queue_url(self.dead_letters.of(environment))
                .set_entries(Some(entries))
                .send()
                .await
                .map_err(ApiError::internal)?;
        }
        Ok(())
    }

    /// Puts a name on the queue of what is to be done.
    pub(crate) async fn send(
        &self,
        environment: Environment,
        message: &Message,
    ) -> Result<(), ApiError> {
        let body = serde_json::to_string(message).map_err(ApiError::internal)?;
        self.client
            .send_message()
            .queue_url(self.work.of(environment))
            .message_body(body)
            .set_message_group_id(message.webcode().map(String::from))
            .send()
            .await
            .map_err(ApiError::internal)?;
        Ok(())
    }

    /// Deletes a message that was given up.
    pub(crate) async fn delete(
        &self,
        environment: Environment,
        letter: &DeadLetter,
    ) -> Result<(), ApiError> {
        self.client
            .delete_message()
            .queue_url(self.dead_letters.of(environment))
            .receipt_handle(&letter.receipt)
            .send()
            .await
            .map_err(ApiError::internal)?;
        Ok(())
    }
}

fn dead_letter(message: Received) -> Option<DeadLetter> {
    let sent_at = MessageSystemAttributeName::SentTimestamp;
    let sent_at = message
        .attributes
        .as_ref()
        .and_then(|all| all.get(&sent_at));
    Some(DeadLetter {
        id: message.message_id?,
        named: serde_json::from_str(&message.body.unwrap_or_default()).ok(),
        sent_at_ms: sent_at.and_then(|text| text.parse().ok()),
        receipt: message.receipt_handle?,
    })
}
