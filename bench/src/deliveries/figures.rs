//! What was measured of deliveries, and how it is told.

use std::time::Duration;

use super::Protocol;
use crate::statistics::median;
use crate::table::{aligned, hundredths};

/// One round of one process.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sample {
    /// Per second, by the clock.
    by_the_clock: u64,
    /// Per second of the process's CPU time: what one core does that never has to wait.
    by_cpu: u64,
    /// CPU time of one, in microseconds.
    cpu_us: u64,
    /// How busy the core was, in percent.
    busy_percent: u64,
    /// Calls to the database, in hundredths of one.
    calls_hundredths: u64,
}

impl Sample {
    pub(crate) fn new(count: usize, took: Duration, cpu: Duration, calls: usize) -> Self {
        let whole = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
        let us = |duration: Duration| {
            u64::try_from(duration.as_micros())
                .unwrap_or(u64::MAX)
                .max(1)
        };
        let (count, calls, took_us, cpu_us) =
            (whole(count).max(1), whole(calls), us(took), us(cpu));
        Self {
            by_the_clock: count * 1_000_000 / took_us,
            by_cpu: count * 1_000_000 / cpu_us,
            cpu_us: cpu_us / count,
            busy_percent: cpu_us * 100 / took_us,
            calls_hundredths: calls * 100 / count,
        }
    }
}

/// All rounds over one protocol.
#[derive(Debug)]
pub(crate) struct Figures {
    protocol: Protocol,
    pub(crate) worker: Vec<Sample>,
    pub(crate) bare: Vec<Sample>,
}

impl Figures {
    pub(crate) const fn of(protocol: Protocol) -> Self {
        Self {
            protocol,
            worker: Vec::new(),
            bare: Vec::new(),
        }
    }

    fn rows(&self) -> [[String; 7]; 2] {
        let row = |what: &str, samples: &[Sample]| {
            let middle =
                |of: fn(&Sample) -> u64| median(&samples.iter().map(of).collect::<Vec<_>>());
            [
                self.protocol.name().to_owned(),
                what.to_owned(),
                middle(|sample| sample.by_the_clock).to_string(),
                format!("{} %", middle(|sample| sample.busy_percent)),
                middle(|sample| sample.cpu_us).to_string(),
                middle(|sample| sample.by_cpu).to_string(),
                hundredths(middle(|sample| sample.calls_hundredths)),
            ]
        };
        [
            row("the worker's deliveries", &self.worker),
            row("the bare client's POSTs", &self.bare),
        ]
    }
}

/// A line for each process over each protocol; medians of the rounds.
pub(crate) fn table(figures: &[Figures]) -> String {
    let head = [
        [
            "receiver",
            "on one core",
            "per second",
            "its core",
            "CPU each",
            "per second",
            "calls",
        ],
        ["", "", "by the clock", "busy", "us", "of CPU time", "/each"],
    ];
    let mut rows: Vec<[String; 7]> = head.map(|row| row.map(str::to_owned)).into();
    rows.extend(figures.iter().flat_map(Figures::rows));
    format!("\nDeliveries:\n\n{}", aligned(&rows))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_core_does_follows_from_the_time_that_it_was_busy() {
        let (took, cpu) = (Duration::from_secs(2), Duration::from_secs(1));
        let sample = Sample::new(1_000, took, cpu, 3_000);
        assert_eq!((sample.by_the_clock, sample.by_cpu), (500, 1_000));
        assert_eq!((sample.cpu_us, sample.busy_percent), (1_000, 50));
        let mut figures = Figures::of(Protocol::Http2);
        figures.worker = vec![sample];
        figures.bare = vec![Sample::new(4_000, took, cpu, 0)];
        let table = table(&[figures]);
        let worker = table
            .lines()
            .find(|line| line.contains("worker"))
            .expect("a line");
        let words: Vec<&str> = worker.split_whitespace().collect();
        assert_eq!(words[0], "HTTP/2");
        assert_eq!(words[4..], ["500", "50", "%", "1000", "1000", "3.00"]);
    }
}
