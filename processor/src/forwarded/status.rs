//! How a payment stands: asked of the service, and recorded. What nobody could be asked about is not guessed.

use shared::domain::external::{ProcessorStatus, StatusAnswer, Told};
use shared::domain::forwarded::{ForwardedPayment, Tell};
use shared::domain::time::Ticks;
use shared::store::keys::ItemKind;
use shared::store::{Deadline, Key, SeenForwarded, Unavailable};

use super::{CALL_WITHIN, Forwarder, Problem};
use crate::client::{Client, Outcome};
use crate::services::Service;

/// What a service's name of a payment leads to.
#[derive(Debug)]
pub enum Named {
    /// A caller's payment.
    Forwarded(Box<SeenForwarded>),
    /// One of our own: of a session in Live, or at a terminal.
    Own(Key),
}

impl Forwarder<'_> {
    /// What a service's name leads to, in this environment: what `wanted` takes of it, payments of callers first.
    ///
    /// # Errors
    /// [`Unavailable`] when the database does not answer.
    pub async fn find(
        &self,
        external: &str,
        payment_id: &str,
        wanted: impl Fn(&ForwardedPayment) -> bool,
        deadline: Deadline,
    ) -> Result<Option<Named>, Unavailable> {
        let store = self.app.store(self.environment);
        let mut own = None;
        for key in store
            .named_by_service(external, payment_id, deadline)
            .await?
        {
            match Key::kind_of(key.pk()) {
                Some(ItemKind::Payment) => own = Some(key),
                Some(ItemKind::Forwarded) => {
                    let [item] = store.load([Some(key)], deadline).await?;
                    let Some(seen) = item.map(SeenForwarded::read).transpose()? else {
                        continue;
                    };
                    // The index may show what the item no longer says.
                    if seen.payment.payment_id.as_deref() == Some(payment_id)
                        && wanted(&seen.payment)
                    {
                        return Ok(Some(Named::Forwarded(Box::new(seen))));
                    }
                }
                _ => {}
            }
        }
        Ok(own.map(Named::Own))
    }

    /// Asks the service how a payment stands, records it, and plans to tell of it.
    ///
    /// # Errors
    /// [`Problem::Service`] when the service could not be asked, or speaks of another payment.
    pub async fn look(
        &self,
        service: &Service,
        seen: &mut SeenForwarded,
        tell: Tell,
    ) -> Result<StatusAnswer, Problem> {
        let payment_id = seen.payment.payment_id.clone().ok_or(Problem::Service)?;
        let client = Client::new(service, self.outbound).within(CALL_WITHIN);
        let asked_at = self.app.clock.now();
        let told = match client.status(&payment_id).await {
            Outcome::Answered(told) => told,
            Outcome::Rejected(_) | Outcome::NotDone | Outcome::Unknown(_) => {
                return Err(Problem::Service);
            }
        };
        if told.shop_transaction_id != seen.payment.name_at_service(self.environment) {
            tracing::warn!(
                service = service.name,
                "a status is about another payment than was asked for"
            );
            return Err(Problem::Service);
        }
        self.record_told(seen, (&told, asked_at), tell).await?;
        if seen.payment.status != Some(told.status) {
            tracing::info!(
                service = service.name,
                "an ended payment is pending, the service says"
            );
        }
        Ok(answer_of(&seen.payment, told.status, &payment_id))
    }

    /// Records how a payment stands, which was asked at that time, and plans to tell of it.
    pub(super) async fn record_told(
        &self,
        seen: &mut SeenForwarded,
        (told, asked_at): (&StatusAnswer, Ticks),
        tell: Tell,
    ) -> Result<(), Unavailable> {
        let now = self.app.clock.now();
        let (id, jitter) = (self.app.entropy.uuid(), self.app.entropy.jitter());
        self.change(seen, |payment| {
            let before = payment.clone();
            payment.told(told.status, &told.modifications, asked_at, now);
            if self.callback_url.is_some() {
                payment.notify(tell, id.to_string(), now, jitter);
            }
            *payment != before
        })
        .await
    }

    /// Acts on a callback: asks the service, but not more often than once in a second; in between a look is planned.
    ///
    /// # Errors
    /// [`Problem::Service`] when the service could not be asked: it will be, soon.
    pub async fn hint(&self, service: &Service, seen: &mut SeenForwarded) -> Result<(), Problem> {
        let now = self.app.clock.now();
        let mut looks = false;
        self.change(seen, |payment| {
            let heeded = payment.hinted(now);
            looks = heeded == Some(true);
            heeded.is_some()
        })
        .await?;
        if looks {
            self.look(service, seen, Tell::News).await?;
            self.tell(seen, super::notify::WHILE_SOMEBODY_WAITS).await?;
        }
        Ok(())
    }
}

/// The service's answer as its caller is given it: with the caller's own name of the payment. What the service says of
/// modifications is for us, who asked for them under names of our own.
pub(super) fn answer_of(
    payment: &ForwardedPayment,
    status: ProcessorStatus,
    payment_id: &str,
) -> StatusAnswer {
    StatusAnswer {
        status,
        payment_id: payment_id.to_owned(),
        shop_transaction_id: payment.shop_transaction_id.clone(),
        provider_name: payment.external.clone(),
        modifications: Vec::new(),
        subscription_charge: payment.subscription_charge().map(Told::Understood),
    }
}
