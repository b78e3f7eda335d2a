//! Who has a terminal: a lease that ends by itself, so that no crash leaves one behind.

use serde::{Deserialize, Serialize};

use super::items::item_of;
use super::keys::{EXPIRES_AT, Key};
use super::retry::Unavailable;
use super::write::{Update, Write, number_value, text};
use crate::domain::payment::Payment;
use crate::domain::reference::Reference;
use crate::domain::terminal::PoiId;
use crate::domain::time::Ticks;
use crate::domain::webcode::Webcode;

/// A payment's hold on a terminal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TerminalLease {
    /// The payment.
    pub holder: Reference,
    /// Until when, unless it is let go before.
    pub until: Ticks,
}

impl TerminalLease {
    /// The lease of a payment that is at a terminal.
    #[must_use]
    pub fn of(payment: &Payment) -> Option<Self> {
        Some(Self {
            holder: payment.payment_reference.clone(),
            until: payment.terminal.as_ref()?.resolve_at,
        })
    }

    /// Whether the terminal is taken.
    #[must_use]
    pub fn is_held_at(&self, now: Ticks) -> bool {
        now < self.until
    }
}

/// Takes a terminal that nobody has, whose lease is over, or that the payment has already.
///
/// # Errors
/// A bug of the mapping.
pub fn take_terminal(
    webcode: &Webcode,
    poi_id: &PoiId,
    lease: &TerminalLease,
    now: Ticks,
    writer: &str,
) -> Result<Write, Unavailable> {
    let mut item = item_of(lease)?;
    item.insert(
        EXPIRES_AT.to_owned(),
        number_value(lease.until.unix_seconds() + 1),
    );
    let write = Write::create(Key::terminal(webcode, poi_id), item, writer);
    Ok(write
        .or_outlived("until", number_value(now.get()))
        .or_equal("holder", text(lease.holder.as_str())))
}

/// Lets a terminal go, if the payment still has it.
#[must_use]
pub fn release_terminal(
    webcode: &Webcode,
    poi_id: &PoiId,
    holder: &Reference,
    writer: &str,
) -> Write {
    Update::of(Key::terminal(webcode, poi_id), writer)
        .set("until", number_value(0))
        .require_equal("holder", text(holder.as_str()))
        .write()
}
