//! `GET /subscription/status/{token}`: where a subscription stands.

use shared::domain::external::SubscriptionStatusAnswer;
use shared::http::ApiRequest;

use super::token;
use crate::Sandbox;
use crate::answer::{Answer, Refusal};
use crate::domain::subscription::Subscription;
use crate::endpoints::payment_now;

/// Says where it stands.
pub(crate) async fn status(sandbox: &Sandbox, request: &ApiRequest) -> Result<Answer, Refusal> {
    let token = token(request);
    let found = sandbox.ledger.find::<Subscription>(&token).await?;
    let subscription = found.ok_or(Refusal::NotFound)?.value;
    let latest = payment_now(sandbox, &subscription.latest_payment_id).await?;
    Answer::ok(&SubscriptionStatusAnswer {
        status: subscription.standing(&latest),
        subscription_token: token,
    })
}
