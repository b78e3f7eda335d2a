//! The demo merchants of the local stack.

use bench::Failure;
use http::{Method, StatusCode};
use serde_json::json;

use crate::client::{Client, Reply};

/// A merchant and its Test key.
#[derive(Debug, Clone)]
pub(crate) struct Merchant {
    pub(crate) webcode: String,
    api_key: String,
}

/// Both of them.
pub(crate) struct Merchants(Vec<Merchant>);

impl Merchants {
    /// Asks the stack.
    pub(crate) async fn load(client: &Client) -> Result<Self, Failure> {
        let demo = client
            .call(Method::GET, "/local/demo", &[], None)
            .await?
            .json();
        let text = |value: &serde_json::Value| value.as_str().map(str::to_owned);
        let merchants = demo.as_array().into_iter().flatten();
        let merchants: Option<Vec<_>> = merchants
            .map(|merchant| {
                Some(Merchant {
                    webcode: text(&merchant["webcode"])?,
                    api_key: text(&merchant["test"]["apiKey"])?,
                })
            })
            .collect();
        let merchants = merchants.filter(|merchants| !merchants.is_empty());
        Ok(Self(
            merchants.ok_or_else(|| format!("no demo merchants: {demo}"))?,
        ))
    }

    /// All of them.
    pub(crate) fn all(&self) -> &[Merchant] {
        &self.0
    }

    /// They take turns.
    pub(crate) fn nth(&self, number: usize) -> &Merchant {
        &self.0[number % self.0.len()]
    }

    /// Points their webhooks at a receiver that is not killed with the stack.
    pub(crate) async fn point_webhooks(&self, client: &Client, url: &str) -> Result<(), Failure> {
        for merchant in &self.0 {
            let body = json!({"webcode": merchant.webcode, "environment": "test", "url": url});
            let reply = client
                .call(Method::PUT, "/local/webhook-url", &[], Some(&body))
                .await?;
            if reply.status != StatusCode::OK {
                return Err(
                    format!("the webhooks cannot be pointed elsewhere: {}", reply.body).into(),
                );
            }
        }
        Ok(())
    }
}

impl Merchant {
    /// Sends a request of this merchant.
    pub(crate) async fn post(
        &self,
        client: &Client,
        endpoint: &str,
        idempotency_key: Option<&str>,
        body: &serde_json::Value,
    ) -> Result<Reply, Failure> {
        let mut headers = vec![("x-api-key", self.api_key.as_str())];
        headers.extend(idempotency_key.map(|key| ("idempotency-key", key)));
        let path = format!("/external/v1/test/payment/{endpoint}");
        client.call(Method::POST, &path, &headers, Some(body)).await
    }

    /// Asks how a session stands.
    pub(crate) async fn query(&self, client: &Client, session_id: &str) -> Result<Reply, Failure> {
        let path = format!(
            "/external/v1/test/payment/session/{session_id}?webcode={}",
            self.webcode
        );
        client
            .call(Method::GET, &path, &[("x-api-key", &self.api_key)], None)
            .await
    }
}
