//! The files of a stack that keeps its data.

use std::fs::{File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use crate::pumps::Positions;

const DATABASE: &str = "dynamodb.sqlite";
const POSITIONS: &str = "positions.json";

/// A folder that this stack has for itself.
#[derive(Debug)]
pub(crate) struct DataDir {
    folder: PathBuf,
    /// Whether an earlier process has left tables.
    was_used: bool,
    /// Held as long as the stack lives; the operating system lets it go if the process is killed.
    _lock: File,
}

/// Why a folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DataDirError {
    /// Another stack has it.
    #[error("DATA_DIR {} is in use by another local stack", folder.display())]
    InUse {
        /// The folder.
        folder: PathBuf,
    },
    /// It cannot be made, read or written.
    #[error("DATA_DIR {}: {source}", folder.display())]
    Unusable {
        /// The folder.
        folder: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
}

impl DataDir {
    /// Makes the folder if need be, and takes it.
    pub(crate) fn take(folder: &Path) -> Result<Self, DataDirError> {
        let unusable = |source| DataDirError::Unusable {
            folder: folder.to_owned(),
            source,
        };
        std::fs::create_dir_all(folder).map_err(unusable)?;
        let lock = File::create(folder.join("lock")).map_err(unusable)?;
        match lock.try_lock() {
            Ok(()) => Ok(Self {
                folder: folder.to_owned(),
                was_used: folder.join(DATABASE).exists(),
                _lock: lock,
            }),
            Err(TryLockError::WouldBlock) => Err(DataDirError::InUse {
                folder: folder.to_owned(),
            }),
            Err(TryLockError::Error(source)) => Err(unusable(source)),
        }
    }

    /// Whether an earlier process has left tables.
    pub(crate) const fn was_used(&self) -> bool {
        self.was_used
    }

    /// The tables.
    pub(crate) fn database(&self) -> PathBuf {
        self.folder.join(DATABASE)
    }

    /// How far an earlier process has read the streams.
    pub(crate) fn load_positions(&self) -> Result<Positions, DataDirError> {
        Positions::load(&self.folder.join(POSITIONS)).map_err(|source| DataDirError::Unusable {
            folder: self.folder.clone(),
            source,
        })
    }
}
