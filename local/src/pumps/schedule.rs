//! Schedules, on this machine's own timers.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::{Instant, MissedTickBehavior};

use super::PumpError;
use crate::invoker::Invoker;
use crate::stop::Stop;

/// As long as a message can have been delayed on the queue (SQS, *DelaySeconds*).
pub(crate) const DELAY_MAX: Duration = Duration::from_secs(900);

/// How often what an earlier process had queued is looked for.
const CATCH_UP_EVERY: Duration = Duration::from_secs(5);

/// Invokes a function again and again.
#[derive(Debug)]
pub(crate) struct Timer {
    pub(crate) package: String,
    pub(crate) every: Duration,
    pub(crate) input: Value,
    /// How long after the start messages of an earlier process may fall due.
    pub(crate) catch_up_for: Duration,
    pub(crate) invoker: Arc<Invoker>,
}

impl Timer {
    /// The environment that it sweeps, if that is what it does.
    pub(crate) fn sweeps(&self) -> Option<&str> {
        self.input["sweep"]["environment"].as_str()
    }

    /// Sweeps now, with another time of grace than usual.
    pub(crate) async fn sweep(&self, grace_seconds: u64) -> Result<Value, PumpError> {
        let mut input = self.input.clone();
        input["sweep"]["graceSeconds"] = json!(grace_seconds);
        self.fire(input).await
    }

    async fn fire(&self, input: Value) -> Result<Value, PumpError> {
        let answer = self.invoker.invoke(&self.package, input).await;
        answer.map_err(|source| PumpError::Invoke {
            package: self.package.clone(),
            source,
        })
    }

    /// Goes on for ever. Whatever else it does, a sweep comes at once: queues are in memory, so after a start
    /// nothing is queued.
    pub(crate) async fn run(self: Arc<Self>, mut stop: Stop) {
        tokio::select! {
            () = stop.requested() => {}
            () = self.catch_up() => {
                tokio::select! {
                    () = stop.requested() => {}
                    () = self.tick() => {}
                }
            }
        }
    }

    /// As the schedule says.
    async fn tick(&self) {
        let mut ticks = tokio::time::interval_at(Instant::now() + self.every, self.every);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            self.invoker.wait_until_reachable().await;
            if let Err(error) = self.fire(self.input.clone()).await {
                // The next one takes everything.
                tracing::warn!(%error, "a scheduled invocation failed");
            }
        }
    }

    /// Finds again what was on the queues, or delayed there, when an earlier process ended.
    async fn catch_up(&self) {
        if self.sweeps().is_none() {
            return;
        }
        let started = Instant::now();
        loop {
            self.invoker.wait_until_reachable().await;
            let swept = self.sweep(0).await;
            if let Err(error) = &swept {
                tracing::warn!(%error, "a sweep is tried again");
            }
            if swept.is_ok() && started.elapsed() >= self.catch_up_for {
                return;
            }
            tokio::time::sleep(CATCH_UP_EVERY).await;
        }
    }
}
