//! The requests: what each asks, and the key that it is sent with each time.

use std::time::Duration;

use bench::Failure;
use serde_json::{Value, json};

use crate::client::{Client, Reply};
use crate::merchants::{Merchant, Merchants};
use crate::prepare::{Payment, session_body};

/// Pauses before a request is sent again that was answered 5xx.
const RETRIED_AFTER: [Duration; 4] = [
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(4),
    Duration::from_secs(8),
];

/// All requests.
pub(crate) struct Plan {
    pub(crate) requests: Vec<Request>,
}

/// A request and its key.
pub(crate) struct Request {
    pub(crate) merchant: Merchant,
    pub(crate) asks: Asks,
    key: String,
    body: Value,
}

/// What a request asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Asks {
    /// A session with a reference of our own.
    Session { custom_reference: String },
    /// Some cents of a payment back.
    Refund { payment: String, amount: u64 },
}

impl Plan {
    /// Half sessions, half refunds, mixed.
    pub(crate) fn new(merchants: &Merchants, payments: &[Payment], count: usize) -> Self {
        let requests = (0..count).map(|number| match number % 2 {
            0 => Request::session(merchants.nth(number / 2), number),
            _ => Request::refund(&payments[number / 2 % payments.len()], number),
        });
        Self {
            requests: requests.collect(),
        }
    }

    /// How many of the requests are refunds.
    pub(crate) fn refunds(&self) -> usize {
        self.requests
            .iter()
            .filter(|request| matches!(request.asks, Asks::Refund { .. }))
            .count()
    }

    /// What the refunds take from a payment, in cents.
    pub(crate) fn refunded(&self, reference: &str) -> u64 {
        let amounts = self.requests.iter().map(|request| match &request.asks {
            Asks::Refund { payment, amount } if payment == reference => *amount,
            _ => 0,
        });
        amounts.sum()
    }
}

impl Request {
    fn session(merchant: &Merchant, number: usize) -> Self {
        let custom_reference = format!("crash-{number:06}");
        let body = session_body(merchant, 100, &custom_reference);
        Self {
            merchant: merchant.clone(),
            asks: Asks::Session { custom_reference },
            key: fresh_key(),
            body,
        }
    }

    fn refund(payment: &Payment, number: usize) -> Self {
        // Amounts differ, so that one refund too many cannot make up for one that is lost.
        let amount = [1, 2, 5, 10, 20, 50, 100][number / 2 % 7];
        let asks = Asks::Refund {
            payment: payment.reference.clone(),
            amount,
        };
        let body = refund_body(payment, amount);
        Self {
            merchant: payment.merchant.clone(),
            asks,
            key: fresh_key(),
            body,
        }
    }

    /// Sends it with its key, and again after a 5xx, as merchants are advised (error-handling.txt, *Retries*): a machine that is
    /// busy with other things too does not answer everything in time.
    pub(crate) async fn send(&self, client: &Client) -> Result<Reply, Failure> {
        let mut pauses = RETRIED_AFTER.into_iter();
        loop {
            let reply = self
                .merchant
                .post(client, self.endpoint(), Some(&self.key), &self.body)
                .await?;
            match pauses.next().filter(|_| reply.status.is_server_error()) {
                Some(pause) => tokio::time::sleep(pause).await,
                None => return Ok(reply),
            }
        }
    }

    const fn endpoint(&self) -> &'static str {
        match self.asks {
            Asks::Session { .. } => "session",
            Asks::Refund { .. } => "refund",
        }
    }

    /// The field of the reply that names what was made.
    pub(crate) const fn names(&self) -> &'static str {
        match self.asks {
            Asks::Session { .. } => "sessionId",
            Asks::Refund { .. } => "refundReference",
        }
    }

    /// What it is answered when all is well.
    pub(crate) const fn status(&self) -> u16 {
        match self.asks {
            Asks::Session { .. } => 201,
            Asks::Refund { .. } => 202,
        }
    }
}

/// The body of a request to refund.
pub(crate) fn refund_body(payment: &Payment, amount: u64) -> Value {
    json!({
        "webcode": payment.merchant.webcode,
        "paymentReference": payment.reference,
        "amount": {"value": amount, "currency": "EUR"},
        "reason": "RETURN",
    })
}

fn fresh_key() -> String {
    uuid::Uuid::new_v4().to_string()
}
