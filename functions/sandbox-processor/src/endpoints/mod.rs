//! The API: a file for each endpoint.

mod callback;
mod cancel;
mod capture;
mod extend;
mod ledger;
mod modify;
mod pay;
mod refund;
mod status;
mod terminals;

use shared::http::ApiRequest;

use crate::Sandbox;
use crate::answer::{Answer, Refusal};
use crate::domain::payment::Payment;
use crate::route::Endpoint;

/// Answers a request.
pub(crate) async fn answer(
    sandbox: &Sandbox,
    request: &ApiRequest,
    endpoint: Endpoint,
) -> Result<Answer, Refusal> {
    match endpoint {
        Endpoint::Pay => pay::pay(sandbox, request).await,
        Endpoint::Status | Endpoint::Check => status::status(sandbox, request).await,
        Endpoint::Callback => callback::callback(sandbox, request).await,
        Endpoint::Refund => refund::refund(sandbox, request).await,
        Endpoint::Capture => capture::capture(sandbox, request).await,
        Endpoint::Cancel => cancel::cancel(sandbox, request).await,
        Endpoint::Extend => extend::extend(sandbox, request).await,
        Endpoint::Terminals => terminals::list(),
        Endpoint::Ledger => ledger::list(sandbox, request).await,
        Endpoint::ShowPage | Endpoint::SubmitPage => Err(Refusal::NotFound),
    }
}

/// A payment as it is now. It is not written: whoever looks changes nothing.
async fn payment_now(sandbox: &Sandbox, payment_id: &str) -> Result<Payment, Refusal> {
    let found = sandbox.ledger.find::<Payment>(payment_id).await?;
    let mut payment = found.ok_or(Refusal::NotFound)?.value;
    payment.advance(sandbox.clock.now());
    Ok(payment)
}
