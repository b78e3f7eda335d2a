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
    Manual(Arc<AtomicU64>),
}

impl Clock {
    /// The time of day.
    #[must_use]
    pub const fn system() -> Self {
        Self(Source::System)
    }

    /// A clock that stands still until somebody moves it. Its clones show the same time.
    #[must_use]
    pub fn manual(start: Ticks) -> Self {
        Self(Source::Manual(Arc::new(AtomicU64::new(start.get()))))
    }

    /// The time now.
    #[must_use]
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one place that reads the time of day"
    )]
    pub fn now(&self) -> Ticks {
        match &self.0 {
            Source::System => {
                // A machine before 1970 has no right time; the epoch shows that at once.
                let since = SystemTime::now()
                    .duration_since(UNIX_EPOCH)
                    .unwrap_or_default();
                Ticks::new(0).plus(since)
            }
            Source::Manual(ticks) => Ticks::new(ticks.load(Ordering::SeqCst)),
        }
    }

    /// Moves a manual clock on. The system's clock cannot be moved.
    pub fn advance(&self, duration: Duration) {
        if let Source::Manual(ticks) = &self.0 {
            ticks.store(
                Ticks::new(ticks.load(Ordering::SeqCst))
                    .plus(duration)
                    .get(),
                Ordering::SeqCst,
            );
        }
    }
}
