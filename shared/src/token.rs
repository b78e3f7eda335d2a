//! The tokens of payment pages: the signed address is the capability (contract README, *Payment page*).

use jsonwebtoken::{Algorithm, Header, Validation};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::config::SecretText;
use crate::domain::api_key::hex;
use crate::domain::environment::Environment;
use crate::domain::reference::Reference;
use crate::jwt;

/// Whom a page token is for. Other tokens of the service have other audiences.
const AUDIENCE: &str = "pay-external";

/// What a page token says. It has no expiry: a later visit shows how the session ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageClaims {
    aud: String,
    /// The environment of the session.
    pub env: Environment,
    /// The session.
    pub sid: Reference,
}

/// Signs and reads page tokens.
pub struct PageTokens {
    key: [u8; 32],
    key_id: String,
}

/// The token is not one of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a page token")]
pub struct InvalidPageToken;

impl PageTokens {
    /// With a key from the configuration.
    #[must_use]
    pub fn new(key: &SecretText) -> Self {
        let key: [u8; 32] = Sha256::new()
            .chain_update("page token\0")
            .chain_update(key.expose())
            .finalize()
            .into();
        let id = Sha256::new()
            .chain_update("key id\0")
            .chain_update(key)
            .finalize();
        Self {
            key,
            key_id: hex(&id[..4]),
        }
    }

    /// The token of a session: the same each time, so that a replay shows the same address.
    ///
    /// # Errors
    /// The claims cannot be written as JSON, which is a bug of their type.
    pub fn sign(
        &self,
        environment: Environment,
        session_id: &Reference,
    ) -> Result<String, jsonwebtoken::errors::Error> {
        let header = Header {
            kid: Some(self.key_id.clone()),
            ..Header::new(Algorithm::HS256)
        };
        let claims = PageClaims {
            aud: AUDIENCE.to_owned(),
            env: environment,
            sid: session_id.clone(),
        };
        jwt::sign(&header, &claims, &self.key)
    }

    /// Reads a token that somebody presented.
    ///
    /// # Errors
    /// [`InvalidPageToken`] when it was not signed here, for this use.
    pub fn read(&self, token: &str) -> Result<PageClaims, InvalidPageToken> {
        let mut validation = Validation::new(Algorithm::HS256);
        validation.set_audience(&[AUDIENCE]);
        validation.set_required_spec_claims(&["aud"]);
        validation.validate_exp = false;
        jwt::verify(token, &self.key, &validation).map_err(|_| InvalidPageToken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::session::tests::session;

    fn tokens(key: u8) -> PageTokens {
        PageTokens {
            key: [key; 32],
            key_id: "k".to_owned(),
        }
    }

    #[test]
    fn a_token_is_read_back_only_with_its_key_and_unaltered() {
        let session_id = session().session_id;
        let token = tokens(1)
            .sign(Environment::Test, &session_id)
            .expect("JSON");
        assert_eq!(
            token,
            tokens(1)
                .sign(Environment::Test, &session_id)
                .expect("JSON")
        );
        let claims = tokens(1).read(&token).expect("its own token");
        assert_eq!((claims.env, claims.sid), (Environment::Test, session_id));
        assert!(tokens(2).read(&token).is_err());
        let (signed, _) = token.rsplit_once('.').expect("three parts");
        for altered in [
            "",
            "a.b.c",
            signed,
            &format!("{signed}."),
            &token.replace('e', "f"),
        ] {
            assert!(tokens(1).read(altered).is_err(), "{altered}");
        }
    }

    #[test]
    fn a_token_for_another_use_is_refused() {
        let claims = PageClaims {
            aud: "cursor".to_owned(),
            env: Environment::Test,
            sid: session().session_id,
        };
        let token = jwt::sign(&Header::new(Algorithm::HS256), &claims, &[1; 32]).expect("JSON");
        assert!(tokens(1).read(&token).is_err());
        let none = token.replace(
            token.split('.').next().expect("a header"),
            "eyJhbGciOiJub25lIn0",
        );
        assert!(tokens(1).read(&none).is_err());
    }
}
