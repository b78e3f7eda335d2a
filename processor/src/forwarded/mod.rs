//! What is done with a forwarded payment: asked for, looked at, told of, refunded (docs/external-integration.md;
//! ARCHITECTURE.md, *A forwarded payment*). For the function that callers reach, and for the worker that finishes what they
//! left.

mod charge;
mod notify;
mod pay;
mod refund;
mod resume;
mod status;
mod subscription;

use std::time::Duration;

use shared::app::App;
use shared::domain::environment::Environment;
use shared::domain::forwarded::{ForwardedPayment, RefundRefusal};
use shared::store::commit::CommitError;
use shared::store::{self, Deadline, SeenForwarded, Unavailable};

pub use charge::{Noted, stranger};
pub use notify::{CallbackUrl, WHILE_SOMEBODY_WAITS};
pub use pay::Paid;
pub use refund::{Refund, Refunded};
pub use resume::resume;
pub use status::Named;

use crate::http::Outbound;

/// Whoever asked is dead by now: a function that asks services runs no longer than that (template.yaml, *Timeout*).
pub const LEASE: Duration = Duration::from_secs(30);

/// A service that was configured with more patience is not waited for longer than this while a caller waits: there must be time
/// to record its answer.
pub const CALL_WITHIN: Duration = Duration::from_secs(15);

/// How long the answer may take to be recorded.
pub const RECORD_WITHIN: Duration = Duration::from_secs(6);

/// Acts on the payments of one environment.
#[derive(Clone, Copy)]
pub struct Forwarder<'a> {
    /// Tables, clock and randomness.
    pub app: &'a App,
    /// Whose payments.
    pub environment: Environment,
    /// Reaches the services.
    pub outbound: &'a Outbound,
    /// Who is told how payments stand.
    pub callback_url: Option<&'a CallbackUrl>,
}

/// Why a caller does not get what it asked for.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    /// The caller's name of the payment, or its key, stands for another request.
    #[error("the name stands for another request")]
    OtherRequest,
    /// Somebody is asking the service for the same right now.
    #[error("the same is in progress")]
    InProgress,
    /// The service refused the request as such, and did nothing.
    #[error("the service refused the request with {0}")]
    Rejected(u16),
    /// The service could not be asked, or its answer was lost or makes no sense.
    #[error("the service failed")]
    Service,
    /// Nothing, or not so much, can be refunded.
    #[error(transparent)]
    Refund(#[from] RefundRefusal),
    /// An idempotency key that cannot be used for this request.
    #[error(transparent)]
    Idempotency(#[from] shared::domain::idempotency::IdempotencyConflict),
    /// The database.
    #[error(transparent)]
    Store(#[from] Unavailable),
}

impl Forwarder<'_> {
    fn deadline() -> Deadline {
        Deadline::within(RECORD_WITHIN)
    }

    /// Changes a payment from what was seen to what is decided, anew each time that somebody was faster. Whoever decides that
    /// there is nothing to change ends it.
    async fn change(
        &self,
        seen: &mut SeenForwarded,
        mut decide: impl FnMut(&mut ForwardedPayment) -> bool,
    ) -> Result<(), Unavailable> {
        let (store, deadline) = (self.app.store(self.environment), Self::deadline());
        loop {
            let mut after = seen.payment.clone();
            if !decide(&mut after) {
                return Ok(());
            }
            let writer = self.app.entropy.uuid().to_string();
            let now = self.app.clock.now();
            let write = store::put_forwarded(Some(seen), &after, now, &writer)?;
            match store.commit(&[write], &writer, deadline).await {
                Ok(()) => {
                    *seen = SeenForwarded::written(after, &writer);
                    return Ok(());
                }
                Err(CommitError::Unavailable(error)) => return Err(error),
                Err(CommitError::Refused(refusals)) => {
                    let found = refusals.of(0).cloned().flatten();
                    let gone = || Unavailable::because("a forwarded payment is gone");
                    *seen = SeenForwarded::read(found.ok_or_else(gone)?)?;
                }
            }
        }
    }
}
