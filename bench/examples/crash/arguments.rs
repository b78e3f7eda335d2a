//! What can be asked.

/// How much, and how often it is killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Arguments {
    /// Requests, half of them sessions and half of them refunds.
    pub(crate) requests: usize,
    /// How often the stack is killed.
    pub(crate) kills: usize,
    /// Of a hundred webhooks the receiver refuses so many, at random.
    pub(crate) failing: u32,
    /// Whether the stack is built first.
    pub(crate) build: bool,
}

const USAGE: &str = "\
usage: cargo run -p bench --example crash -- [options]
  --requests N   requests, half of them sessions and half refunds (500)
  --kills N      how often the stack is killed in the middle of them (1)
  --failing N    of a hundred webhooks the receiver refuses so many, at random (0)
  --no-build     take the stack that was built before";

/// Refunds of one payment; it may have 100 modifications.
const REFUNDS_PER_PAYMENT: usize = 25;

impl Arguments {
    /// Reads the command line.
    pub(crate) fn parse(words: impl IntoIterator<Item = String>) -> Result<Self, &'static str> {
        let mut arguments = Self {
            requests: 500,
            kills: 1,
            failing: 0,
            build: true,
        };
        let mut words = words.into_iter();
        while let Some(word) = words.next() {
            match word.as_str() {
                "--requests" => arguments.requests = number(words.next())?,
                "--kills" => arguments.kills = number(words.next())?,
                "--failing" => {
                    let percent = u32::try_from(number(words.next())?).map_err(|_| USAGE)?;
                    arguments.failing = Some(percent).filter(|n| *n < 100).ok_or(USAGE)?;
                }
                "--no-build" => arguments.build = false,
                _ => return Err(USAGE),
            }
        }
        Ok(arguments)
    }

    /// Payments that the refunds need.
    pub(crate) const fn payments(self) -> usize {
        (self.requests / 2).div_ceil(REFUNDS_PER_PAYMENT)
    }
}

fn number(word: Option<String>) -> Result<usize, &'static str> {
    word.and_then(|word| word.parse().ok())
        .filter(|number| *number >= 1)
        .ok_or(USAGE)
}
