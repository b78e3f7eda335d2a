//! Payments and subscriptions of callers who speak the External Integration contract with us: they are forwarded to an external
//! service, and this is what is known of them here (external-integration.txt; docs/external-integration.md).
//!
//! What a caller sends for the service alone (`providerData`) is no part of it: it may be personal, so it is passed on and not
//! kept. Whoever asks again therefore sends it again.

mod answer;
mod notification;
mod payment;
mod refund;
mod subscription;

pub use answer::{ForwardedAnswer, status_of};
pub use notification::Notification;
pub use payment::{Asked, Due, ForwardedPayment, Operation, Repeat, Tell};
pub use refund::{ForwardedRefund, REFUNDS_MAX, RefundAgain, RefundRefusal, RefundState};
pub use subscription::ForwardedSubscription;

use super::environment::Environment;
use super::external::NAME_BYTES_MAX;
use super::webcode::Webcode;

/// A caller's `shopTransactionId` has this many bytes at most: the service's name of it is longer by an environment, a webcode
/// and two colons.
pub const SHOP_TRANSACTION_BYTES_MAX: usize = NAME_BYTES_MAX - 26;

/// What the service knows a payment by: callers don't know of each other, and may choose the same names; so may one in both
/// environments, which a sandbox may serve. No webcode is in small letters.
#[must_use]
pub fn name_at_service(
    environment: Environment,
    webcode: &Webcode,
    shop_transaction_id: &str,
) -> String {
    match environment {
        Environment::Live => format!("{webcode}:{shop_transaction_id}"),
        Environment::Test => format!("test:{webcode}:{shop_transaction_id}"),
    }
}
