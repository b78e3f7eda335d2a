//! Sealing of client secrets at rest: AES-256-GCM, bound to environment and webcode.
//!
//! The key comes with the configuration, which KMS guards in the cloud (docs/adr/0004-keys.md).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use sha2::{Digest, Sha256};

use crate::config::SecretText;
use crate::domain::client_secret::{ClientSecret, InForce};
use crate::domain::environment::Environment;
use crate::domain::time::Ticks;
use crate::domain::webcode::Webcode;

/// Seals and unseals secrets.
pub struct Sealer {
    key: LessSafeKey,
    key_id: String,
}

/// A sealed secret cannot be opened: another key, another merchant, or altered. Says no more on purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a sealed secret cannot be opened")]
pub struct Unsealable;

impl Sealer {
    /// A sealer with a key from the configuration.
    ///
    /// # Errors
    /// [`Unsealable`] never in practice: a SHA-256 is a key of AES-256.
    pub fn new(key: &SecretText) -> Result<Self, Unsealable> {
        let bytes = Sha256::new()
            .chain_update("sealing\0")
            .chain_update(key.expose())
            .finalize();
        let id = Sha256::new()
            .chain_update("key id\0")
            .chain_update(bytes)
            .finalize();
        let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &bytes).map_err(|_| Unsealable)?);
        Ok(Self {
            key,
            key_id: URL_SAFE_NO_PAD.encode(&id[..6]),
        })
    }

    /// Seals a secret: `v1.{key id}.{nonce and ciphertext}`.
    ///
    /// # Errors
    /// [`Unsealable`] when the secret is longer than AES-GCM takes.
    pub fn seal(
        &self,
        secret: &str,
        environment: Environment,
        webcode: &Webcode,
        random: [u8; 32],
    ) -> Result<String, Unsealable> {
        let mut nonce = [0; NONCE_LEN];
        nonce.copy_from_slice(&random[..NONCE_LEN]);
        let mut sealed = secret.as_bytes().to_vec();
        self.key
            .seal_in_place_append_tag(
                Nonce::assume_unique_for_key(nonce),
                context(environment, webcode),
                &mut sealed,
            )
            .map_err(|_| Unsealable)?;
        let encoded = URL_SAFE_NO_PAD.encode([nonce.as_slice(), &sealed].concat());
        Ok(format!("v1.{}.{encoded}", self.key_id))
    }

    /// Opens what [`Sealer::seal`] made for the same environment and merchant.
    ///
    /// # Errors
    /// [`Unsealable`] for anything else.
    pub fn unseal(
        &self,
        sealed: &str,
        environment: Environment,
        webcode: &Webcode,
    ) -> Result<String, Unsealable> {
        let rest = sealed.strip_prefix("v1.").ok_or(Unsealable)?;
        let (key_id, encoded) = rest.split_once('.').ok_or(Unsealable)?;
        if key_id != self.key_id {
            return Err(Unsealable);
        }
        let bytes = URL_SAFE_NO_PAD.decode(encoded).map_err(|_| Unsealable)?;
        let (nonce, ciphertext) = bytes.split_at_checked(NONCE_LEN).ok_or(Unsealable)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| Unsealable)?;
        let mut ciphertext = ciphertext.to_vec();
        let secret = self
            .key
            .open_in_place(nonce, context(environment, webcode), &mut ciphertext)
            .map_err(|_| Unsealable)?;
        String::from_utf8(secret.to_vec()).map_err(|_| Unsealable)
    }

    /// Opens the secrets of a moment: the one that signs, and the one that still counts beside it, if it can be opened: a
    /// rotation must heal a merchant whose former secret is lost. Whoever signs or checks anything for a merchant asks here.
    ///
    /// # Errors
    /// [`Unsealable`] when the one that signs cannot be opened.
    pub fn in_force(
        &self,
        secret: &ClientSecret,
        environment: Environment,
        webcode: &Webcode,
        now: Ticks,
    ) -> Result<InForce<String>, Unsealable> {
        let sealed = secret.at(now);
        let unseal = |sealed| self.unseal(sealed, environment, webcode);
        Ok(InForce {
            signs: unseal(sealed.signs)?,
            also_counts: sealed.also_counts.and_then(|sealed| unseal(sealed).ok()),
        })
    }
}

fn context(environment: Environment, webcode: &Webcode) -> Aad<String> {
    Aad::from(format!("{environment}/{webcode}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    fn sealer(key: &str) -> Sealer {
        let config = Config::from_lookup(|name| match name {
            "SEALING_KEY" => Some(key.to_owned()),
            _ => Some("AAA".to_owned())
                .filter(|_| name.starts_with("AWS_") || name.ends_with("_TABLE")),
        });
        Sealer::new(&config.expect("complete").sealing_key.expect("given")).expect("a key")
    }

    #[test]
    fn a_secret_opens_only_where_it_was_sealed_for() {
        let sealer_1 = sealer("0123456789abcdef0123456789abcdef");
        let sealer_2 = sealer("0123456789abcdef0123456789abcdee");
        let shop = Webcode::parse("SHOP01").expect("a webcode");
        let other = Webcode::parse("SHOP02").expect("a webcode");
        let sealed = sealer_1
            .seal("cs_test_x", Environment::Test, &shop, [3; 32])
            .expect("short");
        assert!(!sealed.contains("cs_test_x"));
        assert_eq!(
            sealer_1
                .unseal(&sealed, Environment::Test, &shop)
                .as_deref(),
            Ok("cs_test_x")
        );
        assert!(sealer_1.unseal(&sealed, Environment::Live, &shop).is_err());
        assert!(sealer_1.unseal(&sealed, Environment::Test, &other).is_err());
        assert!(sealer_2.unseal(&sealed, Environment::Test, &shop).is_err());
        for altered in [
            "",
            "v1",
            "v1.x.y",
            &sealed[..sealed.len() - 2],
            &sealed.replace("v1.", "v2."),
        ] {
            assert!(sealer_1.unseal(altered, Environment::Test, &shop).is_err());
        }
    }

    #[test]
    fn a_rotation_heals_a_merchant_whose_former_secret_is_lost() {
        let (lost, present) = (
            sealer("0123456789abcdef0123456789abcdef"),
            sealer("0123456789abcdef0123456789abcdee"),
        );
        let shop = Webcode::parse("SHOP01").expect("a webcode");
        let seal = |sealer: &Sealer, secret| {
            sealer
                .seal(secret, Environment::Test, &shop, [7; 32])
                .expect("sealed")
        };
        let first = ClientSecret::first(seal(&lost, "cs_test_former"));
        let now = Ticks::new(17_195_000_001_234);
        assert!(
            present
                .in_force(&first, Environment::Test, &shop, now)
                .is_err()
        );
        let rotated = first.rotated(seal(&present, "cs_test_new"), now, None);
        let in_force = present
            .in_force(&rotated, Environment::Test, &shop, now)
            .expect("opened");
        assert_eq!(in_force.signs, "cs_test_new");
        assert_eq!(in_force.also_counts, None);
    }
}
