//! Payments to refund: sessions that are created and paid while nothing is killed.

use bench::Failure;
use http::StatusCode;
use serde_json::json;

use crate::client::Client;
use crate::merchants::{Merchant, Merchants};

/// What each of them is about, in cents.
pub(crate) const AMOUNT: u64 = 15_000;

const CARD: [(&str, &str); 5] = [
    ("action", "pay"),
    ("cardNumber", "4111111111111111"),
    ("expiry", "12/30"),
    ("cvc", "737"),
    ("holderName", "Test User"),
];

/// A payment that can be refunded.
#[derive(Debug, Clone)]
pub(crate) struct Payment {
    pub(crate) merchant: Merchant,
    pub(crate) reference: String,
}

/// Makes payments, the merchants in turn.
pub(crate) async fn payments(
    client: &Client,
    merchants: &Merchants,
    count: usize,
) -> Result<Vec<Payment>, Failure> {
    let mut payments = Vec::with_capacity(count);
    for number in 0..count {
        payments.push(payment(client, merchants.nth(number)).await?);
    }
    Ok(payments)
}

async fn payment(client: &Client, merchant: &Merchant) -> Result<Payment, Failure> {
    let session = session_body(merchant, AMOUNT, "to be refunded");
    let created = merchant.post(client, "session", None, &session).await?;
    if created.status != StatusCode::CREATED {
        return Err(format!("no session is created: {}", created.body).into());
    }
    let paid = client.submit(&created.data("paymentUrl"), &CARD).await?;
    let queried = merchant.query(client, &created.data("sessionId")).await?;
    let reference = queried.data("paymentReference");
    if reference.is_empty() {
        return Err(format!("not paid, {}: {}", paid.status, queried.body).into());
    }
    Ok(Payment {
        merchant: merchant.clone(),
        reference,
    })
}

/// The body of a request to create a session.
pub(crate) fn session_body(
    merchant: &Merchant,
    amount: u64,
    custom_reference: &str,
) -> serde_json::Value {
    json!({
        "webcode": merchant.webcode,
        "amount": {"value": amount, "currency": "EUR"},
        "urlOk": "https://shop.example/paid",
        "urlKo": "https://shop.example/not-paid",
        "customReference": custom_reference,
    })
}
