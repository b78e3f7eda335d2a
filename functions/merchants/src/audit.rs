//! Who changed what, newest first.

use std::net::IpAddr;

use serde::Serialize;
use shared::domain::api_key::Network;
use shared::domain::audit::{AuditAction, AuditRecord, Settings};
use shared::domain::health::Because;
use shared::domain::time::Ticks;
use shared::http::{ApiError, Pagination, Reply};
use shared::store::Key;

use crate::cursor;
use crate::task::Task;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Shown<'a> {
    at: String,
    who: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<IpAddr>,
    action: AuditAction,
    #[serde(skip_serializing_if = "Option::is_none")]
    target: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    old: Option<ShownSettings<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    new: Option<ShownSettings<'a>>,
    trace_id: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ShownSettings<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ips: Option<&'a [Network]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    enabled: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    because: Option<Because>,
    #[serde(skip_serializing_if = "Option::is_none")]
    effective_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    made_from: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    made_to: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    count: Option<u64>,
}

/// Lists the audit records of an environment.
pub(crate) async fn list(task: &Task<'_>) -> Result<Reply, ApiError> {
    let webcode = task.webcode()?;
    let limit = task.request.limit()?;
    let place = cursor::read(task.request.query_parameter("cursor").as_deref(), place)?;
    let older_than = place.as_ref().map(|(at, id)| (*at, id.as_str()));
    // One more than asked for: it tells whether there is a next page.
    let mut records = task
        .store()
        .audit_records(&webcode, older_than, limit + 1, task.deadline)
        .await?;
    if records.is_empty() {
        let wanted = [Some(Key::merchant(&webcode))];
        let [merchant] = task.store().load(wanted, task.deadline).await?;
        merchant.ok_or(ApiError::NotFound)?;
    }
    let is_more = records.len() > limit;
    records.truncate(limit);
    let next_cursor = records.last().filter(|_| is_more).map(cursor_after);
    let shown: Vec<Shown<'_>> = records.iter().map(shown).collect();
    Reply::page(&shown, &Pagination { limit, next_cursor })
}

fn shown(record: &AuditRecord) -> Shown<'_> {
    Shown {
        at: record.at.iso(),
        who: &record.who,
        from: record.from,
        action: record.action,
        target: record.target.as_deref(),
        old: record.old.as_ref().map(shown_settings),
        new: record.new.as_ref().map(shown_settings),
        trace_id: &record.trace_id,
    }
}

fn shown_settings(settings: &Settings) -> ShownSettings<'_> {
    ShownSettings {
        name: settings.name.as_deref(),
        ips: settings.ips.as_deref(),
        url: settings.url.as_deref(),
        enabled: settings.enabled,
        because: settings.because,
        effective_at: settings.effective_at.map(|at| at.iso()),
        made_from: settings.made_from.map(|at| at.iso()),
        made_to: settings.made_to.map(|at| at.iso()),
        count: settings.count,
    }
}

fn cursor_after(record: &AuditRecord) -> String {
    cursor::write(&format!("{}.{}", record.at.get(), record.id))
}

/// A place among a merchant's records: the time and the id of one.
fn place(text: &str) -> Option<(Ticks, String)> {
    let (at, id) = text.split_once('.')?;
    let is_id = id.len() == 32 && id.bytes().all(|b| b.is_ascii_hexdigit());
    let at = at.parse().ok().filter(|_| is_id)?;
    Some((Ticks::new(at), id.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursors_are_checked() {
        assert_eq!(cursor::read(None, place).ok(), Some(None));
        let id = "0123456789abcdef0123456789abcdef";
        let good = cursor::write(&format!("17820000000000.{id}"));
        let expected = (Ticks::new(17_820_000_000_000), id.to_owned());
        assert_eq!(cursor::read(Some(&good), place).ok(), Some(Some(expected)));
        for bad in ["", "x", "!", &cursor::write("1.KEY#a"), &cursor::write(id)] {
            assert!(cursor::read(Some(bad), place).is_err(), "{bad}");
        }
    }
}
