//! What can be asked.

/// How much, and how often it is killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Arguments {
    /// Requests, half of them sessions and half of them refunds.
    pub(crate) requests: usize,
    /// How often the stack is killed.
    pub(crate) kills: usize,
}

const USAGE: &str = "\
usage: cargo run -p bench --bin crash -- [options]
  --requests N   requests, half of them sessions and half refunds (500)
  --kills N      how often the stack is killed in the middle of them (1)";

/// Refunds of one payment; it may have 100 modifications.
const REFUNDS_PER_PAYMENT: usize = 25;

impl Arguments {
    /// Reads the command line.
    pub(crate) fn parse(words: impl IntoIterator<Item = String>) -> Result<Self, &'static str> {
        let mut arguments = Self {
            requests: 500,
            kills: 1,
        };
        let mut words = words.into_iter();
        while let Some(word) = words.next() {
            let asked = match word.as_str() {
                "--requests" => &mut arguments.requests,
                "--kills" => &mut arguments.kills,
                _ => return Err(USAGE),
            };
            let number = words.next().and_then(|word| word.parse().ok());
            *asked = number.filter(|number| *number >= 1).ok_or(USAGE)?;
        }
        Ok(arguments)
    }

    /// Payments that the refunds need.
    pub(crate) const fn payments(self) -> usize {
        (self.requests / 2).div_ceil(REFUNDS_PER_PAYMENT)
    }
}
