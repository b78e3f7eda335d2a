//! How the health of an endpoint is written: beside the endpoint, and only when it is not well.

use super::Item;
use super::items::{item_of, value_of};
use super::keys::Key;
use super::retry::Unavailable;
use super::write::{Update, Write, number_value};
use crate::domain::health::{HANGS_AFTER, Health, Timeouts};
use crate::domain::time::Ticks;
use crate::domain::webcode::Webcode;

const FAILING_SINCE: &str = "failingSince";
const TIMEOUTS: &str = "timeouts";
const TRIED_UNTIL: &str = "triedUntil";

/// Notes a failure. Of many at the same time, the first one's time stays, and no more timeouts are counted than matter.
#[must_use]
pub fn note_failure(webcode: &Webcode, timeouts: Timeouts, now: Ticks, writer: &str) -> Write {
    let update = Update::upsert(Key::webhook_health(webcode), writer)
        .set_once(FAILING_SINCE, number_value(now.get()));
    match timeouts {
        Timeouts::Same => update,
        Timeouts::OneMore => update
            .count(TIMEOUTS)
            .require_once(writer)
            .require_absent_or_below(TIMEOUTS, HANGS_AFTER),
        Timeouts::None => update
            .set(TIMEOUTS, number_value(0))
            .require_absent_or_below(TIMEOUTS, HANGS_AFTER),
    }
    .write()
}

/// Notes that an endpoint is well again, whatever is known of it. Also the beginning of one that is set or enabled anew.
///
/// # Errors
/// A bug of the mapping.
pub fn note_recovery(webcode: &Webcode, writer: &str) -> Result<Write, Unavailable> {
    let item: Item = item_of(&Health::default())?;
    Ok(Write::replace(Key::webhook_health(webcode), item, writer))
}

/// Takes the right to try an endpoint that hangs: one of those who ask.
#[must_use]
pub fn take_trial(webcode: &Webcode, until: Ticks, now: Ticks, writer: &str) -> Write {
    Update::of(Key::webhook_health(webcode), writer)
        .set(TRIED_UNTIL, number_value(until.get()))
        .require_at_least(TIMEOUTS, HANGS_AFTER)
        .require_absent_or_below(TRIED_UNTIL, now.get() + 1)
        .write()
}

/// Lets go of the right to try an endpoint, if it is still the one that was taken.
#[must_use]
pub fn end_trial(webcode: &Webcode, until: Ticks, writer: &str) -> Write {
    Update::of(Key::webhook_health(webcode), writer)
        .remove(TRIED_UNTIL)
        .require_equal(TRIED_UNTIL, number_value(until.get()))
        .write()
}

/// Lets a transaction depend on an endpoint's having failed since a time, without any success.
///
/// # Errors
/// A bug of the mapping.
pub fn require_failing_since(webcode: &Webcode, since: Ticks) -> Result<Write, Unavailable> {
    let key = Key::webhook_health(webcode);
    Ok(Write::check(key, FAILING_SINCE, value_of(&since)?))
}
