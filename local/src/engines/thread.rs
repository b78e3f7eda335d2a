//! A thread with a runtime of its own, for an engine that blocks.

use std::future::Future;
use std::thread;
use std::time::Duration;

use tokio::runtime::{Builder, Handle};
use tokio::sync::oneshot;
use tracing::subscriber::NoSubscriber;

use super::EngineError;

/// How long an engine may take to answer what it has begun when it is to stop.
pub(super) const DRAIN_WITHIN: Duration = Duration::from_secs(2);

/// A running engine's thread. Dropped, it stops; nobody waits for it then.
#[derive(Debug)]
pub(super) struct EngineThread {
    runtime: Handle,
    stop: oneshot::Sender<()>,
    finished: oneshot::Receiver<()>,
}

impl EngineThread {
    /// Starts the thread, which serves until it is told to stop or the sender of that is dropped.
    pub(super) fn start<F>(
        name: &str,
        serve: impl FnOnce(oneshot::Receiver<()>) -> F + Send + 'static,
    ) -> Result<Self, EngineError>
    where
        F: Future<Output = ()>,
    {
        let runtime = Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(EngineError::Thread)?;
        let handle = runtime.handle().clone();
        let (stop, stopped) = oneshot::channel();
        let (finish, finished) = oneshot::channel();
        let run = move || {
            // The engines warn of every refused condition, which is a plain part of our protocol.
            tracing::subscriber::with_default(NoSubscriber::default(), || {
                runtime.block_on(serve(stopped));
            });
            runtime.shutdown_background();
            // Nobody may be waiting any more.
            let _ = finish.send(());
        };
        thread::Builder::new()
            .name(name.to_owned())
            .spawn(run)
            .map_err(EngineError::Thread)?;
        Ok(Self {
            runtime: handle,
            stop,
            finished,
        })
    }

    /// Runs something on the engine's own thread, in turn with the requests it serves.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        task: impl Future<Output = T> + Send + 'static,
    ) -> Result<T, EngineError> {
        self.runtime
            .spawn(task)
            .await
            .map_err(|_| EngineError::Stopped)
    }

    /// Whether the engine still serves.
    pub(super) fn is_alive(&self) -> bool {
        !self.stop.is_closed()
    }

    /// Stops the engine and waits until its thread has ended.
    pub(super) async fn stop(self) {
        // An engine that has stopped by itself does not listen any more.
        let _ = self.stop.send(());
        let _ = tokio::time::timeout(DRAIN_WITHIN * 2, self.finished).await;
    }
}
