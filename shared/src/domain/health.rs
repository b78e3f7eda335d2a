//! The health of an endpoint: since when it fails, and whether it hangs.
//!
//! It is kept in the table beside the endpoint, because the worker runs in many places at once. An endpoint that is well has
//! none, so a success writes nothing; a failure writes only what is not known yet.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::delivery::{ATTEMPT_LOST_AFTER, DeliveryAttempt, ErrorClass};
use super::time::Ticks;

/// An endpoint that failed every delivery for this long is disabled (contract README, *Delivery*).
pub const DISABLED_AFTER: Duration = Duration::from_secs(5 * 24 * 60 * 60);

/// After so many attempts in a row that timed out, an endpoint is tried with one delivery at a time until one succeeds.
pub const HANGS_AFTER: u64 = 5;

/// Who tries an endpoint that hangs has this long for it. Whoever dies over it holds nobody up for longer.
pub const TRIED_FOR: Duration = ATTEMPT_LOST_AFTER;

/// How an endpoint that is not well does.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Health {
    /// The first failure since the last success.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failing_since: Option<Ticks>,
    /// Attempts in a row that timed out, up to [`HANGS_AFTER`], where it stays until one succeeds.
    #[serde(default)]
    pub timeouts: u64,
    /// Until when somebody tries it, while it hangs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tried_until: Option<Ticks>,
}

/// What an attempt changes of its endpoint's health.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// Nothing that is not known.
    Nothing,
    /// It is well again.
    Recovered,
    /// It failed.
    Failed(Timeouts),
}

/// What a failure changes of the timeouts in a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Timeouts {
    /// Nothing.
    Same,
    /// One more.
    OneMore,
    /// None any more: it answered, if only badly.
    None,
}

impl Health {
    /// Whether it is tried with one delivery at a time.
    #[must_use]
    pub const fn hangs(&self) -> bool {
        self.timeouts >= HANGS_AFTER
    }

    /// Whether nobody tries it now.
    #[must_use]
    pub fn is_free(&self, now: Ticks) -> bool {
        self.tried_until.is_none_or(|until| until <= now)
    }

    /// Whether it has failed every delivery for so long that it is to be disabled.
    #[must_use]
    pub fn has_failed_for_days(&self, now: Ticks) -> bool {
        self.failing_since
            .is_some_and(|since| now >= since.plus(DISABLED_AFTER))
    }

    /// What an attempt changes.
    #[must_use]
    pub fn change(&self, attempt: &DeliveryAttempt) -> Change {
        if attempt.succeeded() {
            return if *self == Self::default() {
                Change::Nothing
            } else {
                Change::Recovered
            };
        }
        if attempt.error == Some(ErrorClass::SecretUnusable) {
            return Change::Nothing;
        }
        let timeouts = match (self.hangs(), attempt.timed_out(), self.timeouts) {
            (false, true, _) => Timeouts::OneMore,
            (false, false, 1..) => Timeouts::None,
            _ => Timeouts::Same,
        };
        if timeouts == Timeouts::Same && self.failing_since.is_some() {
            Change::Nothing
        } else {
            Change::Failed(timeouts)
        }
    }
}

/// When and why an endpoint was disabled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Disabled {
    /// When.
    pub at: Ticks,
    /// Why.
    pub because: Because,
    /// What was not delivered since then was missed.
    pub since: Ticks,
}

/// Why an endpoint was disabled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Because {
    /// An operator wished so.
    Operator,
    /// It answered 410.
    Gone,
    /// It failed every delivery for [`DISABLED_AFTER`].
    Failing,
}

impl Because {
    /// The word that audit records and logs use.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Operator => "operator",
            Self::Gone => "gone",
            Self::Failing => "failing",
        }
    }
}

impl Disabled {
    /// What an attempt at an endpoint in this health leads to, if anything.
    #[must_use]
    pub fn by(attempt: &DeliveryAttempt, health: &Health, now: Ticks) -> Option<Self> {
        let because = if attempt.is_gone() {
            Because::Gone
        } else if !attempt.succeeded()
            && attempt.error != Some(ErrorClass::SecretUnusable)
            && health.has_failed_for_days(now)
        {
            Because::Failing
        } else {
            return None;
        };
        Some(Self {
            at: now,
            because,
            since: health.failing_since.unwrap_or(now),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Ticks = Ticks::from_unix_seconds(1_782_000_000);

    fn attempt(status: Option<u16>, error: Option<ErrorClass>) -> DeliveryAttempt {
        DeliveryAttempt {
            at: NOW,
            duration_ms: 1,
            status,
            error,
        }
    }

    #[test]
    fn only_what_is_not_known_is_written() {
        let well = Health::default();
        let failing = Health {
            failing_since: Some(NOW),
            ..well.clone()
        };
        let slow = Health {
            timeouts: 4,
            ..failing.clone()
        };
        let hanging = Health {
            timeouts: HANGS_AFTER,
            ..failing.clone()
        };
        let taken = attempt(Some(204), None);
        let refused = attempt(Some(500), None);
        let timeout = attempt(None, Some(ErrorClass::Timeout));
        let ours = attempt(None, Some(ErrorClass::SecretUnusable));
        for (health, attempt, change) in [
            (&well, &taken, Change::Nothing),
            (&failing, &taken, Change::Recovered),
            (&hanging, &taken, Change::Recovered),
            (&well, &refused, Change::Failed(Timeouts::Same)),
            (&failing, &refused, Change::Nothing),
            (&slow, &refused, Change::Failed(Timeouts::None)),
            (&hanging, &refused, Change::Nothing),
            (&well, &timeout, Change::Failed(Timeouts::OneMore)),
            (&slow, &timeout, Change::Failed(Timeouts::OneMore)),
            (&hanging, &timeout, Change::Nothing),
            (&well, &ours, Change::Nothing),
        ] {
            assert_eq!(health.change(attempt), change, "{health:?} {attempt:?}");
        }
        assert!(hanging.hangs() && !slow.hangs());
    }

    #[test]
    fn five_days_of_failures_or_a_410_disable() {
        let since = |duration| Health {
            failing_since: Some(NOW.minus(duration)),
            ..Health::default()
        };
        let days = since(DISABLED_AFTER);
        let nearly = since(DISABLED_AFTER - Duration::from_millis(1));
        let refused = attempt(Some(503), None);
        let ours = attempt(None, Some(ErrorClass::SecretUnusable));
        let gone = attempt(Some(410), None);
        let taken = attempt(Some(200), None);
        let because = |attempt, health| Disabled::by(attempt, health, NOW).map(|by| by.because);
        assert_eq!(because(&refused, &days), Some(Because::Failing));
        assert_eq!(because(&refused, &nearly), None);
        assert_eq!(because(&taken, &days), None);
        assert_eq!(because(&ours, &days), None);
        assert_eq!(because(&gone, &Health::default()), Some(Because::Gone));
        let disabled = Disabled::by(&gone, &days, NOW).expect("disabled");
        assert_eq!(
            (disabled.at, disabled.since),
            (NOW, NOW.minus(DISABLED_AFTER))
        );
    }

    #[test]
    fn one_at_a_time_tries_and_nobody_holds_it_for_ever() {
        let mut health = Health::default();
        assert!(health.is_free(NOW));
        health.tried_until = Some(NOW.plus(TRIED_FOR));
        assert!(!health.is_free(NOW));
        assert!(health.is_free(NOW.plus(TRIED_FOR)));
    }
}
