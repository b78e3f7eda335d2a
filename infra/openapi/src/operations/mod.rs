//! Every operation, in the order of the page. An endpoint is a few lines here: its words, its schemas' names, its examples.

mod external;
mod modifications;
mod pos;
mod sessions;
mod webhooks;

use crate::operation::Operation;

/// A group of operations, with what is said of all of them.
pub(crate) const TAGS: &[(&str, &str)] = &[
    (
        "Sessions",
        "A session is the intent to pay: it gives you the address of the payment page.",
    ),
    (
        "Modifications",
        "What can be done to a payment. It is asked of the payment's reference, not of the session, and answered with 202: a \
         webhook tells how it ended.",
    ),
    (
        "Terminals",
        "Payments with the card at hand. The answer comes when the terminal has one.",
    ),
    (
        "Deliveries",
        "What became of the webhooks of the last 30 days, and having them sent again.",
    ),
    (
        "External services",
        "Payments and subscriptions that are passed on to an external service, in the words of the External Integration \
         contract: answers are the data itself. The API key says which environment is meant; Test reaches sandboxes only, and a \
         merchant in Live the service that it is assigned.",
    ),
];

/// All of them.
pub(crate) fn all() -> Vec<Operation> {
    vec![
        sessions::CREATE,
        sessions::QUERY,
        sessions::LIST,
        modifications::REFUND,
        modifications::CAPTURE,
        modifications::CANCEL,
        modifications::EXTEND,
        modifications::LIST,
        pos::TERMINALS,
        pos::PAY,
        webhooks::LIST,
        webhooks::SHOW,
        webhooks::RESEND,
        webhooks::RESEND_MISSED,
        webhooks::PING,
        external::PAY,
        external::REFUND,
        external::STATUS,
        external::POST_STATUS,
        external::CHECK,
        external::POST_CHECK,
        external::CALLBACK,
        external::POST_CALLBACK,
        external::SCHEDULE,
        external::START,
        external::CHARGE,
        external::UPDATE,
        external::EXPIRE,
        external::SUBSCRIPTION_STATUS,
    ]
}
