//! The date on a card.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::domain::time::Ticks;

/// A month, and a year of this century: the last month in which a card is good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Expiry {
    /// Years since 2000: 0 to 99.
    year: u8,
    /// 1 to 12.
    month: u8,
}

/// It is no month and year.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the expiry is not MM/YY")]
pub struct ExpiryError;

impl Expiry {
    /// Reads `MM/YY`. Browsers that fill in forms, and people, also write `MM / YY`, `MM-YY`, `MMYY` and `MM/20YY`.
    ///
    /// # Errors
    /// [`ExpiryError`] when it is none of these.
    pub fn parse(text: &str) -> Result<Self, ExpiryError> {
        let text: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        let (month, year) = text
            .split_once(['/', '-'])
            .or_else(|| text.split_at_checked(2))
            .ok_or(ExpiryError)?;
        let year = match year.len() {
            4 => year.strip_prefix("20").ok_or(ExpiryError)?,
            _ => year,
        };
        let month = two_digits(month).filter(|month| (1..=12).contains(month));
        Ok(Self {
            month: month.ok_or(ExpiryError)?,
            year: two_digits(year).ok_or(ExpiryError)?,
        })
    }

    /// The month that it is now, UTC.
    #[must_use]
    pub fn this_month(now: Ticks) -> Self {
        let now = now.to_string();
        let part = |range| now.get(range).and_then(two_digits).unwrap_or_default();
        Self {
            year: part(2..4),
            month: part(5..7),
        }
    }

    /// Year and month as `YYMM`, which sorts by time.
    #[must_use]
    pub fn sortable(self) -> String {
        format!("{:02}{:02}", self.year, self.month)
    }

    /// Whether the card was good until a month that is over. It is good until the end of its own.
    #[must_use]
    pub fn is_past(self, now: Ticks) -> bool {
        let today = Self::this_month(now);
        (self.year, self.month) < (today.year, today.month)
    }
}

fn two_digits(text: &str) -> Option<u8> {
    (text.len() == 2 && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse().ok())?
}

/// `MM/YY`.
impl fmt::Display for Expiry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}/{:02}", self.month, self.year)
    }
}

impl From<Expiry> for String {
    fn from(expiry: Expiry) -> Self {
        expiry.to_string()
    }
}

impl TryFrom<String> for Expiry {
    type Error = ExpiryError;

    fn try_from(text: String) -> Result<Self, ExpiryError> {
        Self::parse(&text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const JUNE_2026: Ticks = Ticks::from_unix_seconds(1_782_000_000);

    #[test]
    fn it_sorts_by_time() {
        assert_eq!(Expiry::this_month(JUNE_2026).sortable(), "2606");
    }

    #[test]
    fn it_is_read_as_people_and_browsers_write_it() {
        for text in [
            "12/30", "12 / 30", " 12/30 ", "12-30", "1230", "12/2030", "122030",
        ] {
            assert_eq!(
                Expiry::parse(text).map(|expiry| expiry.to_string()),
                Ok("12/30".to_owned()),
                "{text:?}"
            );
        }
        for text in [
            "",
            "1",
            "12",
            "1/30",
            "12/3",
            "00/30",
            "13/30",
            "12/1930",
            "12/030",
            "2030-12",
            "ab/cd",
            "12/30/1",
            "١٢/٣٠",
            "+1/30",
            "é/30",
        ] {
            assert_eq!(Expiry::parse(text), Err(ExpiryError), "{text:?}");
        }
    }

    #[test]
    fn a_card_is_good_until_the_end_of_its_month() {
        for (text, past) in [
            ("06/26", false),
            ("05/26", true),
            ("12/25", true),
            ("01/27", false),
            ("12/99", false),
            ("12/00", true),
        ] {
            let expiry = Expiry::parse(text).expect("an expiry");
            assert_eq!(expiry.is_past(JUNE_2026), past, "{text}");
        }
    }

    #[test]
    fn the_last_tick_of_a_month_still_belongs_to_it() {
        let expiry = Expiry::parse("06/26").expect("an expiry");
        let july = Ticks::from_unix_seconds(1_782_864_000);
        assert_eq!(july.to_string(), "2026-07-01 00:00:00");
        assert!(!expiry.is_past(Ticks::new(july.get() - 1)));
        assert!(expiry.is_past(july));
    }

    proptest! {
        #[test]
        fn what_is_shown_is_read_again(month in 1_u8..=12, year in 0_u8..=99) {
            let expiry = Expiry { year, month };
            prop_assert_eq!(Expiry::parse(&expiry.to_string()), Ok(expiry));
        }

        #[test]
        fn no_text_is_too_strange_to_be_refused(text in "\\PC{0,12}") {
            if let Ok(expiry) = Expiry::parse(&text) {
                prop_assert!((1..=12).contains(&expiry.month) && expiry.year <= 99);
            }
        }
    }
}
