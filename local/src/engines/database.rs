//! DynamoDB: the embedded engine, opened and served.

use std::fmt::Display;
use std::path::Path;
use std::thread;

use dynoxide::{Database, DynoxideError};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use super::thread::{DRAIN_WITHIN, EngineThread};
use super::{EngineError, listen};

/// What the engine lacks: without it, every write and every look at a stream reads all records there are.
const STREAM_INDEX: &str = "CREATE INDEX IF NOT EXISTS stream_by_sequence \
                            ON _stream_records (table_name, CAST(sequence_number AS INTEGER))";

/// The running database.
#[derive(Debug)]
pub(crate) struct DatabaseEngine {
    database: Shared,
    port: u16,
    thread: EngineThread,
}

/// The engine's handle, which has no `Debug` of its own.
#[derive(Clone)]
struct Shared(Database);

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Database")
    }
}

impl DatabaseEngine {
    /// Opens the database, in a file or in memory, and serves it.
    pub(crate) fn start(file: Option<&Path>, port: u16) -> Result<Self, EngineError> {
        let (listener, address) = listen(port)?;
        let database = open(file)?;
        let served = database.clone();
        let thread = EngineThread::start("dynamodb", async move |stop| {
            serve(listener, served, stop).await;
        })?;
        Ok(Self {
            database: Shared(database),
            port: address.port(),
            thread,
        })
    }

    /// For the SDK's `AWS_ENDPOINT_URL_DYNAMODB`.
    pub(crate) fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Whether the engine still serves.
    pub(crate) fn is_alive(&self) -> bool {
        self.thread.is_alive()
    }

    /// Lets the engine answer what it has begun, and closes it.
    pub(crate) async fn stop(self) {
        let Self {
            database, thread, ..
        } = self;
        drop(database);
        thread.stop().await;
    }

    /// Runs something in turn with the requests that come over the wire.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        task: impl FnOnce(&Database) -> Result<T, DynoxideError> + Send + 'static,
    ) -> Result<T, EngineError> {
        let Shared(database) = self.database.clone();
        self.thread
            .run(async move { task(&database) })
            .await?
            .map_err(refused)
    }

    /// A table as it is, if it is there.
    pub(super) async fn describe(&self, table: &str) -> Result<Option<Value>, EngineError> {
        let request = request(json!({ "TableName": table }))?;
        let described = self
            .run(|database| match database.describe_table(request) {
                Ok(description) => Ok(Some(description.table)),
                Err(DynoxideError::ResourceNotFoundException(_)) => Ok(None),
                Err(error) => Err(error),
            })
            .await?;
        described
            .map(serde_json::to_value)
            .transpose()
            .map_err(refused)
    }

    /// Writes items, a record of the stream for each.
    #[cfg(test)]
    pub(crate) async fn put(&self, table: &str, items: impl IntoIterator<Item = Value>) {
        for item in items {
            let put = request(json!({ "TableName": table, "Item": item })).expect("a request");
            self.run(|database| database.put_item(put))
                .await
                .expect("it can be written");
        }
    }

    /// Deletes what has expired, as DynamoDB does now and then. Gives the number of items.
    ///
    /// It reads every item. On the engine's own thread all requests would wait for the last of them; from another one they get their
    /// turn every few items.
    pub(crate) async fn expire(&self) -> Result<usize, EngineError> {
        let Shared(database) = self.database.clone();
        let (tell, told) = oneshot::channel();
        // A thread of its own and not the runtime's, which would not end before it.
        thread::Builder::new()
            .name("expiry".to_owned())
            .spawn(move || tell.send(database.sweep_ttl()))
            .map_err(EngineError::Thread)?;
        told.await
            .map_err(|_| EngineError::Stopped)?
            .map_err(refused)
    }
}

pub(super) fn refused(error: impl Display) -> EngineError {
    EngineError::Database(error.to_string())
}

/// Requests are written as they are on the wire.
pub(super) fn request<T: serde::de::DeserializeOwned>(json: Value) -> Result<T, EngineError> {
    serde_json::from_value(json).map_err(refused)
}

fn open(file: Option<&Path>) -> Result<Database, EngineError> {
    // A named database in memory, because a second connection has to reach it once, for the index.
    let path = match file {
        Some(file) => file.to_string_lossy().into_owned(),
        None => format!("file:{}?mode=memory&cache=shared", uuid::Uuid::new_v4()),
    };
    let database = Database::new(&path).map_err(refused)?;
    let connection = rusqlite::Connection::open(&path).map_err(refused)?;
    connection.execute_batch(STREAM_INDEX).map_err(refused)?;
    Ok(database)
}

async fn serve(listener: std::net::TcpListener, database: Database, stop: oneshot::Receiver<()>) {
    let Ok(listener) = TcpListener::from_std(listener) else {
        return;
    };
    let (draining, drained) = oneshot::channel::<()>();
    let stopped = async move {
        // A dropped sender means the same.
        let _ = stop.await;
        drop(draining);
    };
    let patience = async move {
        let _ = drained.await;
        tokio::time::sleep(DRAIN_WITHIN).await;
    };
    tokio::select! {
        result = dynoxide::server::serve_with_shutdown(listener, database, stopped) => {
            if let Err(error) = result {
                tracing::error!(%error, "the database has stopped");
            }
        }
        () = patience => {}
    }
}
