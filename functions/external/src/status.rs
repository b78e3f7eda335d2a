//! `GET` and `POST …/status`, and `…/check`, which notifies `PAYMENT_CALLBACK_URL` too (external-integration.txt, *Status*,
//! *Check*).

use processor::forwarded::WHILE_SOMEBODY_WAITS;
use shared::app::REQUEST_WITHIN;
use shared::domain::forwarded::Tell;
use shared::flow;
use shared::http::{ApiError, ApiRequest, Reply};
use shared::store::Deadline;

use crate::External;
use crate::body;
use crate::reach::refusal;

/// Answers how the caller's payment stands: as the service says now, because an older answer would be a lie.
pub(crate) async fn status(
    external: &External,
    request: &ApiRequest,
    tell: Tell,
) -> Result<Reply, ApiError> {
    let (app, deadline) = (&external.app, Deadline::within(REQUEST_WITHIN));
    let caller = flow::caller(app, request, deadline).await?;
    let payment_id = body::payment_id(request)?;
    let webcode = caller.webcode();
    let service = external.service_of(request, webcode, deadline).await?;
    let owner = (request.environment, webcode);
    let mut seen = external
        .payment_of(owner, service, &payment_id, deadline)
        .await?;
    let forwarder = external.forwarder(request.environment);
    let answer = forwarder
        .look(service, &mut seen, tell)
        .await
        .map_err(refusal)?;
    if tell != Tell::Nobody {
        forwarder.tell(&mut seen, WHILE_SOMEBODY_WAITS).await?;
    }
    Reply::bare(&answer)
}
