//! Somebody who has the key of the sandbox processor, and its customer.

use http::Method;
use serde_json::{Value, json};

use crate::client::{Answer, Client};

/// Where the sandbox is.
pub const BASE: &str = "/sandbox-processor";

/// A terminal of the sandbox that can be reached.
pub const TERMINAL: &str = "V400m-SBX-000101";

/// A caller of the sandbox.
#[derive(Clone)]
pub struct Sandbox {
    client: Client,
    authorization: String,
}

impl Sandbox {
    /// A caller with that key.
    #[must_use]
    pub fn new(client: Client, key: &str) -> Self {
        Self {
            client,
            authorization: format!("Bearer {key}"),
        }
    }

    /// Somebody who says to be a caller.
    #[must_use]
    pub fn with_authorization(mut self, authorization: &str) -> Self {
        authorization.clone_into(&mut self.authorization);
        self
    }

    /// Sends a request below the sandbox's address, with other headers too.
    pub async fn send(
        &self,
        method: Method,
        path: &str,
        more: &[(&str, &str)],
        body: impl Into<String>,
    ) -> Answer {
        let mut headers = vec![("content-type", "application/json")];
        if !self.authorization.is_empty() {
            headers.push(("authorization", self.authorization.as_str()));
        }
        for (name, value) in more {
            headers.retain(|(known, _)| known != name);
            headers.push((name, value));
        }
        let path = format!("{BASE}{path}");
        self.client.send(method, &path, &headers, body.into()).await
    }

    /// Posts a body.
    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send(Method::POST, path, &[], body.to_string()).await
    }

    /// Asks for something.
    pub async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, &[], "").await
    }

    /// Asks for a payment.
    pub async fn pay(&self, body: &Value) -> Answer {
        self.post("/pay", body).await
    }

    /// Asks for a modification with an idempotency key.
    pub async fn modify(&self, kind: &str, key: &str, body: &Value) -> Answer {
        let headers = [("idempotency-key", key)];
        let path = format!("/{kind}");
        self.send(Method::POST, &path, &headers, body.to_string())
            .await
    }

    /// Asks for a refund in euros.
    pub async fn refund(&self, payment_id: &str, key: &str, amount: u64) -> Answer {
        let body = json!({ "amount": amount, "currency": "EUR", "paymentId": payment_id });
        self.modify("refund", key, &body).await
    }

    /// Where a payment stands.
    pub async fn status(&self, payment_id: &str) -> Value {
        let answer = self.get(&format!("/status?paymentId={payment_id}")).await;
        answer.expect_success();
        answer.json()
    }

    /// Answers a page as its customer.
    pub async fn answer_page(&self, url: &str, answer: &str) -> Answer {
        let headers = [("content-type", "application/x-www-form-urlencoded")];
        let body = format!("answer={answer}");
        self.client.send(Method::POST, url, &headers, body).await
    }

    /// Everything in the ledger, page by page.
    pub async fn ledger(&self) -> Vec<Value> {
        let mut payments = Vec::new();
        let mut cursor = Value::Null;
        loop {
            let path = match cursor.as_str() {
                Some(cursor) => format!("/ledger?limit=100&cursor={cursor}"),
                None => "/ledger?limit=100".to_owned(),
            };
            let answer = self.get(&path).await;
            answer.expect_success();
            let page = answer.json();
            payments.extend(page["payments"].as_array().expect("a list").clone());
            cursor = page["nextCursor"].clone();
            if cursor.is_null() {
                return payments;
            }
        }
    }
}

/// The body of a payment online, in euros.
#[must_use]
pub fn online(shop_transaction_id: &str, amount: u64) -> Value {
    json!({
        "amount": amount,
        "currency": "EUR",
        "shopTransactionId": shop_transaction_id,
        "successRedirectUrl": "https://shop.example/ok?order=1",
        "failureRedirectUrl": "https://shop.example/ko",
    })
}

/// The body of a payment at a terminal, in euros.
#[must_use]
pub fn at_terminal(shop_transaction_id: &str, amount: u64) -> Value {
    json!({
        "amount": amount,
        "currency": "EUR",
        "shopTransactionId": shop_transaction_id,
        "providerData": { "channel": "pos", "poiId": TERMINAL },
    })
}

/// A field that is a text.
///
/// # Panics
/// When it is none.
#[must_use]
pub fn text(value: &Value, name: &str) -> String {
    let text = value[name].as_str();
    text.unwrap_or_else(|| panic!("{name} of {value}"))
        .to_owned()
}
