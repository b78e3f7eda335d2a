//! One request of an operator: who asks, for whom, and the transaction that it becomes.

use std::collections::BTreeMap;

use processor::Services;
use serde_json::{Map, Value};
use shared::app::{App, REQUEST_WITHIN};
use shared::config::Config;
use shared::domain::audit::{AuditAction, AuditRecord, Settings};
use shared::domain::environment::Environment;
use shared::domain::time::Ticks;
use shared::domain::webcode::Webcode;
use shared::http::{ApiError, ApiRequest};
use shared::seal::Sealer;
use shared::store::commit::CommitError;
use shared::store::{self, Deadline, Store, Unavailable, Write};

use crate::Merchants;
use crate::queues::Queues;

/// Records that are written at once: a transaction holds a hundred writes.
const RECORDS_MAX: usize = 50;

/// A request of somebody who may make it.
pub(crate) struct Task<'a> {
    pub(crate) app: &'a App,
    pub(crate) queues: &'a Queues,
    pub(crate) services: &'a Services,
    pub(crate) request: &'a ApiRequest,
    pub(crate) deadline: Deadline,
    pub(crate) now: Ticks,
    /// The id of the request, which all that it writes carries.
    pub(crate) writer: String,
    operator: &'a str,
}

/// A change as its audit record tells it.
pub(crate) struct Told<'a> {
    pub(crate) action: AuditAction,
    pub(crate) target: Option<&'a str>,
    pub(crate) old: Option<Settings>,
    pub(crate) new: Option<Settings>,
}

impl<'a> Task<'a> {
    /// Begins, if API Gateway says who asks. It always does; where something else stands in its place, nobody may do anything.
    pub(crate) fn begin(
        merchants: &'a Merchants,
        request: &'a ApiRequest,
    ) -> Result<Self, ApiError> {
        let app = &merchants.app;
        let operator = request.signed_by().ok_or(ApiError::AccessDenied)?;
        Ok(Self {
            app,
            queues: &merchants.queues,
            services: &merchants.services,
            request,
            deadline: Deadline::within(REQUEST_WITHIN),
            now: app.clock.now(),
            writer: app.entropy.uuid().to_string(),
            operator,
        })
    }

    /// Who asks.
    pub(crate) const fn operator(&self) -> &'a str {
        self.operator
    }

    /// The merchant that the path names. What cannot be a webcode names nobody.
    pub(crate) fn webcode(&self) -> Result<Webcode, ApiError> {
        let text = self.request.path_variable("webcode").unwrap_or_default();
        let webcode = Webcode::parse(&text).map_err(|_| ApiError::NotFound)?;
        self.request.note_merchant(&webcode);
        Ok(webcode)
    }

    /// The environment that the path names.
    pub(crate) const fn environment(&self) -> Environment {
        self.request.environment
    }

    /// The table of that environment.
    pub(crate) const fn store(&self) -> &'a Store {
        self.app.store(self.request.environment)
    }

    /// Seals and opens client secrets.
    pub(crate) fn sealer(&self) -> Result<&'a Sealer, ApiError> {
        let sealer = self.app.sealer.as_deref();
        Config::require(sealer, "SEALING_KEY").map_err(ApiError::internal)
    }

    /// The body; an empty one, where all fields are optional, is an object without fields.
    pub(crate) fn body(&self) -> Result<Map<String, Value>, ApiError> {
        if self.request.body().is_empty() {
            Ok(Map::new())
        } else {
            self.request.json()
        }
    }

    /// The record of a change.
    pub(crate) fn record(&self, webcode: &Webcode, told: Told<'_>) -> Result<Write, Unavailable> {
        let record = AuditRecord {
            id: self.app.entropy.uuid().simple().to_string(),
            at: self.now,
            who: self.operator.to_owned(),
            from: self.request.source_ip,
            trace_id: self.request.trace_id.clone(),
            action: told.action,
            target: told.target.map(str::to_owned),
            old: told.old,
            new: told.new,
        };
        store::create_audit_record(webcode, &record, &self.writer)
    }

    /// Records what is about to be done for merchants, with how often for each. It is too much for one transaction with its
    /// records, so they come first: what was done without one would be worse than what was not done with one.
    pub(crate) async fn record_each(
        &self,
        action: AuditAction,
        webcodes: impl IntoIterator<Item = &Webcode>,
    ) -> Result<(), ApiError> {
        let mut counts: BTreeMap<&Webcode, u64> = BTreeMap::new();
        for webcode in webcodes {
            *counts.entry(webcode).or_default() += 1;
        }
        let records = counts.into_iter().map(|(webcode, count)| {
            let settings = Settings {
                count: Some(count),
                ..Settings::default()
            };
            let told = Told {
                action,
                target: None,
                old: None,
                new: Some(settings),
            };
            self.record(webcode, told)
        });
        let records = records.collect::<Result<Vec<_>, _>>()?;
        for records in records.chunks(RECORDS_MAX) {
            // Each has an id of its own, so nothing can stand in its way.
            self.commit(self.store(), records).await?;
        }
        Ok(())
    }

    /// Writes all or nothing. `false`: somebody was faster, and it must be decided anew.
    pub(crate) async fn commit(&self, store: &Store, writes: &[Write]) -> Result<bool, ApiError> {
        match store.commit(writes, &self.writer, self.deadline).await {
            Ok(()) => Ok(true),
            Err(CommitError::Refused(_)) => Ok(false),
            Err(CommitError::Unavailable(error)) => Err(error.into()),
        }
    }
}
