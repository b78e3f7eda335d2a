//! What else the machine does, so that a reader knows how far to trust the figures.

use std::fmt;
use std::thread::available_parallelism;

/// The load of the machine at some moment.
pub(crate) struct Machine {
    processors: usize,
    load: String,
}

impl Machine {
    pub(crate) fn now() -> Self {
        let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
        Self {
            processors: available_parallelism().map_or(0, usize::from),
            load: load
                .split_whitespace()
                .take(3)
                .collect::<Vec<_>>()
                .join(" "),
        }
    }
}

impl fmt::Display for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { processors, load } = self;
        write!(
            f,
            "{processors} processors, load over 1, 5 and 15 minutes: {load}"
        )
    }
}
