//! The demo merchants: fixed keys and secrets that this stack alone accepts, so that a first try needs no set-up.

use processor::services::SANDBOX;
use serde::Serialize;
use serde_json::Value;
use shared::app::App;
use shared::domain::api_key::{ApiKeyRecord, PresentedKey, generate, generate_client_secret};
use shared::domain::client_secret::{ClientSecret, InForce};
use shared::domain::environment::Environment;
use shared::domain::key_entry::{KeyEntry, end_of};
use shared::domain::webcode::Webcode;
use shared::store::commit::CommitError;
use shared::store::{self, Deadline, Key, MerchantConfig, Unavailable, Webhook, Write};

/// The demo merchants.
const WEBCODES: [&str; 2] = ["SHOP01", "SHOP02"];

/// Where the inbox takes webhooks; environment and webcode follow.
const INBOX: &str = "/local/inbox/";

/// How long seeding may take.
const WITHIN: std::time::Duration = std::time::Duration::from_secs(10);

/// A demo merchant could not be set up or changed.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// There is no such demo merchant.
    #[error("there is no such demo merchant")]
    UnknownMerchant,
    /// The database did not take it.
    #[error("the demo merchants could not be written")]
    Store(#[from] CommitError),
    /// A value could not be mapped or sealed.
    #[error("the demo merchants could not be prepared: {0}")]
    Unprepared(String),
}

impl From<Unavailable> for DemoError {
    fn from(error: Unavailable) -> Self {
        Self::Unprepared(error.to_string())
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Credentials {
    api_key: String,
    client_secret: String,
}

/// The answer of `GET /local/demo`: `[{webcode, live: {apiKey, clientSecret}, test: {apiKey, clientSecret}}]`.
#[must_use]
pub fn merchants() -> Value {
    WEBCODES
        .map(|webcode| {
            let [live, test] = Environment::ALL.map(|environment| {
                serde_json::json!(Credentials {
                    api_key: api_key(webcode, environment),
                    client_secret: secret(webcode, environment),
                })
            });
            serde_json::json!({ "webcode": webcode, "live": live, "test": test })
        })
        .into_iter()
        .collect()
}

/// The webcodes of the demo merchants.
pub(crate) fn webcodes() -> impl Iterator<Item = Webcode> {
    WEBCODES
        .into_iter()
        .filter_map(|webcode| Webcode::parse(webcode).ok())
}

/// The client secrets of any merchant of this stack, as they stand now: a demo merchant's too can be rotated.
pub(crate) async fn client_secrets(
    app: &App,
    webcode: &str,
    environment: Environment,
) -> Option<InForce<String>> {
    let webcode = Webcode::parse(webcode).ok()?;
    let wanted = [Some(Key::client_secret(&webcode))];
    let [found] = app
        .store(environment)
        .load(wanted, Deadline::within(WITHIN))
        .await
        .ok()?;
    let secret: ClientSecret = store::read(found?).ok()?;
    let sealer = app.sealer.as_ref()?;
    sealer
        .in_force(&secret, environment, &webcode, app.clock.now())
        .ok()
}

/// Sets up the demo merchants, their webhooks pointing at the inbox. What is there from an earlier run stays; an address
/// of the inbox is renewed, because it may have moved to another port.
///
/// # Errors
/// [`DemoError`] when the database does not take them.
pub async fn seed(app: &App) -> Result<(), DemoError> {
    let base_url = app.config.base_url.as_deref().unwrap_or_default();
    for webcode in WEBCODES {
        for environment in Environment::ALL {
            seed_one(app, &parsed(webcode)?, environment).await?;
            let inbox = format!("{base_url}{INBOX}{environment}/{webcode}");
            if !is_settled(app, &parsed(webcode)?, environment, &inbox).await? {
                point_webhook(app, webcode, environment, &inbox).await?;
            }
        }
    }
    Ok(())
}

/// Whether the webhooks go to this inbox already, or somebody pointed them at an address that is no inbox.
async fn is_settled(
    app: &App,
    webcode: &Webcode,
    environment: Environment,
    inbox: &str,
) -> Result<bool, DemoError> {
    let [found] = app
        .store(environment)
        .load([Some(Key::webhook(webcode))], Deadline::within(WITHIN))
        .await?;
    let webhook = found.map(store::read::<Webhook>).transpose()?;
    Ok(webhook.is_some_and(|webhook| webhook.url == inbox || !webhook.url.contains(INBOX)))
}

async fn seed_one(app: &App, webcode: &Webcode, environment: Environment) -> Result<(), DemoError> {
    let unprepared = |error: &dyn std::fmt::Display| DemoError::Unprepared(error.to_string());
    let writer = app.entropy.uuid().to_string();
    let api_key = api_key(webcode.as_str(), environment);
    let hash = PresentedKey::parse(&api_key)
        .map_err(|error| unprepared(&error))?
        .hash;
    let record = ApiKeyRecord {
        id: format!("key_demo_{environment}"),
        webcode: webcode.clone(),
        revoked: false,
        networks: Vec::new(),
    };
    let entry = KeyEntry {
        id: record.id.clone(),
        hash: hash.clone(),
        ends_with: end_of(&api_key),
        networks: Vec::new(),
        created_at: app.clock.now(),
        regenerated_at: None,
        revoked: false,
        revoked_at: None,
    };
    let sealer = app
        .sealer
        .as_ref()
        .ok_or_else(|| unprepared(&"there is no sealing key"))?;
    let sealed = sealer
        .seal(
            &secret(webcode.as_str(), environment),
            environment,
            webcode,
            app.entropy.bytes(),
        )
        .map_err(|error| unprepared(&error))?;
    let config = MerchantConfig {
        name: format!("Demo shop {webcode}"),
        external_service: external_service(webcode, environment),
    };
    assign_service(app, webcode, environment, &config).await?;
    for write in [
        store::create_api_key(&hash, &record, &writer)?,
        store::put_key_entry(webcode, &entry, None, &writer)?,
        store::create_client_secret(webcode, &ClientSecret::first(sealed), &writer)?,
        store::create_merchant(webcode, &config, &writer)?,
    ] {
        create(app, environment, write, &writer).await?;
    }
    Ok(())
}

/// The first demo merchant takes Live payments at the sandbox; the second has nobody yet who takes them.
fn external_service(webcode: &Webcode, environment: Environment) -> Option<String> {
    let is_first = webcode.as_str() == WEBCODES[0];
    (is_first && environment == Environment::Live).then(|| SANDBOX.to_owned())
}

/// Gives a merchant of an earlier run the service that it lacks.
async fn assign_service(
    app: &App,
    webcode: &Webcode,
    environment: Environment,
    config: &MerchantConfig,
) -> Result<(), DemoError> {
    let store = app.store(environment);
    let wanted = [Some(Key::merchant(webcode))];
    let [Some(seen)] = store.load(wanted, Deadline::within(WITHIN)).await? else {
        return Ok(());
    };
    let known: MerchantConfig = store::read(seen.clone())?;
    if known.external_service.is_some() || config.external_service.is_none() {
        return Ok(());
    }
    let completed = MerchantConfig {
        external_service: config.external_service.clone(),
        ..known
    };
    let writer = app.entropy.uuid().to_string();
    let write = store::put_merchant(webcode, &completed, Some(&seen), &writer)?;
    create(app, environment, write, &writer).await
}

/// Points the webhooks of a demo merchant at an address.
///
/// # Errors
/// [`DemoError`] when there is no such merchant, or the database does not take it.
pub async fn point_webhook(
    app: &App,
    webcode: &str,
    environment: Environment,
    url: &str,
) -> Result<(), DemoError> {
    let writer = app.entropy.uuid().to_string();
    let webhook = Webhook::to(url.to_owned());
    let write = store::set_webhook(&parsed(webcode)?, &webhook, &writer)?;
    create(app, environment, write, &writer).await
}

async fn create(
    app: &App,
    environment: Environment,
    write: Write,
    writer: &str,
) -> Result<(), DemoError> {
    match app
        .store(environment)
        .commit(&[write], writer, Deadline::within(WITHIN))
        .await
    {
        // Refused: it is there from an earlier run.
        Ok(()) | Err(CommitError::Refused(_)) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

fn parsed(webcode: &str) -> Result<Webcode, DemoError> {
    let known = WEBCODES
        .contains(&webcode)
        .then(|| Webcode::parse(webcode).ok())
        .flatten();
    known.ok_or(DemoError::UnknownMerchant)
}

fn api_key(webcode: &str, environment: Environment) -> String {
    generate(environment, seed_of("api key", webcode, environment))
}

fn secret(webcode: &str, environment: Environment) -> String {
    generate_client_secret(environment, seed_of("client secret", webcode, environment))
}

/// The same bytes for the same name: what looks random is fixed, so that the documents can print it.
fn seed_of(what: &str, webcode: &str, environment: Environment) -> [u8; 32] {
    use sha2::{Digest, Sha256};
    Sha256::digest(format!("local demo {what} {webcode} {environment}")).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_credentials_are_fixed_and_all_different() {
        let merchants = merchants();
        let mut texts: Vec<String> = merchants
            .as_array()
            .expect("a list")
            .iter()
            .flat_map(|merchant| {
                ["live", "test"].into_iter().flat_map(move |environment| {
                    ["apiKey", "clientSecret"].map(|field| merchant[environment][field].to_string())
                })
            })
            .collect();
        texts.sort_unstable();
        texts.dedup();
        assert_eq!(texts.len(), 8);
        assert_eq!(merchants, super::merchants());
    }
}
