//! The real engines behind the real protocols: DynamoDB and SQS on loopback ports.
//!
//! Each has a thread and a runtime of its own: the database holds one mutex and blocks its thread
//! while it works, which must not hold up requests, pumps or queues.

mod database;
mod queues;
mod streams;
mod tables;
mod thread;

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};

pub(crate) use database::DatabaseEngine;
pub use queues::QueueDepth;
pub(crate) use queues::{GROUP, QueueEngine, arn as queue_arn};
pub(crate) use streams::{Stream, forget_records};

/// The account that everything local belongs to.
pub(crate) const ACCOUNT: &str = "000000000000";

/// The region that everything local is in.
pub(crate) const REGION: &str = "us-east-1";

/// Why an engine does not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The port is taken, or a thread cannot be started.
    #[error("cannot listen on 127.0.0.1:{port}: {source}")]
    Listen {
        /// The port; 0 stands for any.
        port: u16,
        /// What the operating system says.
        source: io::Error,
    },
    /// A thread or its runtime cannot be started.
    #[error("cannot start a thread: {0}")]
    Thread(io::Error),
    /// The database refuses.
    #[error("DynamoDB: {0}")]
    Database(String),
    /// The queues refuse.
    #[error("SQS: {0}")]
    Queues(String),
    /// The tables in `DATA_DIR` are not those of the template.
    #[error("{table} in DATA_DIR differs from template.yaml: {difference}; use another DATA_DIR")]
    OtherTables {
        /// The table.
        table: String,
        /// In what it differs.
        difference: &'static str,
    },
    /// The engine has been stopped.
    #[error("the engine is stopped")]
    Stopped,
}

/// Listens on a loopback port; 0 picks a free one.
pub(crate) fn listen(port: u16) -> Result<(TcpListener, SocketAddr), EngineError> {
    let bind = || {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
        // Tokio drives it, and must never wait in it.
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        Ok((listener, address))
    };
    bind().map_err(|source| EngineError::Listen { port, source })
}
