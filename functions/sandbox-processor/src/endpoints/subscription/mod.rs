//! `/subscription/…`: a file for each endpoint.

mod begin;
mod expire;
mod pay;
mod status;
mod update;

pub(crate) use begin::begin;
pub(crate) use expire::expire;
pub(crate) use pay::pay;
pub(crate) use status::status;
pub(crate) use update::update;

use shared::domain::external::{PayResult, SubscriptionAnswer};
use shared::http::ApiRequest;

use crate::answer::{Answer, Refusal};
use crate::domain::asked::{Asked, Channel};
use crate::domain::payment::Payment;
use crate::{page, route};

/// The subscription that a path names.
fn token(request: &ApiRequest) -> String {
    route::last_part(request.path()).to_owned()
}

/// Checks that a payment can belong to a subscription.
fn check(asked: &Asked) -> Result<(), Refusal> {
    if asked.channel != Channel::Ecommerce || asked.pre_auth {
        return Err(Refusal::invalid(
            "a subscription's payments are neither at a terminal nor reserved",
        ));
    }
    Ok(())
}

/// What a payment of a subscription is answered.
fn payment_answer(request: &ApiRequest, payment: &Payment, token: &str) -> Result<Answer, Refusal> {
    let answer = payment.pay_answer(page::address(request, payment));
    Answer::ok(&SubscriptionAnswer {
        result: answer.result,
        result_description: answer.result_description,
        payment_id: answer.payment_id,
        subscription_token: Some(token.to_owned()),
        redirect_to_url: answer.redirect_to_url,
        metadata: None,
    })
}

/// What is answered without a payment: whether it was done, and why not.
fn plain_answer(token: &str, refused: Option<&str>) -> Result<Answer, Refusal> {
    Answer::ok(&SubscriptionAnswer {
        result: refused.map_or(PayResult::Ok, |_| PayResult::Ko),
        result_description: refused.unwrap_or_default().to_owned(),
        payment_id: None,
        subscription_token: Some(token.to_owned()),
        redirect_to_url: None,
        metadata: None,
    })
}
