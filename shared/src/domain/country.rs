//! The countries that sessions may name.

/// The default allow-list: the EEA, GB, CH, AD, MC, SM, US (contract README, *Countries*).
pub const DEFAULT: [&str; 36] = [
    "AT", "BE", "BG", "HR", "CY", "CZ", "DK", "EE", "FI", "FR", "DE", "GR", "HU", "IE", "IT", "LV",
    "LT", "LU", "MT", "NL", "PL", "PT", "RO", "SK", "SI", "ES", "SE", "IS", "LI", "NO", "GB", "CH",
    "AD", "MC", "SM", "US",
];

/// Whether a text has the form of an ISO 3166-1 alpha-2 code.
#[must_use]
pub fn is_country_code(text: &str) -> bool {
    text.len() == 2 && text.bytes().all(|b| b.is_ascii_uppercase())
}

/// The allow-list of a deployment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Countries(Vec<String>);

/// An entry of the allow-list is not an ISO 3166-1 alpha-2 code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not an ISO 3166-1 alpha-2 code")]
pub struct InvalidCountry(String);

impl Countries {
    /// Reads a comma-separated list; an empty text is the default list.
    ///
    /// # Errors
    /// [`InvalidCountry`] naming the first entry that is no country code.
    pub fn parse(text: &str) -> Result<Self, InvalidCountry> {
        if text.trim().is_empty() {
            return Ok(Self(DEFAULT.map(str::to_owned).to_vec()));
        }
        text.split(',')
            .map(str::trim)
            .map(|code| {
                if is_country_code(code) {
                    Ok(code.to_owned())
                } else {
                    Err(InvalidCountry(code.to_owned()))
                }
            })
            .collect::<Result<Vec<_>, _>>()
            .map(Self)
    }

    /// Whether the country is served.
    #[must_use]
    pub fn contains(&self, code: &str) -> bool {
        self.0.iter().any(|country| country == code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_allow_list_is_configurable() {
        assert!(Countries::parse("").expect("default").contains("ES"));
        assert!(!Countries::parse("").expect("default").contains("BR"));
        assert!(Countries::parse("BR, AR").expect("own").contains("AR"));
        assert_eq!(
            Countries::parse("BR,Spain"),
            Err(InvalidCountry("Spain".to_owned()))
        );
    }
}
