//! JSON Web Tokens with HS256: the one algorithm in use.
//!
//! `jsonwebtoken` wants a provider of cryptography. Its own ones drag in RSA or AWS-LC; HMAC-SHA256 is all that is
//! needed, and that is in the tree already.

use hmac::{Hmac, KeyInit, Mac};
use jsonwebtoken::crypto::{CryptoProvider, JwtSigner, JwtVerifier, KeyUtils};
use jsonwebtoken::errors::{Error, ErrorKind};
use jsonwebtoken::signature::{Error as SignatureError, Signer, Verifier};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::Sha256;

struct Hs256(Hmac<Sha256>);

impl Hs256 {
    fn new(algorithm: Algorithm, key: &[u8]) -> Result<Self, Error> {
        if algorithm != Algorithm::HS256 {
            return Err(ErrorKind::InvalidAlgorithm.into());
        }
        Hmac::new_from_slice(key)
            .map(Self)
            .map_err(|_| ErrorKind::InvalidKeyFormat.into())
    }
}

impl Signer<Vec<u8>> for Hs256 {
    fn try_sign(&self, message: &[u8]) -> Result<Vec<u8>, SignatureError> {
        Ok(self
            .0
            .clone()
            .chain_update(message)
            .finalize()
            .into_bytes()
            .to_vec())
    }
}

impl Verifier<Vec<u8>> for Hs256 {
    fn verify(&self, message: &[u8], signature: &Vec<u8>) -> Result<(), SignatureError> {
        // Compares in constant time.
        self.0
            .clone()
            .chain_update(message)
            .verify_slice(signature)
            .map_err(|_| SignatureError::new())
    }
}

impl JwtSigner for Hs256 {
    fn algorithm(&self) -> Algorithm {
        Algorithm::HS256
    }
}

impl JwtVerifier for Hs256 {
    fn algorithm(&self) -> Algorithm {
        Algorithm::HS256
    }
}

static PROVIDER: CryptoProvider = CryptoProvider {
    signer_factory: |algorithm, key| Ok(Box::new(Hs256::new(*algorithm, key.as_bytes())?)),
    verifier_factory: |algorithm, key| {
        Ok(Box::new(Hs256::new(*algorithm, key.try_get_as_bytes()?)?))
    },
    key_utils: KeyUtils::new_unimplemented(),
};

fn provide() {
    // A second call finds the same provider installed: nothing to report.
    if PROVIDER.install_default().is_err() {}
}

/// The header of a plain HS256 token.
#[must_use]
pub fn hs256() -> Header {
    Header::new(Algorithm::HS256)
}

/// Signs claims with a key.
///
/// # Errors
/// The claims cannot be written as JSON.
pub fn sign<C: Serialize>(header: &Header, claims: &C, key: &[u8]) -> Result<String, Error> {
    provide();
    jsonwebtoken::encode(header, claims, &EncodingKey::from_secret(key))
}

/// Verifies a token and reads its claims.
///
/// # Errors
/// The signature or a claim that `validation` demands is wrong.
pub fn verify<C: DeserializeOwned + Clone>(
    token: &str,
    key: &[u8],
    validation: &Validation,
) -> Result<C, Error> {
    provide();
    jsonwebtoken::decode(token, &DecodingKey::from_secret(key), validation).map(|data| data.claims)
}
