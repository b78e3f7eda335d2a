//! `POST /subscription/pay`: a charge of a manual subscription. Nobody is there, so no page is shown.

use shared::domain::external::{ScheduleRequest, SubscriptionStatus};
use shared::http::ApiRequest;

use super::{check, payment_answer, plain_answer};
use crate::answer::{Answer, Refusal};
use crate::domain::asked::Asked;
use crate::domain::payment::Payment;
use crate::domain::subscription::Subscription;
use crate::endpoints::pay::{name, take};
use crate::endpoints::payment_now;
use crate::{Sandbox, ask};

/// Charges it, or says what became of the charge. The same `shopTransactionId` is the same charge.
pub(crate) async fn pay(sandbox: &Sandbox, request: &ApiRequest) -> Result<Answer, Refusal> {
    let body: ScheduleRequest = ask::body(request)?;
    let token = body
        .subscription_info
        .token
        .ok_or_else(|| Refusal::invalid("subscriptionInfo.token is required"))?;
    let asked = Asked::read(body.pay).map_err(Refusal::invalid)?;
    check(&asked)?;
    let found = sandbox.ledger.find::<Subscription>(&token).await?;
    let subscription = found.ok_or(Refusal::NotFound)?.value;
    let payment_id = name("sbx", "pay", &asked.shop_transaction_id);
    let is_known = sandbox.ledger.find::<Payment>(&payment_id).await?.is_some();
    // What was charged was charged, whatever became of the subscription since.
    if !is_known && let Some(refused) = refusal(sandbox, &subscription).await? {
        return plain_answer(&token, Some(refused));
    }
    let (payment, _) = take(sandbox, payment_id, asked.unattended(), Some(&token)).await?;
    let now = sandbox.clock.now();
    sandbox
        .ledger
        .change(&token, now, |subscription: &mut Subscription| {
            subscription.paid(&payment);
        })
        .await?;
    payment_answer(request, &payment, &token)
}

/// Why it is not charged.
async fn refusal(
    sandbox: &Sandbox,
    subscription: &Subscription,
) -> Result<Option<&'static str>, Refusal> {
    if subscription.is_scheduled {
        return Ok(Some("The subscription is charged by itself."));
    }
    let latest = payment_now(sandbox, &subscription.latest_payment_id).await?;
    Ok(match subscription.standing(&latest) {
        SubscriptionStatus::Active | SubscriptionStatus::PastDue => None,
        SubscriptionStatus::Pending => Some("The subscription's first payment is not known yet."),
        SubscriptionStatus::Expired | SubscriptionStatus::Canceled => {
            Some("The subscription has ended.")
        }
    })
}
