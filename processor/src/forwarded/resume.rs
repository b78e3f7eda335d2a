//! What is due of a payment: the status of one that is pending, a notification that nobody took, and to say aloud that an answer
//! was lost which nobody asked for again.

use std::time::Duration;

use shared::domain::forwarded::{Due, Tell};
use shared::store::load::BACKGROUND_WITHIN;
use shared::store::{Deadline, Key, SeenForwarded, Unavailable};

use super::{Forwarder, Problem};
use crate::services::Services;

/// How long `PAYMENT_CALLBACK_URL` has when nobody waits.
const TOLD_WITHIN: Duration = Duration::from_secs(10);

/// Does what is due of the payment with a key. A message that comes twice, or early, finds nothing to do. A service that cannot be
/// asked is no failure: when to ask again is written before it is asked.
///
/// # Errors
/// [`Unavailable`] when the database does not answer: the message is to come again.
pub async fn resume(
    forwarder: &Forwarder<'_>,
    services: &Services,
    key: Key,
) -> Result<(), Unavailable> {
    let store = forwarder.app.store(forwarder.environment);
    let [item] = store
        .load([Some(key.clone())], Deadline::within(BACKGROUND_WITHIN))
        .await?;
    let gone = || Unavailable::because("a forwarded payment is gone");
    let mut seen = SeenForwarded::read(item.ok_or_else(gone)?)?;
    let due = take_due(forwarder, &key, &mut seen).await?;
    if due.looks {
        look(forwarder, services, &key, &mut seen).await?;
    }
    // What the look found may be told too: its notification begins with an attempt.
    if due.tells || due.looks {
        forwarder.tell(&mut seen, TOLD_WITHIN).await?;
    }
    Ok(())
}

/// What needs somebody is said before it is written that it was due: rather twice than never.
async fn take_due(
    forwarder: &Forwarder<'_>,
    key: &Key,
    seen: &mut SeenForwarded,
) -> Result<Due, Unavailable> {
    let (now, jitter) = (forwarder.app.clock.now(), forwarder.app.entropy.jitter());
    let (environment, item) = (forwarder.environment, key.pk());
    let mut due = Due::default();
    forwarder
        .change(seen, |payment| {
            due = payment.take_due(now, jitter);
            if due.gave_up {
                tracing::error!(forwarded = "untold", %environment, item, "a notification was given up");
            }
            if due.looks && payment.payment_id.is_none() {
                // The service cannot be asked about it, and only its caller has what it must be asked for again with.
                tracing::error!(forwarded = "unresolved", %environment, item, "an answer was lost, and nobody asked again");
            }
            due != Due::default()
        })
        .await?;
    Ok(due)
}

async fn look(
    forwarder: &Forwarder<'_>,
    services: &Services,
    key: &Key,
    seen: &mut SeenForwarded,
) -> Result<(), Unavailable> {
    let environment = forwarder.environment;
    if seen.payment.payment_id.is_none() {
        return Ok(());
    }
    let Some(service) = services.find_in(&seen.payment.external, environment) else {
        tracing::error!(forwarded = "unreachable", %environment, item = key.pk(), "a pending payment's service is not configured any more");
        return Ok(());
    };
    match forwarder.look(service, seen, Tell::News).await {
        Ok(_) => Ok(()),
        Err(Problem::Store(error)) => Err(error),
        Err(_) => Ok(()),
    }
}
