//! Payments and subscriptions of callers who speak the External Integration contract with us: they are forwarded to an external
//! service, and this is what is known of them here (external-integration.txt; docs/external-integration.md).
//!
//! What a caller sends for the service alone (`providerData`) is no part of it: it may be personal, so it is passed on and not
//! kept. Whoever asks again therefore sends it again.

mod answer;
mod hint;
mod notification;
mod payment;
mod refund;
mod subscription;

pub use answer::{ForwardedAnswer, status_of};
pub use hint::Hint;
pub use notification::Notification;
pub use payment::{Asked, Due, ForwardedPayment, Naming, Operation, Repeat, Tell};
pub use refund::{ForwardedRefund, REFUNDS_MAX, RefundAgain, RefundRefusal, RefundState};
pub use subscription::ForwardedSubscription;

use super::environment::Environment;
use super::external::{NAME_BYTES_MAX, is_name};
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

/// The merchant and its own name of a payment, from the service's in an environment. `None`: it is not of there.
#[must_use]
pub fn own_name(environment: Environment, name_at_service: &str) -> Option<(Webcode, &str)> {
    let ours = match environment {
        Environment::Live => name_at_service,
        Environment::Test => name_at_service.strip_prefix("test:")?,
    };
    let (webcode, name) = ours.split_once(':')?;
    Some((Webcode::parse(webcode).ok()?, name)).filter(|(_, name)| is_name(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_at_a_service_leads_back_to_one_merchant_in_one_environment() {
        let shop = Webcode::parse("SHOP01").expect("a webcode");
        for environment in Environment::ALL {
            for name in ["ORD-1", "a:b", "test:SHOP02:x", ":"] {
                let at_service = name_at_service(environment, &shop, name);
                assert_eq!(
                    own_name(environment, &at_service),
                    Some((shop.clone(), name))
                );
                for other in Environment::ALL
                    .into_iter()
                    .filter(|one| *one != environment)
                {
                    assert_eq!(own_name(other, &at_service), None, "{at_service}");
                }
            }
            for none in [
                "",
                "ORD-1",
                "SHOP01",
                "SHOP01:",
                "test:SHOP01:",
                ":x",
                "shop:x",
            ] {
                assert_eq!(own_name(environment, none), None, "{none}");
            }
        }
    }
}
