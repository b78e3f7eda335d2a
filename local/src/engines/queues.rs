//! SQS: the embedded engine, its queues, and what the pumps need of it.

use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;
use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use rustack_sqs_core::config::SqsConfig;
use rustack_sqs_core::handler::RustackSqsHandler;
use rustack_sqs_core::provider::RustackSqs;
use rustack_sqs_http::body::SqsResponseBody;
use rustack_sqs_http::dispatch::SqsHandler;
use rustack_sqs_http::service::{SqsHttpConfig, SqsHttpService};
use rustack_sqs_model::error::SqsError;
use rustack_sqs_model::input::{
    CreateQueueInput, DeleteMessageBatchInput, GetQueueAttributesInput, PurgeQueueInput,
    ReceiveMessageInput,
};
use rustack_sqs_model::operations::SqsOperation;
use rustack_sqs_model::types::{DeleteMessageBatchRequestEntry, Message};
use serde_json::{Value, json};
use template::Queue;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

use super::thread::EngineThread;
use super::{ACCOUNT, EngineError, REGION, listen};

/// The running queues. Messages live in memory only.
#[derive(Debug)]
pub(crate) struct QueueEngine {
    provider: Arc<RustackSqs>,
    port: u16,
    thread: EngineThread,
}

/// How many messages a queue holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QueueDepth {
    /// Those that can be received now.
    pub visible: u64,
    /// Those that somebody has received and neither deleted nor let go.
    pub in_flight: u64,
    /// Those whose delay is not over.
    pub delayed: u64,
}

impl QueueEngine {
    /// Starts the engine without any queue.
    pub(crate) fn start(port: u16) -> Result<Self, EngineError> {
        let (listener, address) = listen(port)?;
        let provider = Arc::new(RustackSqs::new(SqsConfig {
            skip_signature_validation: true,
            default_region: REGION.to_owned(),
            account_id: ACCOUNT.to_owned(),
            host: "127.0.0.1".to_owned(),
            port: address.port(),
        }));
        let handler = FairQueues(RustackSqsHandler::new(Arc::clone(&provider)));
        let thread = EngineThread::start("sqs", async move |stop| {
            serve(listener, handler, stop).await;
        })?;
        Ok(Self {
            provider,
            port: address.port(),
            thread,
        })
    }

    /// For the SDK's `AWS_ENDPOINT_URL_SQS`.
    pub(crate) fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// A queue's address.
    pub(crate) fn url(&self, name: &str) -> String {
        format!("{}/{ACCOUNT}/{name}", self.endpoint())
    }

    /// Whether the engine still serves.
    pub(crate) fn is_alive(&self) -> bool {
        self.thread.is_alive() && self.provider.is_ready()
    }

    /// Stops the engine. What is queued is lost, as it is whenever the process ends.
    pub(crate) async fn stop(self) {
        self.thread.stop().await;
    }

    /// Creates the queues.
    pub(crate) async fn create_queues(&self, queues: &[Queue]) -> Result<(), EngineError> {
        for queue in queues {
            let mut attributes: HashMap<_, _> = queue.attributes.clone().into_iter().collect();
            if let Some(redrive) = &queue.redrive {
                let policy = json!({
                    "deadLetterTargetArn": arn(&redrive.target),
                    "maxReceiveCount": redrive.maximum_receives,
                });
                attributes.insert("RedrivePolicy".to_owned(), policy.to_string());
            }
            let input = CreateQueueInput {
                queue_name: queue.id.clone(),
                attributes,
                ..CreateQueueInput::default()
            };
            let provider = Arc::clone(&self.provider);
            // A queue is an actor on the runtime that creates it.
            let created = self
                .thread
                .run(async move { provider.create_queue(input).await });
            created.await?.map_err(refused)?;
        }
        Ok(())
    }

    /// Receives up to `limit` messages, waiting for the first one as long as SQS would.
    pub(crate) async fn receive(
        &self,
        name: &str,
        limit: usize,
        wait_seconds: i32,
    ) -> Result<Vec<Message>, EngineError> {
        let input = ReceiveMessageInput {
            queue_url: self.url(name),
            max_number_of_messages: i32::try_from(limit.clamp(1, 10)).ok(),
            wait_time_seconds: Some(wait_seconds),
            message_system_attribute_names: vec!["All".to_owned()],
            // The engine's long polls look at these only, its short ones at both.
            attribute_names: vec!["All".to_owned()],
            message_attribute_names: vec!["All".to_owned()],
            ..ReceiveMessageInput::default()
        };
        Ok(self
            .provider
            .receive_message(input)
            .await
            .map_err(refused)?
            .messages)
    }

    /// Deletes received messages.
    pub(crate) async fn delete(
        &self,
        name: &str,
        receipts: Vec<String>,
    ) -> Result<(), EngineError> {
        if receipts.is_empty() {
            return Ok(());
        }
        let numbered = receipts.into_iter().enumerate();
        let input = DeleteMessageBatchInput {
            queue_url: self.url(name),
            entries: numbered
                .map(|(number, receipt_handle)| DeleteMessageBatchRequestEntry {
                    id: number.to_string(),
                    receipt_handle,
                })
                .collect(),
        };
        let deleted = self
            .provider
            .delete_message_batch(input)
            .await
            .map_err(refused)?;
        match deleted.failed.as_slice() {
            [] => Ok(()),
            failed => Err(EngineError::Queues(format!(
                "{} messages were not deleted",
                failed.len()
            ))),
        }
    }

    /// Deletes every message of a queue.
    pub(crate) async fn purge(&self, name: &str) -> Result<(), EngineError> {
        let input = PurgeQueueInput {
            queue_url: self.url(name),
        };
        self.provider
            .purge_queue(input)
            .await
            .map_err(refused)
            .map(|_| ())
    }

    /// How many messages a queue holds.
    pub(crate) async fn depth(&self, name: &str) -> Result<QueueDepth, EngineError> {
        let input = GetQueueAttributesInput {
            queue_url: self.url(name),
            attribute_names: vec!["All".to_owned()],
        };
        let found = self
            .provider
            .get_queue_attributes(input)
            .await
            .map_err(refused)?
            .attributes;
        let number = |suffix: &str| {
            let text = found.get(&format!("ApproximateNumberOfMessages{suffix}"));
            text.and_then(|text| text.parse().ok()).unwrap_or_default()
        };
        Ok(QueueDepth {
            visible: number(""),
            in_flight: number("NotVisible"),
            delayed: number("Delayed"),
        })
    }
}

/// A queue's ARN.
pub(crate) fn arn(name: &str) -> String {
    format!("arn:aws:sqs:{REGION}:{ACCOUNT}:{name}")
}

fn refused(error: SqsError) -> EngineError {
    EngineError::Queues(error.message)
}

async fn serve(
    listener: std::net::TcpListener,
    handler: FairQueues,
    mut stop: oneshot::Receiver<()>,
) {
    let Ok(listener) = TcpListener::from_std(listener) else {
        return;
    };
    let service = SqsHttpService::new(Arc::new(handler), SqsHttpConfig::default());
    loop {
        tokio::select! {
            // A dropped sender means the same.
            _ = &mut stop => return,
            accepted = listener.accept() => {
                if let Ok((connection, _)) = accepted {
                    tokio::spawn(converse(connection, service.clone()));
                }
            }
        }
    }
}

async fn converse(connection: TcpStream, service: SqsHttpService<FairQueues>) {
    // Small answers must not wait for one another; without it they are only slower.
    let _ = connection.set_nodelay(true);
    // A client that goes away in the middle is no matter for us.
    let _ = http1::Builder::new()
        .serve_connection(TokioIo::new(connection), service)
        .await;
}

/// The attribute that keeps a message's group: AWS takes `MessageGroupId` on a standard queue and shares the queue fairly
/// between the groups, while the engine refuses it. The pumps are fair in its place.
pub(crate) const GROUP: &str = "MessageGroupId";

/// Makes an attribute of the group.
#[derive(Debug)]
struct FairQueues(RustackSqsHandler);

type Reply = Result<http::Response<SqsResponseBody>, SqsError>;

impl SqsHandler for FairQueues {
    fn handle_operation(
        &self,
        operation: SqsOperation,
        body: Bytes,
    ) -> Pin<Box<dyn Future<Output = Reply> + Send>> {
        let body = match operation {
            SqsOperation::SendMessage | SqsOperation::SendMessageBatch => with_groups_inside(body),
            SqsOperation::ReceiveMessage => with_attributes_in_both(body),
            _ => body,
        };
        self.0.handle_operation(operation, body)
    }
}

/// AWS takes the names of the attributes that are wanted in a new field and in an old one; the engine's long polls know the old
/// one only.
fn with_attributes_in_both(body: Bytes) -> Bytes {
    let Ok(mut request) = serde_json::from_slice::<Value>(&body) else {
        return body;
    };
    if let Some(names) = request.get("MessageSystemAttributeNames").cloned() {
        request["AttributeNames"] = names;
    }
    Bytes::from(request.to_string())
}

fn with_groups_inside(body: Bytes) -> Bytes {
    // What is not JSON is for the engine to refuse.
    let Ok(mut request) = serde_json::from_slice::<Value>(&body) else {
        return body;
    };
    let inside = |message: &mut Value| {
        let Some(message) = message.as_object_mut() else {
            return;
        };
        if let Some(group) = message.remove(GROUP) {
            let attributes = message
                .entry("MessageAttributes")
                .or_insert_with(|| json!({}));
            attributes[GROUP] = json!({ "DataType": "String", "StringValue": group });
        }
    };
    inside(&mut request);
    if let Some(entries) = request.get_mut("Entries").and_then(Value::as_array_mut) {
        entries.iter_mut().for_each(inside);
    }
    Bytes::from(request.to_string())
}
