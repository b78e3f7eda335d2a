//! Changes with a record of who made them: operators' changes, and what merchants have sent again.

use std::sync::{Mutex, PoisonError};

use crate::app::App;
use crate::domain::audit::{AuditAction, AuditRecord, Settings};
use crate::domain::delivery::KEPT;
use crate::domain::time::Ticks;
use crate::domain::webcode::Webcode;
use crate::http::{ApiError, ApiRequest};
use crate::store::commit::CommitError;
use crate::store::retry::Pauses;
use crate::store::{self, Deadline, Store, Unavailable, Write};

/// Somebody who may make a request, and the transaction that it becomes.
pub struct Actor<'a> {
    /// The state of the function.
    pub app: &'a App,
    /// What is asked for.
    pub request: &'a ApiRequest,
    /// When it must be done.
    pub deadline: Deadline,
    /// The time of the request.
    pub now: Ticks,
    /// The id of the request, which all that it writes carries.
    pub writer: String,
    /// Who asks.
    pub who: Who<'a>,
    pauses: Mutex<Pauses<'a>>,
}

/// Who asks for something that is recorded.
#[derive(Debug, Clone, Copy)]
pub enum Who<'a> {
    /// An operator, by the ARN that signed the request.
    Operator(&'a str),
    /// The merchant, by the id of its API key.
    Merchant(&'a str),
}

impl Who<'_> {
    /// As the record names it.
    #[must_use]
    pub const fn name(&self) -> &str {
        match self {
            Self::Operator(name) | Self::Merchant(name) => name,
        }
    }
}

/// A change as its audit record tells it.
pub struct Told<'a> {
    /// What is done.
    pub action: AuditAction,
    /// To what, if the merchant has several of its kind.
    pub target: Option<&'a str>,
    /// How it was before.
    pub old: Option<Settings>,
    /// How it is now.
    pub new: Option<Settings>,
}

impl<'a> Actor<'a> {
    /// Somebody who was found to be allowed to ask.
    #[must_use]
    pub fn new(app: &'a App, request: &'a ApiRequest, who: Who<'a>, deadline: Deadline) -> Self {
        Self {
            app,
            request,
            deadline,
            now: app.clock.now(),
            writer: app.entropy.uuid().to_string(),
            who,
            pauses: Mutex::new(Pauses::until(deadline, &app.entropy)),
        }
    }

    /// The table of the environment that is asked about.
    #[must_use]
    pub const fn store(&self) -> &'a Store {
        self.app.store(self.request.environment)
    }

    /// The record of a change.
    ///
    /// # Errors
    /// [`Unavailable`] when it cannot be mapped, which is a bug.
    pub fn record(&self, webcode: &Webcode, told: Told<'_>) -> Result<Write, Unavailable> {
        // Operators' changes stay for good. A merchant's requests are remembered as long as what they sent.
        let forgotten_at = match self.who {
            Who::Operator(_) => None,
            Who::Merchant(_) => Some(self.now.plus(KEPT)),
        };
        let record = AuditRecord {
            id: self.app.entropy.uuid().simple().to_string(),
            at: self.now,
            who: self.who.name().to_owned(),
            from: self.request.source_ip,
            forgotten_at,
            trace_id: self.request.trace_id.clone(),
            action: told.action,
            target: told.target.map(str::to_owned),
            old: told.old,
            new: told.new,
        };
        store::create_audit_record(webcode, &record, &self.writer)
    }

    /// Writes all or nothing. `false`: somebody was faster, and it must be decided anew; of those who were not, each has waited for
    /// a while, so that they don't all come at the same time again.
    ///
    /// # Errors
    /// 99001 when the database cannot be asked, or there is no time for another try.
    pub async fn commit(&self, store: &Store, writes: &[Write]) -> Result<bool, ApiError> {
        match store.commit(writes, &self.writer, self.deadline).await {
            Ok(()) => Ok(true),
            Err(CommitError::Unavailable(error)) => Err(error.into()),
            Err(CommitError::Refused(_)) => {
                let pause = self
                    .pauses
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .next_pause();
                let crowded = || Unavailable::because("somebody was faster each time");
                tokio::time::sleep(pause.ok_or_else(crowded)?).await;
                Ok(false)
            }
        }
    }
}
