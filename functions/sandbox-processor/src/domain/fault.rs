//! Faults that the sandbox can be told to have: which, how often, and which one a request meets.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Something that goes wrong with an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Fault {
    /// It never arrives.
    #[serde(rename = "drop")]
    Drop,
    /// The request is carried out twice.
    #[serde(rename = "twice")]
    Twice,
    /// It comes late.
    #[serde(rename = "late")]
    Late,
    /// It is a 500.
    #[serde(rename = "500")]
    ServerError,
    /// It is not what it should be.
    #[serde(rename = "garbage")]
    Garbage,
}

/// How late a late answer is, when nobody says: later than the product waits.
const LATE_MS: u64 = 12_000;

/// … and at most.
const LATE_MS_MAX: u64 = 20_000;

/// What the sandbox is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Settings {
    /// Which faults there are. None is no faults.
    pub(crate) faults: Vec<Fault>,
    /// How many of a thousand answers suffer one.
    pub(crate) per_mille: u64,
    /// The same seed gives the same faults in the same order.
    #[serde(default)]
    pub(crate) seed: u64,
    /// How late a late answer is.
    #[serde(default = "late_ms")]
    pub(crate) late_ms: u64,
}

const fn late_ms() -> u64 {
    LATE_MS
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            faults: Vec::new(),
            per_mille: 0,
            seed: 0,
            late_ms: LATE_MS,
        }
    }
}

/// What a request meets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    /// The request is lost: nothing is done.
    RequestLost,
    /// It is carried out, and the answer is lost.
    AnswerLost,
    /// It is carried out twice.
    Twice,
    /// The answer is late.
    Late,
    /// It is a 500, and nothing was done.
    FailedBefore,
    /// It is a 500, and all was done.
    FailedAfter,
    /// It breaks off.
    Truncated,
    /// It is JSON of something else.
    Foreign,
}

impl Settings {
    /// Checks what somebody tells.
    ///
    /// # Errors
    /// What is wrong with it, for the caller.
    pub(crate) fn check(&self) -> Result<(), &'static str> {
        if self.per_mille > 1_000 {
            return Err("perMille must be an integer from 0 to 1000");
        }
        if self.late_ms > LATE_MS_MAX {
            return Err("lateMs must be an integer from 0 to 20000");
        }
        Ok(())
    }

    /// Whether nothing ever goes wrong.
    pub(crate) fn are_none(&self) -> bool {
        self.faults.is_empty() || self.per_mille == 0
    }

    /// What the request with a number meets: always the same.
    pub(crate) fn fate(&self, number: u64) -> Option<Fate> {
        let digest = Sha256::new()
            .chain_update(self.seed.to_be_bytes())
            .chain_update(number.to_be_bytes())
            .finalize();
        let draw = |place: usize| {
            let four = [0, 1, 2, 3].map(|offset| digest[place * 4 + offset]);
            u64::from(u32::from_be_bytes(four))
        };
        if self.are_none() || draw(0) % 1_000 >= self.per_mille {
            return None;
        }
        let kinds = u64::try_from(self.faults.len()).ok()?;
        let chosen = usize::try_from(draw(1) % kinds).ok()?;
        let first = draw(2) % 2 == 0;
        Some(match (self.faults.get(chosen)?, first) {
            (Fault::Drop, true) => Fate::RequestLost,
            (Fault::Drop, false) => Fate::AnswerLost,
            (Fault::Twice, _) => Fate::Twice,
            (Fault::Late, _) => Fate::Late,
            (Fault::ServerError, true) => Fate::FailedBefore,
            (Fault::ServerError, false) => Fate::FailedAfter,
            (Fault::Garbage, true) => Fate::Truncated,
            (Fault::Garbage, false) => Fate::Foreign,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;

    use super::*;

    fn settings(faults: &[&str], per_mille: u64, seed: u64) -> Settings {
        let settings = json!({ "faults": faults, "perMille": per_mille, "seed": seed });
        serde_json::from_value(settings).expect("settings")
    }

    fn fates(settings: &Settings) -> Vec<Option<Fate>> {
        (0..4_000).map(|number| settings.fate(number)).collect()
    }

    #[test]
    fn the_same_seed_gives_the_same_faults() {
        let all = ["drop", "twice", "late", "500", "garbage"];
        let one = fates(&settings(&all, 300, 7));
        assert_eq!(one, fates(&settings(&all, 300, 7)));
        assert_ne!(one, fates(&settings(&all, 300, 8)));
        let mut counts: BTreeMap<String, u32> = BTreeMap::new();
        for fate in one.iter().flatten() {
            *counts.entry(format!("{fate:?}")).or_default() += 1;
        }
        assert_eq!(counts.len(), 8, "{counts:?}");
        let sum: u32 = counts.values().sum();
        assert!((1_050..1_350).contains(&sum), "{sum} of 4,000");
    }

    #[test]
    fn faults_come_as_often_as_is_said_and_no_others() {
        assert!(
            fates(&settings(&["twice"], 0, 1))
                .iter()
                .all(Option::is_none)
        );
        assert!(fates(&settings(&[], 1_000, 1)).iter().all(Option::is_none));
        let twice = Some(Fate::Twice);
        assert!(
            fates(&settings(&["twice"], 1_000, 1))
                .iter()
                .all(|fate| *fate == twice)
        );
    }

    #[test]
    fn settings_keep_to_their_limits() {
        assert!(settings(&["late"], 1_000, u64::MAX).check().is_ok());
        assert!(settings(&["late"], 1_001, 0).check().is_err());
        let late = Settings {
            late_ms: 20_001,
            ..Settings::default()
        };
        assert!(late.check().is_err());
    }
}
