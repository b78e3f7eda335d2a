//! Who is calling: the API key, its environment, its addresses, its webcode.
//!
//! The order of checks is the contract's (contract README, *Order of checks*). Keys are not cached: a revoked key fails
//! on the very next request.

use super::error::ApiError;
use super::request::ApiRequest;
use crate::domain::api_key::{ApiKeyRecord, PresentedKey};
use crate::domain::webcode::Webcode;
use crate::store::{self, Item, Key};

/// The key that a request presents: well formed, and of the route's environment. Costs no read.
///
/// # Errors
/// 11001 when it is absent or malformed; 11008 when it belongs to the other environment.
pub fn presented_key(request: &ApiRequest) -> Result<PresentedKey, ApiError> {
    let text = request.header("x-api-key").ok_or(ApiError::InvalidApiKey)?;
    let key = PresentedKey::parse(text).map_err(|_| ApiError::InvalidApiKey)?;
    if key.environment == request.environment {
        Ok(key)
    } else {
        Err(ApiError::AccessDenied)
    }
}

/// Where the key is looked up.
#[must_use]
pub fn key_of(key: &PresentedKey) -> Key {
    Key::api_key(&key.hash)
}

/// A caller whose key is good and whose address is allowed.
#[derive(Debug)]
pub struct Caller {
    key_id: String,
    webcode: Webcode,
}

/// Admits the caller whose key was looked up.
///
/// # Errors
/// 11001 when the key is unknown or revoked; 11002 when its list lacks the caller's address.
pub fn admit(found: Option<Item>, request: &ApiRequest) -> Result<Caller, ApiError> {
    let record: ApiKeyRecord = store::read(found.ok_or(ApiError::InvalidApiKey)?)?;
    if record.revoked {
        return Err(ApiError::InvalidApiKey);
    }
    if !record.allows(request.source_ip) {
        return Err(ApiError::IpNotAllowed);
    }
    request.note_caller(&record.id, &record.webcode);
    Ok(Caller {
        key_id: record.id,
        webcode: record.webcode,
    })
}

impl Caller {
    /// The id of the key, which is no secret.
    #[must_use]
    pub fn key_id(&self) -> &str {
        &self.key_id
    }

    /// The merchant that the key belongs to.
    #[must_use]
    pub const fn webcode(&self) -> &Webcode {
        &self.webcode
    }

    /// Checks that the caller acts for its own merchant.
    ///
    /// # Errors
    /// 11008 when the webcode is somebody else's.
    pub fn require(&self, webcode: &Webcode) -> Result<(), ApiError> {
        if self.webcode == *webcode {
            Ok(())
        } else {
            Err(ApiError::AccessDenied)
        }
    }
}
