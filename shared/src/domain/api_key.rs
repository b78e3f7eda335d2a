//! API keys: their form, their checksum, and what the table knows of them.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::environment::Environment;
use super::webcode::Webcode;

const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const BODY_LENGTH: usize = 43;
pub(super) const CHECKSUM_LENGTH: usize = 6;

/// The SHA-256 of an API key, in lower-case hex: all that is ever stored of one.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct KeyHash(String);

impl KeyHash {
    /// 64 hex digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// An API key as somebody presented it: its form and checksum are right, nothing more is known yet.
///
/// `pk_live_` or `pk_test_`, 43 characters of base62 from 256 random bits, then a checksum of 6 characters,
/// so that a malformed key is refused without a read (contract README, *API keys*). The key itself is
/// not kept: only its environment and hash are.
#[derive(Clone, PartialEq, Eq)]
pub struct PresentedKey {
    /// The environment that its prefix names.
    pub environment: Environment,
    /// What it is looked up by. A look-up by hash leaks nothing of other keys by its time.
    pub hash: KeyHash,
}

/// The text does not have the form of an API key, or its checksum is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an API key")]
pub struct MalformedKey;

impl PresentedKey {
    /// Parses a key that a caller presented.
    ///
    /// # Errors
    /// [`MalformedKey`] for anything that this service cannot have made.
    pub fn parse(text: &str) -> Result<Self, MalformedKey> {
        let (environment, rest) = Environment::ALL
            .into_iter()
            .find_map(|environment| Some((environment, text.strip_prefix(prefix(environment))?)))
            .ok_or(MalformedKey)?;
        let well_formed = rest.len() == BODY_LENGTH + CHECKSUM_LENGTH
            && rest.bytes().all(|b| b.is_ascii_alphanumeric());
        if !well_formed {
            return Err(MalformedKey);
        }
        let (body, sum) = text.split_at(text.len() - CHECKSUM_LENGTH);
        if checksum(body) != sum {
            return Err(MalformedKey);
        }
        Ok(Self {
            environment,
            hash: KeyHash(hex(&Sha256::digest(text))),
        })
    }
}

/// Makes an API key of 256 random bits. It is shown once and stored only as its hash.
#[must_use]
pub fn generate(environment: Environment, random: [u8; 32]) -> String {
    let body = format!("{}{}", prefix(environment), base62(random));
    let sum = checksum(&body);
    body + &sum
}

/// Makes a client secret of 256 random bits: `cs_live_` or `cs_test_` and 43 characters of base62
/// (contract README, *Client secret*).
#[must_use]
pub fn generate_client_secret(environment: Environment, random: [u8; 32]) -> String {
    format!("cs_{environment}_{}", base62(random))
}

const fn prefix(environment: Environment) -> &'static str {
    match environment {
        Environment::Live => "pk_live_",
        Environment::Test => "pk_test_",
    }
}

/// The first 32 bits of a SHA-256, in 6 characters of base62.
fn checksum(text: &str) -> String {
    let digest = Sha256::digest(text);
    let number = u32::from_be_bytes([digest[0], digest[1], digest[2], digest[3]]);
    let mut rest = number;
    let mut digits = [b'0'; CHECKSUM_LENGTH];
    for digit in digits.iter_mut().rev() {
        *digit = BASE62[(rest % 62) as usize];
        rest /= 62;
    }
    digits.iter().map(|&b| char::from(b)).collect()
}

/// 256 bits as 43 digits of base62, most significant first.
fn base62(bytes: [u8; 32]) -> String {
    let mut number = bytes;
    let mut digits = [b'0'; BODY_LENGTH];
    for digit in digits.iter_mut().rev() {
        let mut remainder = 0_u16;
        for byte in &mut number {
            let dividend = remainder * 256 + u16::from(*byte);
            *byte = u8::try_from(dividend / 62).unwrap_or(u8::MAX);
            remainder = dividend % 62;
        }
        *digit = BASE62[usize::from(remainder)];
    }
    digits.iter().map(|&b| char::from(b)).collect()
}

/// Bytes as lower-case hex.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes
        .iter()
        .flat_map(|b| [DIGITS[usize::from(b >> 4)], DIGITS[usize::from(b & 15)]])
        .map(char::from)
        .collect()
}

/// What the table knows of an API key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiKeyRecord {
    /// Names the key in lists and logs; not a secret.
    pub id: String,
    /// The merchant it acts for.
    pub webcode: Webcode,
    /// Whether it has been revoked; a revoked key fails on the very next request.
    #[serde(default)]
    pub revoked: bool,
    /// Addresses and CIDR ranges that it may be used from; empty: anywhere.
    #[serde(default)]
    pub networks: Vec<Network>,
}

impl ApiKeyRecord {
    /// Whether the key may be used from an address (authentication.txt, *IP restriction*).
    #[must_use]
    pub fn allows(&self, address: Option<IpAddr>) -> bool {
        self.networks.is_empty()
            || address.is_some_and(|address| {
                self.networks
                    .iter()
                    .any(|network| network.contains(address))
            })
    }
}

/// An address or a CIDR range, IPv4 or IPv6. An IPv4-mapped IPv6 address counts as IPv4.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Network {
    address: IpAddr,
    prefix_bits: u8,
}

/// The text is neither an address nor a CIDR range.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an IP address or CIDR range")]
pub struct InvalidNetwork;

impl Network {
    /// Parses `203.0.113.7`, `203.0.113.0/24`, `2001:db8::1` or `2001:db8::/32`.
    ///
    /// # Errors
    /// [`InvalidNetwork`] for anything else.
    pub fn parse(text: &str) -> Result<Self, InvalidNetwork> {
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(bits)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().map_err(|_| InvalidNetwork)?;
        let longest = if address.is_ipv4() { 32 } else { 128 };
        let prefix_bits = match bits {
            None => longest,
            Some(bits) if bits.len() <= 3 && bits.bytes().all(|b| b.is_ascii_digit()) => {
                bits.parse().map_err(|_| InvalidNetwork)?
            }
            Some(_) => return Err(InvalidNetwork),
        };
        if prefix_bits > longest {
            return Err(InvalidNetwork);
        }
        // `::ffff:203.0.113.0/120` is the IPv4 range /24.
        let canonical = address.to_canonical();
        let prefix_bits = match (address.is_ipv6() && canonical.is_ipv4(), prefix_bits) {
            (true, bits) if bits >= 96 => bits - 96,
            (true, _) => return Err(InvalidNetwork),
            (false, bits) => bits,
        };
        Ok(Self {
            address: canonical,
            prefix_bits,
        })
    }

    /// Whether nothing but the machine itself lies in the range.
    #[must_use]
    pub const fn is_of_this_machine(&self) -> bool {
        let least = if self.address.is_ipv4() { 8 } else { 128 };
        self.address.is_loopback() && self.prefix_bits >= least
    }

    /// Whether an address lies in the range.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        let bits = u32::from(self.prefix_bits);
        match (self.address, address.to_canonical()) {
            (IpAddr::V4(network), IpAddr::V4(address)) => {
                let differing = network.to_bits() ^ address.to_bits();
                differing.checked_shr(32 - bits).unwrap_or(0) == 0
            }
            (IpAddr::V6(network), IpAddr::V6(address)) => {
                let differing = network.to_bits() ^ address.to_bits();
                differing.checked_shr(128 - bits).unwrap_or(0) == 0
            }
            _ => false,
        }
    }
}

impl TryFrom<String> for Network {
    type Error = InvalidNetwork;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl From<Network> for String {
    fn from(network: Network) -> Self {
        format!("{}/{}", network.address, network.prefix_bits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_generated_key_is_accepted_and_a_mistyped_one_is_not() {
        for environment in Environment::ALL {
            let key = generate(environment, [7; 32]);
            assert_eq!(key.len(), 8 + 43 + 6);
            let presented = PresentedKey::parse(&key).expect("its own key");
            assert_eq!(presented.environment, environment);
            assert_eq!(presented.hash.as_str().len(), 64);
            for at in 8..key.len() {
                let mut mistyped = key.clone().into_bytes();
                mistyped[at] = if mistyped[at] == b'A' { b'B' } else { b'A' };
                let mistyped = String::from_utf8(mistyped).expect("ASCII");
                assert!(PresentedKey::parse(&mistyped).is_err(), "{at}");
            }
        }
    }

    #[test]
    fn the_environment_belongs_to_the_checksum() {
        let key = generate(Environment::Test, [1; 32]).replace("pk_test_", "pk_live_");
        assert!(PresentedKey::parse(&key).is_err());
    }

    #[test]
    fn hostile_keys_are_malformed() {
        for text in [
            "",
            "pk_live_",
            "pk_test_é",
            &"pk_test_".repeat(100),
            "cs_test_abc",
            " ",
        ] {
            assert!(PresentedKey::parse(text).is_err());
        }
    }

    #[test]
    fn base62_keeps_all_bits() {
        assert_eq!(base62([0; 32]), "0".repeat(43));
        assert_eq!(base62([255; 32]).len(), 43);
        let mut one = [0; 32];
        one[31] = 62;
        assert!(base62(one).ends_with("10"));
    }

    #[test]
    fn networks_contain_what_they_should() {
        for (network, address, inside) in [
            ("203.0.113.7", "203.0.113.7", true),
            ("203.0.113.7", "203.0.113.8", false),
            ("203.0.113.0/24", "203.0.113.255", true),
            ("203.0.113.0/24", "203.0.114.0", false),
            ("0.0.0.0/0", "8.8.8.8", true),
            ("203.0.113.7", "::ffff:203.0.113.7", true),
            ("::ffff:203.0.113.7", "203.0.113.7", true),
            ("::ffff:203.0.113.0/120", "203.0.113.9", true),
            ("2001:db8::/32", "2001:db8:ffff::1", true),
            ("2001:db8::/32", "2001:db9::1", false),
            ("::/0", "2001:db9::1", true),
            ("::/0", "203.0.113.7", false),
        ] {
            let parsed = Network::parse(network).expect(network);
            assert_eq!(
                parsed.contains(address.parse().expect(address)),
                inside,
                "{network} {address}"
            );
        }
        for bad in [
            "",
            "203.0.113",
            "203.0.113.0/33",
            "203.0.113.0/-1",
            "2001:db8::/129",
            "a/8",
            "1.2.3.4/+8",
            "::ffff:1.2.3.4/95",
        ] {
            assert!(Network::parse(bad).is_err(), "{bad}");
        }
    }
}
