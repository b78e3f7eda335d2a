//! `GET …/subscription/status/{subscriptionToken}`

use processor::Client;
use processor::forwarded::CALL_WITHIN;
use shared::app::REQUEST_WITHIN;
use shared::flow;
use shared::http::{ApiError, ApiRequest, Reply};
use shared::store::Deadline;

use super::{answered, note, own};
use crate::External;

/// Answers how a subscription stands: as the service says now.
pub(crate) async fn status(external: &External, request: &ApiRequest) -> Result<Reply, ApiError> {
    let deadline = Deadline::within(REQUEST_WITHIN);
    let caller = flow::caller(&external.app, request, deadline).await?;
    let (service, subscription) = own(external, request, &caller, deadline).await?;
    let client = Client::new(service, &external.processors.outbound).within(CALL_WITHIN);
    let outcome = client.subscription_status(&subscription.token).await;
    let answer = answered(outcome)?;
    note(external, request, &subscription, answer.status).await?;
    Reply::bare(&answer)
}
