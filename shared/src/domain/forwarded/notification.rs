//! Telling `PAYMENT_CALLBACK_URL` how a payment stands.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::domain::external::ProcessorStatus;
use crate::domain::retry::{Jitter, spread};
use crate::domain::time::Ticks;

/// Planned delays after the first, second, … attempt; the last one again and again.
const DELAYS: [Duration; 5] = [
    Duration::from_secs(60),
    Duration::from_secs(5 * 60),
    Duration::from_secs(30 * 60),
    Duration::from_secs(2 * 60 * 60),
    Duration::from_secs(5 * 60 * 60),
];

/// What nobody took in so long is not told any more.
const TOLD_WITHIN: Duration = Duration::from_secs(24 * 60 * 60);

/// Something that is to be told. It is written before the first attempt, so that a crash delays it and loses nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Notification {
    /// The same in every attempt, and in no other notification.
    pub id: String,
    /// What it tells: a payment that stands otherwise since has another notification.
    pub status: ProcessorStatus,
    /// Attempts that were begun.
    pub attempts: u32,
    /// Since when it is to be told.
    pub since: Ticks,
    /// When to try again, unless it was taken by then.
    pub due_at: Ticks,
}

impl Notification {
    /// A notification whose first attempt begins now.
    #[must_use]
    pub fn new(id: String, status: ProcessorStatus, now: Ticks, jitter: Jitter) -> Self {
        Self {
            id,
            status,
            attempts: 1,
            since: now,
            due_at: now.plus(delay_after(1, jitter)),
        }
    }

    /// Begins another attempt, if one is due. `None` when there have been enough.
    #[must_use]
    pub fn again(&self, now: Ticks, jitter: Jitter) -> Option<Self> {
        if now.since(self.since) >= TOLD_WITHIN {
            return None;
        }
        let attempts = self.attempts.saturating_add(1);
        Some(Self {
            attempts,
            due_at: now.plus(delay_after(attempts, jitter)),
            ..self.clone()
        })
    }
}

fn delay_after(attempts: u32, jitter: Jitter) -> Duration {
    let place = usize::try_from(attempts.saturating_sub(1)).unwrap_or(usize::MAX);
    let last = DELAYS.len() - 1;
    spread(DELAYS[place.min(last)], jitter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_tried_for_a_day_and_then_no_more() {
        let start = Ticks::from_unix_seconds(1_782_000_000);
        let (id, status) = ("n".to_owned(), ProcessorStatus::Accepted);
        let mut notification = Notification::new(id, status, start, Jitter::NONE);
        assert_eq!(notification.due_at.since(start), Duration::from_secs(60));
        let mut attempts = 1;
        while let Some(next) = notification.again(notification.due_at, Jitter::NONE) {
            assert!(next.due_at > notification.due_at);
            notification = next;
            attempts += 1;
        }
        assert_eq!(attempts, 9, "1 min, 5 min, 30 min, 2 h, 5 h, 5 h, …");
        assert!(notification.due_at.since(start) >= TOLD_WITHIN);
    }
}
