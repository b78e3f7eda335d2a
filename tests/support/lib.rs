//! What the scenarios need: a stack of their own, requests, a clock, faults on the wire, and a receiver of webhooks.

pub mod client;
pub mod operator;
pub mod receiver;
pub mod sandbox;
pub mod service;
pub mod shop;
pub mod wire;

use std::collections::BTreeMap;
use std::sync::Arc;

use local::{Options, Stack};
use serde_json::{Value, json};
use shared::clock::Clock;
use shared::domain::time::Ticks;
use shared::entropy::Entropy;
use shared::store::Key;

pub use client::{Answer, Client};
pub use operator::Operator;
pub use receiver::Receiver;
pub use sandbox::Sandbox;
pub use service::{Reaction, Service};
pub use shop::Shop;
pub use wire::{Fault, Wire};

/// The time at which every scenario begins: 2026-06-21 00:00:00 UTC.
pub const START: Ticks = Ticks::from_unix_seconds(1_782_000_000);

/// A stack of a test's own, with its clock, and whatever passes between functions and engines.
pub struct TestApp {
    /// The stack. Nothing in it runs on its own: the test pumps it.
    pub stack: Stack,
    /// Its clock, which stands still until the test moves it.
    pub clock: Clock,
    /// The wire to the engines.
    pub wire: Arc<Wire>,
}

impl TestApp {
    /// Starts a stack in memory.
    pub async fn start() -> Self {
        Self::start_at(Clock::manual(START)).await
    }

    /// Starts a stack whose time passes, for races: at one and the same tick only one reference can be made.
    pub async fn start_in_real_time() -> Self {
        Self::start_at(Clock::system()).await
    }

    /// Starts a stack in memory with parameters of the template.
    pub async fn start_with(parameters: &[(&str, &str)]) -> Self {
        let parameters = parameters
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Self::start_as(Clock::manual(START), parameters.collect()).await
    }

    async fn start_at(clock: Clock) -> Self {
        Self::start_as(clock, BTreeMap::new()).await
    }

    async fn start_as(clock: Clock, parameters: BTreeMap<String, String>) -> Self {
        let wire = Arc::new(Wire::default());
        let wrap = Arc::clone(&wire);
        let options = Options {
            clock: clock.clone(),
            entropy: Entropy::seeded(1),
            parameters,
            wrap_http_client: Some(Arc::new(move |inner| wire::wrap(&wrap, inner))),
            ..Options::default()
        };
        Self {
            // Boxed: the stack's start holds every function's, one inside of the other, and the compiler follows only so deep.
            stack: Box::pin(Stack::start(options))
                .await
                .expect("the stack starts"),
            clock,
            wire,
        }
    }

    /// Requests to this stack.
    #[must_use]
    pub fn client(&self) -> Client {
        Client::new(self.stack.base_url())
    }

    /// A demo merchant in the Test environment.
    #[must_use]
    pub fn shop(&self) -> Shop {
        Shop::demo(self.client(), "SHOP01", "test")
    }

    /// Somebody who has the key of the sandbox processor.
    ///
    /// # Panics
    /// When the sandbox is not deployed.
    #[must_use]
    pub fn sandbox(&self) -> Sandbox {
        let variables = self.stack.variables("sandbox-processor");
        let variables = variables.expect("it is a function");
        Sandbox::new(self.client(), &variables["SANDBOX_PROCESSOR_KEY"])
    }

    /// The minute of the sandbox's schedule is over. Gives what it did.
    pub async fn tick_sandbox(&self) -> Value {
        let tick = self
            .stack
            .invoke("sandbox-processor", json!({ "sandbox": "tick" }));
        tick.await.expect("the tick goes well")
    }

    /// The bodies of all webhooks of a demo merchant, in the order of their sequence, once everything has arrived.
    pub async fn told(&self, webcode: &str) -> Vec<Value> {
        self.settle().await;
        let inbox = self.stack.inbox(Some(webcode));
        let mut bodies: Vec<Value> = inbox.iter().map(|entry| entry["body"].clone()).collect();
        bodies.sort_by_key(|body| body["sequence"].as_u64());
        bodies
    }

    /// Loses an item, as no function ever does.
    ///
    /// # Panics
    /// When the engine does not answer well.
    pub async fn forget(&self, table: &str, key: &Key) {
        self.at_an_item("DeleteItem", table, key, &json!({})).await;
    }

    /// Loses everything that the sandbox processor keeps.
    ///
    /// # Panics
    /// When the engine does not answer well.
    pub async fn forget_sandbox_payments(&self) {
        for payment in self.sandbox().ledger().await {
            let name = payment["paymentId"].as_str().expect("a name");
            let key = Key::of_text(&format!("payment:{name} sandbox")).expect("a key");
            self.forget("SandboxTable", &key).await;
        }
    }

    /// Makes nonsense of an attribute of an item.
    ///
    /// # Panics
    /// When the engine does not answer well.
    pub async fn spoil(&self, table: &str, key: &Key, attribute: &str) {
        let change = json!({
            "UpdateExpression": "SET #name = :value",
            "ExpressionAttributeNames": { "#name": attribute },
            "ExpressionAttributeValues": { ":value": { "S": "nonsense" } },
        });
        self.at_an_item("UpdateItem", table, key, &change).await;
    }

    /// All that a table has, as the engine's JSON.
    ///
    /// # Panics
    /// When the engine does not answer well.
    pub async fn items(&self, table: &str) -> String {
        self.at_the_engine("Scan", &json!({ "TableName": table }))
            .await
    }

    /// Puts a message among Test's dead letters.
    ///
    /// # Panics
    /// When the engine does not answer well.
    pub async fn give_up(&self, body: &str) {
        let variables = self.stack.variables("merchants").expect("a function");
        let queue = variables
            .iter()
            .find(|(name, _)| **name == *"TEST_DEAD_LETTER_QUEUE_URL");
        let (_, queue) = queue.expect("a queue");
        let message = json!({ "QueueUrl": queue, "MessageBody": body }).to_string();
        let headers = [("x-amz-target", "AmazonSQS.SendMessage")];
        let engine = Client::new(self.stack.sqs_endpoint());
        let answer = engine
            .send(http::Method::POST, "/", &headers, message)
            .await;
        assert!(answer.status == 200, "{}", answer.text);
    }

    /// Asks the engine for what the store offers nobody.
    async fn at_an_item(&self, operation: &str, table: &str, key: &Key, more: &Value) {
        let (pk, sk) = key.as_text().split_once(' ').map_or_else(
            || panic!("a key has two parts"),
            |(pk, sk)| (pk.to_owned(), sk.to_owned()),
        );
        let mut body = more.clone();
        body["TableName"] = json!(table);
        body["Key"] = json!({ "pk": { "S": pk }, "sk": { "S": sk } });
        self.at_the_engine(operation, &body).await;
    }

    async fn at_the_engine(&self, operation: &str, body: &Value) -> String {
        let target = format!("DynamoDB_20120810.{operation}");
        let headers = [
            ("x-amz-target", target.as_str()),
            ("content-type", "application/x-amz-json-1.0"),
            (
                "authorization",
                "AWS4-HMAC-SHA256 Credential=local/20260621/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0",
            ),
            ("x-amz-date", "20260621T000000Z"),
        ];
        let engine = Client::new(self.stack.dynamodb_endpoint());
        let answer = engine
            .send(http::Method::POST, "/", &headers, body.to_string())
            .await;
        assert!(answer.status == 200, "{}", answer.text);
        answer.text
    }

    /// Brings everything that is on its way to where it goes.
    pub async fn settle(&self) {
        self.stack.settle().await.expect("nothing fails on the way");
    }
}
