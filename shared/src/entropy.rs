//! The one source of random numbers. Tests bring a seed.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use sha2::{Digest, Sha256};

use crate::domain::retry::Jitter;

/// Gives random bytes.
#[derive(Debug, Clone)]
pub struct Entropy(Source);

#[derive(Debug, Clone)]
enum Source {
    System,
    Seeded { seed: u64, drawn: Arc<AtomicU64> },
}

impl Entropy {
    /// The operating system's.
    #[must_use]
    pub const fn system() -> Self {
        Self(Source::System)
    }

    /// The same numbers for the same seed, for tests.
    #[must_use]
    pub fn seeded(seed: u64) -> Self {
        Self(Source::Seeded {
            seed,
            drawn: Arc::default(),
        })
    }

    /// 256 random bits.
    ///
    /// # Panics
    /// When the operating system has no random numbers: nothing that needs one may go on without.
    #[must_use]
    #[expect(
        clippy::expect_used,
        reason = "no key and no id may be made without randomness"
    )]
    pub fn bytes(&self) -> [u8; 32] {
        match &self.0 {
            Source::System => {
                let mut bytes = [0; 32];
                getrandom::fill(&mut bytes).expect("the operating system gives random numbers");
                bytes
            }
            Source::Seeded { seed, drawn } => {
                let number = drawn.fetch_add(1, Ordering::SeqCst);
                Sha256::new()
                    .chain_update(seed.to_be_bytes())
                    .chain_update(number.to_be_bytes())
                    .finalize()
                    .into()
            }
        }
    }

    /// 32 random bits.
    #[must_use]
    pub fn number(&self) -> u32 {
        let [a, b, c, d, ..] = self.bytes();
        u32::from_be_bytes([a, b, c, d])
    }

    /// A random UUID: the id of a request, and with it of all that it writes.
    #[must_use]
    pub fn uuid(&self) -> uuid::Uuid {
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&self.bytes()[..16]);
        uuid::Builder::from_random_bytes(bytes).into_uuid()
    }

    /// A deviation from a planned delay.
    #[must_use]
    pub fn jitter(&self) -> Jitter {
        Jitter::new(self.number())
    }
}
