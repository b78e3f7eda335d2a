//! From a queue to a function: in batches, several at a time, each message until it is deleted or dead.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::future::{join, join_all};
use rustack_sqs_model::types::{Message, MessageAttributeValue};
use serde_json::{Map, Value, json};
use template::QueueMapping;
use tokio::sync::watch;

use super::batch::{Outcome, outcome};
use super::fair::{Groups, Lane, lanes};
use super::{Backoff, PumpError};
use crate::engines::{GROUP, QueueEngine, REGION, queue_arn};
use crate::invoker::Invoker;
use crate::stop::Stop;

/// As long as SQS lets a receiver wait.
const WAIT_SECONDS: i32 = 20;

/// Batches at the same time, unless the mapping says fewer: enough that a slow one does not hold the others up.
const CONCURRENCY_MAX: usize = 8;

/// Brings the messages of one queue to one function.
#[derive(Debug)]
pub(crate) struct QueuePump {
    pub(crate) package: String,
    pub(crate) mapping: QueueMapping,
    pub(crate) queues: Arc<QueueEngine>,
    pub(crate) invoker: Arc<Invoker>,
}

impl QueuePump {
    /// Brings everything that can be received now to the function. Gives the number of messages that went
    /// through; those that failed come again when their visibility timeout is over.
    pub(crate) async fn drain(&self) -> Result<usize, PumpError> {
        let mut count = 0;
        let mut problem = None;
        loop {
            let messages = self.receive(0).await?;
            if messages.is_empty() {
                return problem.map_or(Ok(count), Err);
            }
            match self.deliver(messages).await {
                Ok(messages) => count += messages,
                Err(error) => problem = Some(error),
            }
        }
    }

    /// Goes on for ever.
    pub(crate) async fn run(self: Arc<Self>, stop: Stop) {
        let concurrency = self
            .mapping
            .maximum_concurrency
            .unwrap_or(CONCURRENCY_MAX)
            .min(CONCURRENCY_MAX);
        let waiting = Waiting {
            groups: Mutex::new(Groups::new()),
            changed: watch::Sender::new(()),
            free: AtomicUsize::new(lanes(concurrency).filter(|lane| *lane == Lane::Any).count()),
        };
        let lanes = lanes(concurrency).map(|lane| self.run_lane(lane, &waiting, stop.clone()));
        join(self.fill(&waiting, stop.clone()), join_all(lanes)).await;
    }

    /// Receives everything there is, so that it is known whose messages wait.
    async fn fill(&self, waiting: &Waiting, mut stop: Stop) {
        let mut backoff = Backoff::new();
        loop {
            let received = tokio::select! {
                () = stop.requested() => return,
                received = self.receive_when_reachable() => received,
            };
            match received {
                Ok(messages) => {
                    backoff.reset();
                    waiting.put(messages);
                }
                Err(error) => {
                    tracing::warn!(queue = self.mapping.queue, %error, "a queue cannot be read");
                    if !stop.sleep(backoff.next()).await {
                        return;
                    }
                }
            }
        }
    }

    async fn run_lane(&self, lane: Lane, waiting: &Waiting, mut stop: Stop) {
        let mut backoff = Backoff::new();
        let mut changed = waiting.changed.subscribe();
        loop {
            changed.mark_unchanged();
            let Some((group, messages)) = waiting.take(self.mapping.batch_size, lane) else {
                tokio::select! {
                    () = stop.requested() => return,
                    // The sender is there as long as this runs.
                    _ = changed.changed() => continue,
                }
            };
            let size = messages.len();
            waiting.busy(lane, true);
            let delivered = self.deliver(messages).await;
            waiting.busy(lane, false);
            waiting.done(&group, size);
            match delivered {
                Ok(_) => backoff.reset(),
                Err(error) => {
                    tracing::warn!(queue = self.mapping.queue, %error, "messages of a queue come again");
                    if !stop.sleep(backoff.next()).await {
                        return;
                    }
                }
            }
            if stop.is_requested() {
                return;
            }
        }
    }

    async fn receive_when_reachable(&self) -> Result<Vec<Message>, PumpError> {
        // What is received and not delivered counts as a try, and dies after a few.
        self.invoker.wait_until_reachable().await;
        self.receive(WAIT_SECONDS).await
    }

    async fn receive(&self, wait_seconds: i32) -> Result<Vec<Message>, PumpError> {
        let Self {
            mapping, queues, ..
        } = self;
        Ok(queues
            .receive(&mapping.queue, mapping.batch_size, wait_seconds)
            .await?)
    }

    /// Brings one batch to the function, and deletes what went through. Gives its number.
    async fn deliver(&self, messages: Vec<Message>) -> Result<usize, PumpError> {
        let arn = queue_arn(&self.mapping.queue);
        let event = json!({
            "Records": messages.iter().map(|message| record(message, &arn)).collect::<Vec<_>>(),
        });
        let answer = self.invoker.invoke(&self.package, event).await;
        let answer = answer.map_err(|source| PumpError::Invoke {
            package: self.package.clone(),
            source,
        })?;
        let ids: Vec<_> = messages
            .iter()
            .map(|message| message.message_id.as_deref().unwrap_or_default())
            .collect();
        let failed = match outcome(&answer, &ids) {
            _ if !self.mapping.reports_failures => Vec::new(),
            Outcome::Done => Vec::new(),
            Outcome::Failed(places) => places,
            Outcome::AllFailed => (0..messages.len()).collect(),
        };
        let size = messages.len();
        let done = messages
            .into_iter()
            .enumerate()
            .filter(|(place, _)| !failed.contains(place));
        let receipts: Vec<_> = done
            .filter_map(|(_, message)| message.receipt_handle)
            .collect();
        self.queues.delete(&self.mapping.queue, receipts).await?;
        match failed.len() {
            0 => Ok(size),
            failed => Err(PumpError::Partly {
                package: self.package.clone(),
                failed,
                size,
            }),
        }
    }
}

/// What was received and is not under way yet.
struct Waiting {
    groups: Mutex<Groups<Message>>,
    /// Told when something waits, or is done.
    changed: watch::Sender<()>,
    /// Lanes that take everybody's messages and have none now.
    free: AtomicUsize,
}

impl Waiting {
    fn groups(&self) -> MutexGuard<'_, Groups<Message>> {
        // Nothing panics while holding it; and if it did, the groups would still be groups.
        self.groups.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn put(&self, messages: Vec<Message>) {
        let mut groups = self.groups();
        for message in messages {
            groups.put(group(&message).unwrap_or_default(), message);
        }
        drop(groups);
        self.changed.send_replace(());
    }

    /// Notes that a lane has something to do, or nothing any more.
    fn busy(&self, lane: Lane, busy: bool) {
        match (lane, busy) {
            (Lane::Quiet, _) => return,
            (Lane::Any, true) => self.free.fetch_sub(1, Ordering::SeqCst),
            (Lane::Any, false) => self.free.fetch_add(1, Ordering::SeqCst),
        };
        self.changed.send_replace(());
    }

    fn take(&self, limit: usize, lane: Lane) -> Option<(String, Vec<Message>)> {
        if lane == Lane::Quiet && self.free.load(Ordering::SeqCst) > 0 {
            return None;
        }
        self.groups().take(limit, lane)
    }

    fn done(&self, group: &str, count: usize) {
        self.groups().done(group, count);
        self.changed.send_replace(());
    }
}

/// The group that a message was sent with.
fn group(message: &Message) -> Option<String> {
    let group = message.message_attributes.get(GROUP)?;
    group.string_value.clone()
}

/// A message as Lambda hands it to a function.
fn record(message: &Message, queue_arn: &str) -> Value {
    let attributes = message.message_attributes.iter();
    let attributes: Map<_, _> = attributes
        .filter(|(name, _)| *name != GROUP)
        .map(|(name, value)| (name.clone(), attribute(value)))
        .collect();
    let mut of_system = json!(message.attributes);
    if let Some(group) = group(message) {
        of_system[GROUP] = group.into();
    }
    json!({
        "messageId": message.message_id,
        "receiptHandle": message.receipt_handle,
        "body": message.body,
        "attributes": of_system,
        "messageAttributes": attributes,
        "md5OfBody": message.md5_of_body,
        "eventSource": "aws:sqs",
        "eventSourceARN": queue_arn,
        "awsRegion": REGION,
    })
}

fn attribute(value: &MessageAttributeValue) -> Value {
    json!({
        "dataType": value.data_type,
        "stringValue": value.string_value,
        "stringListValues": [],
        "binaryListValues": [],
    })
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::time::Duration;

    use bytes::Bytes;
    use http_body_util::{BodyExt, Full};
    use hyper_util::client::legacy::Client;
    use hyper_util::rt::TokioExecutor;
    use template::{Queue, Redrive};

    use super::super::testing::{PACKAGE, Told};
    use super::*;
    use crate::engines::QueueDepth;
    use crate::stop::Stopper;

    /// Messages are visible again after a minute, and dead after two tries.
    async fn queues() -> Arc<QueueEngine> {
        let queues = QueueEngine::start(0).expect("the engine starts");
        let queue = Queue {
            id: "Queue".to_owned(),
            attributes: [("VisibilityTimeout".to_owned(), "60".to_owned())].into(),
            redrive: Some(Redrive {
                target: "Dead".to_owned(),
                maximum_receives: 2,
            }),
        };
        let dead = Queue {
            id: "Dead".to_owned(),
            attributes: [].into(),
            redrive: None,
        };
        queues
            .create_queues(&[queue, dead])
            .await
            .expect("the queues are made");
        Arc::new(queues)
    }

    fn pump(queues: &Arc<QueueEngine>, told: &Told) -> QueuePump {
        QueuePump {
            package: PACKAGE.to_owned(),
            mapping: QueueMapping {
                queue: "Queue".to_owned(),
                batch_size: 10,
                maximum_concurrency: Some(2),
                reports_failures: true,
            },
            queues: Arc::clone(queues),
            invoker: told.invoker(),
        }
    }

    /// Calls SQS over the wire, as the functions do.
    async fn call(queues: &QueueEngine, operation: &str, mut request: Value) -> Value {
        request["QueueUrl"] = queues.url("Queue").into();
        let request = http::Request::post(queues.endpoint())
            .header("x-amz-target", format!("AmazonSQS.{operation}"))
            .body(Full::new(Bytes::from(request.to_string())))
            .expect("a request");
        let client = Client::builder(TokioExecutor::new()).build_http();
        let response = client.request(request).await.expect("the engine answers");
        assert!(response.status().is_success(), "{response:?}");
        let body = response
            .into_body()
            .collect()
            .await
            .expect("a body")
            .to_bytes();
        serde_json::from_slice(&body).expect("JSON")
    }

    async fn send(queues: &QueueEngine, bodies: &[&str]) -> Vec<String> {
        let mut ids = Vec::new();
        for body in bodies {
            let sent = call(queues, "SendMessage", json!({ "MessageBody": body })).await;
            ids.push(sent["MessageId"].as_str().expect("an id").to_owned());
        }
        ids
    }

    /// Makes the message that was told last visible again, as its minute would. Gives what was told.
    async fn show_again(queues: &QueueEngine, told: &Told) -> Vec<Vec<String>> {
        let handle = Cell::new(Value::Null);
        let batches = told.batches(|record| {
            handle.set(record["receiptHandle"].clone());
            body(record)
        });
        let request = json!({ "ReceiptHandle": handle.take(), "VisibilityTimeout": 0 });
        call(queues, "ChangeMessageVisibility", request).await;
        batches
    }

    fn body(record: &Value) -> String {
        record["body"].as_str().unwrap_or_default().to_owned()
    }

    fn depth(visible: u64, in_flight: u64) -> QueueDepth {
        QueueDepth {
            visible,
            in_flight,
            delayed: 0,
        }
    }

    #[tokio::test]
    async fn messages_of_a_group_go_through_and_are_deleted() {
        let (queues, told) = (queues().await, Told::default());
        let message = json!({ "MessageBody": "a", "MessageGroupId": "SHOP01" });
        call(&queues, "SendMessage", message).await;
        let entries = json!([
            {"Id": "0", "MessageBody": "b", "MessageGroupId": "SHOP01"},
            {"Id": "1", "MessageBody": "c", "MessageGroupId": "SHOP02"},
        ]);
        let sent = call(&queues, "SendMessageBatch", json!({ "Entries": entries })).await;
        assert_eq!(
            sent["Successful"].as_array().map(Vec::len),
            Some(2),
            "{sent}"
        );
        assert_eq!(
            pump(&queues, &told).drain().await.expect("nothing fails"),
            3
        );
        assert_eq!(told.batches(body), [["a", "b", "c"]]);
        assert_eq!(queues.depth("Queue").await.expect("a depth"), depth(0, 0));
    }

    #[tokio::test]
    async fn a_record_is_what_lambda_would_send() {
        let (queues, told) = (queues().await, Told::default());
        let attribute = json!({ "DataType": "String", "StringValue": "x" });
        let message = json!({ "MessageBody": "a", "MessageAttributes": { "one": attribute } });
        call(&queues, "SendMessage", message).await;
        pump(&queues, &told).drain().await.expect("nothing fails");
        let records = told.batches(Value::to_string);
        let record: Value = serde_json::from_str(&records[0][0]).expect("a record");
        assert_eq!(
            record["eventSourceARN"],
            "arn:aws:sqs:us-east-1:000000000000:Queue"
        );
        assert_eq!(record["attributes"]["ApproximateReceiveCount"], "1");
        assert_eq!(record["messageAttributes"]["one"]["stringValue"], "x");
        assert_eq!(record["md5OfBody"], "0cc175b9c0f1b6a831c399e269772661");
    }

    #[tokio::test]
    async fn what_failed_comes_again_and_dies_after_its_tries() {
        let (queues, told) = (queues().await, Told::default());
        let pump = pump(&queues, &told);
        let ids = send(&queues, &["good", "bad"]).await;
        told.answer_failed(&[&ids[1]]);
        let error = pump.drain().await.expect_err("one message failed");
        assert_eq!(error.to_string(), "told: 1 of a batch of 2 failed");
        assert_eq!(queues.depth("Queue").await.expect("a depth"), depth(0, 1));
        let asked = json!({ "AttributeNames": ["VisibilityTimeout"] });
        let found = call(&queues, "GetQueueAttributes", asked).await;
        assert_eq!(found["Attributes"]["VisibilityTimeout"], "60", "{found}");
        assert_eq!(show_again(&queues, &told).await, [["good", "bad"]]);
        told.fail();
        pump.drain().await.expect_err("the function fails");
        assert_eq!(show_again(&queues, &told).await, [["bad"]]);
        assert_eq!(pump.drain().await.expect("there is nothing left to try"), 0);
        // The engine moves it from one to the other when it is next at work, in two steps.
        let moved = async {
            loop {
                let of = async |queue| queues.depth(queue).await.expect("a depth");
                if (of("Queue").await, of("Dead").await) == (depth(0, 0), depth(1, 0)) {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        let moved = tokio::time::timeout(Duration::from_secs(30), moved).await;
        moved.expect("it is among the dead, and nowhere else");
    }

    #[tokio::test]
    async fn in_the_background_messages_come_by_themselves() {
        let (queues, told) = (queues().await, Told::default());
        let stopper = Stopper::new();
        let running = tokio::spawn(Arc::new(pump(&queues, &told)).run(stopper.subscribe()));
        send(&queues, &["a"]).await;
        let mut batches = Vec::new();
        while batches.is_empty() {
            tokio::time::sleep(Duration::from_millis(5)).await;
            batches.extend(told.batches(body));
        }
        assert_eq!(batches, [["a"]]);
        stopper.stop();
        running.await.expect("it ends");
    }
}
