//! References: the names of sessions, payments and modifications.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::environment::Environment;
use super::time::Ticks;
use super::webcode::Webcode;

/// What a reference names; each kind has a marker of its own for each environment
/// (contract README, *References*).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Marker {
    /// A payment session.
    Session,
    /// An online payment.
    Payment,
    /// A payment at a terminal.
    PosPayment,
    /// A refund.
    Refund,
    /// A capture.
    Capture,
    /// A cancellation.
    Cancel,
    /// An extension.
    Extend,
    /// A test event, which is about nothing.
    Ping,
}

impl Marker {
    /// Every marker.
    pub const ALL: [Self; 8] = [
        Self::Session,
        Self::Payment,
        Self::PosPayment,
        Self::Refund,
        Self::Capture,
        Self::Cancel,
        Self::Extend,
        Self::Ping,
    ];

    /// The marker as written in a reference of the environment.
    #[must_use]
    pub const fn in_environment(self, environment: Environment) -> &'static str {
        match (self, environment) {
            (Self::Session, Environment::Live) => "EXT",
            (Self::Session, Environment::Test) => "EXTT",
            (Self::Payment, Environment::Live) => "PXT",
            (Self::Payment, Environment::Test) => "PXTT",
            (Self::PosPayment, Environment::Live) => "PSX",
            (Self::PosPayment, Environment::Test) => "PSXT",
            (Self::Refund, Environment::Live) => "RFX",
            (Self::Refund, Environment::Test) => "RFXT",
            (Self::Capture, Environment::Live) => "CTX",
            (Self::Capture, Environment::Test) => "CTXT",
            (Self::Cancel, Environment::Live) => "CAX",
            (Self::Cancel, Environment::Test) => "CAXT",
            (Self::Extend, Environment::Live) => "UPX",
            (Self::Extend, Environment::Test) => "UPXT",
            (Self::Ping, Environment::Live) => "PNG",
            (Self::Ping, Environment::Test) => "PNGT",
        }
    }
}

/// `{webcode}-{marker}-{ticks}`, unique in its environment by a conditional write.
///
/// One that came from a client is opaque: 1 to 64 characters of `A-Z a-z 0-9 -`, looked up and nothing else.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Reference(String);

/// The text cannot be a reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a reference has 1 to 64 characters of A-Z, a-z, 0-9 and -")]
pub struct InvalidReference;

impl Reference {
    /// The reference for something that comes to be now.
    #[must_use]
    pub fn new(webcode: &Webcode, marker: Marker, environment: Environment, at: Ticks) -> Self {
        Self(format!(
            "{webcode}-{}-{:014}",
            marker.in_environment(environment),
            at.get()
        ))
    }

    /// Parses a reference that somebody sent.
    ///
    /// # Errors
    /// [`InvalidReference`] when it could not name anything.
    pub fn parse(text: &str) -> Result<Self, InvalidReference> {
        let well_formed = (1..=64).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        if well_formed {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidReference)
        }
    }

    /// When what it names came to be: its ticks. Epoch for a text that this service never made.
    #[must_use]
    pub fn created_at(&self) -> Ticks {
        let digits = self.0.rsplit('-').next().unwrap_or_default();
        Ticks::new(digits.parse().unwrap_or(0))
    }

    /// Whose it is: the part before the marker. `None` for a text that this service never made.
    #[must_use]
    pub fn webcode(&self) -> Option<Webcode> {
        Webcode::parse(self.0.split('-').next()?).ok()
    }

    /// What it names. `None` for a text that this service never made.
    #[must_use]
    pub fn marker(&self) -> Option<Marker> {
        let written = self.0.split('-').nth(1)?;
        Marker::ALL.into_iter().find(|marker| {
            Environment::ALL
                .into_iter()
                .any(|environment| marker.in_environment(environment) == written)
        })
    }

    /// The reference as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Reference {
    type Error = InvalidReference;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl From<Reference> for String {
    fn from(reference: Reference) -> Self {
        reference.0
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_written_as_the_contract_shows_them() {
        let webcode = Webcode::parse("SHOP01").expect("a webcode");
        let at = Ticks::new(17_195_000_001_234);
        let reference =
            |marker, environment| Reference::new(&webcode, marker, environment, at).to_string();
        assert_eq!(
            reference(Marker::Session, Environment::Live),
            "SHOP01-EXT-17195000001234"
        );
        assert_eq!(
            reference(Marker::Session, Environment::Test),
            "SHOP01-EXTT-17195000001234"
        );
        assert_eq!(
            reference(Marker::Refund, Environment::Test),
            "SHOP01-RFXT-17195000001234"
        );
    }

    #[test]
    fn no_two_kinds_share_a_marker() {
        let mut markers: Vec<_> = Marker::ALL
            .into_iter()
            .flat_map(|marker| {
                Environment::ALL.map(|environment| marker.in_environment(environment))
            })
            .collect();
        markers.sort_unstable();
        markers.dedup();
        assert_eq!(markers.len(), 16);
    }

    #[test]
    fn a_reference_remembers_its_time() {
        let text = Reference::parse("SHOP01-EXT-17195000001234").expect("a reference");
        assert_eq!(text.created_at(), Ticks::new(17_195_000_001_234));
        assert_eq!(
            Reference::parse("KVGQSN3K2SKFNVNS")
                .expect("opaque")
                .created_at(),
            Ticks::new(0)
        );
        for bad in ["", "a b", "P#1", &"x".repeat(65)] {
            assert!(Reference::parse(bad).is_err(), "{bad}");
        }
    }
}
