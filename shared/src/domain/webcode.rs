//! The identifier of a merchant.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A merchant's identifier: 3 to 20 characters of `A-Z` and `0-9` (contract README, *Limits*).
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Webcode(String);

/// The text is not a webcode.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a webcode has 3 to 20 characters of A-Z and 0-9")]
pub struct InvalidWebcode;

impl Webcode {
    /// Parses a webcode.
    ///
    /// # Errors
    /// [`InvalidWebcode`] when the length or a character is wrong.
    pub fn parse(text: &str) -> Result<Self, InvalidWebcode> {
        let well_formed = (3..=20).contains(&text.len())
            && text
                .bytes()
                .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
        if well_formed {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidWebcode)
        }
    }

    /// The webcode as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Webcode {
    type Error = InvalidWebcode;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl From<Webcode> for String {
    fn from(webcode: Webcode) -> Self {
        webcode.0
    }
}

impl fmt::Display for Webcode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_upper_case_letters_and_digits_make_a_webcode() {
        for (text, good) in [
            ("SHOP01", true),
            ("ABC", true),
            ("A2345678901234567890", true),
            ("AB", false),
            ("A23456789012345678901", false),
            ("shop01", false),
            ("SHOP 1", false),
            ("SHOP#1", false),
            ("SHÖP1", false),
            ("", false),
        ] {
            assert_eq!(Webcode::parse(text).is_ok(), good, "{text}");
        }
    }
}
