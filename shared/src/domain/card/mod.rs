//! The simulated card of the Test environment (online-payments.txt, *Test cards*).
//!
//! Of what a customer types, [`CardSummary`] alone outlives the request. [`CardForm`] has no `Debug` and no `Serialize`, and is
//! dropped with it.

mod brand;
mod expiry;
mod form;
mod simulation;

use serde::{Deserialize, Serialize};

pub use brand::{Brand, PREFIXES, PrefixRange};
pub use expiry::{Expiry, ExpiryError};
pub use form::{Card, CardField, CardForm, CardProblem, Complaint, HOLDER_NAME_CHARS_MAX};
pub use simulation::{
    CHALLENGE_NUMBER, Refusal, SPECIAL_NAMES, SimulatedResult, Simulation, TEST_NUMBERS,
};

/// What is kept of a card: enough for its holder to know it again, and too little to pay with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CardSummary {
    /// The brand, where the number tells one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub brand: Option<Brand>,
    /// The last four digits of the number.
    pub last_four: String,
    /// The last month in which the card is good.
    pub expiry: Expiry,
}
