//! Which external service takes a merchant's Live payments. In Test a simulation takes them.

use http::StatusCode;
use serde::Serialize;
use serde_json::Value;
use shared::actor::Told;
use shared::domain::audit::{AuditAction, Settings};
use shared::domain::environment::Environment;
use shared::http::{ApiError, Reply};
use shared::store::{self, Item, Key, MerchantConfig};

use crate::task::Task;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Shown<'a> {
    /// `null`: nobody takes the merchant's payments.
    external_service: Option<&'a str>,
    /// Those that can be assigned.
    available: Vec<&'a str>,
}

/// Shows it, and which there are.
pub(crate) async fn show(task: &Task<'_>) -> Result<Reply, ApiError> {
    let (_, config) = load(task).await?;
    reply(task, config.external_service.as_deref())
}

/// Assigns a service, or none. Payments that are open stay where they are.
pub(crate) async fn assign(task: &Task<'_>) -> Result<Reply, ApiError> {
    let webcode = task.webcode()?;
    let body = task.request.json()?;
    let wanted = match body.get("externalService") {
        Some(Value::Null) => None,
        Some(Value::String(name)) if task.services.find(name).is_some() => Some(name.clone()),
        Some(Value::String(_)) => {
            return Err(ApiError::invalid(
                "externalService must be the name of a configured service.",
            ));
        }
        Some(_) => return Err(ApiError::invalid("externalService must be a text or null.")),
        None => return Err(ApiError::invalid("externalService is required.")),
    };
    loop {
        let (seen, config) = load(task).await?;
        if config.external_service == wanted {
            return reply(task, wanted.as_deref());
        }
        let settings = |external_service: &Option<String>| {
            Some(Settings {
                external_service: external_service.clone(),
                ..Settings::default()
            })
        };
        let told = Told {
            action: AuditAction::ServiceAssigned,
            target: None,
            old: settings(&config.external_service),
            new: settings(&wanted),
        };
        let after = MerchantConfig {
            external_service: wanted.clone(),
            ..config
        };
        let writes = [
            store::put_merchant(&webcode, &after, Some(&seen), &task.writer)?,
            task.record(&webcode, told)?,
        ];
        if task.commit(task.store(), &writes).await? {
            return reply(task, wanted.as_deref());
        }
    }
}

async fn load(task: &Task<'_>) -> Result<(Item, MerchantConfig), ApiError> {
    if task.environment() == Environment::Test {
        return Err(ApiError::invalid(
            "Test has no external service: its payments are simulated.",
        ));
    }
    let webcode = task.webcode()?;
    let wanted = [Some(Key::merchant(&webcode))];
    let [found] = task.store().load(wanted, task.deadline).await?;
    let found = found.ok_or(ApiError::NotFound)?;
    let config = store::read(found.clone())?;
    Ok((found, config))
}

fn reply(task: &Task<'_>, external_service: Option<&str>) -> Result<Reply, ApiError> {
    let shown = Shown {
        external_service,
        available: task.services.names().collect(),
    };
    Reply::new(StatusCode::OK, &shown)
}
