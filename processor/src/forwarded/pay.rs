//! Paying: recorded before the service is asked, so that the same request is the same payment, whatever gets lost.

use serde::Serialize;
use shared::domain::forwarded::{Asked, ForwardedAnswer, ForwardedPayment, Repeat};
use shared::store::commit::CommitError;
use shared::store::{self, Item, SeenForwarded, Unavailable};

use super::{CALL_WITHIN, Forwarder, LEASE, Problem};
use crate::client::{Client, Outcome};
use crate::services::Service;

/// What a request to pay came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paid {
    /// The service's answer, or how the payment stands since.
    pub answer: ForwardedAnswer,
    /// Whether an earlier request was answered so.
    pub replayed: bool,
}

impl Forwarder<'_> {
    /// Asks a service for a payment, or repeats what it answered. `found` is what is known under the caller's name of it.
    ///
    /// # Errors
    /// [`Problem`]: why there is no answer. The payment can be asked for again then, unless its name stands for another request.
    pub async fn pay(
        &self,
        service: &Service,
        asked: &Asked,
        body: &impl Serialize,
        found: Option<Item>,
    ) -> Result<Paid, Problem> {
        let mut seen = match self.take(asked, found).await? {
            Taken::Mine(seen) => *seen,
            Taken::Answered(answer) => {
                return Ok(Paid {
                    answer,
                    replayed: true,
                });
            }
        };
        let call = seen.payment.calls;
        let client = Client::new(service, self.outbound).within(CALL_WITHIN);
        let answer = match client.forward(asked.operation, body).await {
            Outcome::Answered(answer) => answer,
            Outcome::Rejected(status) => {
                self.change(&mut seen, |payment| payment.not_done(call))
                    .await?;
                // A refusal of this call says nothing of an earlier one, which may have been carried out.
                return Err(if seen.payment.uncertain {
                    Problem::Service
                } else {
                    Problem::Rejected(status)
                });
            }
            Outcome::NotDone => {
                self.change(&mut seen, |payment| payment.not_done(call))
                    .await?;
                return Err(Problem::Service);
            }
            Outcome::Unknown(_) => {
                let now = self.app.clock.now();
                self.change(&mut seen, |payment| payment.lost(call, now))
                    .await?;
                return Err(Problem::Service);
            }
        };
        self.record(&mut seen, &answer).await?;
        let payment = &seen.payment;
        // Somebody else may have recorded the answer, and even more, in the meantime.
        let answer = payment.answer.as_ref().unwrap_or(&answer);
        Ok(Paid {
            answer: answer.since(payment.status),
            replayed: false,
        })
    }

    /// Records that the service is about to be asked: one of those who try.
    async fn take(&self, asked: &Asked, found: Option<Item>) -> Result<Taken, Problem> {
        let (store, deadline) = (self.app.store(self.environment), Self::deadline());
        let mut seen = found.map(SeenForwarded::read).transpose()?;
        loop {
            let now = self.app.clock.now();
            let after = match &seen {
                None => ForwardedPayment::begin(asked, now, LEASE),
                Some(seen) => match seen.payment.repeat(asked, now, LEASE) {
                    Repeat::Answered(answer) => return Ok(Taken::Answered(*answer)),
                    Repeat::OtherRequest => return Err(Problem::OtherRequest),
                    Repeat::InProgress => return Err(Problem::InProgress),
                    Repeat::Call(after) => *after,
                },
            };
            let writer = self.app.entropy.uuid().to_string();
            let write = store::put_forwarded(seen.as_ref(), &after, now, &writer)?;
            match store.commit(&[write], &writer, deadline).await {
                Ok(()) => {
                    if after.calls > 1 {
                        tracing::info!(calls = after.calls, "asked for again");
                    }
                    let seen = SeenForwarded::written(after, &writer);
                    return Ok(Taken::Mine(Box::new(seen)));
                }
                Err(CommitError::Unavailable(error)) => return Err(error.into()),
                Err(CommitError::Refused(refusals)) => {
                    let found = refusals.of(0).cloned().flatten();
                    seen = found.map(SeenForwarded::read).transpose()?;
                }
            }
        }
    }

    /// Records an answer, and the subscription that begins with it. Before that nothing is found by the service's names.
    async fn record(
        &self,
        seen: &mut SeenForwarded,
        answer: &ForwardedAnswer,
    ) -> Result<(), Problem> {
        let now = self.app.clock.now();
        let mut answered = seen.payment.clone();
        answered.answered(answer, now);
        if let Some(subscription) = answered.subscription() {
            // First whose the subscription is: whoever finds the payment answered relies on it.
            self.begin_subscription(&subscription).await?;
        }
        self.change(seen, |payment| payment.answered(answer, now))
            .await
            .map_err(|error: Unavailable| error.into())
    }
}

/// Who asks the service.
enum Taken {
    /// This request.
    Mine(Box<SeenForwarded>),
    /// Nobody: it has answered.
    Answered(ForwardedAnswer),
}
