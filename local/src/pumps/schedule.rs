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

#[cfg(test)]
mod tests {
    use super::super::testing::{PACKAGE, Told};
    use super::*;
    use crate::stop::Stopper;

    fn timer(told: &Told, input: Value) -> Timer {
        Timer {
            package: PACKAGE.to_owned(),
            every: Duration::from_millis(20),
            input,
            catch_up_for: Duration::ZERO,
            invoker: told.invoker(),
        }
    }

    async fn events(told: &Told, count: usize) -> Vec<Value> {
        let mut events = Vec::new();
        while events.len() < count {
            tokio::time::sleep(Duration::from_millis(5)).await;
            events.extend(told.events());
        }
        events
    }

    #[tokio::test]
    async fn a_sweep_comes_at_once_and_then_in_time() {
        let told = Told::default();
        let input = json!({"sweep": {"environment": "live"}});
        let timer = Arc::new(timer(&told, input.clone()));
        assert_eq!(timer.sweeps(), Some("live"));
        let stopper = Stopper::new();
        let running = tokio::spawn(Arc::clone(&timer).run(stopper.subscribe()));
        let events = events(&told, 3).await;
        let first = json!({"sweep": {"environment": "live", "graceSeconds": 0}});
        assert_eq!(events[..3], [first, input.clone(), input]);
        stopper.stop();
        running.await.expect("it ends");
    }

    #[tokio::test]
    async fn another_schedule_waits_for_its_time_and_survives_failures() {
        let told = Told::default();
        let timer = Arc::new(timer(&told, json!({"other": true})));
        told.fail();
        let stopper = Stopper::new();
        let running = tokio::spawn(Arc::clone(&timer).run(stopper.subscribe()));
        assert_eq!(
            events(&told, 2).await[..2],
            [json!({"other": true}), json!({"other": true})]
        );
        drop(stopper);
        running
            .await
            .expect("it ends when nobody can stop it any more");
    }
}
