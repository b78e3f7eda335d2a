//! What can be wrong with a template, and where.

use std::path::PathBuf;

/// Why a template cannot be used. Each says the place first.
#[derive(Debug, thiserror::Error)]
pub enum TemplateError {
    /// The file cannot be read.
    #[error("{}: {source}", path.display())]
    Unreadable {
        /// The file that was asked for.
        path: PathBuf,
        /// What the operating system says.
        source: std::io::Error,
    },
    /// The text is not YAML.
    #[error("line {line}, column {column}: {problem}")]
    Syntax {
        /// Counted from 1.
        line: usize,
        /// Counted from 1.
        column: usize,
        /// What the parser says.
        problem: String,
    },
    /// The YAML does not say what was expected.
    #[error("{place}: {problem}")]
    Meaning {
        /// The path to the value, its keys joined by dots.
        place: String,
        /// What is wrong with it.
        problem: String,
    },
}

impl TemplateError {
    /// A value at `place` that does not say what was expected.
    pub(crate) fn meaning(place: impl Into<String>, problem: impl Into<String>) -> Self {
        Self::Meaning {
            place: place.into(),
            problem: problem.into(),
        }
    }
}
