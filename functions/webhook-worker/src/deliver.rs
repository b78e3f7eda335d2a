//! One delivery: claim the attempt, send, record the outcome.

use std::time::Duration;

use lambda_runtime::Error;
use shared::domain::delivery::{Delivery, Due, ErrorClass, Outcome};
use shared::domain::environment::Environment;
use shared::domain::event::EventId;
use shared::domain::webcode::Webcode;
use shared::store::commit::CommitError;
use shared::store::load::BACKGROUND_WITHIN;
use shared::store::{self, Deadline, Item, Key, Write};

use crate::Worker;
use crate::attempt;
use crate::endpoint::{self, Endpoint, Turn};

/// A delivery that cannot be read is looked at again after this.
const LEFT_FOR: Duration = Duration::from_secs(60 * 60);

/// A message that names a delivery, and what it takes to act on it.
pub(crate) struct Task<'a> {
    pub(crate) worker: &'a Worker,
    pub(crate) environment: Environment,
    pub(crate) webcode: Webcode,
    /// The message, as in the logs.
    pub(crate) message_id: &'a str,
    event: EventId,
    key: Key,
    /// By when all must be done that comes before the request to the receiver.
    pub(crate) deadline: Deadline,
}

impl<'a> Task<'a> {
    /// The task of a message.
    pub(crate) fn new(
        worker: &'a Worker,
        environment: Environment,
        message_id: &'a str,
        event: &str,
        endpoint: &str,
    ) -> Result<Self, Error> {
        let event = EventId::find(event).ok_or("the message names no event")?;
        let webcode = event.reference.webcode();
        Ok(Self {
            worker,
            environment,
            webcode: webcode.ok_or("the event has no merchant")?,
            message_id,
            key: Key::delivery(&event, endpoint),
            event,
            deadline: Deadline::within(BACKGROUND_WITHIN),
        })
    }

    /// The id of one write.
    pub(crate) fn writer(&self) -> String {
        self.worker.app.entropy.uuid().to_string()
    }

    /// Writes, or leaves it to whoever was faster: `false`.
    pub(crate) async fn write_or_leave(
        &self,
        writes: &[Write],
        writer: &str,
        deadline: Deadline,
    ) -> Result<bool, Error> {
        let store = self.worker.app.store(self.environment);
        match store.commit(writes, writer, deadline).await {
            Ok(()) => Ok(true),
            Err(CommitError::Refused(_)) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// Makes the attempt that is due, if one is. A message that comes twice finds nothing to do.
    pub(crate) async fn run(&self) -> Result<(), Error> {
        tracing::Span::current().record("webcode", self.webcode.as_str());
        let [webhook, secret, health] = endpoint::keys(&self.webcode);
        let wanted = [Some(self.key.clone()), webhook, secret, health];
        let store = self.worker.app.store(self.environment);
        let [delivery, webhook, secret, health] = store.load(wanted, self.deadline).await?;
        let delivery = delivery.ok_or("the delivery is not there")?;
        let Ok(before) = store::read::<Delivery>(delivery.clone()) else {
            return self.leave(&delivery).await;
        };
        let endpoint = Endpoint::find(webhook, secret, health)?;
        match (before.due(self.worker.app.clock.now()), endpoint) {
            (Due::NotYet | Due::Over, _) => Ok(()),
            (Due::GiveUp, _) => self.end(&before, Delivery::give_up).await,
            (Due::Attempt(_), None) => self.end(&before, Delivery::skip).await,
            (Due::Attempt(number), Some(endpoint)) => self.try_at(before, number, &endpoint).await,
        }
    }

    /// Leaves a delivery that cannot be read for an hour: it would come again each minute, and fill the dead-letter queue. Another
    /// version of this function may understand it. An alarm counts these lines (template.yaml), whatever level is logged.
    async fn leave(&self, delivery: &Item) -> Result<(), Error> {
        tracing::error!(
            record = "unreadable", environment = %self.environment, item = self.key.pk(),
            "a delivery cannot be read, and is left for an hour"
        );
        let writer = self.writer();
        let until = self.worker.app.clock.now().plus(LEFT_FOR);
        let write = store::put_off(self.key.clone(), delivery, until, &writer);
        // Refused: somebody wrote it meanwhile.
        self.write_or_leave(&[write], &writer, self.deadline)
            .await?;
        Ok(())
    }

    /// Ends a delivery for which nothing can be done any more.
    async fn end(
        &self,
        before: &Delivery,
        end: fn(&mut Delivery, shared::domain::time::Ticks),
    ) -> Result<(), Error> {
        let (now, writer) = (self.worker.app.clock.now(), self.writer());
        let mut after = before.clone();
        end(&mut after, now);
        let write = store::record_delivery(self.key.clone(), before, &after, now, &writer)?;
        tracing::info!(
            environment = %self.environment, event = %self.event, end = ?after.state, "nothing is left to try"
        );
        self.write_or_leave(&[write], &writer, self.deadline)
            .await?;
        Ok(())
    }

    /// Makes an attempt, unless the endpoint hangs and another delivery tries it.
    async fn try_at(
        &self,
        before: Delivery,
        number: u32,
        endpoint: &Endpoint,
    ) -> Result<(), Error> {
        let app = &self.worker.app;
        let now = app.clock.now();
        let Some(turn) = endpoint.turn(self, now).await? else {
            let writer = self.writer();
            let mut after = before.clone();
            after.postpone(app.entropy.jitter(), now);
            let write = store::record_delivery(self.key.clone(), &before, &after, now, &writer)?;
            // Refused: somebody else is at this delivery.
            self.write_or_leave(&[write], &writer, self.deadline)
                .await?;
            return Ok(());
        };
        let mut claimed = before.clone();
        claimed.claim(number, now);
        let writer = self.writer();
        let write = store::claim_delivery(self.key.clone(), &before, &claimed, &writer)?;
        match self.write_or_leave(&[write], &writer, self.deadline).await {
            Ok(true) => {}
            refused => {
                endpoint.give_back(self, turn, self.deadline).await?;
                return refused.map(|_| ());
            }
        }
        self.send(&claimed, endpoint, turn).await
    }

    /// Sends what was claimed, and records what came of it.
    async fn send(&self, claimed: &Delivery, endpoint: &Endpoint, turn: Turn) -> Result<(), Error> {
        let app = &self.worker.app;
        let outcome = self.outcome(claimed, endpoint).await;
        let attempt = outcome.attempt.clone();
        tracing::info!(
            environment = %self.environment, event = %self.event, number = claimed.begun, status = attempt.status,
            error = attempt.error.map(tracing::field::display), duration_ms = attempt.duration_ms, "attempt made"
        );
        let deadline = Deadline::within(BACKGROUND_WITHIN);
        let (ended, writer) = (app.clock.now(), self.writer());
        let mut after = claimed.clone();
        after.record(outcome, app.entropy.jitter(), ended);
        let write = store::record_delivery(self.key.clone(), claimed, &after, ended, &writer)?;
        // Refused: it took so long that the attempt counted as lost.
        self.write_or_leave(&[write], &writer, deadline).await?;
        endpoint.note(self, &attempt, turn, ended, deadline).await
    }

    async fn outcome(&self, claimed: &Delivery, endpoint: &Endpoint) -> Outcome {
        let worker = self.worker;
        let now = worker.app.clock.now();
        let secrets =
            worker
                .sealer
                .in_force(&endpoint.secret, self.environment, &self.webcode, now);
        match &secrets {
            Ok(secrets) => attempt::make(worker, claimed, endpoint.url(), secrets, now).await,
            Err(unsealable) => {
                // It counts as an attempt, so that it is tried again, and has an end.
                tracing::error!(
                    environment = %self.environment, event = %self.event, cause = %unsealable,
                    "the client secret cannot be opened: was SEALING_KEY changed?"
                );
                attempt::without_answer(now, Duration::ZERO, ErrorClass::SecretUnusable)
            }
        }
    }
}
