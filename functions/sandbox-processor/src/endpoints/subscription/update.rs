//! `POST /subscription/update/{token}`: another amount or interval from now on. What is absent stays.

use shared::domain::external::UpdateRequest;
use shared::http::ApiRequest;

use super::{plain_answer, token};
use crate::answer::{Answer, Refusal};
use crate::domain::asked::Asked;
use crate::domain::subscription::{Plan, Subscription};
use crate::endpoints::modify::money;
use crate::{Sandbox, ask};

/// Changes it.
pub(crate) async fn update(sandbox: &Sandbox, request: &ApiRequest) -> Result<Answer, Refusal> {
    let body: UpdateRequest = ask::body(request)?;
    let plan = body.subscription_info.as_ref().map(Plan::read);
    let plan = plan.transpose().map_err(Refusal::invalid)?;
    let (token, now) = (token(request), sandbox.clock.now());
    if let Some(amount) = body.amount {
        // Judged before anything is changed; any currency will do for that.
        money(
            amount,
            body.currency
                .unwrap_or(shared::domain::money::Currency::Eur),
        )?;
    }
    let changed = sandbox
        .ledger
        .change(&token, now, |subscription: &mut Subscription| {
            let mut asked: Asked = subscription.asked.clone();
            asked.amount.value = body.amount.unwrap_or(asked.amount.value);
            asked.amount.currency = body.currency.unwrap_or(asked.amount.currency);
            subscription.update(asked, plan.clone(), now)
        })
        .await?;
    let (_, is_done) = changed.ok_or(Refusal::NotFound)?;
    plain_answer(&token, (!is_done).then_some("The subscription has ended."))
}
