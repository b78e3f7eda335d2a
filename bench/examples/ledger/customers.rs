//! Customers who pay: whatever is in their way, a killed stack or a service that does not answer, they try again.

use std::time::Duration;

use bench::Failure;
use http::Method;
use serde_json::{Value, json};

use crate::client::{Client, WEBCODE};

/// Before somebody tries again whom nobody answered.
const PAUSE: Duration = Duration::from_millis(300);

/// Times that somebody tries before they leave it to the service and the time.
const TRIES: usize = 40;

/// A session that is to be paid.
#[derive(Debug, Clone)]
pub(crate) struct Purchase {
    pub(crate) number: usize,
    pub(crate) value: u64,
    pub(crate) is_pre_auth: bool,
    pub(crate) approves: bool,
}

impl Purchase {
    /// All kinds of purchases in turn: most are answered on the service's page, some are decided without the customer.
    pub(crate) fn nth(number: usize) -> Self {
        let base = 10_000 + 1_000 * (u64::try_from(number).unwrap_or(0) % 90);
        // The last three digits say what the sandbox does with it (docs/sandbox-processor.md).
        let value = match number % 10 {
            0 => base + 601,
            1 => base + 602,
            2 => base + 603,
            3 => base + 604,
            4 => base + 606,
            _ => base,
        };
        Self {
            number,
            value,
            is_pre_auth: number % 3 == 0,
            approves: number % 10 != 5,
        }
    }
}

/// Creates a session and has its customer pay, or try to. Gives the session's id.
pub(crate) async fn buy(client: &Client, purchase: &Purchase) -> Result<String, Failure> {
    let body = json!({
        "webcode": WEBCODE,
        "amount": { "value": purchase.value, "currency": "EUR" },
        "urlOk": "https://shop.example/ok",
        "urlKo": "https://shop.example/ko",
        "isPreAuth": purchase.is_pre_auth,
    });
    let key = format!("purchase-{}", purchase.number);
    let created =
        insist(|| client.api(Method::POST, "/payment/session", Some(&key), &body)).await?;
    let data = created.json()["data"].clone();
    let text = |name: &str| data[name].as_str().map(str::to_owned);
    let (Some(session_id), Some(payment_url)) = (text("sessionId"), text("paymentUrl")) else {
        return Err(format!("no session: {} {}", created.status, created.body).into());
    };
    pay(client, purchase, &payment_url).await?;
    Ok(session_id)
}

async fn pay(client: &Client, purchase: &Purchase, payment_url: &str) -> Result<(), Failure> {
    let answer = if purchase.approves {
        "answer=approve"
    } else {
        "answer=decline"
    };
    for _ in 0..TRIES {
        let page = insist(|| client.visit(payment_url)).await?;
        let Some(service) = page
            .location
            .filter(|url| url.contains("/sandbox-processor/"))
        else {
            // It waits, or has ended; or the service did not answer, and the page looks again.
            if page.body.contains("http-equiv=\"refresh\" content=\"3\"") && !is_late(purchase) {
                tokio::time::sleep(PAUSE).await;
                continue;
            }
            return Ok(());
        };
        let answered = insist(|| client.submit(&service, answer)).await?;
        if let Some(back) = answered.location {
            insist(|| client.visit(&back)).await?;
        }
        return Ok(());
    }
    Ok(())
}

/// Whether the service takes its time with it: nobody waits for that.
fn is_late(purchase: &Purchase) -> bool {
    matches!(purchase.value % 1_000, 603 | 604)
}

/// Tries again while there is no answer, or one that says to: the stack is being killed, or has no time.
pub(crate) async fn insist<F>(call: impl Fn() -> F) -> Result<crate::client::Reply, Failure>
where
    F: Future<Output = Result<crate::client::Reply, Failure>>,
{
    let mut last: Failure = "nobody tried".into();
    for _ in 0..200 {
        match call().await {
            Ok(reply) if reply.status.as_u16() == 409 || reply.status.is_server_error() => {
                last = format!("{} {}", reply.status, reply.body).into();
            }
            Ok(reply) => return Ok(reply),
            Err(error) => last = error,
        }
        tokio::time::sleep(PAUSE).await;
    }
    Err(last)
}

/// The merchant's side of a payment that went well.
#[derive(Debug, Clone)]
pub(crate) struct Paid {
    pub(crate) reference: String,
    pub(crate) value: u64,
    pub(crate) is_pre_auth: bool,
}

/// Asks for the modification of a number: of a payment refunds, of a reservation an extension, a capture or a cancellation,
/// and refunds of what was captured.
pub(crate) async fn modify(client: &Client, number: usize, paid: &Paid) -> Result<(), Failure> {
    let turn = number / 7 % 4;
    let part = paid.value / 8;
    let (kind, value) = match (paid.is_pre_auth, turn) {
        (false, _) => ("refund", Some(part)),
        (true, 0) => ("extend", None),
        (true, 1) => ("capture", Some(paid.value - part)),
        (true, 2) => ("refund", Some(part)),
        (true, _) => ("cancel", None),
    };
    let mut body = json!({ "webcode": WEBCODE, "paymentReference": paid.reference });
    if let Some(value) = value {
        body["amount"] = json!({ "value": value, "currency": "EUR" });
    }
    if kind == "refund" {
        body["reason"] = json!("CUSTOMER REQUEST");
    }
    let key = format!("modification-{number}");
    let path = format!("/payment/{kind}");
    let reply = insist(|| client.api(Method::POST, &path, Some(&key), &body)).await?;
    // A reservation that is captured or cancelled already: 400, which is an answer.
    match reply.status.as_u16() {
        202 | 400 => Ok(()),
        _ => Err(format!("{kind}: {} {}", reply.status, reply.body).into()),
    }
}

/// The payments of completed sessions.
pub(crate) fn paid_of(sessions: &[Value]) -> Vec<Paid> {
    let completed = sessions
        .iter()
        .filter(|session| session["status"] == "completed");
    completed
        .filter_map(|session| {
            Some(Paid {
                reference: session["paymentReference"].as_str()?.to_owned(),
                value: session["amount"]["value"].as_u64()?,
                is_pre_auth: session["isPreAuth"].as_bool()?,
            })
        })
        .collect()
}
