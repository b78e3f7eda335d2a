//! The schedule's part: what happened by itself is recorded and told.

use std::time::Duration;

use futures_util::future::join_all;
use lambda_runtime::Error;
use serde_json::{Value, json};
use shared::domain::time::Ticks;
use shared::store::Unavailable;
use shared::store::retry::chain;
use tokio::time::Instant;

use crate::domain::payment::Payment;
use crate::domain::subscription::Subscription;
use crate::endpoints::pay;
use crate::ledger::Kept;
use crate::{Sandbox, tell};

/// What is looked at together.
const AT_ONCE: i32 = 20;

/// A tick begins nothing new after this: the next one goes on.
const WITHIN: Duration = Duration::from_secs(15);

/// Looks at everything that is due. One that fails holds nobody up.
pub(crate) async fn run(sandbox: &Sandbox) -> Result<Value, Error> {
    let (now, ends) = (sandbox.clock.now(), Instant::now() + WITHIN);
    let (mut looked_at, mut failed) = (0, 0);
    loop {
        let due = sandbox.ledger.due(now, AT_ONCE + failed).await?;
        let due: Vec<_> = due.into_iter().skip(usize::try_from(failed)?).collect();
        if due.is_empty() || Instant::now() >= ends {
            break;
        }
        let looks = due
            .iter()
            .map(|(kind, name)| look(sandbox, kind, name, now));
        for outcome in join_all(looks).await {
            looked_at += 1;
            if let Err(error) = outcome {
                failed += 1;
                tracing::error!(cause = chain(&error), "something due was not done");
            }
        }
    }
    Ok(json!({ "lookedAt": looked_at, "failed": failed }))
}

async fn look(sandbox: &Sandbox, kind: &str, name: &str, now: Ticks) -> Result<(), Unavailable> {
    match kind {
        Payment::KIND => look_at_payment(sandbox, name, now).await,
        Subscription::KIND => look_at_subscription(sandbox, name, now).await,
        _ => Err(Unavailable::because("nothing of that kind falls due")),
    }
}

async fn look_at_payment(sandbox: &Sandbox, name: &str, now: Ticks) -> Result<(), Unavailable> {
    let changed = sandbox
        .ledger
        .change(name, now, |payment: &mut Payment| payment.advance(now))
        .await?;
    match changed {
        Some((payment, ())) => tell::at_once(sandbox, &payment).await,
        None => Ok(()),
    }
}

/// Makes the charge that is due, if there is one. What is due after it is looked at next.
async fn look_at_subscription(
    sandbox: &Sandbox,
    token: &str,
    now: Ticks,
) -> Result<(), Unavailable> {
    let Some(found) = sandbox.ledger.find::<Subscription>(token).await? else {
        return Ok(());
    };
    let name = found.value.latest_payment_id;
    let latest = sandbox.ledger.find::<Payment>(&name).await?;
    let mut latest = latest
        .ok_or_else(|| Unavailable::because("a subscription's payment is not there"))?
        .value;
    latest.advance(now);
    let changed = sandbox
        .ledger
        .change(token, now, |subscription: &mut Subscription| {
            // Of one that was charged meanwhile, that payment says nothing.
            if subscription.latest_payment_id == latest.payment_id {
                subscription.advance(&latest, now)
            } else {
                None
            }
        })
        .await?;
    let Some((_, Some(charge))) = changed else {
        return Ok(());
    };
    // The same charge has the same name, so whoever comes second makes no second one.
    let payment_id = pay::name("sbx", "charge", &format!("{token}:{}", charge.number));
    let payment = Payment::charged(payment_id.clone(), &charge, token.to_owned(), now);
    let payment = if sandbox.ledger.create(&payment, now).await? {
        payment
    } else {
        let made = sandbox.ledger.find::<Payment>(&payment_id).await?;
        made.ok_or_else(|| Unavailable::because("a charge is not there"))?
            .value
    };
    sandbox
        .ledger
        .change(token, now, |subscription: &mut Subscription| {
            subscription.charged(&charge, &payment);
        })
        .await?;
    tell::at_once(sandbox, &payment).await
}
