//! `POST /cancel`: a reservation to be given up, or a payment at a terminal to be voided.

use shared::domain::external::CancelRequest;
use shared::http::ApiRequest;

use super::modify::modify;
use crate::answer::{Answer, Refusal};
use crate::domain::modification::Ask;
use crate::{Sandbox, ask};

/// Carries it out.
pub(crate) async fn cancel(sandbox: &Sandbox, request: &ApiRequest) -> Result<Answer, Refusal> {
    let body: CancelRequest = ask::body(request)?;
    modify(sandbox, request, &body.payment_id, Ask::Cancel).await
}
