//! `DELETE …/subscription/expire/{subscriptionToken}`

use processor::Client;
use processor::forwarded::CALL_WITHIN;
use shared::app::REQUEST_WITHIN;
use shared::domain::external::{PayResult, SubscriptionStatus};
use shared::flow;
use shared::http::{ApiError, ApiRequest, Reply};
use shared::store::Deadline;

use super::{answered, note, own};
use crate::External;

/// Has a subscription ended.
pub(crate) async fn expire(external: &External, request: &ApiRequest) -> Result<Reply, ApiError> {
    let deadline = Deadline::within(REQUEST_WITHIN);
    let caller = flow::caller(&external.app, request, deadline).await?;
    let (service, subscription) = own(external, request, &caller, deadline).await?;
    let client = Client::new(service, &external.processors.outbound).within(CALL_WITHIN);
    let outcome = client.expire_subscription(&subscription.token).await;
    let answer = answered(outcome)?;
    if answer.result == PayResult::Ok {
        note(
            external,
            request,
            &subscription,
            SubscriptionStatus::Canceled,
        )
        .await?;
    }
    Reply::bare(&answer)
}
