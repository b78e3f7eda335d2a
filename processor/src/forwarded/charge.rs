//! Charges that a service makes by itself, for a subscription that was scheduled (external-integration.txt, *Schedule
//! Subscription*). Nobody asked for them, so a callback is the first that is heard of one, and its status says whose it is.

use std::time::Duration;

use shared::domain::external::{StatusAnswer, Told};
use shared::domain::forwarded::{ForwardedPayment, ForwardedSubscription, Naming, Tell, own_name};
use shared::domain::time::Ticks;
use shared::store::commit::CommitError;
use shared::store::{self, Deadline, Item, Key, SeenForwarded};

use super::{Forwarder, Problem};
use crate::client::{Client, Outcome};
use crate::http::Outbound;
use crate::services::Service;

/// A service has so long to say how a payment stands that nobody here knows: anybody may ask for that.
const STRANGER_WITHIN: Duration = Duration::from_secs(3);

/// What a callback for a payment that is not known here leads to, in one environment.
#[derive(Debug)]
pub enum Noted {
    /// A charge, which is recorded now.
    Charge(Box<SeenForwarded>),
    /// Something that is this environment's, and that is no charge or cannot be recorded.
    Nothing,
    /// Nothing that this environment knows of.
    Elsewhere,
}

/// How a payment stands of which only the service knows. `None`: there is no such payment there, or it is of no subscription.
///
/// # Errors
/// [`Problem::Service`] when the service could not be asked: it is to call again.
pub async fn stranger(
    service: &Service,
    outbound: &Outbound,
    payment_id: &str,
) -> Result<Option<StatusAnswer>, Problem> {
    if !service.capabilities.subscriptions {
        return Ok(None);
    }
    let client = Client::new(service, outbound).within(STRANGER_WITHIN);
    match client.status(payment_id).await {
        Outcome::Answered(told) => Ok(told.subscription_charge.is_some().then_some(told)),
        Outcome::Rejected(400 | 404 | 422) => Ok(None),
        Outcome::Rejected(_) | Outcome::NotDone | Outcome::Unknown(_) => Err(Problem::Service),
    }
}

impl Forwarder<'_> {
    /// Records a charge that the service made by itself, if it is of this environment, and plans to tell of it. Its status was asked
    /// for `asked_at`.
    ///
    /// # Errors
    /// [`Problem::Store`] when the database does not answer: the service is to call again.
    pub async fn note_charge(
        &self,
        service: &Service,
        (told, asked_at): (&StatusAnswer, Ticks),
        deadline: Deadline,
    ) -> Result<Noted, Problem> {
        let token = match &told.subscription_charge {
            Some(Told::Understood(charge)) => Some(charge.subscription_token.as_str()),
            Some(Told::Other(value)) => value["subscriptionToken"].as_str(),
            None => None,
        };
        let named = own_name(self.environment, &told.shop_transaction_id);
        let wanted = [
            token.map(|token| Key::forwarded_subscription(&service.name, token)),
            named
                .as_ref()
                .map(|(webcode, name)| Key::forwarded(&service.name, webcode, name)),
        ];
        let store = self.app.store(self.environment);
        let [subscription, mut found] = store.load(wanted, deadline).await?;
        let subscription: Option<ForwardedSubscription> =
            subscription.map(store::read).transpose()?;
        loop {
            let seen = found.map(SeenForwarded::read).transpose()?;
            let now = self.app.clock.now();
            let naming = seen
                .as_ref()
                .map(|seen| seen.payment.is_named(&told.payment_id));
            match (naming, seen) {
                (None | Some(Naming::Free), before) => {
                    let (subscription, name) = match (&subscription, &named) {
                        (None, None) => return Ok(Noted::Elsewhere),
                        (Some(subscription), Some((webcode, name)))
                            if subscription.webcode == *webcode =>
                        {
                            (subscription, *name)
                        }
                        _ => return Ok(self.unrecorded(service, told)),
                    };
                    let times = (asked_at, now);
                    let Some(payment) =
                        ForwardedPayment::charged_itself(subscription, name, told, times)
                    else {
                        return Ok(self.unrecorded(service, told));
                    };
                    match self.put_charge(before.as_ref(), payment, deadline).await? {
                        Put::Done(seen) => return Ok(Noted::Charge(seen)),
                        Put::Refused(item) => found = item,
                    }
                }
                // Somebody was faster, or the index was late.
                (Some(Naming::This), Some(mut seen)) => {
                    self.record_told(&mut seen, (told, asked_at), Tell::News)
                        .await?;
                    return Ok(Noted::Charge(Box::new(seen)));
                }
                // Its caller asks again.
                (Some(Naming::Unknown), _) => return Ok(Noted::Nothing),
                (Some(Naming::Another | Naming::This), _) => {
                    return Ok(self.unrecorded(service, told));
                }
            }
        }
    }

    /// Writes a charge over what was seen under its name, with its notification.
    async fn put_charge(
        &self,
        before: Option<&SeenForwarded>,
        mut payment: ForwardedPayment,
        deadline: Deadline,
    ) -> Result<Put, Problem> {
        let now = payment.created_at;
        if self.callback_url.is_some() {
            let (id, jitter) = (self.app.entropy.uuid(), self.app.entropy.jitter());
            payment.notify(Tell::News, id.to_string(), now, jitter);
        }
        let writer = self.app.entropy.uuid().to_string();
        let write = store::put_forwarded(before, &payment, now, &writer)?;
        let store = self.app.store(self.environment);
        match store.commit(&[write], &writer, deadline).await {
            Ok(()) => {
                tracing::info!(webcode = %payment.webcode, "a service charged a subscription");
                let seen = SeenForwarded::written(payment, &writer);
                Ok(Put::Done(Box::new(seen)))
            }
            Err(CommitError::Unavailable(error)) => Err(error.into()),
            Err(CommitError::Refused(refusals)) => {
                Ok(Put::Refused(refusals.of(0).cloned().flatten()))
            }
        }
    }

    /// Money may have been taken of which nobody here hears any more: somebody has to look.
    fn unrecorded(&self, service: &Service, told: &StatusAnswer) -> Noted {
        tracing::error!(
            forwarded = "unrecorded",
            environment = %self.environment,
            service = service.name,
            paymentId = told.payment_id,
            "a subscription was charged, and that is not recorded"
        );
        Noted::Nothing
    }
}

/// What became of a write.
enum Put {
    Done(Box<SeenForwarded>),
    Refused(Option<Item>),
}
