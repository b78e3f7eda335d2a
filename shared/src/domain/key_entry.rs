//! An API key as its merchant's list has it: all about it but the key.

use serde::{Deserialize, Serialize};

use super::api_key::{KeyHash, Network};
use super::time::Ticks;

/// The rules that a key's list of addresses may have (contract README, *Limits*).
pub const NETWORKS_MAX: usize = 50;

/// An entry of a merchant's list of API keys. What requests authenticate against is
/// [`super::api_key::ApiKeyRecord`], found by the hash; the two are always written together.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct KeyEntry {
    /// Names the key for as long as it lives, whatever its value.
    pub id: String,
    /// Where its present value is looked up.
    pub hash: KeyHash,
    /// The last characters of its checksum, to tell keys apart by: nothing of its 256 random bits.
    pub ends_with: String,
    /// Addresses and CIDR ranges that it may be used from; empty: anywhere.
    pub networks: Vec<Network>,
    /// When it was created.
    pub created_at: Ticks,
    /// When it got its present value, if that is not its first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub regenerated_at: Option<Ticks>,
    /// Whether it is revoked, for good.
    pub revoked: bool,
    /// When it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked_at: Option<Ticks>,
}

/// How much of a key's checksum its entry shows.
const SHOWN: usize = 4;

/// The end of an API key that may be shown.
#[must_use]
pub fn end_of(api_key: &str) -> String {
    let from = api_key.len().saturating_sub(SHOWN);
    api_key.get(from..).unwrap_or_default().to_owned()
}

/// Whether a text can be the id of a key.
#[must_use]
pub fn is_key_id(text: &str) -> bool {
    text.len() <= 40
        && text.starts_with("key_")
        && text
            .bytes()
            .all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'z' | b'_'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::api_key::{CHECKSUM_LENGTH, generate};
    use crate::domain::environment::Environment;

    #[test]
    fn what_is_shown_of_a_key_belongs_to_its_checksum() {
        const { assert!(SHOWN <= CHECKSUM_LENGTH) };
        let api_key = generate(Environment::Test, [7; 32]);
        assert!(api_key.ends_with(&end_of(&api_key)));
        assert_eq!(end_of(&api_key).len(), SHOWN);
    }

    #[test]
    fn an_id_can_be_part_of_a_path() {
        for (text, good) in [
            ("key_0123456789abcdef", true),
            ("key_demo_live", true),
            ("", false),
            ("0123", false),
            ("key_A", false),
            ("key_a#b", false),
            ("key_a/b", false),
            (&format!("key_{}", "a".repeat(40)), false),
        ] {
            assert_eq!(is_key_id(text), good, "{text}");
        }
    }
}
