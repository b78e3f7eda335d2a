//! One request of an operator: who asks, for whom, and the transaction that it becomes.

use std::collections::BTreeMap;
use std::ops::Deref;

use processor::Services;
use serde_json::{Map, Value};
use shared::actor::{Actor, Told, Who};
use shared::app::REQUEST_WITHIN;
use shared::config::Config;
use shared::domain::audit::{AuditAction, Settings};
use shared::domain::environment::Environment;
use shared::domain::webcode::Webcode;
use shared::http::{ApiError, ApiRequest};
use shared::seal::Sealer;
use shared::store::Deadline;

use crate::Merchants;
use crate::queues::Queues;

/// Records that are written at once: a transaction holds a hundred writes.
const RECORDS_MAX: usize = 50;

/// A request of an operator: an actor, with what operators alone reach.
pub(crate) struct Task<'a> {
    actor: Actor<'a>,
    pub(crate) queues: &'a Queues,
    pub(crate) services: &'a Services,
}

/// Most of what an operator does only needs to know who asks.
impl<'a> Deref for Task<'a> {
    type Target = Actor<'a>;

    fn deref(&self) -> &Actor<'a> {
        &self.actor
    }
}

impl<'a> Task<'a> {
    /// Begins, if API Gateway says who asks. It always does; where something else stands in its place, nobody may do anything.
    pub(crate) fn begin(
        merchants: &'a Merchants,
        request: &'a ApiRequest,
    ) -> Result<Self, ApiError> {
        let operator = request.signed_by().ok_or(ApiError::AccessDenied)?;
        let deadline = Deadline::within(REQUEST_WITHIN);
        Ok(Self {
            actor: Actor::new(&merchants.app, request, Who::Operator(operator), deadline),
            queues: &merchants.queues,
            services: &merchants.services,
        })
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
        self.actor.request.environment
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
}
