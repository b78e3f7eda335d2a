//! What Test answers: by the cardholder's name, and by one card number (online-payments.txt, *Simulate failures*).

use serde::{Deserialize, Serialize};

use super::brand::Brand;

/// Why an attempt was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Refusal {
    /// No reason is given.
    Declined,
    /// The issuer says that the card has expired.
    CardExpired,
    /// The issuer doesn't know the number.
    InvalidCard,
    /// There is not enough money.
    NotEnoughBalance,
    /// The security code is wrong.
    CvcDeclined,
    /// Fraud is suspected.
    Fraud,
    /// The acquirer had an error.
    Error,
    /// The customer did not pass 3-D Secure.
    NotAuthenticated,
}

impl Refusal {
    /// The reason, in the documents' words, as webhooks carry it.
    #[must_use]
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Declined => "Generic decline",
            Self::CardExpired => "Expired card",
            Self::InvalidCard => "Invalid card number",
            Self::NotEnoughBalance => "Not enough balance",
            Self::CvcDeclined => "CVC declined",
            Self::Fraud => "Fraud detected",
            Self::Error => "Acquirer error",
            Self::NotAuthenticated => "3-D Secure authentication failed",
        }
    }
}

/// The names that are refused, in the documents' order and spelling; in whatever case they are typed.
pub const SPECIAL_NAMES: [(&str, Refusal); 7] = [
    ("DECLINED", Refusal::Declined),
    ("CARD_EXPIRED", Refusal::CardExpired),
    ("INVALID_CARD", Refusal::InvalidCard),
    ("NOT_ENOUGH_BALANCE", Refusal::NotEnoughBalance),
    ("CVC_DECLINED", Refusal::CvcDeclined),
    ("FRAUD", Refusal::Fraud),
    ("ERROR", Refusal::Error),
];

/// The card number for which Test asks for 3-D Secure first. Our own choice: the documents name none.
pub const CHALLENGE_NUMBER: &str = "4000000000003220";

/// Numbers to try the page with: published by the card schemes and their processors, and of no use anywhere else.
pub const TEST_NUMBERS: [(Brand, &str); 7] = [
    (Brand::Visa, "4111111111111111"),
    (Brand::Mastercard, "5555555555554444"),
    (Brand::Amex, "378282246310005"),
    (Brand::Maestro, "6771798021000008"),
    (Brand::Jcb, "3530111333300000"),
    (Brand::Diners, "36006666333344"),
    (Brand::Discover, "6011111111111117"),
];

/// How a simulated attempt ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum SimulatedResult {
    /// Any name that is not one of the special ones.
    Authorised,
    /// One of the special names.
    Refused(Refusal),
}

/// What Test does with a card.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Simulation {
    /// How the attempt ends; with a challenge, once that is passed.
    pub result: SimulatedResult,
    /// Whether the customer has to pass 3-D Secure first.
    pub asks_for_challenge: bool,
}

impl Simulation {
    /// What Test does with a number, digits only, under a name.
    #[must_use]
    pub(super) fn of(digits: &str, holder_name: &str) -> Self {
        let special = SPECIAL_NAMES
            .into_iter()
            .find(|(name, _)| holder_name.eq_ignore_ascii_case(name));
        Self {
            result: special.map_or(SimulatedResult::Authorised, |(_, refusal)| {
                SimulatedResult::Refused(refusal)
            }),
            asks_for_challenge: digits == CHALLENGE_NUMBER,
        }
    }
}
