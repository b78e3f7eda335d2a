//! `POST /capture`: a reservation, or a part of it, to be taken.

use shared::domain::external::CaptureRequest;
use shared::http::ApiRequest;

use super::modify::{modify, money};
use crate::answer::{Answer, Refusal};
use crate::domain::modification::Ask;
use crate::{Sandbox, ask};

/// Carries it out.
pub(crate) async fn capture(sandbox: &Sandbox, request: &ApiRequest) -> Result<Answer, Refusal> {
    let body: CaptureRequest = ask::body(request)?;
    let amount = money(body.amount, body.currency)?;
    modify(sandbox, request, &body.payment_id, Ask::Capture(amount)).await
}
