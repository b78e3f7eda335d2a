//! How far each stream has been read: in a file, so that a restart goes on where it stopped.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};
use tokio::io::AsyncWriteExt;
use tokio::sync::Mutex;

use crate::engines::Stream;

/// Sequence numbers by stream.
#[derive(Debug)]
pub(crate) struct Positions {
    file: Option<PathBuf>,
    places: Mutex<BTreeMap<String, String>>,
}

impl Positions {
    /// Nothing read yet, and kept in memory.
    pub(crate) fn in_memory() -> Self {
        Self {
            file: None,
            places: Mutex::default(),
        }
    }

    /// What an earlier run kept, if there was one.
    ///
    /// # Errors
    /// If there is a file that cannot be read. One that makes no sense counts as absent: streams are then
    /// read from their start, which costs time and changes nothing.
    pub(crate) fn load(file: &Path) -> io::Result<Self> {
        let text = match std::fs::read_to_string(file) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(error),
        };
        let kept: Map<String, Value> = serde_json::from_str(&text).unwrap_or_else(|error| {
            if !text.is_empty() {
                tracing::warn!(%error, "the places in the streams are lost: reading from their start");
            }
            Map::new()
        });
        let places = kept
            .into_iter()
            .filter_map(|(stream, place)| Some((stream, place.as_str()?.to_owned())));
        Ok(Self {
            file: Some(file.to_owned()),
            places: Mutex::new(places.collect()),
        })
    }

    /// The last record of a stream that went through.
    pub(crate) async fn find(&self, stream: &Stream) -> Option<String> {
        self.places.lock().await.get(&stream.arn()).cloned()
    }

    /// Keeps the last record of a stream that went through.
    ///
    /// # Errors
    /// If the file cannot be replaced.
    pub(crate) async fn keep(&self, stream: &Stream, sequence: &str) -> io::Result<()> {
        let mut places = self.places.lock().await;
        places.insert(stream.arn(), sequence.to_owned());
        let Some(file) = &self.file else {
            return Ok(());
        };
        let text: Map<String, Value> = places
            .iter()
            .map(|(stream, place)| (stream.clone(), place.as_str().into()))
            .collect();
        replace(file, Value::Object(text).to_string().as_bytes()).await
    }
}

/// Whoever reads the file finds the old text or the new one, never a part of either.
async fn replace(file: &Path, text: &[u8]) -> io::Result<()> {
    let new = file.with_extension("new");
    let mut written = tokio::fs::File::create(&new).await?;
    written.write_all(text).await?;
    written.sync_data().await?;
    tokio::fs::rename(&new, file).await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stream(label: &str) -> Stream {
        Stream {
            table: "Table".to_owned(),
            label: label.to_owned(),
        }
    }

    fn folder() -> PathBuf {
        let folder = std::env::temp_dir().join(format!("positions-{}", uuid::Uuid::new_v4()));
        std::fs::create_dir_all(&folder).expect("a folder for the test");
        folder
    }

    #[tokio::test]
    async fn places_survive_a_restart() {
        let folder = folder();
        let file = folder.join("positions.json");
        let positions = Positions::load(&file).expect("no file is no error");
        assert_eq!(positions.find(&stream("1")).await, None);
        positions
            .keep(&stream("1"), "100")
            .await
            .expect("it can be written");
        positions
            .keep(&stream("1"), "101")
            .await
            .expect("it can be written");
        let again = Positions::load(&file).expect("the file is there");
        assert_eq!(again.find(&stream("1")).await.as_deref(), Some("101"));
        assert_eq!(
            again.find(&stream("2")).await,
            None,
            "another stream of the same table"
        );
        std::fs::remove_dir_all(folder).expect("the folder can go");
    }

    #[test]
    fn a_file_without_sense_counts_as_absent() {
        let folder = folder();
        let file = folder.join("positions.json");
        std::fs::write(&file, "{\"a").expect("it can be written");
        let positions = Positions::load(&file).expect("it can be read");
        assert!(positions.places.blocking_lock().is_empty());
        std::fs::remove_dir_all(folder).expect("the folder can go");
    }
}
