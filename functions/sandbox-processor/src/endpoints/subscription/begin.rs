//! `POST /subscription/schedule` and `/subscription/start`: a first payment, and a subscription with it.

use shared::domain::external::{NAME_BYTES_MAX, ScheduleRequest};
use shared::http::ApiRequest;

use super::{check, payment_answer};
use crate::answer::{Answer, Refusal};
use crate::domain::asked::Asked;
use crate::domain::subscription::{Plan, Subscription};
use crate::endpoints::pay::{name, take};
use crate::{Sandbox, ask};

/// Room in the names of charges for their number.
const NUMBER_BYTES_MAX: usize = 12;

/// Begins a subscription, or says what became of it. The same `shopTransactionId` is the same one.
pub(crate) async fn begin(
    sandbox: &Sandbox,
    request: &ApiRequest,
    is_scheduled: bool,
) -> Result<Answer, Refusal> {
    let body: ScheduleRequest = ask::body(request)?;
    let plan = Plan::read(&body.subscription_info).map_err(Refusal::invalid)?;
    let asked = Asked::read(body.pay).map_err(Refusal::invalid)?;
    check(&asked)?;
    if asked.shop_transaction_id.len() > NAME_BYTES_MAX - NUMBER_BYTES_MAX {
        return Err(Refusal::invalid(
            "shopTransactionId must leave room for the charges' numbers: 243 characters",
        ));
    }
    let transaction = asked.shop_transaction_id.clone();
    let (payment_id, token) = (
        name("sbx", "pay", &transaction),
        name("sub", "sub", &transaction),
    );
    let (payment, _) = take(sandbox, payment_id, asked, Some(&token)).await?;
    let subscription = Subscription::begin(token.clone(), &payment, plan.clone(), is_scheduled);
    let now = sandbox.clock.now();
    if !sandbox.ledger.create(&subscription, now).await? {
        let known = sandbox.ledger.find::<Subscription>(&token).await?;
        if !known.is_some_and(|known| known.value.is_same(&plan, is_scheduled)) {
            return Err(Refusal::Conflict(
                "The shopTransactionId is another subscription's.",
            ));
        }
    }
    payment_answer(request, &payment, &token)
}
