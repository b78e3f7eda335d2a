//! Whose a subscription is.

use shared::domain::forwarded::ForwardedSubscription;
use shared::store;
use shared::store::commit::CommitError;

use super::{Forwarder, Problem};

impl Forwarder<'_> {
    /// Records a subscription that began. A token that is another merchant's already is a bug of the service's, and nothing is
    /// given away for it.
    pub(super) async fn begin_subscription(
        &self,
        subscription: &ForwardedSubscription,
    ) -> Result<(), Problem> {
        let writer = self.app.entropy.uuid().to_string();
        let write = store::create_forwarded_subscription(subscription, &writer)?;
        let store = self.app.store(self.environment);
        match store.commit(&[write], &writer, Self::deadline()).await {
            Ok(()) => Ok(()),
            Err(CommitError::Unavailable(error)) => Err(error.into()),
            Err(CommitError::Refused(refusals)) => {
                let found = refusals.of(0).cloned().flatten();
                let found: Option<ForwardedSubscription> = found.map(store::read).transpose()?;
                if found.is_some_and(|found| found.webcode == subscription.webcode) {
                    // An earlier try of the same request was this far.
                    return Ok(());
                }
                tracing::error!(
                    service = subscription.external,
                    "a service gave a subscription's token out twice"
                );
                Err(Problem::Service)
            }
        }
    }
}
