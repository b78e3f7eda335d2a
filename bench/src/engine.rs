//! DynamoDB: the embedded engine in memory, on a thread of its own because it blocks.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::thread::JoinHandle;

use dynoxide::Database;
use serde_json::{Value, json};
use template::{KeyAttribute, Table, Template};
use tokio::runtime;
use tokio::sync::oneshot;

use crate::Failure;

/// The running engine; it ends when this is dropped.
pub(crate) struct Engine {
    pub(crate) address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Engine {
    /// Starts the engine with the template's tables and indexes. They have no streams: the functions that are measured
    /// don't read them, and in the engine they make each write cost more, which would hide what a function costs.
    pub(crate) fn start() -> Result<Self, Failure> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let database = Database::memory()?;
        for table in &Template::parse(include_str!("../../template.yaml"))?.tables {
            database.create_table(serde_json::from_value(creation(table))?)?;
        }
        let runtime = runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let (stop, stopped) = oneshot::channel::<()>();
        let serve = async move {
            let listener =
                tokio::net::TcpListener::from_std(listener).map_err(|error| error.to_string())?;
            let stopped = async move {
                // A dropped sender means the same.
                let _ = stopped.await;
            };
            dynoxide::server::serve_with_shutdown(listener, database, stopped).await
        };
        let run = move || {
            if let Err(problem) = runtime.block_on(serve) {
                eprintln!("the engine: {problem}");
            }
        };
        let thread = std::thread::Builder::new()
            .name("dynamodb".to_owned())
            .spawn(run)?;
        Ok(Self {
            address,
            stop: Some(stop),
            thread: Some(thread),
        })
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // It has said why already.
            let _ = thread.join();
        }
    }
}

fn key_schema(key: &[KeyAttribute]) -> Value {
    let schema = key.iter();
    schema
        .map(|part| json!({"AttributeName": part.name, "KeyType": part.kind.as_str()}))
        .collect()
}

fn creation(table: &Table) -> Value {
    let definitions = table.attributes.iter();
    let indexes = table.indexes.iter();
    json!({
        "TableName": table.id,
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": definitions
            .map(|(name, kind)| json!({"AttributeName": name, "AttributeType": kind}))
            .collect::<Value>(),
        "KeySchema": key_schema(&table.key),
        "GlobalSecondaryIndexes": indexes
            .map(|index| json!({
                "IndexName": index.name,
                "KeySchema": key_schema(&index.key),
                "Projection": {"ProjectionType": index.projection},
            }))
            .collect::<Value>(),
    })
}
