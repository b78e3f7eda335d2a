//! The delivery of one event to one endpoint: what is due, and what an attempt's outcome leads to.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::event::Event;
use super::retry::{BEHIND_A_TRIAL, Jitter, honouring, planned_after, spread};
use super::time::Ticks;
use super::webcode::Webcode;

/// The endpoint that each environment of a merchant has.
pub const DEFAULT_ENDPOINT: &str = "default";

/// How long a delivery and its attempts are kept.
pub const KEPT: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// An attempt whose outcome was not recorded by now was lost with whoever made it: longer than a delivery may
/// take (10 s), shorter than the two minutes after which the sweep looks.
pub const ATTEMPT_LOST_AFTER: Duration = Duration::from_secs(60);

/// A message may come this much before its time, by the difference of two clocks.
const EARLY: Duration = Duration::from_secs(2);

/// So much of a receiver's last answer is kept, for the operator alone.
pub const ANSWER_KEPT_BYTES: usize = 1024;

/// The status by which a receiver says that it wants no more events, ever (contract README, *Delivery*).
const GONE: u16 = 410;

/// Where a delivery stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum DeliveryState {
    /// The next attempt is due at `dueAt`.
    Waiting,
    /// An attempt was claimed and its outcome is not recorded yet.
    Sending,
    /// The merchant has it.
    Delivered,
    /// The attempts are used up.
    Failed,
    /// There was nowhere to send it.
    Skipped,
}

impl DeliveryState {
    /// All of them, by their names in filters.
    pub const NAMED: [(&str, Self); 5] = [
        ("waiting", Self::Waiting),
        ("sending", Self::Sending),
        ("delivered", Self::Delivered),
        ("failed", Self::Failed),
        ("skipped", Self::Skipped),
    ];

    /// Whether nothing will happen any more on its own.
    #[must_use]
    pub const fn is_terminal(self) -> bool {
        matches!(self, Self::Delivered | Self::Failed | Self::Skipped)
    }

    /// Whether the merchant does not have the event, and will not get it on its own.
    #[must_use]
    pub const fn is_missed(self) -> bool {
        matches!(self, Self::Failed | Self::Skipped)
    }
}

/// One attempt, once it has ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeliveryAttempt {
    /// When it began.
    pub at: Ticks,
    /// How long it took, in milliseconds.
    pub duration_ms: u64,
    /// The HTTP status of the answer, if there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// The class of the error, if there was no answer; never the answer itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<ErrorClass>,
}

/// Why there was no answer: a class, never what a receiver or a resolver said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum ErrorClass {
    /// The address is not one that a request can be sent to.
    #[serde(rename = "invalid url")]
    #[error("invalid url")]
    InvalidUrl,
    /// The name leads to an address that no webhook may go to.
    #[serde(rename = "address not allowed")]
    #[error("address not allowed")]
    AddressNotAllowed,
    /// No connection within 3 seconds, or no answer within 10.
    #[serde(rename = "timeout")]
    #[error("timeout")]
    Timeout,
    /// The name has no address, nobody listens there, or no TLS session came about.
    #[serde(rename = "no connection")]
    #[error("no connection")]
    NoConnection,
    /// The connection ended before there was an answer.
    #[serde(rename = "connection broken")]
    #[error("connection broken")]
    ConnectionBroken,
    /// The secret that signs cannot be opened: our fault, and no endpoint's.
    #[serde(rename = "a sealed secret cannot be opened")]
    #[error("a sealed secret cannot be opened")]
    SecretUnusable,
}

impl DeliveryAttempt {
    /// Whether the merchant took the event: any 2xx.
    #[must_use]
    pub fn succeeded(&self) -> bool {
        self.status
            .is_some_and(|status| (200..300).contains(&status))
    }

    /// Whether the receiver wants no more events.
    #[must_use]
    pub fn is_gone(&self) -> bool {
        self.status == Some(GONE)
    }

    /// Whether the receiver took all the time there is.
    #[must_use]
    pub fn timed_out(&self) -> bool {
        self.error == Some(ErrorClass::Timeout)
    }
}

/// How an attempt ended, with what only the latest one leaves behind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// What is kept of every attempt.
    pub attempt: DeliveryAttempt,
    /// The beginning of the answer, as [`kept_of`] leaves it.
    pub answer: Option<String>,
    /// How long the receiver asks to be left alone (`Retry-After`).
    pub retry_after: Option<Duration>,
}

/// What is kept of an answer: its first [`ANSWER_KEPT_BYTES`], as text.
#[must_use]
pub fn kept_of(answer: &[u8]) -> Option<String> {
    let mut text = String::from_utf8_lossy(answer).into_owned();
    // What replaces a byte that is no text is longer than it.
    text.truncate(text.floor_char_boundary(ANSWER_KEPT_BYTES));
    (!text.is_empty()).then_some(text)
}

/// A delivery, as kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Delivery {
    /// The event's id.
    pub event_id: String,
    /// The endpoint it goes to.
    pub endpoint: String,
    /// The merchant.
    pub webcode: Webcode,
    /// What is sent, byte for byte.
    pub body: String,
    /// Where it stands.
    pub state: DeliveryState,
    /// Attempts claimed so far.
    pub begun: u32,
    /// Attempts that were claimed before it was sent again: the plan begins anew with what follows.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub begun_before: u32,
    /// When the latest attempt was claimed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claimed_at: Option<Ticks>,
    /// Attempts whose outcome is known, in order.
    #[serde(default)]
    pub attempts: Vec<DeliveryAttempt>,
    /// The beginning of the last answer that there was. For the operator alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_answer: Option<String>,
    /// When the next attempt is due; gone when the delivery is terminal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_at: Option<Ticks>,
    /// When the delivery came to be.
    pub created_at: Ticks,
    /// When it became terminal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Ticks>,
    /// Whether somebody asked for it, so that nobody has named it on the queue yet.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub requested: bool,
}

const fn is_zero(number: &u32) -> bool {
    *number == 0
}

/// An attempt of the delivery is under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an attempt is under way")]
pub struct UnderWay;

/// Attempts that are kept when a delivery is sent again.
pub const ATTEMPTS_KEPT: usize = 24;

/// What is to be done with a delivery now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Due {
    /// Claim and make attempt number `.0` (from 1).
    Attempt(u32),
    /// The last attempt was lost with whoever made it: nothing is left to try.
    GiveUp,
    /// Nothing yet: its time has not come, or somebody is at it.
    NotYet,
    /// Nothing any more.
    Over,
}

impl Delivery {
    /// The delivery of an event, due at once.
    #[must_use]
    pub fn new(event: &Event, endpoint: &str, now: Ticks) -> Self {
        Self {
            event_id: event.id.to_string(),
            endpoint: endpoint.to_owned(),
            webcode: event.webcode.clone(),
            body: event.body.clone(),
            state: DeliveryState::Waiting,
            begun: 0,
            begun_before: 0,
            claimed_at: None,
            attempts: Vec::new(),
            last_answer: None,
            due_at: Some(now),
            created_at: now,
            ended_at: None,
            requested: false,
        }
    }

    /// The delivery of an event that somebody asks for, due at once.
    #[must_use]
    pub fn requested(event: &Event, endpoint: &str, now: Ticks) -> Self {
        Self {
            requested: true,
            ..Self::new(event, endpoint, now)
        }
    }

    /// Sends it again, whatever became of it: due at once, and with a plan of its own. Of many attempts the latest are kept.
    ///
    /// # Errors
    /// [`UnderWay`] while somebody is at it.
    pub fn resend(&mut self, now: Ticks) -> Result<(), UnderWay> {
        if self.state == DeliveryState::Sending && !self.is_lost(now) {
            return Err(UnderWay);
        }
        self.state = DeliveryState::Waiting;
        self.begun_before = self.begun;
        self.due_at = Some(now);
        self.ended_at = None;
        let old = self.attempts.len().saturating_sub(ATTEMPTS_KEPT);
        self.attempts.drain(..old);
        Ok(())
    }

    /// Whether whoever claimed the latest attempt was lost with it.
    fn is_lost(&self, now: Ticks) -> bool {
        self.claimed_at
            .is_none_or(|at| now >= at.plus(ATTEMPT_LOST_AFTER))
    }

    /// What is planned after the latest attempt; `None` when the plan is used up.
    fn planned(&self) -> Option<Duration> {
        // By attempts begun, not by those recorded: one that is lost each time must come to an end too.
        planned_after(self.begun.saturating_sub(self.begun_before))
    }

    /// What is due now.
    #[must_use]
    pub fn due(&self, now: Ticks) -> Due {
        match self.state {
            state if state.is_terminal() => Due::Over,
            DeliveryState::Sending if !self.is_lost(now) => Due::NotYet,
            DeliveryState::Waiting
                if self.due_at.is_some_and(|due_at| now.plus(EARLY) < due_at) =>
            {
                Due::NotYet
            }
            DeliveryState::Sending if self.planned().is_none() => Due::GiveUp,
            _ => Due::Attempt(self.begun + 1),
        }
    }

    /// Claims the next attempt.
    pub fn claim(&mut self, number: u32, now: Ticks) {
        self.state = DeliveryState::Sending;
        self.begun = number;
        self.claimed_at = Some(now);
    }

    /// Records how the claimed attempt ended, and what follows.
    pub fn record(&mut self, outcome: Outcome, jitter: Jitter, now: Ticks) {
        let Outcome {
            attempt,
            answer,
            retry_after,
        } = outcome;
        let succeeded = attempt.succeeded();
        let delay = if succeeded || attempt.is_gone() {
            None
        } else {
            self.planned()
                .map(|planned| honouring(retry_after, planned, jitter))
        };
        if attempt.status.is_some() {
            self.last_answer = answer;
        }
        self.attempts.push(attempt);
        match (succeeded, delay) {
            (true, _) => self.end(DeliveryState::Delivered, now),
            (false, None) => self.end(DeliveryState::Failed, now),
            (false, Some(delay)) => {
                self.state = DeliveryState::Waiting;
                self.due_at = Some(now.plus(delay));
            }
        }
    }

    /// Whether it failed although somebody may want it still: its attempts are used up. That a receiver wants no more events,
    /// which its latest attempt may have told, is an end and no loss.
    #[must_use]
    pub fn is_given_up(&self) -> bool {
        let is_latest = |attempt: &&DeliveryAttempt| {
            // Claimed again and lost since then, it would be an older one.
            self.claimed_at.is_none_or(|claimed| claimed <= attempt.at)
        };
        let latest = self.attempts.last().filter(is_latest);
        self.state == DeliveryState::Failed && !latest.is_some_and(DeliveryAttempt::is_gone)
    }

    /// Waits while another delivery tries the endpoint, which hangs. It is no attempt.
    pub fn postpone(&mut self, jitter: Jitter, now: Ticks) {
        self.state = DeliveryState::Waiting;
        self.due_at = Some(now.plus(spread(BEHIND_A_TRIAL, jitter)));
    }

    /// Ends it without the outcome of its last attempt.
    pub fn give_up(&mut self, now: Ticks) {
        self.end(DeliveryState::Failed, now);
    }

    /// There is nowhere to send it: nothing is sent retroactively (contract README, *Webhooks*).
    pub fn skip(&mut self, now: Ticks) {
        self.end(DeliveryState::Skipped, now);
    }

    const fn end(&mut self, state: DeliveryState, now: Ticks) {
        self.state = state;
        self.due_at = None;
        self.ended_at = Some(now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::environment::Environment;
    use crate::domain::event::of_payment;
    use crate::domain::payment::Payment;
    use crate::domain::session::tests::{START, payment_reference, session};

    fn delivery() -> Delivery {
        let payment = Payment::authorised(&session(), payment_reference(1), START);
        let events = of_payment(&payment, Environment::Test).expect("JSON");
        Delivery::new(&events[0], DEFAULT_ENDPOINT, START)
    }

    fn answered(status: u16) -> Outcome {
        Outcome {
            attempt: DeliveryAttempt {
                at: START,
                duration_ms: 3,
                status: Some(status),
                error: None,
            },
            answer: None,
            retry_after: None,
        }
    }

    #[test]
    fn a_message_that_comes_twice_finds_nothing_to_do() {
        let mut delivery = delivery();
        assert_eq!(delivery.due(START), Due::Attempt(1));
        delivery.claim(1, START);
        assert_eq!(delivery.due(START), Due::NotYet);
        delivery.record(answered(500), Jitter::NONE, START);
        assert_eq!(delivery.due(START), Due::NotYet);
        assert_eq!(
            delivery.due(START.plus(Duration::from_secs(5))),
            Due::Attempt(2)
        );
        delivery.claim(2, START);
        delivery.record(answered(204), Jitter::NONE, START);
        assert_eq!(
            (delivery.state, delivery.due_at, delivery.due(START)),
            (DeliveryState::Delivered, None, Due::Over)
        );
    }

    #[test]
    fn an_attempt_that_was_lost_is_made_again() {
        let mut delivery = delivery();
        delivery.claim(1, START);
        assert_eq!(
            delivery.due(START.plus(Duration::from_secs(59))),
            Due::NotYet
        );
        assert_eq!(
            delivery.due(START.plus(ATTEMPT_LOST_AFTER)),
            Due::Attempt(2)
        );
    }

    #[test]
    fn a_delivery_whose_attempts_are_all_lost_comes_to_an_end() {
        let mut delivery = delivery();
        let mut now = START;
        for number in 1..=8 {
            assert_eq!(delivery.due(now), Due::Attempt(number));
            delivery.claim(number, now);
            now = now.plus(ATTEMPT_LOST_AFTER);
        }
        assert_eq!(delivery.due(now), Due::GiveUp);
        delivery.give_up(now);
        assert_eq!((delivery.due(now), delivery.due_at), (Due::Over, None));
    }

    #[test]
    fn a_delivery_fails_after_its_eighth_attempt() {
        let mut delivery = delivery();
        for number in 1..=8 {
            assert!(!delivery.state.is_terminal(), "{number}");
            delivery.claim(number, START);
            assert!(!delivery.is_given_up(), "{number}");
            delivery.record(answered(503), Jitter::NONE, START);
        }
        assert_eq!(
            (delivery.state, delivery.due_at),
            (DeliveryState::Failed, None)
        );
        assert!(delivery.is_given_up());
    }

    #[test]
    fn redirects_are_not_success() {
        for (status, success) in [
            (199, false),
            (200, true),
            (204, true),
            (299, true),
            (301, false),
            (404, false),
        ] {
            assert_eq!(answered(status).attempt.succeeded(), success, "{status}");
        }
    }

    #[test]
    fn a_receiver_that_is_gone_is_not_tried_again() {
        let mut delivery = delivery();
        delivery.claim(1, START);
        delivery.record(answered(410), Jitter::NONE, START);
        assert_eq!(
            (delivery.state, delivery.due_at, delivery.ended_at),
            (DeliveryState::Failed, None, Some(START))
        );
        assert!(!delivery.is_given_up(), "nobody wants it");
        // Sent again when it is enabled anew, and lost each time: now somebody may miss it.
        let mut now = START.plus(ATTEMPT_LOST_AFTER);
        assert_eq!(delivery.resend(now), Ok(()));
        for number in 2..=9 {
            delivery.claim(number, now);
            now = now.plus(ATTEMPT_LOST_AFTER);
        }
        assert_eq!(delivery.due(now), Due::GiveUp);
        delivery.give_up(now);
        assert!(delivery.is_given_up());
    }

    #[test]
    fn retry_after_is_honoured_between_the_plan_and_twice_that() {
        for (asked, waited) in [(None, 5), (Some(1), 5), (Some(7), 7), (Some(3_600), 11)] {
            let mut delivery = delivery();
            delivery.claim(1, START);
            let outcome = Outcome {
                retry_after: asked.map(Duration::from_secs),
                ..answered(503)
            };
            delivery.record(outcome, Jitter::NONE, START);
            let due_at = START.plus(Duration::from_secs(waited));
            assert_eq!(delivery.due_at, Some(due_at), "{asked:?}");
        }
    }

    #[test]
    fn what_is_sent_again_has_the_whole_plan_before_it() {
        let mut delivery = delivery();
        for round in 0..10_u32 {
            for number in 1..=8 {
                assert!(!delivery.state.is_terminal(), "{round} {number}");
                let number = round * 8 + number;
                delivery.claim(number, START);
                assert_eq!(delivery.resend(START), Err(UnderWay));
                delivery.record(answered(503), Jitter::NONE, START);
            }
            assert_eq!(delivery.state, DeliveryState::Failed);
            assert_eq!(delivery.resend(START), Ok(()));
            assert_eq!(delivery.due(START), Due::Attempt(round * 8 + 9));
            assert_eq!(delivery.ended_at, None);
            assert!(delivery.attempts.len() <= ATTEMPTS_KEPT);
        }
    }

    #[test]
    fn the_beginning_of_an_answer_is_kept_as_text() {
        assert_eq!(kept_of(b""), None);
        assert_eq!(kept_of(b"ok").as_deref(), Some("ok"));
        assert_eq!(kept_of(&[b'a'; 4096]).map(|kept| kept.len()), Some(1024));
        // Each byte that is no text becomes three.
        assert_eq!(kept_of(&[0xff; 1024]).map(|kept| kept.len()), Some(1023));
    }
}
