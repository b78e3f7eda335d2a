//! `POST /extend`: a reservation for longer.

use shared::domain::external::ExtendRequest;
use shared::http::ApiRequest;

use super::modify::modify;
use crate::answer::{Answer, Refusal};
use crate::domain::modification::Ask;
use crate::{Sandbox, ask};

/// Carries it out.
pub(crate) async fn extend(sandbox: &Sandbox, request: &ApiRequest) -> Result<Answer, Refusal> {
    let body: ExtendRequest = ask::body(request)?;
    modify(sandbox, request, &body.payment_id, Ask::Extend).await
}
