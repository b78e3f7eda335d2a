//! `GET` and `POST` of `/callback`: somebody behind the sandbox says that a payment changed. Nobody is behind it, so there is
//! nothing to do but to say whether the payment is known, and how it stands.

use shared::http::ApiRequest;

use super::payment_now;
use crate::answer::{Answer, Refusal};
use crate::{Sandbox, ask};

/// Takes note.
pub(crate) async fn callback(sandbox: &Sandbox, request: &ApiRequest) -> Result<Answer, Refusal> {
    let payment = payment_now(sandbox, &ask::payment_id(request)?).await?;
    Answer::ok(&payment.status_answer())
}
