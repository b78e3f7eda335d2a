//! What AWS does between the services: streams and queues reach functions in batches, schedules in time.

mod batch;
mod fair;
mod positions;
mod queue;
mod schedule;
mod stream;
#[cfg(test)]
mod testing;

use std::time::Duration;

pub(crate) use positions::Positions;
pub(crate) use queue::QueuePump;
pub(crate) use schedule::{DELAY_MAX, Timer};
pub(crate) use stream::StreamPump;

use crate::engines::EngineError;
use crate::functions::InvokeError;

/// Why a pump could not bring everything to its function.
#[derive(Debug, thiserror::Error)]
pub enum PumpError {
    /// An engine does not do what it was asked.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The function gave no answer.
    #[error("{package}: {source}")]
    Invoke {
        /// The function.
        package: String,
        /// Why.
        source: InvokeError,
    },
    /// The function gave an answer, in which it says that something failed.
    #[error("{package}: {failed} of a batch of {size} failed")]
    Partly {
        /// The function.
        package: String,
        /// Records or messages that will come again.
        failed: usize,
        /// Records or messages that it was given.
        size: usize,
    },
    /// The place in a stream could not be kept.
    #[error("cannot keep the place in a stream: {0}")]
    Positions(std::io::Error),
    /// No schedule is there for it.
    #[error("the template has no schedule that sweeps {0}")]
    NoSchedule(String),
}

/// Pauses between tries, each twice as long as the one before, up to a limit.
#[derive(Debug)]
struct Backoff(Duration);

impl Backoff {
    const FIRST: Duration = Duration::from_millis(100);
    const LONGEST: Duration = Duration::from_secs(5);

    const fn new() -> Self {
        Self(Self::FIRST)
    }

    /// The pause after a failure.
    fn next(&mut self) -> Duration {
        let pause = self.0;
        self.0 = (pause * 2).min(Self::LONGEST);
        pause
    }

    /// After a success.
    const fn reset(&mut self) {
        self.0 = Self::FIRST;
    }
}
