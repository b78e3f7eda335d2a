//! A merchant and its name, which both environments have in a table of their own.
//!
//! No transaction holds both tables, so a name is written to Live first and to Test after it. Live decides: whoever is refused
//! there has written nothing. A request that was cut off in between is completed by repeating it.

use http::StatusCode;
use serde::Serialize;
use shared::actor::Told;
use shared::domain::audit::{AuditAction, Settings};
use shared::domain::environment::Environment;
use shared::domain::text::check_free_text;
use shared::domain::webcode::Webcode;
use shared::http::{ApiError, Fields, Reply};
use shared::store::{self, Item, Key, MerchantConfig};

use crate::task::Task;

const NAME_CHARACTERS_MAX: usize = 100;

const TAKEN: ApiError = ApiError::Conflict(
    "A merchant with this webcode exists, with another name. PATCH changes a name.",
);

#[derive(Serialize)]
struct Shown<'a> {
    webcode: &'a Webcode,
    name: &'a str,
    /// Whether both environments have the merchant by this name; else an earlier request was cut off: repeat it.
    complete: bool,
}

/// Creates a merchant in both environments, or what of it is missing. Done already, it is 200 in place of 201.
pub(crate) async fn create(task: &Task<'_>) -> Result<Reply, ApiError> {
    let object = task.request.json()?;
    let fields = Fields::of(&object);
    let (webcode, name) = (fields.webcode()?, name(&fields)?);
    task.request.note_merchant(&webcode);
    // Before anything is written: a name that Test has of old is refused while nothing has happened.
    for environment in Environment::ALL {
        if is_taken(load(task, environment, &webcode).await?.as_ref(), &name)? {
            return Err(TAKEN);
        }
    }
    let mut status = StatusCode::OK;
    for environment in Environment::ALL {
        if create_in(task, environment, &webcode, &name).await? {
            status = StatusCode::CREATED;
        }
    }
    reply(status, &webcode, &name, true)
}

/// Whether it was missing.
async fn create_in(
    task: &Task<'_>,
    environment: Environment,
    webcode: &Webcode,
    name: &str,
) -> Result<bool, ApiError> {
    loop {
        let seen = load(task, environment, webcode).await?;
        if is_taken(seen.as_ref(), name)? {
            return Err(TAKEN);
        }
        if seen.is_some() {
            return Ok(false);
        }
        if put(task, environment, webcode, None, name).await? {
            return Ok(true);
        }
    }
}

/// Shows a merchant.
pub(crate) async fn show(task: &Task<'_>) -> Result<Reply, ApiError> {
    let webcode = task.webcode()?;
    let live = load(task, Environment::Live, &webcode).await?;
    let live = name_of(live.as_ref())?.ok_or(ApiError::NotFound)?;
    let test = load(task, Environment::Test, &webcode).await?;
    let complete = name_of(test.as_ref())?.as_ref() == Some(&live);
    reply(StatusCode::OK, &webcode, &live, complete)
}

/// Gives a merchant another name in both environments, and completes a creation that was cut off.
pub(crate) async fn rename(task: &Task<'_>) -> Result<Reply, ApiError> {
    let webcode = task.webcode()?;
    let object = task.request.json()?;
    let mut name = name(&Fields::of(&object))?;
    let live = load(task, Environment::Live, &webcode).await?;
    live.ok_or(ApiError::NotFound)?;
    settle_name(task, Environment::Live, &webcode, &name).await?;
    loop {
        settle_name(task, Environment::Test, &webcode, &name).await?;
        let live = load(task, Environment::Live, &webcode).await?;
        let live = name_of(live.as_ref())?.ok_or(ApiError::NotFound)?;
        if live == name {
            return reply(StatusCode::OK, &webcode, &name, true);
        }
        // Somebody else renamed it meanwhile: the name in Live is the one, in both.
        name = live;
    }
}

/// Writes the name, unless it is there.
async fn settle_name(
    task: &Task<'_>,
    environment: Environment,
    webcode: &Webcode,
    name: &str,
) -> Result<(), ApiError> {
    loop {
        let seen = load(task, environment, webcode).await?;
        let done = name_of(seen.as_ref())?.as_deref() == Some(name);
        if done || put(task, environment, webcode, seen.as_ref(), name).await? {
            return Ok(());
        }
    }
}

/// Writes the name over what was seen, with its record. `false`: somebody was faster.
async fn put(
    task: &Task<'_>,
    environment: Environment,
    webcode: &Webcode,
    seen: Option<&Item>,
    name: &str,
) -> Result<bool, ApiError> {
    let config = MerchantConfig {
        name: name.to_owned(),
        external_service: config_of(seen)?.and_then(|config| config.external_service),
    };
    let settings = |name| Settings {
        name: Some(name),
        ..Settings::default()
    };
    let old = name_of(seen)?;
    let told = Told {
        action: match old {
            None => AuditAction::MerchantCreated,
            Some(_) => AuditAction::MerchantRenamed,
        },
        target: None,
        old: old.map(settings),
        new: Some(settings(name.to_owned())),
    };
    let writes = [
        store::put_merchant(webcode, &config, seen, &task.writer)?,
        task.record(webcode, told)?,
    ];
    task.commit(task.app.store(environment), &writes).await
}

async fn load(
    task: &Task<'_>,
    environment: Environment,
    webcode: &Webcode,
) -> Result<Option<Item>, ApiError> {
    let wanted = [Some(Key::merchant(webcode))];
    let store = task.app.store(environment);
    let [found] = store.load(wanted, task.deadline).await?;
    Ok(found)
}

fn is_taken(found: Option<&Item>, name: &str) -> Result<bool, ApiError> {
    Ok(name_of(found)?.is_some_and(|found| found != name))
}

fn name_of(found: Option<&Item>) -> Result<Option<String>, ApiError> {
    Ok(config_of(found)?.map(|config| config.name))
}

fn config_of(found: Option<&Item>) -> Result<Option<MerchantConfig>, ApiError> {
    Ok(found.cloned().map(store::read).transpose()?)
}

fn name(fields: &Fields<'_>) -> Result<String, ApiError> {
    let name = fields.text("name")?;
    check_free_text(name, NAME_CHARACTERS_MAX)
        .map_err(|problem| ApiError::invalid(format!("name {problem}.")))?;
    if name.trim().is_empty() {
        return Err(ApiError::invalid("name must not be empty."));
    }
    Ok(name.to_owned())
}

fn reply(
    status: StatusCode,
    webcode: &Webcode,
    name: &str,
    complete: bool,
) -> Result<Reply, ApiError> {
    let shown = Shown {
        webcode,
        name,
        complete,
    };
    Reply::new(status, &shown)
}
