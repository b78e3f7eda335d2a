//! Somebody who manages merchants.

use http::Method;
use serde_json::{Value, json};

use crate::client::{Answer, Client};
use crate::shop::Shop;

/// An operator at one environment of one merchant.
#[derive(Clone)]
pub struct Operator {
    client: Client,
    webcode: String,
    environment: &'static str,
    authorization: String,
}

impl Operator {
    /// The operator of the local stack.
    #[must_use]
    pub fn new(client: Client, webcode: &str, environment: &'static str) -> Self {
        Self {
            client,
            webcode: webcode.to_owned(),
            environment,
            authorization: format!("Bearer {}", local::OPERATOR_TOKEN),
        }
    }

    /// Somebody who says to be an operator.
    #[must_use]
    pub fn with_authorization(mut self, authorization: &str) -> Self {
        authorization.clone_into(&mut self.authorization);
        self
    }

    /// The merchant as an integrator, with a key and a secret that were made for it.
    #[must_use]
    pub fn shop(&self, api_key: &str, client_secret: &str) -> Shop {
        let mut shop = Shop::demo(self.client.clone(), "SHOP01", self.environment);
        shop.webcode.clone_from(&self.webcode);
        client_secret.clone_into(&mut shop.client_secret);
        shop.with_key(api_key)
    }

    /// Sends a request below `/manage/v1/merchants`.
    pub async fn send(&self, method: Method, path: &str, body: &Value) -> Answer {
        let path = format!("/manage/v1/merchants{path}");
        self.anywhere(method, &path, body).await
    }

    /// Sends a request.
    pub async fn anywhere(&self, method: Method, path: &str, body: &Value) -> Answer {
        let body = match body {
            Value::Null => String::new(),
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        let mut headers = vec![("content-type", "application/json")];
        if !self.authorization.is_empty() {
            headers.push(("authorization", self.authorization.as_str()));
        }
        self.client.send(method, path, &headers, body).await
    }

    /// Sends a request about the merchant's environment.
    pub async fn here(&self, method: Method, path: &str, body: &Value) -> Answer {
        let path = format!("/{}/{}/{path}", self.webcode, self.environment);
        self.send(method, &path, body).await
    }

    /// Creates the merchant.
    pub async fn create_merchant(&self, name: &str) -> Answer {
        let body = json!({ "webcode": self.webcode, "name": name });
        self.send(Method::POST, "", &body).await
    }

    /// Creates a key.
    pub async fn create_key(&self) -> Answer {
        self.here(Method::POST, "keys", &Value::Null).await
    }

    /// The active keys.
    pub async fn keys(&self) -> Vec<Value> {
        let keys = self.here(Method::GET, "keys", &Value::Null).await.data();
        keys.as_array().expect("a list").clone()
    }

    /// The audit records, newest first.
    pub async fn audit(&self) -> Vec<Value> {
        let path = "audit?limit=100";
        let records = self.here(Method::GET, path, &Value::Null).await.data();
        records.as_array().expect("a list").clone()
    }
}
