//! Charges that a service makes by itself, for a subscription that was scheduled (external-integration.txt, *Schedule
//! Subscription*). Nobody asked for them, so a callback is the first that is heard of one, and its status says whose it is.

use shared::domain::external::StatusAnswer;
use shared::domain::forwarded::{ForwardedPayment, ForwardedSubscription, Tell};
use shared::store::commit::CommitError;
use shared::store::{self, Deadline, Key, SeenForwarded};

use super::{CALL_WITHIN, Forwarder, Problem};
use crate::client::{Client, Outcome};
use crate::http::Outbound;
use crate::services::Service;

/// How a payment stands of which only the service knows. `None`: there is no such payment there, or it is of no subscription.
///
/// # Errors
/// [`Problem::Service`] when the service could not be asked.
pub async fn stranger(
    service: &Service,
    outbound: &Outbound,
    payment_id: &str,
) -> Result<Option<StatusAnswer>, Problem> {
    if !service.capabilities.subscriptions {
        return Ok(None);
    }
    let client = Client::new(service, outbound).within(CALL_WITHIN);
    match client.status(payment_id).await {
        Outcome::Answered(told) => Ok(told.subscription_charge.is_some().then_some(told)),
        Outcome::Rejected(_) => Ok(None),
        Outcome::NotDone | Outcome::Unknown(_) => Err(Problem::Service),
    }
}

impl Forwarder<'_> {
    /// Records a charge that the service made by itself, if its subscription is one of this environment, and plans to tell of it.
    /// `None`: it is not, or the payment is one that somebody asked for.
    ///
    /// # Errors
    /// [`Problem::Store`] when the database does not answer: the service is to call again.
    pub async fn note_charge(
        &self,
        service: &Service,
        told: &StatusAnswer,
        deadline: Deadline,
    ) -> Result<Option<SeenForwarded>, Problem> {
        let Some(charge) = &told.subscription_charge else {
            return Ok(None);
        };
        let store = self.app.store(self.environment);
        let key = Key::forwarded_subscription(&service.name, &charge.subscription_token);
        let [item] = store.load([Some(key)], deadline).await?;
        let Some(item) = item else {
            return Ok(None);
        };
        let subscription: ForwardedSubscription = store::read(item)?;
        let now = self.app.clock.now();
        let Some(mut payment) =
            ForwardedPayment::charged_itself(&subscription, self.environment, told, now)
        else {
            self.unrecorded(&subscription);
            return Ok(None);
        };
        if self.callback_url.is_some() {
            let (id, jitter) = (self.app.entropy.uuid(), self.app.entropy.jitter());
            payment.notify(Tell::News, id.to_string(), now, jitter);
        }
        let writer = self.app.entropy.uuid().to_string();
        let write = store::put_forwarded(None, &payment, now, &writer)?;
        let refusals = match store.commit(&[write], &writer, deadline).await {
            Ok(()) => {
                tracing::info!(webcode = %payment.webcode, "a service charged a subscription");
                return Ok(Some(SeenForwarded::written(payment, &writer)));
            }
            Err(CommitError::Unavailable(error)) => return Err(error.into()),
            Err(CommitError::Refused(refusals)) => refusals,
        };
        let found = refusals.of(0).cloned().flatten();
        let mut seen = SeenForwarded::read(found.ok_or(Problem::Service)?)?;
        match &seen.payment.payment_id {
            // Somebody was faster, or the index was late.
            Some(known) if *known == told.payment_id => {
                self.record_told(&mut seen, told, Tell::News).await?;
                Ok(Some(seen))
            }
            // Somebody asked for it, and its answer is under way or was lost.
            None => Ok(None),
            Some(_) => {
                self.unrecorded(&subscription);
                Ok(None)
            }
        }
    }

    /// Money was taken, and whose it is cannot be kept: somebody has to see to it that the service says enough.
    fn unrecorded(&self, subscription: &ForwardedSubscription) {
        tracing::error!(
            forwarded = "unrecorded",
            environment = %self.environment,
            service = subscription.external,
            webcode = %subscription.webcode,
            "a charge has no name of its own, or no amount"
        );
    }
}
