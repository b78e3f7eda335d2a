//! Whether everything that was started in the background still runs.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Counts background tasks: those that were started, and those that run.
#[derive(Debug, Default)]
pub(crate) struct Running {
    started: AtomicUsize,
    running: AtomicUsize,
}

impl Running {
    /// Runs a task that is not meant to end before the stack stops.
    pub(crate) async fn watch<T>(self: Arc<Self>, task: impl Future<Output = T>) -> T {
        struct Ends(Arc<Running>);
        impl Drop for Ends {
            fn drop(&mut self) {
                self.0.running.fetch_sub(1, Ordering::Relaxed);
            }
        }
        self.running.fetch_add(1, Ordering::Relaxed);
        self.started.fetch_add(1, Ordering::Relaxed);
        // Also when the task panics.
        let _ends = Ends(self);
        task.await
    }

    /// Whether nothing that was started has ended.
    pub(crate) fn all(&self) -> bool {
        self.running.load(Ordering::Relaxed) == self.started.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_task_that_panics_shows() {
        let running = Arc::new(Running::default());
        let forever = tokio::spawn(Arc::clone(&running).watch(std::future::pending::<()>()));
        assert!(running.all());
        let dying = tokio::spawn(Arc::clone(&running).watch(async { panic!("on purpose") }));
        assert!(dying.await.is_err());
        assert!(!running.all());
        forever.abort();
    }
}
