//! The wish to stop, which every task of the stack can wait for.

use std::time::Duration;

use tokio::sync::watch;

/// Tells everybody to stop. So does dropping it.
#[derive(Debug)]
pub(crate) struct Stopper(watch::Sender<bool>);

/// Waits for the wish to stop.
#[derive(Debug, Clone)]
pub(crate) struct Stop(watch::Receiver<bool>);

impl Stopper {
    /// Nobody wishes to stop yet.
    pub(crate) fn new() -> Self {
        Self(watch::Sender::new(false))
    }

    /// For one more task.
    pub(crate) fn subscribe(&self) -> Stop {
        Stop(self.0.subscribe())
    }

    /// Tells everybody.
    pub(crate) fn stop(&self) {
        self.0.send_replace(true);
    }
}

impl Stop {
    /// Returns when the stack is to stop.
    pub(crate) async fn requested(&mut self) {
        // An error means that the stopper is gone, which means the same.
        let _ = self.0.wait_for(|stop| *stop).await;
    }

    /// Whether the stack is to stop.
    pub(crate) fn is_requested(&self) -> bool {
        *self.0.borrow() || self.0.has_changed().is_err()
    }

    /// Waits for a while. Gives false if the stack is to stop.
    pub(crate) async fn sleep(&mut self, duration: Duration) -> bool {
        tokio::select! {
            () = self.requested() => false,
            () = tokio::time::sleep(duration) => true,
        }
    }
}
