//! A merchant's endpoint: where events go, how it does, and its end when it is gone or has failed for days.

use lambda_runtime::Error;
use shared::domain::audit::{AuditAction, AuditRecord, SERVICE, Settings, without_query};
use shared::domain::client_secret::ClientSecret;
use shared::domain::delivery::DeliveryAttempt;
use shared::domain::health::{Because, Change, Disabled, Health, TRIED_FOR};
use shared::domain::time::Ticks;
use shared::store::commit::CommitError;
use shared::store::{self, Deadline, Item, Key, Unavailable, Webhook};

use crate::deliver::Task;

/// An endpoint that events are sent to.
pub(crate) struct Endpoint {
    seen: Item,
    webhook: Webhook,
    /// What signs its events.
    pub(crate) secret: ClientSecret,
    health: Health,
}

/// The right to try an endpoint.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Turn {
    /// It is anybody's.
    Anybodys,
    /// The endpoint hangs, and this delivery is the one that tries it, until a time.
    Trial(Ticks),
}

impl Endpoint {
    /// What there is for a merchant; `None` when there is no endpoint that is enabled.
    pub(crate) fn find(
        webhook: Option<Item>,
        secret: Option<Item>,
        health: Option<Item>,
    ) -> Result<Option<Self>, Unavailable> {
        let (Some(seen), Some(secret)) = (webhook, secret) else {
            return Ok(None);
        };
        let webhook: Webhook = store::read(seen.clone())?;
        if !webhook.enabled {
            return Ok(None);
        }
        Ok(Some(Self {
            seen,
            webhook,
            secret: store::read(secret)?,
            health: health.map(store::read).transpose()?.unwrap_or_default(),
        }))
    }

    /// Where events are sent.
    pub(crate) fn url(&self) -> &str {
        &self.webhook.url
    }

    /// Asks for the right to try the endpoint; `None`: it hangs, and another delivery tries it.
    pub(crate) async fn turn(&self, task: &Task<'_>, now: Ticks) -> Result<Option<Turn>, Error> {
        if !self.health.hangs() {
            return Ok(Some(Turn::Anybodys));
        }
        if !self.health.is_free(now) {
            return Ok(None);
        }
        let (until, writer) = (now.plus(TRIED_FOR), task.writer());
        let write = store::take_trial(&task.webcode, until, now, &writer);
        let store = task.worker.app.store(task.environment);
        match store.commit(&[write], &writer, task.deadline).await {
            Ok(()) => Ok(Some(Turn::Trial(until))),
            Err(CommitError::Refused(refusals)) => {
                let found = refusals.of(0).cloned().flatten();
                let found: Option<Health> = found.map(store::read).transpose()?;
                Ok(turn_of(&found.unwrap_or_default()))
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Gives the right back, of which no use was made.
    pub(crate) async fn give_back(
        &self,
        task: &Task<'_>,
        turn: Turn,
        deadline: Deadline,
    ) -> Result<(), Error> {
        let Turn::Trial(until) = turn else {
            return Ok(());
        };
        let writer = task.writer();
        let write = store::end_trial(&task.webcode, until, &writer);
        // Refused: it was over, and somebody else has it.
        task.write_or_leave(&[write], &writer, deadline).await?;
        Ok(())
    }

    /// Notes what an attempt tells of the endpoint.
    pub(crate) async fn note(
        &self,
        task: &Task<'_>,
        attempt: &DeliveryAttempt,
        turn: Turn,
        now: Ticks,
        deadline: Deadline,
    ) -> Result<(), Error> {
        if let Some(disabled) = Disabled::by(attempt, &self.health, now) {
            self.disable(task, disabled, deadline).await?;
            // An operator may have enabled it anew: nobody waits for who is done.
            return self.give_back(task, turn, deadline).await;
        }
        let change = self.health.change(attempt);
        let writer = task.writer();
        let write = match change {
            Change::Nothing => None,
            Change::Recovered => Some(store::note_recovery(&task.webcode, &writer)?),
            Change::Failed(timeouts) => {
                let write = store::note_failure(&task.webcode, timeouts, attempt.at, &writer);
                Some(write)
            }
        };
        if let Some(write) = write {
            // Refused: others noted as many timeouts as are counted.
            task.write_or_leave(&[write], &writer, deadline).await?;
        }
        if change == Change::Recovered {
            tracing::info!(environment = %task.environment, "endpoint well again");
            return Ok(());
        }
        self.give_back(task, turn, deadline).await
    }

    /// Disables the endpoint, unless an operator changed it, or it had a success, meanwhile.
    async fn disable(
        &self,
        task: &Task<'_>,
        disabled: Disabled,
        deadline: Deadline,
    ) -> Result<(), Error> {
        let writer = task.writer();
        let because = disabled.because;
        let after = Webhook {
            enabled: false,
            disabled: Some(disabled.clone()),
            ..self.webhook.clone()
        };
        let settings = |webhook: &Webhook, because| Settings {
            url: Some(without_query(&webhook.url)),
            enabled: Some(webhook.enabled),
            because,
            ..Settings::default()
        };
        let record = AuditRecord {
            id: task.worker.app.entropy.uuid().simple().to_string(),
            at: disabled.at,
            who: SERVICE.to_owned(),
            from: None,
            forgotten_at: None,
            trace_id: task.message_id.to_owned(),
            action: AuditAction::WebhookDisabled,
            target: None,
            old: Some(settings(&self.webhook, None)),
            new: Some(settings(&after, Some(because))),
        };
        let mut writes = vec![
            store::put_webhook(&task.webcode, &after, Some(&self.seen), &writer)?,
            store::create_audit_record(&task.webcode, &record, &writer)?,
        ];
        if because == Because::Failing {
            writes.push(store::require_failing_since(&task.webcode, disabled.since)?);
        }
        if task.write_or_leave(&writes, &writer, deadline).await? {
            // An alarm counts these lines (template.yaml), whatever level is logged.
            tracing::error!(
                environment = %task.environment, endpoint = "disabled", because = because.as_str(),
                "an endpoint was disabled"
            );
        }
        Ok(())
    }
}

/// What is left of the right to try an endpoint when it was refused, by what was found instead: it is well again, or answers
/// again, or somebody else has it.
fn turn_of(found: &Health) -> Option<Turn> {
    (!found.hangs()).then_some(Turn::Anybodys)
}

/// What is read of a merchant to send it something.
pub(crate) fn keys(webcode: &shared::domain::webcode::Webcode) -> [Option<Key>; 3] {
    [
        Some(Key::webhook(webcode)),
        Some(Key::client_secret(webcode)),
        Some(Key::webhook_health(webcode)),
    ]
}

#[cfg(test)]
mod tests {
    use shared::domain::health::HANGS_AFTER;

    use super::*;

    #[test]
    fn an_endpoint_that_answers_again_is_anybodys_and_one_that_hangs_is_another_ones() {
        let found = |timeouts| Health {
            timeouts,
            tried_until: Some(Ticks::from_unix_seconds(1_782_000_000)),
            ..Health::default()
        };
        for timeouts in [0, HANGS_AFTER - 1] {
            let turn = turn_of(&found(timeouts));
            assert!(matches!(turn, Some(Turn::Anybodys)), "{timeouts}");
        }
        assert!(turn_of(&found(HANGS_AFTER)).is_none());
    }
}
