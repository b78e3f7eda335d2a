//! Events that are sent again, and test events, because somebody asks for it: an operator or the merchant.

use futures_util::StreamExt;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::actor::{Actor, Told};
use crate::domain::audit::{AuditAction, Settings};
use crate::domain::delivery::{DEFAULT_ENDPOINT, Delivery, DeliveryState};
use crate::domain::event::{self, EventId};
use crate::domain::reference::{Marker, Reference};
use crate::domain::time::{Ticks, parse_iso_8601};
use crate::domain::webcode::Webcode;
use crate::http::{ApiError, Fields};
use crate::store::commit::CommitError;
use crate::store::keys::Listed;
use crate::store::list::{Rows, Span};
use crate::store::{self, Item, Key, Webhook};

/// Deliveries that one request sends again, at most.
const RESENT_MAX: usize = 100;

/// Deliveries written at the same time.
const CONCURRENT: usize = 8;

/// Somebody is at it.
pub const UNDER_WAY: ApiError = ApiError::InProgress("An attempt of this delivery is under way.");

/// What would be sent would be skipped at once.
pub const NOT_ENABLED: ApiError =
    ApiError::Unprocessable("This environment has no webhook that is enabled.");

/// Sends one delivery again, whatever became of it; one that waits is tried at once. Gives it as it stands then.
///
/// # Errors
/// 10404 when there is none; 11008 when it is another merchant's; 422 without an endpoint that is enabled; 409 while an attempt is
/// under way.
pub async fn resend(
    actor: &Actor<'_>,
    webcode: &Webcode,
    event: &EventId,
) -> Result<Delivery, ApiError> {
    let key = Key::delivery(event, DEFAULT_ENDPOINT);
    loop {
        let wanted = [Key::merchant(webcode), Key::webhook(webcode), key.clone()].map(Some);
        let [merchant, webhook, delivery] = actor.store().load(wanted, actor.deadline).await?;
        let before: Delivery = store::read(delivery.ok_or(ApiError::NotFound)?)?;
        if before.webcode != *webcode {
            return Err(ApiError::AccessDenied);
        }
        check_enabled(merchant, webhook)?;
        let mut after = before.clone();
        after.resend(actor.now).map_err(|_| UNDER_WAY)?;
        let told = Told {
            action: AuditAction::DeliveriesResent,
            target: Some(&before.event_id),
            old: None,
            new: None,
        };
        let writes = [
            store::resend_delivery(key.clone(), &before, &after, actor.now, &actor.writer)?,
            actor.record(webcode, told)?,
        ];
        if actor.commit(actor.store(), &writes).await? {
            return Ok(after);
        }
    }
}

/// Which deliveries are sent again: those that were made between two times and not delivered.
#[derive(Debug, Serialize)]
pub struct Missed {
    from: Ticks,
    to: Ticks,
    states: Vec<DeliveryState>,
    ended_from: Option<Ticks>,
    /// The place where an earlier request ended.
    #[serde(skip)]
    pub after: Option<String>,
}

/// How many were sent again, and the place where the next request goes on, if anything may be left.
#[derive(Debug)]
pub struct Resent {
    /// How many.
    pub count: usize,
    /// Where to go on.
    pub next: Option<String>,
}

impl Missed {
    /// Reads `from`, `to`, `states` and `endedFrom` of a body.
    ///
    /// # Errors
    /// 12xxx for the first field that is wrong.
    pub fn parse(body: &Map<String, Value>) -> Result<Self, ApiError> {
        let fields = Fields::of(body);
        let time = |name, text| parse_iso_8601(text).ok_or(ApiError::InvalidDate(name));
        let ended_from = fields.find_text("endedFrom")?;
        Ok(Self {
            from: time("from", fields.text("from")?)?,
            to: time("to", fields.text("to")?)?,
            states: states(body.get("states"))?,
            ended_from: ended_from.map(|text| time("endedFrom", text)).transpose()?,
            after: None,
        })
    }

    fn has(&self, delivery: &Delivery) -> bool {
        let ended_from = self.ended_from;
        self.states.contains(&delivery.state)
            && ended_from.is_none_or(|since| is_missed_since(delivery, since))
    }
}

/// `states` of what is sent again: those of what was not delivered.
fn states(states: Option<&Value>) -> Result<Vec<DeliveryState>, ApiError> {
    let Some(states) = states.filter(|states| !states.is_null()) else {
        return Ok(vec![DeliveryState::Failed]);
    };
    // Whatever is wrong with it, the answer says what it must be.
    let states: Option<Vec<DeliveryState>> = serde_json::from_value(states.clone()).ok();
    states
        .filter(|states| !states.is_empty() && states.iter().all(|state| state.is_missed()))
        .ok_or_else(|| ApiError::invalid("states must be an array of failed and skipped."))
}

/// Sends again what was missed, up to a hundred at once.
///
/// # Errors
/// 10404 when there is no such merchant; 422 without an endpoint that is enabled.
pub async fn resend_missed(
    actor: &Actor<'_>,
    webcode: &Webcode,
    missed: &Missed,
) -> Result<Resent, ApiError> {
    require_enabled(actor, webcode).await?;
    let span = Span {
        from: Some(missed.from),
        to: Some(missed.to),
        after: missed.after.clone(),
        limit: RESENT_MAX,
    };
    let (deliveries, next) = page(actor, webcode, &span, |found| missed.has(found)).await?;
    // A page is too much for one transaction. So its record comes first: what was sent again without one would be worse than
    // what was not sent again with one.
    if !deliveries.is_empty() {
        let told = Told {
            action: AuditAction::DeliveriesResent,
            target: None,
            old: None,
            new: Some(Settings {
                made_from: span.from,
                made_to: span.to,
                count: u64::try_from(deliveries.len()).ok(),
                ..Settings::default()
            }),
        };
        let record = actor.record(webcode, told)?;
        actor.commit(actor.store(), &[record]).await?;
    }
    let resent = deliveries.iter().map(|before| resend_one(actor, before));
    // Collected first: the compiler cannot see that a stream of these futures could be sent between threads.
    let resent: Vec<_> = resent.collect();
    let resent: Vec<Result<bool, ApiError>> = futures_util::stream::iter(resent)
        .buffer_unordered(CONCURRENT)
        .collect()
        .await;
    let resent = resent.into_iter().collect::<Result<Vec<bool>, _>>()?;
    Ok(Resent {
        count: resent.into_iter().filter(|resent| *resent).count(),
        next,
    })
}

/// Sends a `PING`, on the same way as every event; what became of it is the delivery of that event. Gives the event's id.
///
/// # Errors
/// 10404 when there is no such merchant; 422 without an endpoint that is enabled.
pub async fn ping(actor: &Actor<'_>, webcode: &Webcode) -> Result<String, ApiError> {
    require_enabled(actor, webcode).await?;
    let environment = actor.request.environment;
    let mut at = actor.now;
    loop {
        let reference = Reference::new(webcode, Marker::Ping, environment, at);
        let event =
            event::ping(webcode, reference, environment, actor.now).map_err(ApiError::internal)?;
        let delivery = Delivery::requested(&event, DEFAULT_ENDPOINT, actor.now);
        let told = Told {
            action: AuditAction::WebhookPinged,
            target: Some(&delivery.event_id),
            old: None,
            new: None,
        };
        let writes = [
            store::create_delivery(&event.id, &delivery, &actor.writer)?,
            actor.record(webcode, told)?,
        ];
        if actor.commit(actor.store(), &writes).await? {
            return Ok(delivery.event_id);
        }
        // Somebody else's of the same moment.
        at = at.next();
    }
}

/// A page of a merchant's deliveries in some states, newest first, and the place where the next one goes on.
///
/// # Errors
/// 99001 when the database cannot be asked.
pub async fn page(
    actor: &Actor<'_>,
    webcode: &Webcode,
    span: &Span,
    wanted: impl Fn(&Delivery) -> bool,
) -> Result<(Vec<Delivery>, Option<String>), ApiError> {
    let rows = Rows::Of(Listed::Deliveries, webcode.clone());
    let read = |item| {
        let delivery: Delivery = store::read(item)?;
        Ok(Some(delivery).filter(|delivery| wanted(delivery)))
    };
    let page = actor.store().list(&rows, span, true, actor.deadline, read);
    let page = page.await?;
    Ok((page.rows, page.next))
}

/// Whether a delivery came to its end since a time without having been delivered.
#[must_use]
pub fn is_missed_since(delivery: &Delivery, since: Ticks) -> bool {
    let ended = delivery.ended_at.is_some_and(|at| at >= since);
    delivery.state.is_missed() && ended
}

/// Sends a delivery again that was read in a list. `false`: it is not as it was any more.
///
/// # Errors
/// 99001 when the database cannot be asked.
pub async fn resend_one(actor: &Actor<'_>, before: &Delivery) -> Result<bool, ApiError> {
    let event = EventId::find(&before.event_id).ok_or(ApiError::NotFound)?;
    let key = Key::delivery(&event, &before.endpoint);
    let mut after = before.clone();
    if after.resend(actor.now).is_err() {
        return Ok(false);
    }
    let writer = actor.app.entropy.uuid().to_string();
    let write = store::resend_delivery(key, before, &after, actor.now, &writer)?;
    match actor
        .store()
        .commit(&[write], &writer, actor.deadline)
        .await
    {
        Ok(()) => Ok(true),
        Err(CommitError::Refused(_)) => Ok(false),
        Err(CommitError::Unavailable(error)) => Err(error.into()),
    }
}

/// Refuses what would be skipped at once.
async fn require_enabled(actor: &Actor<'_>, webcode: &Webcode) -> Result<(), ApiError> {
    let wanted = [Key::merchant(webcode), Key::webhook(webcode)].map(Some);
    let [merchant, webhook] = actor.store().load(wanted, actor.deadline).await?;
    check_enabled(merchant, webhook)
}

fn check_enabled(merchant: Option<Item>, webhook: Option<Item>) -> Result<(), ApiError> {
    merchant.ok_or(ApiError::NotFound)?;
    if is_enabled(webhook)? {
        Ok(())
    } else {
        Err(NOT_ENABLED)
    }
}

/// Whether events are sent there.
///
/// # Errors
/// 99001 when the item cannot be read.
pub fn is_enabled(webhook: Option<Item>) -> Result<bool, ApiError> {
    let webhook: Option<Webhook> = webhook.map(store::read).transpose()?;
    Ok(webhook.is_some_and(|webhook| webhook.enabled))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_what_was_not_delivered_is_sent_again_in_numbers() {
        let failed = DeliveryState::Failed;
        assert_eq!(states(None).ok(), Some(vec![failed]));
        assert_eq!(states(Some(&json!(null))).ok(), Some(vec![failed]));
        let both = json!(["failed", "skipped"]);
        assert_eq!(
            states(Some(&both)).ok(),
            Some(vec![failed, DeliveryState::Skipped])
        );
        for bad in [json!([]), json!(["delivered"]), json!("failed"), json!([1])] {
            assert!(states(Some(&bad)).is_err(), "{bad}");
        }
    }
}
