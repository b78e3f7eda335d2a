//! What is printed.

use std::fmt::Write;

use crate::budgets::Verdict;
use crate::rounds::Samples;
use crate::sizes::Size;
use crate::statistics::{median, percentile};
use crate::subject::Subject;
use crate::wire::OnTheWire;

/// Everything that was found.
#[derive(Debug)]
pub(crate) struct Facts {
    pub(crate) wire: Vec<OnTheWire>,
    pub(crate) samples: Vec<Samples>,
    pub(crate) sizes: Vec<Size>,
}

impl Facts {
    pub(crate) fn samples_of(&self, subject: Subject) -> Option<&Samples> {
        self.samples
            .iter()
            .find(|samples| samples.subject == subject)
    }
}

/// The measurements, a line for each subject.
pub(crate) fn measurements(facts: &Facts) -> String {
    let mut rows = vec![
        [
            "binary",
            "asked to",
            "init CPU",
            "cold CPU",
            "cold wall",
            "p50",
            "p99",
            "CPU/req",
            "peak",
            "resident",
            "bootstrap",
            "zip",
            "calls",
        ]
        .map(str::to_owned),
    ];
    rows.push(
        [
            "", "", "ms", "ms", "ms", "us", "us", "us", "MB", "MB", "MB", "MB", "/request",
        ]
        .map(str::to_owned),
    );
    let lines = facts.wire.iter().zip(&facts.sizes);
    rows.extend(lines.filter_map(|(wire, size)| row(facts.samples_of(wire.subject)?, size)));
    let mut text = aligned(&rows);
    text.push_str("\nOne request of a warm process, on the wire:\n\n");
    let mut rows = vec![
        [
            "binary",
            "asked to",
            "trips",
            "write units",
            "bytes",
            "operations",
        ]
        .map(str::to_owned),
    ];
    rows.extend(facts.wire.iter().map(wire_row));
    text.push_str(&aligned(&rows));
    text
}

fn row(samples: &Samples, size: &Size) -> Option<[String; 13]> {
    let calls =
        u64::try_from(samples.calls * 100).ok()? / u64::try_from(samples.warm.len()).ok()?.max(1);
    Some([
        samples.subject.binary.to_owned(),
        samples.subject.work_in_words().to_owned(),
        milliseconds(median(&samples.init_cpu)),
        milliseconds(median(&samples.cold_cpu)),
        milliseconds(median(&samples.cold_wall)),
        microseconds(median(&samples.warm)),
        microseconds(percentile(&samples.warm, 99)),
        microseconds(median(&samples.cpu_per_request)),
        megabytes(samples.peak.iter().copied().max().unwrap_or_default()),
        megabytes(median(&samples.resident)),
        megabytes(size.bootstrap),
        megabytes(size.zip),
        hundredths(calls),
    ])
}

fn wire_row(seen: &OnTheWire) -> [String; 6] {
    let init = if seen.calls_of_init == 0 {
        String::new()
    } else {
        format!(" (and {} in init)", seen.calls_of_init)
    };
    [
        seen.subject.binary.to_owned(),
        seen.subject.work_in_words().to_owned(),
        seen.trips.to_string(),
        format!("{}+{}", seen.units.table, seen.units.indexes),
        seen.bytes.to_string(),
        format!("{}{init}", seen.operations.join(", ")),
    ]
}

/// The budgets, a line for each.
pub(crate) fn verdicts(verdicts: &[Verdict]) -> String {
    let mut rows = vec![["", "budget", "measured", "at most", ""].map(str::to_owned)];
    rows.extend(verdicts.iter().map(|verdict| {
        let word = if verdict.is_kept() { "kept" } else { "MISSED" };
        let what = verdict.what.to_owned();
        [
            verdict.binary.to_owned(),
            what,
            verdict.measured(),
            verdict.limit(),
            word.to_owned(),
        ]
    }));
    let mut text = format!("\nBudgets:\n\n{}", aligned(&rows));
    let missed = verdicts.iter().filter(|verdict| !verdict.is_kept()).count();
    // Writing to a text does not fail.
    let _ = writeln!(text, "\n{} budgets, {missed} missed", verdicts.len());
    text
}

/// Columns under each other: names to the left, and what begins with a digit to the right.
pub(crate) fn aligned<const N: usize>(rows: &[[String; N]]) -> String {
    let width = |column: usize| {
        rows.iter()
            .map(|row| row[column].len())
            .max()
            .unwrap_or_default()
    };
    let widths: Vec<_> = (0..N).map(width).collect();
    let mut text = String::new();
    for row in rows {
        let cells = row.iter().zip(&widths).map(|(cell, &width)| {
            if cell.starts_with(|first: char| first.is_ascii_digit()) {
                format!("{cell:>width$}")
            } else {
                format!("{cell:<width$}")
            }
        });
        text.push_str(cells.collect::<Vec<_>>().join("  ").trim_end());
        text.push('\n');
    }
    text
}

fn milliseconds(nanoseconds: u64) -> String {
    hundredths(nanoseconds / 10_000)
}

fn microseconds(nanoseconds: u64) -> String {
    (nanoseconds / 1_000).to_string()
}

/// Bytes as megabytes of a million.
pub(crate) fn megabytes(bytes: u64) -> String {
    hundredths(bytes / 10_000)
}

/// Hundredths as a decimal number.
pub(crate) fn hundredths(number: u64) -> String {
    format!("{}.{:02}", number / 100, number % 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_shown_with_two_places() {
        assert_eq!(milliseconds(1_634_567), "1.63");
        assert_eq!(megabytes(7_990_000), "7.99");
        assert_eq!(hundredths(5), "0.05");
    }

    #[test]
    fn columns_stand_under_each_other() {
        let rows = [
            ["name".to_owned(), "us".to_owned()],
            ["a".to_owned(), "1000".to_owned()],
            ["b".to_owned(), "7".to_owned()],
        ];
        assert_eq!(aligned(&rows), "name  us\na     1000\nb        7\n");
    }
}
