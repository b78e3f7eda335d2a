//! What is measured: which binary, with which requests, beside which floor.

use std::collections::BTreeSet;

use crate::events::Work;
use crate::{Failure, compile};

/// A binary under one kind of request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Subject {
    /// The cargo package; it is also the folder of a function.
    package: &'static str,
    /// The binary.
    pub(crate) binary: &'static str,
    /// What it is asked.
    pub(crate) work: Work,
    /// What it answers when all is well.
    pub(crate) status: u64,
}

/// The package of the floors.
const FLOOR: &str = "floor";

/// What a request costs that nothing is done for.
pub(crate) const EMPTY: Subject = floor("floor-empty", Work::Unknown, 200);

/// A function, its floor, and what it may cost on the wire.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Judged {
    pub(crate) function: Subject,
    pub(crate) floor: Subject,
}

/// The functions with budgets of time.
pub(crate) const JUDGED: [Judged; 3] = [
    Judged {
        function: function("session", Work::Create, 201),
        floor: floor("floor-create", Work::Create, 201),
    },
    Judged {
        function: function("queries", Work::Query, 200),
        floor: floor("floor-query", Work::Query, 200),
    },
    Judged {
        function: function("modifications", Work::Refund, 202),
        floor: floor("floor-refund", Work::Refund, 202),
    },
];

/// What is told beside them.
const TOLD: [Subject; 4] = [
    function("session", Work::CreateWithoutKey, 201),
    function("session", Work::Replay, 201),
    function("checkout", Work::Page, 200),
    function("fallback", Work::Unknown, 404),
];

/// What is measured, in its order: everything, or one function with its floors.
pub(crate) fn chosen(only: Option<&str>) -> Result<Vec<Subject>, Failure> {
    let judged = JUDGED
        .iter()
        .filter(|judged| judged.function.is_chosen(only));
    let judged: Vec<_> = judged
        .flat_map(|judged| [judged.floor, judged.function])
        .collect();
    let told: Vec<_> = TOLD
        .into_iter()
        .filter(|subject| subject.is_chosen(only))
        .collect();
    match only {
        Some(name) if judged.is_empty() && told.is_empty() => {
            Err(format!("{name} is not measured").into())
        }
        _ => Ok([vec![EMPTY], judged, told].concat()),
    }
}

/// Builds every package that is measured, one after the other.
pub(crate) fn build(subjects: &[Subject]) -> Result<(), Failure> {
    let packages: BTreeSet<_> = subjects.iter().map(|subject| subject.package).collect();
    packages.into_iter().try_for_each(compile::build_release)
}

const fn function(package: &'static str, work: Work, status: u64) -> Subject {
    Subject {
        package,
        binary: package,
        work,
        status,
    }
}

const fn floor(binary: &'static str, work: Work, status: u64) -> Subject {
    Subject {
        package: FLOOR,
        binary,
        work,
        status,
    }
}

impl Subject {
    /// Whether it is a floor and not a function.
    pub(crate) fn is_floor(&self) -> bool {
        self.package == FLOOR
    }

    fn is_chosen(&self, only: Option<&str>) -> bool {
        only.is_none_or(|only| only == self.binary)
    }

    /// What it is asked, in words.
    pub(crate) const fn work_in_words(&self) -> &'static str {
        match self.work {
            Work::Create => "create a session",
            Work::CreateWithoutKey => "create, without key",
            Work::Replay => "create, replayed",
            Work::Query => "query a session",
            Work::Refund => "refund",
            Work::Page => "show the page",
            Work::Unknown => "unknown route",
        }
    }
}
