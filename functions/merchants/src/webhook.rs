//! Where events are sent, for each environment on its own (contract README, *Webhooks*).

use http::StatusCode;
use serde::Serialize;
use shared::actor::Told;
use shared::app::REQUEST_WITHIN;
use shared::domain::audit::{AuditAction, Settings, without_query};
use shared::domain::delivery::{Delivery, KEPT};
use shared::domain::health::{Because, Disabled};
use shared::domain::text::check_webhook_url;
use shared::domain::time::Ticks;
use shared::domain::webcode::Webcode;
use shared::http::{ApiError, Fields, Reply};
use shared::redelivery::is_missed_since;
use shared::store::keys::Listed;
use shared::store::list::{Rows, Span};
use shared::store::{self, Item, Key, Webhook, Write};

use crate::task::Task;

#[derive(Serialize)]
struct Shown<'a> {
    url: Option<&'a str>,
    enabled: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    disabled: Option<ShownDisabled>,
    #[serde(skip_serializing_if = "Option::is_none")]
    missed: Option<Missed>,
}

/// When and why nothing is sent any more.
#[derive(Serialize)]
struct ShownDisabled {
    at: String,
    because: Because,
}

/// What was not delivered while the endpoint failed or was disabled: what `deliveries/resend` with these bounds sends again.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Missed {
    from: String,
    to: String,
    ended_from: String,
    count: usize,
    /// Whether there are more than were counted.
    is_more: bool,
}

/// Missed deliveries that are counted, at most.
const COUNTED_MAX: usize = 500;

/// Shows where events are sent; `url` is null when nothing was ever set.
pub(crate) async fn show(task: &Task<'_>) -> Result<Reply, ApiError> {
    let webcode = task.webcode()?;
    let found = load(task, &webcode).await?;
    let webhook: Option<Webhook> = found.map(store::read).transpose()?;
    Reply::new(
        StatusCode::OK,
        &Shown {
            url: webhook.as_ref().map(|webhook| webhook.url.as_str()),
            enabled: webhook.as_ref().is_some_and(|webhook| webhook.enabled),
            disabled: webhook.as_ref().and_then(shown_disabled),
            missed: None,
        },
    )
}

fn shown_disabled(webhook: &Webhook) -> Option<ShownDisabled> {
    let disabled = webhook.disabled.as_ref()?;
    Some(ShownDisabled {
        at: disabled.at.iso(),
        because: disabled.because,
    })
}

/// Sets the address, enables or disables. The first address is enabled unless the request says otherwise.
pub(crate) async fn change(task: &Task<'_>) -> Result<Reply, ApiError> {
    let webcode = task.webcode()?;
    let object = task.request.json()?;
    let wanted = Wanted::parse(&Fields::of(&object), task)?;
    loop {
        let seen = load(task, &webcode).await?;
        let before: Option<Webhook> = seen.clone().map(store::read).transpose()?;
        let after = wanted.over(before.as_ref(), task.now)?;
        let mut shown = Shown {
            url: Some(&after.url),
            enabled: after.enabled,
            disabled: shown_disabled(&after),
            missed: None,
        };
        let mut writes = Vec::new();
        if wanted.needs_key() {
            writes.push(active_key(task, &webcode).await?);
        }
        if before.as_ref() == Some(&after) {
            return Reply::new(StatusCode::OK, &shown);
        }
        let told = Told {
            action: AuditAction::WebhookChanged,
            target: None,
            old: before.as_ref().map(settings),
            new: Some(settings(&after)),
        };
        writes.push(store::put_webhook(
            &webcode,
            &after,
            seen.as_ref(),
            &task.writer,
        )?);
        writes.push(task.record(&webcode, told)?);
        // What was known of it as it was tells nothing of it as it is now.
        writes.push(store::note_recovery(&webcode, &task.writer)?);
        // Before it is enabled: afterwards nothing tells any more since when it was not.
        let disabled = before.and_then(|before| before.disabled);
        if let Some(disabled) = disabled.filter(|_| after.enabled) {
            shown.missed = Some(missed(task, &webcode, &disabled).await?);
        }
        if task.commit(task.store(), &writes).await? {
            return Reply::new(StatusCode::OK, &shown);
        }
    }
}

/// What the request would have.
struct Wanted {
    url: Option<String>,
    enabled: Option<bool>,
}

impl Wanted {
    fn parse(fields: &Fields<'_>, task: &Task<'_>) -> Result<Self, ApiError> {
        let allowed = &task.app.config.webhook_allowed_networks;
        let url = fields.checked_text("url", |url| check_webhook_url(url, allowed))?;
        // What a browser would mend, a delivery does not: better told now than by eight failed attempts.
        if url
            .as_ref()
            .is_some_and(|url| url.parse::<http::Uri>().is_err())
        {
            return Err(ApiError::invalid(
                "url must be written in ASCII, an international host in its xn-- form.",
            ));
        }
        let enabled = fields.find_flag("enabled")?;
        if url.is_none() && enabled.is_none() {
            return Err(ApiError::invalid("url or enabled is required."));
        }
        Ok(Self { url, enabled })
    }

    /// Without an active key there is nothing to be told of. To disable is possible always.
    const fn needs_key(&self) -> bool {
        self.url.is_some() || matches!(self.enabled, Some(true))
    }

    fn over(&self, before: Option<&Webhook>, now: Ticks) -> Result<Webhook, ApiError> {
        let url = self
            .url
            .clone()
            .or_else(|| before.map(|before| before.url.clone()))
            .ok_or_else(|| ApiError::invalid("url is required: none is set yet."))?;
        let enabled = self
            .enabled
            .unwrap_or_else(|| before.is_none_or(|before| before.enabled));
        let disabled = before.and_then(|before| before.disabled.clone());
        let disabled = if enabled {
            None
        } else {
            Some(disabled.unwrap_or(Disabled {
                at: now,
                because: Because::Operator,
                since: now,
            }))
        };
        Ok(Webhook {
            url,
            enabled,
            disabled,
        })
    }
}

/// The condition that a key is active, on one that is. Should it be revoked meanwhile, the next round finds another, or none.
async fn active_key(task: &Task<'_>, webcode: &Webcode) -> Result<Write, ApiError> {
    let entries = task.store().key_entries(webcode, task.deadline).await?;
    entries
        .iter()
        .find(|entry| !entry.revoked)
        .map(|entry| store::require_active_key(webcode, entry))
        .ok_or(ApiError::Unprocessable(
            "This environment has no active API key: create one first.",
        ))
}

/// What is there, for a merchant that is.
async fn load(task: &Task<'_>, webcode: &Webcode) -> Result<Option<Item>, ApiError> {
    let wanted = [Key::merchant(webcode), Key::webhook(webcode)].map(Some);
    let [merchant, webhook] = task.store().load(wanted, task.deadline).await?;
    merchant.ok_or(ApiError::NotFound)?;
    Ok(webhook)
}

/// Counts what was missed: what came to its end since the endpoint failed, however long before it came to be.
async fn missed(
    task: &Task<'_>,
    webcode: &Webcode,
    disabled: &Disabled,
) -> Result<Missed, ApiError> {
    let from = task.now.minus(KEPT);
    // What comes to be until the endpoint is enabled is missed too.
    let to = task.now.plus(REQUEST_WITHIN);
    let since = disabled.since;
    let span = Span {
        from: Some(from),
        to: Some(to),
        after: None,
        limit: COUNTED_MAX,
    };
    let rows = Rows::Of(Listed::Deliveries, webcode.clone());
    let page = task
        .store()
        .list(&rows, &span, true, task.deadline, |item| {
            let delivery: Delivery = store::read(item)?;
            Ok(is_missed_since(&delivery, since).then_some(()))
        });
    let page = page.await?;
    Ok(Missed {
        from: from.iso(),
        to: to.iso(),
        ended_from: since.iso(),
        count: page.rows.len(),
        is_more: page.next.is_some(),
    })
}

fn settings(webhook: &Webhook) -> Settings {
    Settings {
        url: Some(without_query(&webhook.url)),
        enabled: Some(webhook.enabled),
        ..Settings::default()
    }
}
