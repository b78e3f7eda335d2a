//! Terminals of a service: `GET /terminals`, which is our own choice.

use serde::{Deserialize, Serialize};

/// A terminal that the service knows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ProcessorTerminal {
    /// Its name among terminals.
    pub poi_id: String,
    /// Its name among people.
    pub name: String,
    /// Its make.
    pub model: String,
    /// Whether it can be reached now.
    pub online: bool,
    /// When it was boarded, ISO 8601 with `Z`.
    pub created_at: String,
    /// When that last changed, ISO 8601 with `Z`.
    pub updated_at: String,
}

/// A service's answer to the question which terminals there are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TerminalsAnswer {
    /// All of them.
    pub terminals: Vec<ProcessorTerminal>,
}
