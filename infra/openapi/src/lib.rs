//! The description of the API: an OpenAPI 3.1 document, and a page that shows the same to people.
//!
//! Schemas are those of the types that are parsed and serialised; statuses, codes and messages are those of the error
//! catalogue. What only people know (summaries, examples, advice) is said here: one file for each group of
//! `operations`. Nothing is described that is not there.

mod document;
mod errors;
mod operation;
mod operations;
mod page;
mod schema;
mod webhook;

use std::io;
use std::path::{Path, PathBuf};

pub use document::Document;

/// A file that is made from the types, and kept beside them so that nobody has to build anything to read it.
#[derive(Debug)]
pub struct File {
    /// Where it is.
    pub path: PathBuf,
    /// What must stand in it.
    pub text: String,
}

/// The files as they must be now.
///
/// # Errors
/// A schema or an example is not JSON, which is a bug of this package.
pub fn files() -> io::Result<[File; 2]> {
    let document = Document::new();
    let infra = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut json = serde_json::to_string_pretty(&document)?;
    json.push('\n');
    Ok([
        File {
            path: infra.join("openapi.json"),
            text: json,
        },
        File {
            path: infra.join("docs.html"),
            text: page::render(&document),
        },
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_files_are_what_the_types_say() {
        for file in files().expect("the files can be made") {
            let found = std::fs::read_to_string(&file.path).unwrap_or_default();
            assert!(
                found == file.text,
                "{} is stale: run `cargo run -p openapi` and look at the diff",
                file.path.display()
            );
        }
    }
}
