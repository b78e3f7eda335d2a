//! Rotation of the client secret (authentication.txt; contract README, *Client secret*).

use std::time::Duration;

use http::StatusCode;
use serde::Serialize;
use shared::actor::Told;
use shared::domain::api_key::generate_client_secret;
use shared::domain::audit::{AuditAction, Settings};
use shared::domain::client_secret::ClientSecret;
use shared::domain::time::Ticks;
use shared::http::{ApiError, Fields, Reply};
use shared::store::{self, Key};

use crate::task::Task;

/// How far ahead a rotation can be planned.
const AHEAD_MAX: Duration = Duration::from_secs(90 * 24 * 60 * 60);

/// The reply that shows the secret, once.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Rotated<'a> {
    client_secret: &'a str,
    effective_at: String,
}

/// Makes another client secret, which signs at once or from a given time on.
pub(crate) async fn rotate(task: &Task<'_>) -> Result<Reply, ApiError> {
    let webcode = task.webcode()?;
    let from = effective_at(&Fields::of(&task.body()?), task.now)?;
    let client_secret = generate_client_secret(task.environment(), task.app.entropy.bytes());
    let sealed = task
        .sealer()?
        .seal(
            &client_secret,
            task.environment(),
            &webcode,
            task.app.entropy.bytes(),
        )
        .map_err(ApiError::internal)?;
    loop {
        let wanted = [Key::merchant(&webcode), Key::client_secret(&webcode)].map(Some);
        let [merchant, seen] = task.store().load(wanted, task.deadline).await?;
        merchant.ok_or(ApiError::NotFound)?;
        let seen = seen.ok_or(ApiError::Unprocessable(
            "This environment has no client secret yet: its first API key makes it.",
        ))?;
        let before: ClientSecret = store::read(seen.clone())?;
        let after = before.rotated(sealed.clone(), task.now, from);
        let effective_at = from.unwrap_or(task.now);
        let told = Told {
            action: AuditAction::SecretRotated,
            target: None,
            old: None,
            new: Some(Settings {
                effective_at: Some(effective_at),
                ..Settings::default()
            }),
        };
        let writes = [
            store::put_client_secret(&webcode, &after, Some(&seen), &task.writer)?,
            task.record(&webcode, told)?,
        ];
        if task.commit(task.store(), &writes).await? {
            let rotated = Rotated {
                client_secret: &client_secret,
                effective_at: effective_at.iso(),
            };
            return Reply::new(StatusCode::OK, &rotated);
        }
    }
}

/// `effectiveAt`. A time that is over is refused and not taken for now: it is a slip, and the old secret would go with it.
fn effective_at(fields: &Fields<'_>, now: Ticks) -> Result<Option<Ticks>, ApiError> {
    let Some(text) = fields.find_text("effectiveAt")? else {
        return Ok(None);
    };
    let at = Ticks::parse_instant(text).ok_or(ApiError::InvalidDate("effectiveAt"))?;
    if at <= now || at > now.plus(AHEAD_MAX) {
        return Err(ApiError::invalid(
            "effectiveAt must lie ahead, by 90 days at most. Without it the new secret signs at once.",
        ));
    }
    Ok(Some(at))
}
