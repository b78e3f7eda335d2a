//! From the tables' streams, and from the clock, to the queues (ARCHITECTURE.md, *An event*, *What falls due*).
//!
//! Three kinds of invocation: records of a table's stream, and the schedules' `{"sweep": …}` and `{"reconcile": …}`.

mod queue;
mod reconcile;
mod stream;
mod sweep;

use lambda_runtime::Error;
use serde_json::Value;
use shared::app::{App, Parts};
use shared::config::{Config, ConfigError};

use crate::queue::Queues;

/// The state of the function, made once per execution environment.
pub struct Dispatcher {
    app: App,
    queues: Queues,
}

impl Dispatcher {
    /// The function's state.
    ///
    /// # Errors
    /// [`ConfigError`] when the configuration is incomplete.
    pub fn new(config: Config, parts: Parts) -> Result<Self, ConfigError> {
        let queues = Queues::new(&config, parts.http_client.clone())?;
        Ok(Self {
            app: App::new(config, parts)?,
            queues,
        })
    }
}

/// Answers an invocation: for stream records with the first one that failed, from which the stream is read again.
///
/// # Errors
/// The invocation as a whole failed, and is repeated by whoever made it.
pub async fn handler(dispatcher: &Dispatcher, event: Value) -> Result<Value, Error> {
    let outcome = match (event.get("sweep"), event.get("reconcile")) {
        (Some(sweep), _) => sweep::run(dispatcher, serde_json::from_value(sweep.clone())?).await,
        (None, Some(reconcile)) => {
            reconcile::run(dispatcher, serde_json::from_value(reconcile.clone())?).await
        }
        (None, None) => stream::dispatch(dispatcher, serde_json::from_value(event)?).await,
    };
    outcome.inspect_err(|error| {
        tracing::error!(
            cause = shared::store::retry::chain(error.as_ref()),
            "dispatching failed"
        );
    })
}
