//! The budgets of PERFORMANCE.md, and whether they are kept.

use crate::events::Work;
use crate::rounds::Samples;
use crate::statistics::{median, percentile};
use crate::subject::{EMPTY, JUDGED, Subject};
use crate::table::{Facts, hundredths, megabytes};

/// Hundredths of what the empty handler uses until its first answer.
const COLD_CPU_MAX: u64 = 250;
/// Hundredths of the floor's.
const WARM_P50_MAX: u64 = 130;
/// Hundredths of the floor's.
const CPU_PER_REQUEST_MAX: u64 = 125;
/// Hundredths of the floor's.
const WARM_P99_MAX: u64 = 130;
const RESIDENT_BYTES_MAX: u64 = 8_000_000;
const BOOTSTRAP_BYTES_MAX: u64 = 6_000_000;
const ZIP_BYTES_MAX: u64 = 2_600_000;

/// Sequential trips, and write units before indexes where there are budgets of them.
const ON_THE_WIRE: [(Work, u64, Option<u64>); 5] = [
    (Work::Create, 2, Some(4)),
    (Work::CreateWithoutKey, 2, Some(1)),
    (Work::Replay, 1, Some(0)),
    (Work::Query, 1, Some(0)),
    (Work::Refund, 2, Some(6)),
];

/// One budget of one function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Verdict {
    pub(crate) binary: &'static str,
    pub(crate) what: &'static str,
    measured: u64,
    limit: u64,
    unit: Unit,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unit {
    /// Hundredths of something else's.
    Times,
    Megabytes,
    Count,
}

impl Verdict {
    pub(crate) const fn is_kept(&self) -> bool {
        self.measured <= self.limit
    }

    pub(crate) fn measured(&self) -> String {
        self.unit.show(self.measured)
    }

    pub(crate) fn limit(&self) -> String {
        self.unit.show(self.limit)
    }
}

impl Unit {
    fn show(self, value: u64) -> String {
        match self {
            Self::Times => format!("{} x", hundredths(value)),
            Self::Megabytes => format!("{} MB", megabytes(value)),
            Self::Count => value.to_string(),
        }
    }
}

/// Judges every budget.
pub(crate) fn judge(facts: &Facts) -> Vec<Verdict> {
    let mut verdicts = Vec::new();
    for judged in &JUDGED {
        let of = |subject| facts.samples_of(subject);
        if let (Some(function), Some(floor), Some(empty)) =
            (of(judged.function), of(judged.floor), of(EMPTY))
        {
            verdicts.extend(judge_times(function, floor, empty));
        }
        verdicts.extend(judge_sizes(facts, judged.function));
    }
    verdicts.extend(judge_wire(facts));
    verdicts
}

fn judge_times(function: &Samples, floor: &Samples, empty: &Samples) -> [Verdict; 5] {
    let binary = function.subject.binary;
    let times = |what, (measured, base): (u64, u64), limit| {
        let measured = (measured * 100).div_ceil(base.max(1));
        Verdict {
            binary,
            what,
            measured,
            limit,
            unit: Unit::Times,
        }
    };
    let both = |of: fn(&Samples) -> u64| (of(function), of(floor));
    [
        times(
            "cold CPU, of the empty handler's",
            (median(&function.cold_cpu), median(&empty.cold_cpu)),
            COLD_CPU_MAX,
        ),
        times(
            "warm p50, of the floor's",
            both(|of| median(&of.warm)),
            WARM_P50_MAX,
        ),
        times(
            "CPU per request, of the floor's",
            both(|of| median(&of.cpu_per_request)),
            CPU_PER_REQUEST_MAX,
        ),
        times(
            "warm p99, of the floor's",
            both(|of| percentile(&of.warm, 99)),
            WARM_P99_MAX,
        ),
        Verdict {
            binary,
            what: "resident memory, at its peak",
            measured: function.peak.iter().copied().max().unwrap_or_default(),
            limit: RESIDENT_BYTES_MAX,
            unit: Unit::Megabytes,
        },
    ]
}

fn judge_sizes(facts: &Facts, subject: Subject) -> impl Iterator<Item = Verdict> {
    let binary = subject.binary;
    let megabytes = move |what, measured, limit| Verdict {
        binary,
        what,
        measured,
        limit,
        unit: Unit::Megabytes,
    };
    let size = facts.sizes.iter().find(|size| size.subject == subject);
    size.into_iter().flat_map(move |size| {
        [
            megabytes("bootstrap", size.bootstrap, BOOTSTRAP_BYTES_MAX),
            megabytes("zip", size.zip, ZIP_BYTES_MAX),
        ]
    })
}

fn judge_wire(facts: &Facts) -> Vec<Verdict> {
    let mut verdicts = Vec::new();
    for seen in facts.wire.iter().filter(|seen| !seen.subject.is_floor()) {
        let binary = seen.subject.work_in_words();
        let count = |what, measured, limit| Verdict {
            binary,
            what,
            measured,
            limit,
            unit: Unit::Count,
        };
        for (_, trips, units) in ON_THE_WIRE
            .iter()
            .filter(|(work, ..)| *work == seen.subject.work)
        {
            verdicts.push(count("sequential round trips", seen.trips, *trips));
            verdicts.extend(
                units.map(|units| count("write units before indexes", seen.units.table, units)),
            );
        }
    }
    verdicts
}
