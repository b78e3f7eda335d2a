//! Idempotency: one effect for one key (authentication.txt, *Idempotency*).

use std::time::Duration;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::api_key::hex;
use super::reference::Reference;
use super::time::Ticks;

/// How long a key is remembered: a retry after a weekend must not refund twice (contract README).
pub const KEPT: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// A key as a client sent it: 1 to 255 visible ASCII characters. Only its hash is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotencyKey(String);

/// The header is not a usable key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an idempotency key has 1 to 255 visible ASCII characters")]
pub struct InvalidIdempotencyKey;

impl IdempotencyKey {
    /// Parses the value of the `Idempotency-Key` header.
    ///
    /// # Errors
    /// [`InvalidIdempotencyKey`] when it is empty, too long, or has other characters.
    pub fn parse(text: &str) -> Result<Self, InvalidIdempotencyKey> {
        let well_formed =
            (1..=255).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic());
        if well_formed {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidIdempotencyKey)
        }
    }

    /// SHA-256 in lower-case hex: the name of its record.
    #[must_use]
    pub fn hash(&self) -> String {
        hex(&Sha256::digest(&self.0))
    }
}

/// The write endpoints that share a merchant's key space.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Endpoint {
    /// `POST /payment/session`
    Session,
    /// `POST /payment/refund`
    Refund,
    /// `POST /payment/capture`
    Capture,
    /// `POST /payment/cancel`
    Cancel,
    /// `POST /payment/extend`
    Extend,
    /// `POST /pos/payment`
    Pos,
    /// `POST /v3/{external}/refund`
    ExternalRefund,
}

/// What a key was used for. The reply is not kept: it is a pure function of the request and the
/// reference, so whoever repeats the request can be given it again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct IdempotencyRecord {
    /// Where it was used.
    pub endpoint: Endpoint,
    /// Hash of the request's parameters after parsing.
    pub fingerprint: String,
    /// What the first request made.
    pub reference: Reference,
    /// When the key may be used anew; judged by this, not by when the database deletes the record.
    pub forgotten_at: Ticks,
    /// Until when the operation counts as running, where there is an outside party to wait for. Gone when it has ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub running_until: Option<Ticks>,
}

/// A key that cannot be used for this request (409).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IdempotencyConflict {
    /// Same key, other parameters.
    #[error("the key was used with other parameters")]
    OtherRequest,
    /// Same key, other endpoint.
    #[error("the key was used on another endpoint")]
    OtherEndpoint,
    /// The first request with the key is still being worked on.
    #[error("the first request with the key is still running")]
    InProgress,
}

impl IdempotencyRecord {
    /// The record of a request that is about to be carried out.
    #[must_use]
    pub fn new(endpoint: Endpoint, fingerprint: String, reference: Reference, now: Ticks) -> Self {
        Self {
            endpoint,
            fingerprint,
            reference,
            forgotten_at: now.plus(KEPT),
            running_until: None,
        }
    }

    /// Whether the record still counts.
    #[must_use]
    pub fn is_known_at(&self, now: Ticks) -> bool {
        now < self.forgotten_at
    }

    /// The reference that a repeated request is answered with.
    ///
    /// # Errors
    /// [`IdempotencyConflict`] when this is not the same request.
    pub fn replay_for(
        &self,
        endpoint: Endpoint,
        fingerprint: &str,
    ) -> Result<&Reference, IdempotencyConflict> {
        if self.endpoint != endpoint {
            return Err(IdempotencyConflict::OtherEndpoint);
        }
        if self.fingerprint != fingerprint {
            return Err(IdempotencyConflict::OtherRequest);
        }
        Ok(&self.reference)
    }
}

/// The fingerprint of a request: a hash of its parameters after parsing, so that white space, the order of
/// fields and spelled-out defaults don't count.
///
/// # Errors
/// The parameters cannot be written as JSON, which is a bug of their type.
pub fn fingerprint<P: Serialize>(parameters: &P) -> Result<String, serde_json::Error> {
    Ok(hex(&Sha256::digest(serde_json::to_vec(parameters)?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record() -> IdempotencyRecord {
        let reference = Reference::parse("SHOP01-RFX-17195000001234").expect("a reference");
        IdempotencyRecord::new(Endpoint::Refund, "f".to_owned(), reference, Ticks::new(1))
    }

    #[test]
    fn keys_are_visible_ascii() {
        for (key, good) in [
            ("a", true),
            ("550e8400-e29b-41d4-a716-446655440000", true),
            ("", false),
            ("a b", false),
            ("ñ", false),
            ("tab\t", false),
        ] {
            assert_eq!(IdempotencyKey::parse(key).is_ok(), good, "{key:?}");
        }
        assert!(IdempotencyKey::parse(&"k".repeat(255)).is_ok());
        assert!(IdempotencyKey::parse(&"k".repeat(256)).is_err());
    }

    #[test]
    fn another_endpoint_is_told_before_another_body() {
        let record = record();
        assert!(record.replay_for(Endpoint::Refund, "f").is_ok());
        assert_eq!(
            record.replay_for(Endpoint::Refund, "g"),
            Err(IdempotencyConflict::OtherRequest)
        );
        assert_eq!(
            record.replay_for(Endpoint::Session, "g"),
            Err(IdempotencyConflict::OtherEndpoint)
        );
    }

    #[test]
    fn a_record_is_forgotten_to_the_tick() {
        let record = record();
        let end = Ticks::new(1).plus(KEPT);
        assert!(record.is_known_at(end.minus(Duration::from_micros(100))));
        assert!(!record.is_known_at(end));
    }
}
