//! `POST /pay`: the same `shopTransactionId` is the same payment, however often it is asked for.

use sha2::{Digest, Sha256};
use shared::domain::external::PayRequest;
use shared::http::ApiRequest;

use super::terminals;
use crate::answer::{Answer, Refusal};
use crate::domain::asked::{Asked, Channel};
use crate::domain::payment::Payment;
use crate::{Sandbox, ask, page};

/// Takes a payment, or says what became of it.
pub(crate) async fn pay(sandbox: &Sandbox, request: &ApiRequest) -> Result<Answer, Refusal> {
    let asked = Asked::read(ask::body::<PayRequest>(request)?).map_err(Refusal::invalid)?;
    let payment_id = name("sbx", "pay", &asked.shop_transaction_id);
    let (payment, is_new) = take(sandbox, payment_id, asked, None).await?;
    if is_new && payment.is_unheard() {
        // The terminal took longer than anybody waits.
        return Ok(Answer::lost());
    }
    Answer::ok(&payment.pay_answer(page::address(request, &payment)))
}

/// Our name of something. It follows from the caller's, so that one of two equal requests finds what the other made without
/// looking for it; what must not be guessed is in the page's address alone.
pub(crate) fn name(prefix: &str, kind: &str, callers_name: &str) -> String {
    let digest = Sha256::digest(format!("{kind}:{callers_name}"));
    let hex: String = digest[..16].iter().map(|b| format!("{b:02x}")).collect();
    format!("{prefix}_{hex}")
}

/// The payment of that name as it is now, made if it is not there, and whether it was made.
pub(crate) async fn take(
    sandbox: &Sandbox,
    payment_id: String,
    asked: Asked,
    subscription_token: Option<&str>,
) -> Result<(Payment, bool), Refusal> {
    let now = sandbox.clock.now();
    loop {
        if let Some(found) = sandbox.ledger.find::<Payment>(&payment_id).await? {
            let mut known = found.value;
            let is_same = known.asked.is_same_payment(&asked)
                && known.subscription_token.as_deref() == subscription_token;
            if !is_same {
                return Err(Refusal::Conflict(
                    "The shopTransactionId is another payment's.",
                ));
            }
            known.advance(now);
            return Ok((known, false));
        }
        let secret = sandbox.entropy.uuid().simple().to_string();
        let payment = Payment::asked_for(payment_id.clone(), asked.clone(), secret, now);
        let payment = Payment {
            subscription_token: subscription_token.map(str::to_owned),
            ..payment
        };
        let payment = match &asked.channel {
            Channel::Pos { poi_id } if !terminals::is_online(poi_id) => {
                payment.refused("TERMINAL_UNREACHABLE")
            }
            _ => payment,
        };
        if sandbox.ledger.create(&payment, now).await? {
            return Ok((payment, true));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_follows_from_its_kind_and_the_callers_name() {
        let id = name("sbx", "pay", "ORD-1");
        assert_eq!(id, name("sbx", "pay", "ORD-1"));
        assert!(id.starts_with("sbx_") && id.len() == 36);
        assert_ne!(id, name("sbx", "pay", "ORD-2"));
        assert_ne!(id, name("sbx", "charge", "ORD-1"));
    }
}
