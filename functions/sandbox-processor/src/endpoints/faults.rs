//! `GET` and `PUT` of `/faults`: what goes wrong from now on.

use std::time::Duration;

use http::{Method, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::json;
use shared::domain::time::Ticks;
use shared::http::ApiRequest;

use crate::answer::{Answer, Refusal};
use crate::domain::fault::{Fate, Settings};
use crate::ledger::Kept;
use crate::{Sandbox, ask};

/// There is one of them.
const NAME: &str = "faults";

/// The settings as they are kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Faults {
    settings: Settings,
    /// Requests are counted anew each time that somebody sets something.
    counter: String,
}

impl Kept for Faults {
    const KIND: &'static str = "settings";

    fn name(&self) -> &str {
        NAME
    }

    fn due_at(&self) -> Option<Ticks> {
        None
    }
}

/// Shows the settings, or replaces them.
pub(crate) async fn faults(sandbox: &Sandbox, request: &ApiRequest) -> Result<Answer, Refusal> {
    if *request.method() != Method::PUT {
        let found = sandbox.ledger.find::<Faults>(NAME).await?;
        let settings = found.map(|found| found.value.settings);
        return Answer::ok(&settings.unwrap_or_default());
    }
    let settings: Settings = ask::body(request)?;
    settings.check().map_err(Refusal::invalid)?;
    let faults = Faults {
        settings,
        counter: sandbox.entropy.uuid().simple().to_string(),
    };
    let now = sandbox.clock.now();
    loop {
        let replaced = sandbox
            .ledger
            .change(NAME, now, |kept: &mut Faults| kept.clone_from(&faults))
            .await?;
        if replaced.is_some() || sandbox.ledger.create(&faults, now).await? {
            tracing::info!(perMille = faults.settings.per_mille, "faults were set");
            return Answer::ok(&faults.settings);
        }
    }
}

/// What this request meets, and how late a late answer is.
pub(crate) async fn fate(sandbox: &Sandbox) -> Result<Option<(Fate, Duration)>, Refusal> {
    let Some(found) = sandbox.ledger.find::<Faults>(NAME).await? else {
        return Ok(None);
    };
    let Faults { settings, counter } = found.value;
    if settings.are_none() {
        return Ok(None);
    }
    let now = sandbox.clock.now();
    let number = sandbox.ledger.count(&counter, now).await?;
    let late = Duration::from_millis(settings.late_ms);
    Ok(settings.fate(number).map(|fate| (fate, late)))
}

/// A 500.
pub(crate) fn server_error() -> Answer {
    let body =
        json!({ "error": { "code": "INTERNAL", "message": "The sandbox was told to fail." } });
    Answer {
        status: StatusCode::INTERNAL_SERVER_ERROR,
        body: body.to_string(),
    }
}

/// What is left of an answer that breaks off.
pub(crate) fn truncated(answer: Answer) -> Answer {
    let half = answer.body.chars().count() / 2;
    Answer {
        status: StatusCode::OK,
        body: answer.body.chars().take(half).collect(),
    }
}

/// JSON that has nothing to do with the question.
pub(crate) fn foreign() -> Answer {
    Answer {
        status: StatusCode::OK,
        body: json!({ "status": "up", "result": 1, "items": [] }).to_string(),
    }
}
