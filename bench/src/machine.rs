//! What else the machine does, so that a reader knows how far to trust the figures.

use std::fmt;
use std::thread::available_parallelism;

use crate::Failure;

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

impl Machine {
    /// The same machine, at a later moment: its processors are those that this program had when it began.
    pub(crate) fn again(&self) -> Self {
        Self {
            processors: self.processors,
            ..Self::now()
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

/// Parts the cores: gives the one that is for what is measured, and keeps this program, with all threads that it starts from
/// now on, on the others. With a single core it is everybody's.
#[cfg(target_os = "linux")]
pub(crate) fn part_cores() -> Result<usize, Failure> {
    use nix::sched::{CpuSet, sched_getaffinity, sched_setaffinity};
    let this = nix::unistd::Pid::from_raw(0);
    let mut ours = sched_getaffinity(this)?;
    let cores = (0..CpuSet::count()).filter(|&core| ours.is_set(core) == Ok(true));
    let cores: Vec<usize> = cores.collect();
    let measured = *cores.last().ok_or("there is no core")?;
    if cores.len() > 1 {
        ours.unset(measured)?;
        sched_setaffinity(this, &ours)?;
    }
    Ok(measured)
}

/// Cores are told apart on Linux only.
#[cfg(not(target_os = "linux"))]
pub(crate) fn part_cores() -> Result<usize, Failure> {
    Err("deliveries on one core can be measured on Linux only".into())
}
