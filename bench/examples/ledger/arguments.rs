//! What can be asked.

/// How much, how often it is killed, and how much of what the service answers goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Arguments {
    /// Sessions whose customers pay, or try to.
    pub(crate) payments: usize,
    /// Refunds, captures, cancellations and extensions.
    pub(crate) modifications: usize,
    /// How often the stack is killed.
    pub(crate) kills: usize,
    /// Of a thousand answers of the service so many go wrong.
    pub(crate) faults_per_mille: u64,
    /// Whether the stack is built first.
    pub(crate) build: bool,
}

const USAGE: &str = "\
usage: cargo run -p bench --example ledger -- [options]
  --payments N        sessions whose customers pay, or try to (1000)
  --modifications N   refunds, captures, cancellations and extensions (1000)
  --kills N           how often the stack is killed in the middle of them (3)
  --faults N          of a thousand answers of the service so many go wrong (300)
  --no-build          take the stack that was built before";

impl Arguments {
    /// Reads the command line.
    pub(crate) fn parse(words: impl IntoIterator<Item = String>) -> Result<Self, &'static str> {
        let mut arguments = Self {
            payments: 1_000,
            modifications: 1_000,
            kills: 3,
            faults_per_mille: 300,
            build: true,
        };
        let mut words = words.into_iter();
        while let Some(word) = words.next() {
            match word.as_str() {
                "--payments" => arguments.payments = number(words.next())?.max(1),
                "--modifications" => arguments.modifications = number(words.next())?,
                "--kills" => arguments.kills = number(words.next())?,
                "--faults" => {
                    let faults = number(words.next())?;
                    arguments.faults_per_mille = u64::try_from(faults).map_err(|_| USAGE)?;
                }
                "--no-build" => arguments.build = false,
                _ => return Err(USAGE),
            }
        }
        Ok(arguments)
    }
}

fn number(word: Option<String>) -> Result<usize, &'static str> {
    word.and_then(|word| word.parse().ok()).ok_or(USAGE)
}
