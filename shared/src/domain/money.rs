//! Amounts: whole minor units with their currency, never a float.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The currencies that the contract accepts (online-payments.txt, *Accepted currencies*).
///
/// All three have two decimals, so a minor unit is a hundredth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
#[cfg_attr(
    feature = "openapi",
    derive(utoipa::ToSchema),
    schema(description = "ISO 4217 code, upper case.")
)]
pub enum Currency {
    /// Euro.
    Eur,
    /// Pound sterling.
    Gbp,
    /// US dollar.
    Usd,
}

impl Currency {
    /// All accepted currencies.
    pub const ALL: [Self; 3] = [Self::Eur, Self::Gbp, Self::Usd];

    /// The ISO 4217 code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Eur => "EUR",
            Self::Gbp => "GBP",
            Self::Usd => "USD",
        }
    }

    /// The currency with an ISO 4217 code; codes are upper case.
    #[must_use]
    pub fn find(code: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|currency| currency.code() == code)
    }
}

/// An amount of money: a positive whole number of minor units, and its currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Money {
    /// Minor units (cents), 1 to 99,999,999: `15000` is 150.00.
    #[cfg_attr(
        feature = "openapi",
        schema(minimum = 1, maximum = 99_999_999, example = 15_000)
    )]
    pub value: u64,
    /// Its currency.
    pub currency: Currency,
}

/// The number of minor units is outside 1 to [`Money::MAX`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an amount has 1 to {max} minor units", max = Money::MAX)]
pub struct InvalidAmount;

impl Money {
    /// The largest amount, in minor units (contract README, *Limits*).
    pub const MAX: u64 = 99_999_999;

    /// An amount within the limits.
    ///
    /// # Errors
    /// [`InvalidAmount`] when `value` is zero or above [`Money::MAX`].
    pub const fn new(value: u64, currency: Currency) -> Result<Self, InvalidAmount> {
        if value >= 1 && value <= Self::MAX {
            Ok(Self { value, currency })
        } else {
            Err(InvalidAmount)
        }
    }
}

/// `150.00 EUR`: for messages and plain pages; pages in a customer's language format their own.
impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}.{:02} {}",
            self.value / 100,
            self.value % 100,
            self.currency.code()
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_keep_to_their_limits() {
        for (value, good) in [
            (0, false),
            (1, true),
            (99_999_999, true),
            (100_000_000, false),
            (u64::MAX, false),
        ] {
            assert_eq!(Money::new(value, Currency::Eur).is_ok(), good, "{value}");
        }
    }

    #[test]
    fn amounts_are_shown_with_two_decimals() {
        for (value, text) in [
            (1, "0.01 GBP"),
            (99, "0.99 GBP"),
            (100, "1.00 GBP"),
            (15_000, "150.00 GBP"),
        ] {
            assert_eq!(
                Money {
                    value,
                    currency: Currency::Gbp
                }
                .to_string(),
                text
            );
        }
    }

    #[test]
    fn currency_codes_are_upper_case() {
        assert_eq!(Currency::find("EUR"), Some(Currency::Eur));
        for unknown in ["eur", "JPY", "", "EURO"] {
            assert_eq!(Currency::find(unknown), None, "{unknown}");
        }
    }
}
