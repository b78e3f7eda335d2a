//! The cursors of lists: where a page ended, sealed against alteration and bound to the filters it was made for (contract
//! README, *Lists*).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

use crate::config::SecretText;

/// Bytes of a cursor that authenticate the rest.
const TAG: usize = 16;

/// Signs and reads cursors.
pub struct Cursors {
    key: [u8; 32],
}

/// The cursor was altered, or belongs to other filters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a cursor of this list")]
pub struct InvalidCursor;

impl Cursors {
    /// With the key of page tokens, from which a key of its own is derived.
    #[must_use]
    pub fn new(key: &SecretText) -> Self {
        let key = Sha256::new()
            .chain_update("cursor\0")
            .chain_update(key.expose())
            .finalize();
        Self { key: key.into() }
    }

    /// The cursor of a place in the list that `filters` describe.
    #[must_use]
    pub fn sign(&self, filters: &str, place: &str) -> String {
        let tag = self.tag(filters, place);
        URL_SAFE_NO_PAD.encode([&tag, place.as_bytes()].concat())
    }

    /// The place that a cursor stands for.
    ///
    /// # Errors
    /// [`InvalidCursor`] when it was not made here, for these filters.
    pub fn read(&self, filters: &str, cursor: &str) -> Result<String, InvalidCursor> {
        let bytes = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| InvalidCursor)?;
        let (tag, place) = bytes.split_at_checked(TAG).ok_or(InvalidCursor)?;
        let place = std::str::from_utf8(place).map_err(|_| InvalidCursor)?;
        if subtle::ConstantTimeEq::ct_eq(tag, &self.tag(filters, place)[..]).into() {
            Ok(place.to_owned())
        } else {
            Err(InvalidCursor)
        }
    }

    fn tag(&self, filters: &str, place: &str) -> [u8; TAG] {
        // HMAC takes keys of any length.
        let mut mac = match Hmac::<Sha256>::new_from_slice(&self.key) {
            Ok(mac) => mac,
            Err(never) => unreachable!("{never}"),
        };
        // The length keeps the two parts apart.
        mac.update(&(filters.len() as u64).to_be_bytes());
        mac.update(filters.as_bytes());
        mac.update(place.as_bytes());
        let mut tag = [0; TAG];
        tag.copy_from_slice(&mac.finalize().into_bytes()[..TAG]);
        tag
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    fn cursors() -> Cursors {
        let config = Config::from_lookup(|name| {
            let known =
                name.starts_with("AWS_") || name.ends_with("_TABLE") || name == "PAGE_TOKEN_KEY";
            known.then(|| "0123456789abcdef0123456789abcdef".to_owned())
        });
        Cursors::new(&config.expect("complete").page_token_key.expect("given"))
    }

    #[test]
    fn a_cursor_is_good_for_its_own_list_only() {
        let cursors = cursors();
        let cursor = cursors.sign("filters", "place");
        assert_eq!(cursors.read("filters", &cursor).as_deref(), Ok("place"));
        assert_eq!(cursors.read("filter", &cursor), Err(InvalidCursor));
        let mut altered = URL_SAFE_NO_PAD.decode(&cursor).expect("base64");
        for byte in 0..altered.len() {
            altered[byte] ^= 1;
            let text = URL_SAFE_NO_PAD.encode(&altered);
            assert_eq!(cursors.read("filters", &text), Err(InvalidCursor), "{byte}");
            altered[byte] ^= 1;
        }
        for bad in ["", "x", "not base64!", "AAAA"] {
            assert_eq!(cursors.read("filters", bad), Err(InvalidCursor), "{bad}");
        }
    }
}
