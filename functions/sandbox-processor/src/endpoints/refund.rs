//! `POST /refund`: money back.

use shared::domain::external::RefundRequest;
use shared::http::ApiRequest;

use super::modify::{modify, money};
use crate::answer::{Answer, Refusal};
use crate::domain::modification::Ask;
use crate::{Sandbox, ask};

/// Carries it out.
pub(crate) async fn refund(sandbox: &Sandbox, request: &ApiRequest) -> Result<Answer, Refusal> {
    let body: RefundRequest = ask::body(request)?;
    let amount = money(body.amount, body.currency)?;
    modify(sandbox, request, &body.payment_id, Ask::Refund(amount)).await
}
