//! `GET` and `POST` of `/status` and `/check`: where a payment stands.
//!
//! For a service, both are the same question: whom the Payment Gateway Manager notifies on `check` is its own affair.

use shared::http::ApiRequest;

use super::payment_now;
use crate::answer::{Answer, Refusal};
use crate::{Sandbox, ask};

/// Says where a payment stands.
pub(crate) async fn status(sandbox: &Sandbox, request: &ApiRequest) -> Result<Answer, Refusal> {
    let payment = payment_now(sandbox, &ask::payment_id(request)?).await?;
    Answer::ok(&payment.status_answer())
}
