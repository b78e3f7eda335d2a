//! `DELETE /subscription/expire/{token}`: no more charges.

use shared::http::ApiRequest;

use super::{plain_answer, token};
use crate::Sandbox;
use crate::answer::{Answer, Refusal};
use crate::domain::subscription::Subscription;

/// Ends it.
pub(crate) async fn expire(sandbox: &Sandbox, request: &ApiRequest) -> Result<Answer, Refusal> {
    let (token, now) = (token(request), sandbox.clock.now());
    let changed = sandbox
        .ledger
        .change(&token, now, Subscription::cancel)
        .await?;
    changed.ok_or(Refusal::NotFound)?;
    // One that has come to its end is as ended as anybody could wish.
    plain_answer(&token, None)
}
