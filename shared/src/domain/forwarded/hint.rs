//! What callbacks ask for. Anybody may send them, so they make the service be asked once in a second, and once more after the last
//! of those that came meanwhile.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::domain::time::Ticks;

/// Callbacks make the service be asked once in this time.
const HEEDED_EVERY: Duration = Duration::from_secs(1);

/// A callback that was heeded, and the look that is left of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Hint {
    heeded_at: Ticks,
    /// When to ask again: a second later because of those that came meanwhile, or longer after because the service may not answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    look_at: Option<Ticks>,
    /// Looks that were due since.
    #[serde(default)]
    looks: u32,
}

impl Hint {
    /// The service is asked now, and again after the first of some delays if it does not answer.
    pub(super) fn heeded(now: Ticks, delays: &[Duration]) -> Self {
        Self {
            heeded_at: now,
            look_at: delays.first().map(|delay| now.plus(*delay)),
            looks: 0,
        }
    }

    /// The service is asked now because that was due, and again after the next delay, if there is one.
    pub(super) fn again(&self, now: Ticks, delays: &[Duration]) -> Self {
        let looks = self.looks.saturating_add(1);
        let left = usize::try_from(self.looks)
            .ok()
            .and_then(|place| delays.get(place..));
        Self {
            looks,
            ..Self::heeded(now, left.unwrap_or_default())
        }
    }

    /// When to ask again.
    pub(super) const fn look_at(&self) -> Option<Ticks> {
        self.look_at
    }

    /// Whether the next callback is heeded.
    pub(super) fn is_over(&self, now: Ticks) -> bool {
        now >= self.after_all()
    }

    /// Leaves the callback to a look after all that come within the second. `false`: it is planned already.
    pub(super) fn postpone(&mut self) -> bool {
        let after_all = Some(self.after_all());
        let is_news = self.look_at != after_all;
        self.look_at = after_all;
        is_news
    }

    /// The service answered what it was asked then. What was to be looked at after other callbacks still is.
    pub(super) fn answered(&mut self, asked_at: Ticks) {
        let is_left = self.look_at == Some(self.after_all());
        if asked_at >= self.heeded_at && !is_left {
            self.look_at = None;
        }
    }

    fn after_all(&self) -> Ticks {
        self.heeded_at.plus(HEEDED_EVERY)
    }
}
