//! What can be asked of the benchmark.

/// How much is measured, and what becomes of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arguments {
    /// Cold starts of each binary; each is followed by a part of its warm requests.
    pub rounds: usize,
    /// Warm requests to each binary, in all rounds together.
    pub requests: usize,
    /// The one function to measure; otherwise all are.
    pub only: Option<String>,
    /// Whether a budget that is missed is not a failure.
    pub report_only: bool,
    /// Whether the binaries are built first.
    pub build: bool,
}

const USAGE: &str = "\
usage: cargo run --release -p bench -- [options]
  --rounds N      cold starts of each binary (15)
  --requests N    warm requests to each binary, over all rounds (3000)
  --only NAME     measure one function, such as session, and its floors; webhook-worker: its deliveries on one core,
                  beside a bare loop of its HTTP client; a request is a delivery then
  --report-only   exit with 0 although a budget is missed
  --no-build      measure the release binaries that are there";

impl Default for Arguments {
    fn default() -> Self {
        Self {
            rounds: 15,
            requests: 3_000,
            only: None,
            report_only: false,
            build: true,
        }
    }
}

impl Arguments {
    /// Reads the command line.
    ///
    /// # Errors
    /// How it is used, when it is used otherwise.
    pub fn parse(words: impl IntoIterator<Item = String>) -> Result<Self, &'static str> {
        let mut arguments = Self::default();
        let mut words = words.into_iter();
        while let Some(word) = words.next() {
            match word.as_str() {
                "--rounds" => arguments.rounds = number(words.next())?,
                "--requests" => arguments.requests = number(words.next())?,
                "--only" => arguments.only = Some(words.next().ok_or(USAGE)?),
                "--report-only" => arguments.report_only = true,
                "--no-build" => arguments.build = false,
                _ => return Err(USAGE),
            }
        }
        Ok(arguments)
    }

    /// Warm requests to each binary in one round.
    pub(crate) fn requests_per_round(&self) -> usize {
        self.requests.div_ceil(self.rounds)
    }
}

fn number(word: Option<String>) -> Result<usize, &'static str> {
    word.and_then(|word| word.parse().ok())
        .filter(|number| (1..=100_000).contains(number))
        .ok_or(USAGE)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Arguments, &'static str> {
        Arguments::parse(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn the_command_line_says_how_much() {
        assert_eq!(parse(""), Ok(Arguments::default()));
        let few = Arguments {
            rounds: 2,
            requests: 5,
            only: Some("session".to_owned()),
            report_only: true,
            build: false,
        };
        assert_eq!(
            parse("--rounds 2 --requests 5 --only session --report-only --no-build"),
            Ok(few.clone())
        );
        assert_eq!(few.requests_per_round(), 3);
        for wrong in [
            "--rounds",
            "--rounds 0",
            "--rounds x",
            "--requests -1",
            "--help",
            "create",
        ] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}
