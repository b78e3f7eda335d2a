//! Live and Test: two environments that share nothing.

use serde::{Deserialize, Serialize};

/// One of the two environments (authentication.txt, *Environments*).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(
    feature = "openapi",
    derive(utoipa::ToSchema),
    schema(description = "One of the two environments.")
)]
pub enum Environment {
    /// Real money.
    Live,
    /// Simulated payments.
    Test,
}

impl Environment {
    /// Both, Live first.
    pub const ALL: [Self; 2] = [Self::Live, Self::Test];

    /// `live` or `test`, as in keys, tokens and webhook bodies.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Test => "test",
        }
    }

    /// The other way round of [`Environment::as_str`].
    #[must_use]
    pub fn find(text: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|environment| environment.as_str() == text)
    }
}

impl std::fmt::Display for Environment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}
