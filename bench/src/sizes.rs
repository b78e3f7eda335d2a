//! Sizes of what is deployed.

use std::io::Write;

use flate2::Compression;
use flate2::write::DeflateEncoder;

use crate::Failure;
use crate::compile::release_binary;
use crate::subject::Subject;

/// Headers and directory of a zip with the one file `bootstrap`.
const ZIP_FRAME_BYTES: u64 = 30 + 9 + 46 + 9 + 22;

/// Sizes of a binary, in bytes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Size {
    pub(crate) subject: Subject,
    /// As it is.
    pub(crate) bootstrap: u64,
    /// In the zip that is uploaded.
    pub(crate) zip: u64,
}

/// Sizes of what is measured.
pub(crate) fn of(subjects: &[Subject]) -> Result<Vec<Size>, Failure> {
    subjects.iter().copied().map(size).collect()
}

fn size(subject: Subject) -> Result<Size, Failure> {
    let bootstrap = std::fs::read(release_binary(subject.binary)?)?;
    let mut deflated = DeflateEncoder::new(Vec::new(), Compression::default());
    deflated.write_all(&bootstrap)?;
    let deflated = deflated.finish()?;
    Ok(Size {
        subject,
        bootstrap: u64::try_from(bootstrap.len())?,
        zip: u64::try_from(deflated.len())? + ZIP_FRAME_BYTES,
    })
}
