//! A verdict on a modification, written once: the modification and its payment in one transaction.

use lambda_runtime::Error;
use processor::Acting;
use shared::domain::modification::{Modification, ModificationStatus};
use shared::domain::payment::{Payment, Requested, Verdict};
use shared::domain::reference::Reference;
use shared::store::commit::CommitError;
use shared::store::load::BACKGROUND_WITHIN;
use shared::store::{self, Deadline, Key};

/// Reads a modification and its payment.
pub(crate) async fn load(
    acting: Acting<'_>,
    reference: &Reference,
) -> Result<(Modification, Payment), Error> {
    let store = acting.app.store(acting.environment);
    let deadline = Deadline::within(BACKGROUND_WITHIN);
    let wanted = [Some(Key::modification(reference))];
    let [item] = store.load(wanted, deadline).await?;
    let modification: Modification = store::read(item.ok_or("the modification is not there")?)?;
    let wanted = [Some(Key::payment(&modification.payment_reference))];
    let [item] = store.load(wanted, deadline).await?;
    let payment = store::read(item.ok_or("the payment is not there")?)?;
    Ok((modification, payment))
}

/// Settles a modification, unless it is settled: decided anew from what is there, until it is written.
pub(crate) async fn settle(
    acting: Acting<'_>,
    reference: &Reference,
    verdict: Verdict<'_>,
) -> Result<(), Error> {
    let store = acting.app.store(acting.environment);
    let deadline = Deadline::within(BACKGROUND_WITHIN);
    loop {
        let (modification, before) = load(acting, reference).await?;
        if modification.is_settled() {
            say_if_contradicted(acting, &modification, verdict);
            return Ok(());
        }
        let (now, writer) = (
            acting.app.clock.now(),
            acting.app.entropy.uuid().to_string(),
        );
        let mut after = before.clone();
        let requested = Requested {
            kind: modification.kind,
            amount: modification.amount,
            reference: reference.clone(),
        };
        let status = after.settle(&requested, verdict, now);
        let writes = [
            store::settle_modification(&modification, status, now, &writer)?,
            store::change_payment(&before, &after, now, &writer)?,
        ];
        match store.commit(&writes, &writer, deadline).await {
            Ok(()) => {
                tracing::info!(
                    environment = %acting.environment,
                    modification = %reference,
                    ?status,
                    "modification settled"
                );
                return Ok(());
            }
            Err(CommitError::Refused(_)) => {}
            Err(error) => return Err(error.into()),
        }
    }
}

/// Whoever settled it before may have been an operator, and the service may say otherwise now.
fn say_if_contradicted(acting: Acting<'_>, settled: &Modification, verdict: Verdict<'_>) {
    let was_done = settled.status == ModificationStatus::Success;
    if was_done != (verdict == Verdict::Success) {
        tracing::error!(
            environment = %acting.environment,
            modification = %settled.reference,
            disagreement = "SETTLED_OTHERWISE",
            "the service says otherwise than what was settled"
        );
    }
}
