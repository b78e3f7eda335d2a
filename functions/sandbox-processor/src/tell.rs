//! Tells the caller that a payment changed: `GET {callbackUrl}?paymentId=…`, which says no more than which one.

use std::time::Duration;

use shared::domain::text::with_query_parameter;
use shared::store::Unavailable;

use crate::Sandbox;
use crate::domain::payment::Payment;

/// Whoever is told has this long to answer.
const WITHIN: Duration = Duration::from_secs(3);

/// Tells of what was just recorded. If nobody hears it, it is tried again when it is due.
///
/// # Errors
/// [`Unavailable`] when what came of it cannot be recorded.
pub(crate) async fn at_once(sandbox: &Sandbox, payment: &Payment) -> Result<(), Unavailable> {
    match payment.callback {
        Some(_) => tell(sandbox, payment).await,
        None => Ok(()),
    }
}

/// Tells of the latest change, and records what came of it. At least once: who is told twice is told nothing new.
async fn tell(sandbox: &Sandbox, payment: &Payment) -> Result<(), Unavailable> {
    let (Some(callback), Some(url)) = (&payment.callback, &payment.asked.callback_url) else {
        return Ok(());
    };
    let url = with_query_parameter(url, "paymentId", &payment.payment_id);
    let outcome = sandbox.outbound.get(&url, WITHIN).await;
    let status = outcome.as_ref().map_or(0, |answer| answer.status);
    let heard = (200..300).contains(&status);
    tracing::info!(
        payment = payment.payment_id,
        status,
        tries = callback.tries,
        heard,
        "told"
    );
    let (now, number) = (sandbox.clock.now(), callback.number);
    sandbox
        .ledger
        .change(&payment.payment_id, now, |payment: &mut Payment| {
            let latest = payment.callback.take_if(|latest| latest.number == number);
            if let Some(latest) = latest.filter(|_| !heard) {
                payment.callback = latest.after_failure(now);
            }
        })
        .await?;
    Ok(())
}
