//! API keys (authentication.txt, *API keys*): created, listed, restricted, revoked, and given another value.
//!
//! A key is two items: what requests authenticate against, found by the key's hash, and its entry in the merchant's list. They
//! are written in one transaction, always, so that what the list says is what holds on the very next request.

use http::StatusCode;
use serde::Serialize;
use serde_json::{Map, Value};
use shared::actor::Told;
use shared::domain::api_key::{
    ApiKeyRecord, Network, PresentedKey, generate, generate_client_secret, hex,
};
use shared::domain::audit::{AuditAction, Settings};
use shared::domain::client_secret::ClientSecret;
use shared::domain::environment::Environment;
use shared::domain::key_entry::{KeyEntry, NETWORKS_MAX, end_of, is_key_id};
use shared::domain::webcode::Webcode;
use shared::http::{ApiError, Reply};
use shared::store::{self, Item, Key, Write};

use crate::task::Task;

/// A key, as its merchant's list shows it. There is no room for the key itself.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Shown<'a> {
    id: &'a str,
    environment: Environment,
    ends_with: &'a str,
    ips: &'a [Network],
    created_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    regenerated_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    revoked_at: Option<String>,
}

/// The reply that shows a key, once.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Made<'a> {
    #[serde(flatten)]
    key: Shown<'a>,
    api_key: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_secret: Option<&'a str>,
}

fn shown<'a>(task: &Task<'_>, entry: &'a KeyEntry) -> Shown<'a> {
    Shown {
        id: &entry.id,
        environment: task.environment(),
        ends_with: &entry.ends_with,
        ips: &entry.networks,
        created_at: entry.created_at.iso(),
        regenerated_at: entry.regenerated_at.map(|at| at.iso()),
        revoked_at: entry.revoked_at.map(|at| at.iso()),
    }
}

/// Creates a key. With the environment's first one the client secret is made too; of two first ones at the same time, one
/// makes it.
pub(crate) async fn create(task: &Task<'_>) -> Result<Reply, ApiError> {
    let webcode = task.webcode()?;
    let networks = networks(&task.body()?)?.unwrap_or_default();
    let value = NewValue::new(task)?;
    let entry = KeyEntry {
        id: format!("key_{}", hex(&task.app.entropy.bytes()[..8])),
        hash: value.presented.hash.clone(),
        ends_with: end_of(&value.text),
        networks,
        created_at: task.now,
        regenerated_at: None,
        revoked: false,
        revoked_at: None,
    };
    let client_secret = generate_client_secret(task.environment(), task.app.entropy.bytes());
    loop {
        let wanted = [Key::merchant(&webcode), Key::client_secret(&webcode)].map(Some);
        let [merchant, secret] = task.store().load(wanted, task.deadline).await?;
        merchant.ok_or(ApiError::NotFound)?;
        let told = Told {
            action: AuditAction::KeyCreated,
            target: Some(&entry.id),
            old: None,
            new: Some(ips(&entry.networks)),
        };
        let mut writes = vec![
            store::create_api_key(&entry.hash, &record_of(&webcode, &entry), &task.writer)?,
            store::put_key_entry(&webcode, &entry, None, &task.writer)?,
            task.record(&webcode, told)?,
        ];
        let is_first = secret.is_none();
        if is_first {
            writes.extend(first_secret(task, &webcode, &client_secret)?);
        }
        if task.commit(task.store(), &writes).await? {
            let made = Made {
                key: shown(task, &entry),
                api_key: &value.text,
                client_secret: is_first.then_some(&client_secret),
            };
            return Reply::new(StatusCode::CREATED, &made);
        }
    }
}

fn first_secret(
    task: &Task<'_>,
    webcode: &Webcode,
    client_secret: &str,
) -> Result<[Write; 2], ApiError> {
    let random = task.app.entropy.bytes();
    let sealed = task
        .sealer()?
        .seal(client_secret, task.environment(), webcode, random)
        .map_err(ApiError::internal)?;
    let told = Told {
        action: AuditAction::SecretCreated,
        target: None,
        old: None,
        new: None,
    };
    Ok([
        store::put_client_secret(webcode, &ClientSecret::first(sealed), None, &task.writer)?,
        task.record(webcode, told)?,
    ])
}

/// Lists the active keys, in the order in which they were created.
pub(crate) async fn list(task: &Task<'_>) -> Result<Reply, ApiError> {
    let webcode = task.webcode()?;
    let mut entries = task.store().key_entries(&webcode, task.deadline).await?;
    entries.retain(|entry| !entry.revoked);
    if entries.is_empty() {
        let wanted = [Some(Key::merchant(&webcode))];
        let [merchant] = task.store().load(wanted, task.deadline).await?;
        merchant.ok_or(ApiError::NotFound)?;
    }
    entries.sort_by(|a, b| (a.created_at, &a.id).cmp(&(b.created_at, &b.id)));
    let entries: Vec<Shown<'_>> = entries.iter().map(|entry| shown(task, entry)).collect();
    Reply::new(StatusCode::OK, &entries)
}

/// Gives a key another list of addresses.
pub(crate) async fn restrict(task: &Task<'_>) -> Result<Reply, ApiError> {
    let (webcode, id) = (task.webcode()?, id(task)?);
    let networks = networks(&task.request.json()?)?
        .ok_or_else(|| ApiError::invalid("ips is required; [] allows every address."))?;
    loop {
        let (seen, before) = find_active(task, &webcode, &id).await?;
        if before.networks == networks {
            return Reply::new(StatusCode::OK, &shown(task, &before));
        }
        let after = KeyEntry {
            networks: networks.clone(),
            ..before.clone()
        };
        let told = Told {
            action: AuditAction::KeyRestricted,
            target: Some(&id),
            old: Some(ips(&before.networks)),
            new: Some(ips(&after.networks)),
        };
        let writes = [
            store::put_key_entry(&webcode, &after, Some(&seen), &task.writer)?,
            store::restrict_api_key(&after.hash, &after.networks, &task.writer)?,
            task.record(&webcode, told)?,
        ];
        if task.commit(task.store(), &writes).await? {
            return Reply::new(StatusCode::OK, &shown(task, &after));
        }
    }
}

/// Revokes a key, for good: it fails on the very next request. Revoked already, it stays as it is.
pub(crate) async fn revoke(task: &Task<'_>) -> Result<Reply, ApiError> {
    let (webcode, id) = (task.webcode()?, id(task)?);
    loop {
        let (seen, before) = find(task, &webcode, &id).await?;
        if before.revoked {
            return Reply::new(StatusCode::OK, &shown(task, &before));
        }
        let after = KeyEntry {
            revoked: true,
            revoked_at: Some(task.now),
            ..before
        };
        let told = Told {
            action: AuditAction::KeyRevoked,
            target: Some(&id),
            old: None,
            new: None,
        };
        let writes = [
            store::put_key_entry(&webcode, &after, Some(&seen), &task.writer)?,
            store::revoke_api_key(&after.hash, &task.writer),
            task.record(&webcode, told)?,
        ];
        if task.commit(task.store(), &writes).await? {
            return Reply::new(StatusCode::OK, &shown(task, &after));
        }
    }
}

/// Gives a key another value. Its id and its addresses stay; the old value fails on the very next request.
pub(crate) async fn regenerate(task: &Task<'_>) -> Result<Reply, ApiError> {
    let (webcode, id) = (task.webcode()?, id(task)?);
    let value = NewValue::new(task)?;
    loop {
        let (seen, before) = find_active(task, &webcode, &id).await?;
        let after = KeyEntry {
            hash: value.presented.hash.clone(),
            ends_with: end_of(&value.text),
            regenerated_at: Some(task.now),
            ..before.clone()
        };
        let told = Told {
            action: AuditAction::KeyRegenerated,
            target: Some(&id),
            old: None,
            new: None,
        };
        let writes = [
            store::put_key_entry(&webcode, &after, Some(&seen), &task.writer)?,
            store::create_api_key(&after.hash, &record_of(&webcode, &after), &task.writer)?,
            store::revoke_api_key(&before.hash, &task.writer),
            task.record(&webcode, told)?,
        ];
        if task.commit(task.store(), &writes).await? {
            let made = Made {
                key: shown(task, &after),
                api_key: &value.text,
                client_secret: None,
            };
            return Reply::new(StatusCode::OK, &made);
        }
    }
}

/// A new key, and what is kept of it.
struct NewValue {
    text: String,
    presented: PresentedKey,
}

impl NewValue {
    fn new(task: &Task<'_>) -> Result<Self, ApiError> {
        let text = generate(task.environment(), task.app.entropy.bytes());
        let presented = PresentedKey::parse(&text).map_err(ApiError::internal)?;
        Ok(Self { text, presented })
    }
}

/// What requests with a key authenticate against.
fn record_of(webcode: &Webcode, entry: &KeyEntry) -> ApiKeyRecord {
    ApiKeyRecord {
        id: entry.id.clone(),
        webcode: webcode.clone(),
        revoked: false,
        networks: entry.networks.clone(),
    }
}

/// The id of a key that the path names. What cannot be one names nothing.
fn id(task: &Task<'_>) -> Result<String, ApiError> {
    task.request
        .path_variable("id")
        .filter(|id| is_key_id(id))
        .ok_or(ApiError::NotFound)
}

async fn find(task: &Task<'_>, webcode: &Webcode, id: &str) -> Result<(Item, KeyEntry), ApiError> {
    let wanted = [Some(Key::key_entry(webcode, id))];
    let [found] = task.store().load(wanted, task.deadline).await?;
    let found = found.ok_or(ApiError::NotFound)?;
    Ok((found.clone(), store::read(found)?))
}

async fn find_active(
    task: &Task<'_>,
    webcode: &Webcode,
    id: &str,
) -> Result<(Item, KeyEntry), ApiError> {
    let (seen, entry) = find(task, webcode, id).await?;
    if entry.revoked {
        return Err(ApiError::NotFound);
    }
    Ok((seen, entry))
}

fn ips(networks: &[Network]) -> Settings {
    Settings {
        ips: Some(networks.to_vec()),
        ..Settings::default()
    }
}

/// `ips`: addresses and CIDR ranges (contract README, *API keys* and *Limits*).
fn networks(body: &Map<String, Value>) -> Result<Option<Vec<Network>>, ApiError> {
    let ips = match body.get("ips") {
        None | Some(Value::Null) => return Ok(None),
        Some(ips) => ips.as_array().filter(|ips| ips.len() <= NETWORKS_MAX),
    };
    let ips = ips.ok_or_else(|| {
        ApiError::invalid("ips must be an array of at most 50 addresses or CIDR ranges.")
    })?;
    let parsed = ips.iter().enumerate().map(|(place, ip)| {
        let network = ip.as_str().and_then(|text| Network::parse(text).ok());
        network.ok_or_else(|| {
            ApiError::invalid(format!(
                "ips[{place}] must be an IP address or a CIDR range, such as 203.0.113.0/24."
            ))
        })
    });
    parsed.collect::<Result<_, _>>().map(Some)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn lists_of_addresses_have_limits() {
        let parse = |ips: Value| networks(json!({ "ips": ips }).as_object().expect("an object"));
        let count = |ips: Value| parse(ips).expect("good").map(|ips| ips.len());
        assert_eq!(count(json!(null)), None);
        assert_eq!(count(json!([])), Some(0));
        assert_eq!(count(json!(["203.0.113.7", "2001:db8::/32"])), Some(2));
        assert_eq!(count(json!(vec!["::1"; NETWORKS_MAX])), Some(NETWORKS_MAX));
        for bad in [
            json!("203.0.113.7"),
            json!({}),
            json!([7]),
            json!([null]),
            json!(["203.0.113.7/33"]),
            json!(["shop.example"]),
            json!(vec!["::1"; NETWORKS_MAX + 1]),
        ] {
            assert!(parse(bad.clone()).is_err(), "{bad}");
        }
    }
}
