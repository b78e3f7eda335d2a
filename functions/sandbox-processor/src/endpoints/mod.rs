//! The API: a file for each endpoint.

mod callback;
mod cancel;
mod capture;
mod extend;
pub(crate) mod faults;
mod ledger;
mod modify;
pub(crate) mod pay;
mod refund;
mod status;
mod subscription;
mod terminals;

use shared::http::ApiRequest;

use crate::Sandbox;
use crate::answer::{Answer, Refusal};
use crate::domain::fault::Fate;
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
        Endpoint::Faults => faults::faults(sandbox, request).await,
        Endpoint::Schedule => subscription::begin(sandbox, request, true).await,
        Endpoint::Start => subscription::begin(sandbox, request, false).await,
        Endpoint::PaySubscription => subscription::pay(sandbox, request).await,
        Endpoint::UpdateSubscription => subscription::update(sandbox, request).await,
        Endpoint::ExpireSubscription => subscription::expire(sandbox, request).await,
        Endpoint::SubscriptionStatus => subscription::status(sandbox, request).await,
        Endpoint::ShowPage | Endpoint::SubmitPage => Err(Refusal::NotFound),
    }
}

/// Answers a request as the sandbox's faults have it.
pub(crate) async fn answer_or_fail(
    sandbox: &Sandbox,
    request: &ApiRequest,
    endpoint: Endpoint,
) -> Result<Answer, Refusal> {
    let Some((fate, late)) = faults::fate(sandbox).await? else {
        return answer(sandbox, request, endpoint).await;
    };
    tracing::info!(?fate, "a fault");
    match fate {
        Fate::RequestLost => return Ok(Answer::lost()),
        Fate::FailedBefore => return Ok(faults::server_error()),
        Fate::Twice => {
            let first = answer(sandbox, request, endpoint).await;
            // The second one counts; the first is not to be missed.
            drop(first);
        }
        Fate::AnswerLost | Fate::Late | Fate::FailedAfter | Fate::Truncated | Fate::Foreign => {}
    }
    let answered = answer(sandbox, request, endpoint).await?;
    Ok(match fate {
        Fate::AnswerLost | Fate::RequestLost => Answer::lost(),
        Fate::FailedAfter | Fate::FailedBefore => faults::server_error(),
        Fate::Truncated => faults::truncated(answered),
        Fate::Foreign => faults::foreign(),
        Fate::Twice => answered,
        Fate::Late => {
            tokio::time::sleep(late).await;
            answered
        }
    })
}

/// A payment as it is now. It is not written: whoever looks changes nothing.
async fn payment_now(sandbox: &Sandbox, payment_id: &str) -> Result<Payment, Refusal> {
    let found = sandbox.ledger.find::<Payment>(payment_id).await?;
    let mut payment = found.ok_or(Refusal::NotFound)?.value;
    payment.advance(sandbox.clock.now());
    Ok(payment)
}
