//! Asking an external service for a modification: recorded before it is asked, asked again while that is safe, settled by
//! what the service says and by nothing else.

use std::time::Duration;

use lambda_runtime::Error;
use processor::services::Capabilities;
use processor::{Acting, Client, Outcome};
use shared::domain::external::{
    CancelRequest, CaptureRequest, ExtendRequest, ModifyAnswer, PayResult, RefundRequest,
};
use shared::domain::modification::{Claim, Modification, ModificationKind};
use shared::domain::money::Money;
use shared::domain::payment::{Payment, Verdict};
use shared::domain::reference::Reference;
use shared::store::commit::CommitError;
use shared::store::load::BACKGROUND_WITHIN;
use shared::store::{self, Deadline};

use crate::settle::{load, settle};

/// Why a modification failed that the service refused without a reason that a program could read.
const REFUSED: &str = "REFUSED_BY_SERVICE";

/// Why a modification failed whose request the service refused as such.
const REJECTED: &str = "REJECTED_BY_SERVICE";

/// Why a modification failed of a payment that no service took.
const NO_SERVICE: &str = "NO_EXTERNAL_SERVICE";

/// A reason of the service's own, as merchants are told it: no longer than this.
const REASON_BYTES_MAX: usize = 64;

/// A question is repeated for so long; after it a service may have forgotten its `Idempotency-Key`, and would do it anew
/// (docs/external-integration.md, *Capabilities*).
const REPEATED_FOR: Duration = Duration::from_secs(12 * 60 * 60);

/// A service that is not configured is looked for again after this.
const MISSING_FOR: Duration = Duration::from_secs(60 * 60);

/// Without a word from the service a modification that must not be asked for is looked at again after this.
const FOUND_OUT_EVERY: Duration = Duration::from_secs(24 * 60 * 60);

/// Asks for a modification, unless it is settled, somebody else is asking, or it must not be asked for again.
pub(crate) async fn ask(acting: Acting<'_>, reference: &Reference) -> Result<(), Error> {
    let (before, payment) = load(acting, reference).await?;
    if before.is_settled() {
        return Ok(());
    }
    let Some((service, payment_id)) = at_service(&payment) else {
        return settle(acting, reference, Verdict::Failure(NO_SERVICE)).await;
    };
    let Some(client) = acting.client(service) else {
        tracing::error!(service, modification = %reference, "the service is not configured any more");
        return put_off_for(acting, &before, MISSING_FOR).await;
    };
    let capabilities = client.capabilities();
    let may_be_done = before
        .asking
        .as_ref()
        .is_some_and(|asking| asking.uncertain || asking.asked_until.is_some());
    if !may_be_done && !can(capabilities, before.kind) {
        let reason = cannot(before.kind);
        return settle(acting, reference, Verdict::Failure(reason)).await;
    }
    if exceeds(&before, &payment) {
        // The state machine says so too, whatever the verdict: nobody is asked for too much.
        return settle(acting, reference, Verdict::Success).await;
    }
    let now = acting.app.clock.now();
    let repeatable = (before.kind != ModificationKind::Refund || capabilities.idempotent_refunds)
        && now.since(reference.created_at()) < REPEATED_FOR;
    let mut claimed = before.clone();
    match claimed.claim(repeatable, now) {
        Claim::NotYet => return Ok(()),
        Claim::MustNotAsk => {
            if reconcile(acting, reference).await? == Told::Nothing {
                say_if_unresolved(acting, &before, true);
                return put_off_for(acting, &before, FOUND_OUT_EVERY).await;
            }
            return Ok(());
        }
        Claim::Ask => {}
    }
    if !note(acting, &before, &claimed).await? {
        return Ok(());
    }
    // Where it may have been done, the status is asked first: it does nothing.
    if claimed.is_uncertain() && reconcile(acting, reference).await? == Told::Settled {
        return Ok(());
    }
    let outcome = call(client, &claimed, payment_id).await;
    heard(acting, &claimed, outcome).await
}

/// Acts on what the service said.
async fn heard(
    acting: Acting<'_>,
    asked: &Modification,
    outcome: Outcome<ModifyAnswer>,
) -> Result<(), Error> {
    let reference = &asked.reference;
    match outcome {
        Outcome::Answered(answer) => match answer.result {
            PayResult::Ok => settle(acting, reference, Verdict::Success).await,
            PayResult::Ko => {
                let reason = reason(answer.result_description.as_deref());
                settle(acting, reference, Verdict::Failure(reason)).await
            }
            // It has it, and will tell: to a service that would do it twice, it is not said twice.
            PayResult::Pending | PayResult::RedirectToUrl => put_off(acting, asked, false).await,
        },
        // A wrong credential or address says nothing of the modification; nor does anything where an earlier question may have
        // been carried out.
        ref outcome if outcome.is_misdirected() => put_off(acting, asked, true).await,
        Outcome::Rejected(_) if asked.is_uncertain() => put_off(acting, asked, false).await,
        Outcome::Rejected(_) => settle(acting, reference, Verdict::Failure(REJECTED)).await,
        Outcome::NotDone => put_off(acting, asked, true).await,
        Outcome::Unknown(_) => put_off(acting, asked, false).await,
    }
}

/// Whether a status told of a modification.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Told {
    /// It did, and the modification is settled.
    Settled,
    /// It did not, or not how it ended.
    Nothing,
}

/// Finds out what became of a modification without asking for it: by what the payment's status tells of it. Where the service
/// tells nothing, it stays as it is.
pub(crate) async fn reconcile(acting: Acting<'_>, reference: &Reference) -> Result<Told, Error> {
    let (modification, payment) = load(acting, reference).await?;
    if modification.is_settled() {
        return Ok(Told::Settled);
    }
    let asked_for = modification.asking.is_some();
    let Some((service, payment_id)) = at_service(&payment).filter(|_| asked_for) else {
        return Ok(Told::Nothing);
    };
    let Some(client) = acting.client(service) else {
        return Ok(Told::Nothing);
    };
    let Outcome::Answered(status) = client.status(payment_id).await else {
        return Ok(Told::Nothing);
    };
    let told = status
        .modifications
        .iter()
        .find(|told| told.idempotency_key == reference.as_str());
    match told.map(|told| (told.result, told.result_description.as_deref())) {
        Some((PayResult::Ok, _)) => settle(acting, reference, Verdict::Success).await?,
        Some((PayResult::Ko, description)) => {
            settle(acting, reference, Verdict::Failure(reason(description))).await?;
        }
        Some((PayResult::Pending | PayResult::RedirectToUrl, _)) | None => {
            return Ok(Told::Nothing);
        }
    }
    Ok(Told::Settled)
}

fn at_service(payment: &Payment) -> Option<(&str, &str)> {
    let at = payment.processor.as_ref()?;
    Some((&at.service, at.payment_id.as_deref()?))
}

async fn call(client: Client<'_>, asked: &Modification, payment_id: &str) -> Outcome<ModifyAnswer> {
    let key = asked.reference.as_str();
    let payment_id = payment_id.to_owned();
    match (asked.kind, asked.amount) {
        (ModificationKind::Refund, Some(Money { value, currency })) => {
            let request = RefundRequest {
                amount: value,
                currency,
                payment_id,
                provider_data: None,
            };
            client.refund(&request, key).await
        }
        (ModificationKind::Capture, Some(Money { value, currency })) => {
            let request = CaptureRequest {
                amount: value,
                currency,
                payment_id,
            };
            client.capture(&request, key).await
        }
        (ModificationKind::Cancel, _) => client.cancel(&CancelRequest { payment_id }, key).await,
        (ModificationKind::Extend, _) => client.extend(&ExtendRequest { payment_id }, key).await,
        (ModificationKind::Refund | ModificationKind::Capture, None) => {
            tracing::error!(modification = key, "a modification without its amount");
            Outcome::NotDone
        }
    }
}

const fn can(capabilities: Capabilities, kind: ModificationKind) -> bool {
    match kind {
        ModificationKind::Refund => true,
        ModificationKind::Capture => capabilities.capture,
        ModificationKind::Cancel => capabilities.cancel,
        ModificationKind::Extend => capabilities.extend,
    }
}

const fn cannot(kind: ModificationKind) -> &'static str {
    match kind {
        ModificationKind::Refund => "SERVICE_CANNOT_REFUND",
        ModificationKind::Capture => "SERVICE_CANNOT_CAPTURE",
        ModificationKind::Cancel => "SERVICE_CANNOT_CANCEL",
        ModificationKind::Extend => "SERVICE_CANNOT_EXTEND",
    }
}

fn exceeds(modification: &Modification, payment: &Payment) -> bool {
    modification.kind == ModificationKind::Capture
        && modification
            .amount
            .is_some_and(|amount| amount.value > payment.amount.value)
}

/// A service's own reason, if it is a code; free text may hold anything, and is not passed on.
fn reason(description: Option<&str>) -> &str {
    let is_code = |text: &&str| {
        (1..=REASON_BYTES_MAX).contains(&text.len())
            && text
                .bytes()
                .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
    };
    description.filter(is_code).unwrap_or(REFUSED)
}

/// Notes what is known of the questions. `false`: somebody noted something else first.
async fn note(
    acting: Acting<'_>,
    before: &Modification,
    after: &Modification,
) -> Result<bool, Error> {
    let writer = acting.app.entropy.uuid().to_string();
    let now = acting.app.clock.now();
    let write = store::note_asking(before, after, now, &writer)?;
    let store = acting.app.store(acting.environment);
    let deadline = Deadline::within(BACKGROUND_WITHIN);
    match store.commit(&[write], &writer, deadline).await {
        Ok(()) => Ok(true),
        Err(CommitError::Refused(_)) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

async fn put_off(acting: Acting<'_>, asked: &Modification, certain: bool) -> Result<(), Error> {
    let mut after = asked.clone();
    after.put_off(certain, acting.app.clock.now());
    say_if_unresolved(acting, &after, false);
    note(acting, asked, &after).await.map(|_| ())
}

async fn put_off_for(acting: Acting<'_>, seen: &Modification, time: Duration) -> Result<(), Error> {
    let mut after = seen.clone();
    after.put_off_for(time, acting.app.clock.now());
    note(acting, seen, &after).await.map(|_| ())
}

fn say_if_unresolved(acting: Acting<'_>, modification: &Modification, must_not_ask: bool) {
    if must_not_ask || modification.is_unresolved() {
        let why = if must_not_ask {
            "unknown outcome"
        } else {
            "no verdict"
        };
        tracing::error!(
            environment = %acting.environment,
            modification = %modification.reference,
            unresolved = why,
            "nobody knows what became of a modification"
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_passed_on_and_free_text_is_not() {
        for (description, expected) in [
            (Some("INSUFFICIENT_FUNDS"), "INSUFFICIENT_FUNDS"),
            (Some("Mr Smith's card 4111"), REFUSED),
            (Some("no"), REFUSED),
            (Some(""), REFUSED),
            (None, REFUSED),
        ] {
            assert_eq!(reason(description), expected);
        }
        let long = "A".repeat(REASON_BYTES_MAX + 1);
        assert_eq!(reason(Some(&long)), REFUSED);
    }
}
