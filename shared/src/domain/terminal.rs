//! Terminals, and the simulated ones of Test (contract README, *POS*, *POS payment*).

use serde::{Deserialize, Serialize};

use super::money::Money;

/// The name of a terminal: 1 to 64 characters of `A-Z a-z 0-9 . _ -`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PoiId(String);

/// The text cannot be the name of a terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a poiId has 1 to 64 characters of A-Z, a-z, 0-9, ., _ and -")]
pub struct InvalidPoiId;

impl PoiId {
    /// Parses a name that somebody sent.
    ///
    /// # Errors
    /// [`InvalidPoiId`] when it could not name anything.
    pub fn parse(text: &str) -> Result<Self, InvalidPoiId> {
        let well_formed = (1..=64).contains(&text.len())
            && text
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b));
        if well_formed {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidPoiId)
        }
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A terminal that was boarded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terminal {
    /// Its name among terminals.
    pub poi_id: &'static str,
    /// Its name among people.
    pub name: &'static str,
    /// Its make.
    pub model: &'static str,
    /// Whether it can be reached.
    pub online: bool,
    /// When it was boarded, ISO 8601.
    pub created_at: &'static str,
}

/// The simulated terminals, which every merchant has in Test.
const SIMULATED: [Terminal; 3] = [
    Terminal {
        poi_id: "V400m-TEST-000001",
        name: "Terminal Test 1 - Mostrador",
        model: "V400m",
        online: true,
        created_at: "2026-01-01T00:00:00Z",
    },
    Terminal {
        poi_id: "S1F2-TEST-000002",
        name: "Terminal Test 2 - Terraza",
        model: "S1F2",
        online: true,
        created_at: "2026-01-01T00:00:00Z",
    },
    Terminal {
        poi_id: "P400Plus-TEST-000003",
        name: "Terminal Test 3 - Almacen",
        model: "P400Plus",
        online: false,
        created_at: "2026-01-01T00:00:00Z",
    },
];

/// The terminals of Test. Those of Live are the external service's.
#[must_use]
pub const fn terminals() -> &'static [Terminal] {
    &SIMULATED
}

/// Why a card was refused at a terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum TerminalRefusal {
    /// …124
    NotEnoughBalance,
    /// …125
    BlockedCard,
    /// …126
    CardExpired,
    /// …127
    InvalidPin,
    /// …128
    Declined,
}

impl TerminalRefusal {
    /// The contract's word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotEnoughBalance => "NOT_ENOUGH_BALANCE",
            Self::BlockedCard => "BLOCKED_CARD",
            Self::CardExpired => "CARD_EXPIRED",
            Self::InvalidPin => "INVALID_PIN",
            Self::Declined => "DECLINED",
        }
    }
}

/// What a terminal answers once it was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TerminalAnswer {
    /// The card was charged, or the amount reserved.
    Authorised,
    /// It was not.
    Refused(TerminalRefusal),
    /// The provider failed; nothing was charged (13001).
    ProviderError,
}

/// Why a terminal is not even asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TerminalUnavailable {
    /// It cannot be reached (13004).
    Unreachable,
    /// It takes another payment (13005).
    Busy,
}

/// Simulates a terminal by the last three digits of the amount. The same question has the same answer, whoever asks.
///
/// # Errors
/// [`TerminalUnavailable`] for the amounts that stand for it.
pub fn simulate(amount: Money) -> Result<TerminalAnswer, TerminalUnavailable> {
    let refused = |refusal| Ok(TerminalAnswer::Refused(refusal));
    match amount.value % 1_000 {
        124 => refused(TerminalRefusal::NotEnoughBalance),
        125 => refused(TerminalRefusal::BlockedCard),
        126 => refused(TerminalRefusal::CardExpired),
        127 => refused(TerminalRefusal::InvalidPin),
        128 => refused(TerminalRefusal::Declined),
        131 => Ok(TerminalAnswer::ProviderError),
        132 => Err(TerminalUnavailable::Unreachable),
        133 => Err(TerminalUnavailable::Busy),
        _ => Ok(TerminalAnswer::Authorised),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::money::Currency;

    #[test]
    fn the_last_three_digits_decide() {
        let simulated = |value| {
            simulate(Money {
                value,
                currency: Currency::Eur,
            })
        };
        assert_eq!(simulated(1_000), Ok(TerminalAnswer::Authorised));
        assert_eq!(
            simulated(99_127),
            Ok(TerminalAnswer::Refused(TerminalRefusal::InvalidPin))
        );
        assert_eq!(simulated(1_131), Ok(TerminalAnswer::ProviderError));
        assert_eq!(simulated(132), Err(TerminalUnavailable::Unreachable));
        assert_eq!(simulated(10_133), Err(TerminalUnavailable::Busy));
        assert_eq!(simulated(1_240), Ok(TerminalAnswer::Authorised));
    }
}
