//! An operator settles a modification whose outcome nobody else can tell: after asking the processor by telephone.

use http::StatusCode;
use serde::Serialize;
use shared::actor::Told;
use shared::domain::audit::{AuditAction, Settings};
use shared::domain::modification::{Modification, ModificationStatus};
use shared::domain::payment::{Payment, Requested, Verdict};
use shared::domain::reference::Reference;
use shared::http::{ApiError, Fields, Reply};
use shared::store::{self, Key};

use crate::task::Task;

/// Why a modification failed that an operator settled so.
const BY_OPERATOR: &str = "SETTLED_BY_OPERATOR";

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Settled<'a> {
    reference: &'a Reference,
    status: ModificationStatus,
}

/// Settles it as the operator says; the merchant is told by webhook. What is settled already stays as it is: 409.
pub(crate) async fn settle(task: &Task<'_>) -> Result<Reply, ApiError> {
    let webcode = task.webcode()?;
    let reference = task.request.path_variable("reference").unwrap_or_default();
    let reference = Reference::parse(&reference).map_err(|_| ApiError::NotFound)?;
    let body = task.request.json()?;
    let verdict = match Fields::of(&body).text("status")? {
        "success" => Verdict::Success,
        "failed" => Verdict::Failure(BY_OPERATOR),
        _ => return Err(ApiError::invalid("status must be success or failed.")),
    };
    let store = task.store();
    loop {
        let wanted = [Some(Key::modification(&reference))];
        let [found] = store.load(wanted, task.deadline).await?;
        let modification: Modification = store::read(found.ok_or(ApiError::NotFound)?)?;
        if modification.webcode != webcode {
            return Err(ApiError::NotFound);
        }
        if modification.is_settled() {
            return Err(ApiError::Conflict("The modification is settled already."));
        }
        let asked_until = modification
            .asking
            .as_ref()
            .and_then(|asking| asking.asked_until);
        if asked_until.is_some_and(|until| task.now < until) {
            return Err(ApiError::Conflict(
                "The external service is being asked for the modification right now. Try again in a minute.",
            ));
        }
        let wanted = [Some(Key::payment(&modification.payment_reference))];
        let [found] = store.load(wanted, task.deadline).await?;
        let before: Payment = store::read(found.ok_or(ApiError::NotFound)?)?;
        let mut after = before.clone();
        let requested = Requested {
            kind: modification.kind,
            amount: modification.amount,
            reference: reference.clone(),
        };
        let status = after.settle(&requested, verdict, task.now);
        let told = Told {
            action: AuditAction::ModificationSettled,
            target: Some(reference.as_str()),
            old: None,
            new: Some(Settings {
                status: Some(match status {
                    ModificationStatus::Success => "success".to_owned(),
                    _ => "failed".to_owned(),
                }),
                ..Settings::default()
            }),
        };
        let writes = [
            store::settle_modification(&modification, status, task.now, &task.writer)?,
            store::change_payment(&before, &after, task.now, &task.writer)?,
            task.record(&webcode, told)?,
        ];
        if task.commit(store, &writes).await? {
            let settled = Settled {
                reference: &reference,
                status,
            };
            return Reply::new(StatusCode::OK, &settled);
        }
    }
}
