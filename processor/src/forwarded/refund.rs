//! Refunding: counted before the service is asked. A lost answer stays pending, and only a service that knows a refund again is
//! asked again.

use std::time::Duration;

use serde::Serialize;
use shared::domain::external::{ModifyAnswer, PayResult};
use shared::domain::forwarded::{RefundAgain, RefundState};
use shared::domain::idempotency::{
    Endpoint, IdempotencyConflict, IdempotencyKey, IdempotencyRecord, KEPT,
};
use shared::domain::money::Money;
use shared::domain::reference::Reference;
use shared::store::commit::CommitError;
use shared::store::{self, SeenForwarded, Unavailable};

use super::{CALL_WITHIN, Forwarder, LEASE, Problem};
use crate::client::{Client, Outcome};
use crate::services::Service;

/// What a caller asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refund {
    /// How much.
    pub amount: Money,
    /// The caller's `Idempotency-Key`.
    pub key: Option<IdempotencyKey>,
    /// Hash of all parameters.
    pub fingerprint: String,
}

/// What a refund came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refunded {
    /// What the service said; `PENDING` where that was lost.
    pub answer: ModifyAnswer,
    /// Whether an earlier request with the same key was answered so.
    pub replayed: bool,
}

/// A refund whose answer was lost is asked for again for so long.
const REPEATED_FOR: Duration = Duration::from_secs(12 * 60 * 60);

impl Forwarder<'_> {
    /// Asks a service for a refund, or repeats what became of it. `known` is what is known of the caller's key.
    ///
    /// # Errors
    /// [`Problem`]: why there is none.
    pub async fn refund(
        &self,
        service: &Service,
        seen: &mut SeenForwarded,
        refund: &Refund,
        body: &impl Serialize,
        known: Option<IdempotencyRecord>,
    ) -> Result<Refunded, Problem> {
        let now = self.app.clock.now();
        let known = known.filter(|record| record.is_known_at(now));
        let begun = match known {
            Some(record) => Begun::Before(record),
            None => self.begin_refund(seen, refund).await?,
        };
        match begun {
            Begun::Now(id) => {
                let answer = self.ask_for_refund(service, seen, &id, body).await?;
                Ok(Refunded {
                    answer,
                    replayed: false,
                })
            }
            Begun::Before(record) => {
                self.repeat_refund(service, seen, refund, body, &record)
                    .await
            }
        }
    }

    /// Counts the refund, and records it for its key.
    async fn begin_refund(
        &self,
        seen: &mut SeenForwarded,
        refund: &Refund,
    ) -> Result<Begun, Problem> {
        let (store, deadline) = (self.app.store(self.environment), Self::deadline());
        // A name that no other refund has, whoever asks for it: the service knows refunds of all callers by such names.
        let reference =
            Reference::parse(&self.app.entropy.uuid().to_string()).map_err(Unavailable::because)?;
        loop {
            let (now, writer) = (self.app.clock.now(), self.app.entropy.uuid().to_string());
            let mut after = seen.payment.clone();
            after.ask_refund(reference.as_str(), refund.amount, now, LEASE)?;
            let mut writes = vec![store::put_forwarded(Some(seen), &after, now, &writer)?];
            if let Some(key) = &refund.key {
                let record = IdempotencyRecord::new(
                    Endpoint::ExternalRefund,
                    refund.fingerprint.clone(),
                    reference.clone(),
                    now,
                );
                let webcode = &after.webcode;
                writes.push(store::create_idempotency(
                    webcode, key, &record, now, &writer,
                )?);
            }
            match store.commit(&writes, &writer, deadline).await {
                Ok(()) => {
                    *seen = SeenForwarded::written(after, &writer);
                    return Ok(Begun::Now(reference.as_str().to_owned()));
                }
                Err(CommitError::Unavailable(error)) => return Err(error.into()),
                Err(CommitError::Refused(refusals)) => {
                    if let Some(Some(item)) = refusals.of(0) {
                        *seen = SeenForwarded::read(item.clone())?;
                    }
                    // A duplicate wins over every other failed condition.
                    if let Some(Some(record)) = refusals.of(1) {
                        return Ok(Begun::Before(store::read(record.clone())?));
                    }
                }
            }
        }
    }

    /// Goes on with a refund whose key is known: with what became of it, or by asking for it.
    async fn repeat_refund(
        &self,
        service: &Service,
        seen: &mut SeenForwarded,
        refund: &Refund,
        body: &impl Serialize,
        record: &IdempotencyRecord,
    ) -> Result<Refunded, Problem> {
        let id = record.replay_for(Endpoint::ExternalRefund, &refund.fingerprint)?;
        let now = self.app.clock.now();
        // Later a service may have forgotten the key, and would refund anew (docs/external-integration.md).
        let asked_at = record.forgotten_at.minus(KEPT);
        let is_known_again =
            service.capabilities.idempotent_refunds && now.since(asked_at) < REPEATED_FOR;
        let mut outcome = Ok(RefundAgain::InProgress);
        self.change(seen, |payment| {
            let id = id.as_str();
            outcome = payment.ask_refund_again(id, refund.amount, now, LEASE, is_known_again);
            matches!(outcome, Ok(RefundAgain::Call))
        })
        .await?;
        match outcome? {
            RefundAgain::Call => {
                tracing::info!("a refund is asked for again");
                let answer = self
                    .ask_for_refund(service, seen, id.as_str(), body)
                    .await?;
                Ok(Refunded {
                    answer,
                    replayed: false,
                })
            }
            RefundAgain::InProgress => Err(IdempotencyConflict::InProgress.into()),
            RefundAgain::Told(result, result_description) => Ok(Refunded {
                answer: ModifyAnswer {
                    result,
                    result_description,
                },
                replayed: true,
            }),
        }
    }

    /// Asks the service, and records what it says.
    async fn ask_for_refund(
        &self,
        service: &Service,
        seen: &mut SeenForwarded,
        id: &str,
        body: &impl Serialize,
    ) -> Result<ModifyAnswer, Problem> {
        let client = Client::new(service, self.outbound).within(CALL_WITHIN);
        let pending = ModifyAnswer {
            result: PayResult::Pending,
            result_description: None,
        };
        let problem = match client.forward_refund(body, id).await {
            Outcome::Answered(answer) => {
                let description = answer.result_description.as_deref();
                self.change(seen, |payment| {
                    payment.refund_told(id, answer.result, description)
                })
                .await?;
                return Ok(answer);
            }
            Outcome::Unknown(_) => {
                self.change(seen, |payment| payment.refund_lost(id)).await?;
                return Ok(pending);
            }
            Outcome::Rejected(status) => Problem::Rejected(status),
            Outcome::NotDone => Problem::Service,
        };
        self.change(seen, |payment| payment.refund_not_done(id))
            .await?;
        let refund = seen.payment.refunds.iter().find(|refund| refund.id == id);
        match refund.map(|refund| refund.state) {
            // Another call may have done what this one did not.
            Some(RefundState::Lost | RefundState::Asked { .. }) => Ok(pending),
            _ => Err(problem),
        }
    }
}

/// Whether a refund begins with this request.
enum Begun {
    /// Under this name.
    Now(String),
    /// No: another request with the same key was first.
    Before(IdempotencyRecord),
}
