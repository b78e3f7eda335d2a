//! What refund, capture, cancel and extend have in common.

use shared::domain::money::{Currency, Money};
use shared::http::ApiRequest;

use crate::answer::{Answer, Refusal};
use crate::domain::modification::Ask;
use crate::domain::payment::Payment;
use crate::{Sandbox, ask, tell};

/// Carries out what is asked of a payment, once for each `Idempotency-Key`.
pub(super) async fn modify(
    sandbox: &Sandbox,
    request: &ApiRequest,
    payment_id: &str,
    asked: Ask,
) -> Result<Answer, Refusal> {
    let key = ask::idempotency_key(request)?;
    let now = sandbox.clock.now();
    let changed = sandbox
        .ledger
        .change(payment_id, now, |payment: &mut Payment| {
            payment.modify(asked, key.as_deref(), now)
        })
        .await?;
    let (payment, answer) = changed.ok_or(Refusal::NotFound)?;
    // What had happened by itself and was written with this.
    tell::at_once(sandbox, &payment).await?;
    let answer = answer
        .map_err(|_| Refusal::Conflict("The Idempotency-Key was used for something else."))?;
    Answer::ok(&answer)
}

/// An amount of a body.
pub(super) fn money(amount: u64, currency: Currency) -> Result<Money, Refusal> {
    Money::new(amount, currency).map_err(|_| {
        Refusal::invalid("amount must be an integer from 1 to 99999999, in minor units")
    })
}
