//! Telling the caller that a payment changed: recorded with the change, tried until somebody hears it or nobody is expected to.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use shared::domain::time::Ticks;

/// Whoever records a change tells of it at once. Nobody else does before this is over.
const OWN_TRY_WITHIN: Duration = Duration::from_secs(10);

/// What is waited after each try that failed; after the last one it is given up.
const PAUSES: [Duration; 5] = [
    Duration::from_secs(30),
    Duration::from_secs(60),
    Duration::from_secs(120),
    Duration::from_secs(300),
    Duration::from_secs(600),
];

/// A change that the caller is still to be told of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Callback {
    /// Counts the changes of a payment: a later one is told of anew.
    pub(crate) number: u32,
    /// Tries that failed.
    pub(crate) tries: usize,
    /// When it is tried by whoever looks after what is due.
    pub(crate) due_at: Ticks,
}

impl Callback {
    /// For a change that is recorded now.
    pub(crate) fn new(number: u32, now: Ticks) -> Self {
        Self {
            number,
            tries: 0,
            due_at: now.plus(OWN_TRY_WITHIN),
        }
    }

    /// After another try that failed: when it is tried next. `None` gives it up.
    pub(crate) fn after_failure(&self, now: Ticks) -> Option<Self> {
        let pause = PAUSES.get(self.tries)?;
        Some(Self {
            number: self.number,
            tries: self.tries + 1,
            due_at: now.plus(*pause),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_callback_is_tried_six_times() {
        let now = Ticks::from_unix_seconds(1_000);
        let mut callback = Callback::new(3, now);
        assert_eq!(callback.due_at, Ticks::from_unix_seconds(1_010));
        let mut pauses = Vec::new();
        while let Some(next) = callback.after_failure(now) {
            pauses.push(next.due_at.since(now).as_secs());
            callback = next;
        }
        assert_eq!(pauses, [30, 60, 120, 300, 600]);
        assert_eq!((callback.number, callback.tries), (3, 5));
    }
}
