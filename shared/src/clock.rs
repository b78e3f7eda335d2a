//! The one place that reads the time of day. Tests bring a clock of their own.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::domain::time::Ticks;

/// Tells the time.
#[derive(Debug, Clone)]
pub struct Clock(Source);

#[derive(Debug, Clone)]
enum Source {
    System,
    /// The system's time, and ticks on top of it.
    Movable(Arc<AtomicU64>),
    Manual(Arc<AtomicU64>),
}

impl Clock {
    /// The time of day.
    #[must_use]
    pub const fn system() -> Self {
        Self(Source::System)
    }

    /// The time of day, until somebody moves it on: from then on it is ahead of it. Its clones show the same time.
    #[must_use]
    pub fn movable() -> Self {
        Self(Source::Movable(Arc::default()))
    }

    /// A clock that stands still until somebody moves it. Its clones show the same time.
    #[must_use]
    pub fn manual(start: Ticks) -> Self {
        Self(Source::Manual(Arc::new(AtomicU64::new(start.get()))))
    }

    /// The time now.
    #[must_use]
    pub fn now(&self) -> Ticks {
        match &self.0 {
            Source::System => time_of_day(),
            Source::Movable(ahead) => {
                Ticks::new(time_of_day().get() + ahead.load(Ordering::SeqCst))
            }
            Source::Manual(ticks) => Ticks::new(ticks.load(Ordering::SeqCst)),
        }
    }

    /// Moves the clock on. `false` when it is the system's, which cannot be moved.
    pub fn advance(&self, duration: Duration) -> bool {
        match &self.0 {
            Source::System => false,
            Source::Movable(ticks) | Source::Manual(ticks) => {
                ticks.fetch_add(Ticks::new(0).plus(duration).get(), Ordering::SeqCst);
                true
            }
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "this is the one place that reads the time of day"
)]
fn time_of_day() -> Ticks {
    // A machine before 1970 has no right time; the epoch shows that at once.
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    Ticks::new(0).plus(since)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_goes_on_from_where_it_was_moved_to() {
        let day = Duration::from_secs(24 * 3600);
        let (system, movable) = (Clock::system(), Clock::movable());
        assert!(!system.advance(day));
        let clone = movable.clone();
        assert!(movable.advance(day) && movable.advance(day));
        let ahead = clone.now().since(system.now());
        assert!(ahead > day && ahead <= 2 * day, "{ahead:?}");
        let manual = Clock::manual(Ticks::new(5));
        assert!(manual.advance(Duration::from_micros(200)));
        assert_eq!(manual.now(), Ticks::new(7));
    }
}
