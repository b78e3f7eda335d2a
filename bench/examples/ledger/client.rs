//! Requests to the stack, by its merchant, its customers and the service's bookkeeper.

use std::time::Duration;

use bench::Failure;
use bytes::Bytes;
use http::{Method, Request, StatusCode, header};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::{Value, json};

/// A request that takes longer has no reply.
const PATIENCE: Duration = Duration::from_secs(40);

/// The key of the local stack's sandbox, which is known to everybody (infra/watch.env).
const SANDBOX_KEY: &str = "local-sandbox-key-not-for-any-cloud-000001";

/// The only demo merchant that an external service takes payments for.
pub(crate) const WEBCODE: &str = "SHOP01";

/// Sends requests to one stack.
pub(crate) struct Client {
    base_url: String,
    api_key: String,
    http: legacy::Client<HttpConnector, Full<Bytes>>,
}

/// A reply as it came.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) location: Option<String>,
    pub(crate) body: String,
}

impl Reply {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }
}

impl Client {
    /// Asks the stack for its demo merchant.
    pub(crate) async fn connect(base_url: String) -> Result<Self, Failure> {
        let mut client = Self {
            base_url,
            api_key: String::new(),
            http: legacy::Client::builder(TokioExecutor::new()).build_http(),
        };
        let demo = client
            .send(Method::GET, "/local/demo", &[], "")
            .await?
            .json();
        let merchants = demo.as_array().into_iter().flatten();
        let key = merchants
            .filter(|merchant| merchant["webcode"] == WEBCODE)
            .find_map(|merchant| merchant["live"]["apiKey"].as_str());
        client.api_key = key.ok_or("there is no demo merchant")?.to_owned();
        Ok(client)
    }

    /// Asks the API.
    pub(crate) async fn api(
        &self,
        method: Method,
        path: &str,
        key: Option<&str>,
        body: &Value,
    ) -> Result<Reply, Failure> {
        let path = format!("/external/v1{path}");
        let mut headers = vec![
            ("x-api-key", self.api_key.as_str()),
            ("content-type", "application/json"),
        ];
        headers.extend(key.map(|key| ("idempotency-key", key)));
        let body = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        self.send(method, &path, &headers, &body).await
    }

    /// All rows of a list of the API.
    pub(crate) async fn list(&self, path: &str) -> Result<Vec<Value>, Failure> {
        let mut rows = Vec::new();
        let mut cursor = String::new();
        loop {
            let asked = format!("{path}?webcode={WEBCODE}&limit=100{cursor}");
            let page = self.api(Method::GET, &asked, None, &Value::Null).await?;
            if page.status != StatusCode::OK {
                return Err(format!("{asked}: {} {}", page.status, page.body).into());
            }
            let page = page.json();
            rows.extend(page["data"].as_array().into_iter().flatten().cloned());
            match page["pagination"]["nextCursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return Ok(rows),
            }
        }
    }

    /// Goes to a page, as a browser does.
    pub(crate) async fn visit(&self, url: &str) -> Result<Reply, Failure> {
        self.send(Method::GET, url, &[("sec-fetch-dest", "document")], "")
            .await
    }

    /// Submits a form.
    pub(crate) async fn submit(&self, url: &str, form: &str) -> Result<Reply, Failure> {
        let headers = [("content-type", "application/x-www-form-urlencoded")];
        self.send(Method::POST, url, &headers, form).await
    }

    /// Moves the stack's clock on.
    pub(crate) async fn forward(&self, seconds: u64) -> Result<(), Failure> {
        let body = json!({ "forwardSeconds": seconds }).to_string();
        let headers = [("content-type", "application/json")];
        let reply = self
            .send(Method::PUT, "/local/clock", &headers, &body)
            .await?;
        if reply.status.is_success() {
            Ok(())
        } else {
            Err(format!("the clock does not move: {}", reply.body).into())
        }
    }

    /// Makes the service's answers go wrong.
    pub(crate) async fn fault(&self, per_mille: u64) -> Result<(), Failure> {
        let faults = json!({
            "faults": ["drop", "twice", "late", "500", "garbage"],
            "perMille": per_mille,
            "seed": 7,
        });
        let reply = self.sandbox(Method::PUT, "/faults", &faults).await?;
        if reply.status.is_success() {
            Ok(())
        } else {
            Err(format!("the service takes no faults: {}", reply.body).into())
        }
    }

    /// The service's books: every payment.
    pub(crate) async fn ledger(&self) -> Result<Vec<Value>, Failure> {
        let mut rows = Vec::new();
        let mut cursor = String::new();
        loop {
            let page = format!("/ledger?limit=100{cursor}");
            let page = self.sandbox(Method::GET, &page, &Value::Null).await?.json();
            let found = page["payments"]
                .as_array()
                .ok_or("the service has no books")?;
            rows.extend(found.iter().cloned());
            match page["nextCursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return Ok(rows),
            }
        }
    }

    async fn sandbox(&self, method: Method, path: &str, body: &Value) -> Result<Reply, Failure> {
        let authorization = format!("Bearer {SANDBOX_KEY}");
        let headers = [
            ("authorization", authorization.as_str()),
            ("content-type", "application/json"),
        ];
        let body = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        let path = format!("/sandbox-processor{path}");
        self.send(method, &path, &headers, &body).await
    }

    async fn send(
        &self,
        method: Method,
        target: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Result<Reply, Failure> {
        let uri = if target.starts_with("http") {
            target.to_owned()
        } else {
            format!("{}{target}", self.base_url)
        };
        let mut request = Request::builder().method(method).uri(uri);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Full::from(body.to_owned()))?;
        let exchange = async {
            let response = self.http.request(request).await?;
            let status = response.status();
            let location = response.headers().get(header::LOCATION);
            let location = location
                .and_then(|value| value.to_str().ok())
                .map(str::to_owned);
            let body = response.into_body().collect().await?.to_bytes();
            Ok(Reply {
                status,
                location,
                body: String::from_utf8_lossy(&body).into_owned(),
            })
        };
        tokio::time::timeout(PATIENCE, exchange).await?
    }
}
