//! What tests and tools do with a running stack.

use std::sync::Arc;

use serde_json::Value;
use shared::app::App;
use shared::domain::environment::Environment;

use super::Stack;
use crate::engines::{EngineError, QueueDepth};
use crate::environment::Variables;
use crate::functions::InvokeError;
use crate::pumps::{PumpError, Timer};

impl Stack {
    /// Where the API is, without a slash at its end.
    #[must_use]
    pub fn base_url(&self) -> &str {
        &self.addresses.base_url
    }

    /// Where the SDK finds DynamoDB.
    #[must_use]
    pub fn dynamodb_endpoint(&self) -> &str {
        &self.addresses.dynamodb
    }

    /// Where the SDK finds SQS.
    #[must_use]
    pub fn sqs_endpoint(&self) -> &str {
        &self.addresses.sqs
    }

    /// The environment variables of a function, by its package: for whoever starts its binary.
    ///
    /// # Errors
    /// If there is no such function.
    pub fn variables(&self, package: &str) -> Result<Variables, InvokeError> {
        let functions = &self.template.functions;
        let function = functions
            .iter()
            .find(|function| function.package == package);
        let function = function.ok_or_else(|| InvokeError::Unknown(package.to_owned()))?;
        let variables = self.addresses.variables(&self.template, function);
        variables.map_err(|error| InvokeError::Failed(error.to_string()))
    }

    /// The stack's own access to the tables, with the keys of all functions, past
    /// [`Options::wrap_http_client`](crate::Options::wrap_http_client).
    #[must_use]
    pub fn app(&self) -> &App {
        &self.app
    }

    /// Invokes a function, by its package. One that answers requests takes and gives API Gateway's payload 2.0.
    ///
    /// # Errors
    /// [`InvokeError`]
    pub async fn invoke(&self, package: &str, event: Value) -> Result<Value, InvokeError> {
        self.invoker.invoke(package, event).await
    }

    /// Brings every record of the streams to its function. Gives the number of records.
    ///
    /// # Errors
    /// The first failure; what is behind it stays for the next time.
    pub async fn pump_streams(&self) -> Result<usize, PumpError> {
        let mut count = 0;
        for pump in &self.streams {
            count += pump.drain().await?;
        }
        Ok(count)
    }

    /// Brings every message that can be received now to its function. Gives the number of messages.
    ///
    /// # Errors
    /// The last failure; what failed comes again when its visibility timeout is over.
    pub async fn pump_queues(&self) -> Result<usize, PumpError> {
        let mut count = 0;
        for pump in &self.queue_pumps {
            count += pump.drain().await?;
        }
        Ok(count)
    }

    /// Pumps streams and queues until nothing moves any more. Gives the number of records and messages.
    ///
    /// # Errors
    /// [`PumpError`]
    pub async fn settle(&self) -> Result<usize, PumpError> {
        let mut count = 0;
        loop {
            match self.pump_streams().await? + self.pump_queues().await? {
                0 => return Ok(count),
                moved => count += moved,
            }
        }
    }

    /// Sweeps one environment as its schedule does: what is overdue by `grace_seconds` is put on the queue again.
    ///
    /// # Errors
    /// [`PumpError`]
    pub async fn sweep(
        &self,
        environment: Environment,
        grace_seconds: u64,
    ) -> Result<Value, PumpError> {
        let sweeps = |timer: &&Arc<Timer>| timer.sweeps() == Some(environment.as_str());
        match self.timers.iter().find(sweeps) {
            Some(timer) => timer.sweep(grace_seconds).await,
            None => Err(PumpError::NoSchedule(environment.to_string())),
        }
    }

    /// Deletes expired items as DynamoDB does now and then, by the system's clock. Gives their number.
    ///
    /// # Errors
    /// [`EngineError`]
    pub async fn expire(&self) -> Result<usize, EngineError> {
        self.database.expire().await
    }

    /// How many messages a queue holds, by its logical id.
    ///
    /// # Errors
    /// [`EngineError`]
    pub async fn queue_depth(&self, queue: &str) -> Result<QueueDepth, EngineError> {
        self.queues.depth(queue).await
    }

    /// Loses every message of a queue, by its logical id.
    ///
    /// # Errors
    /// [`EngineError`]
    pub async fn purge_queue(&self, queue: &str) -> Result<(), EngineError> {
        self.queues.purge(queue).await
    }

    /// What has arrived in the inbox, for one merchant or for all, newest first.
    #[must_use]
    pub fn inbox(&self, webcode: Option<&str>) -> Vec<Value> {
        self.inbox.list(webcode)
    }
}
