//! What was found.

use std::fmt;

/// Checks with their outcome, and facts beside them.
#[derive(Debug, Default)]
pub(crate) struct Report {
    facts: Vec<String>,
    checks: Vec<Check>,
}

#[derive(Debug)]
struct Check {
    what: String,
    problems: Vec<String>,
}

/// Problems of one check that are shown.
const SHOWN: usize = 5;

impl Report {
    /// Tells facts.
    pub(crate) fn told(&mut self, facts: &[String]) {
        self.facts.extend_from_slice(facts);
    }

    /// Tells what was checked, and what was wrong.
    pub(crate) fn checked(&mut self, what: impl Into<String>, problems: Vec<String>) {
        self.checks.push(Check {
            what: what.into(),
            problems,
        });
    }

    pub(crate) fn is_good(&self) -> bool {
        self.checks.iter().all(|check| check.problems.is_empty())
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for fact in &self.facts {
            writeln!(f, "      {fact}")?;
        }
        for Check { what, problems } in &self.checks {
            let word = if problems.is_empty() {
                "ok   "
            } else {
                "WRONG"
            };
            writeln!(f, "{word} {what}")?;
            for problem in problems.iter().take(SHOWN) {
                writeln!(f, "        {problem}")?;
            }
            if problems.len() > SHOWN {
                writeln!(f, "        and {} more", problems.len() - SHOWN)?;
            }
        }
        writeln!(
            f,
            "{}",
            if self.is_good() {
                "nothing was lost, nothing was done twice"
            } else {
                "FAILED"
            }
        )
    }
}
