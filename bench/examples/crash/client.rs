//! Requests to the stack.

use std::time::Duration;

use bench::Failure;
use bytes::Bytes;
use http::{Method, Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;

/// A request that takes longer has no reply.
const PATIENCE: Duration = Duration::from_secs(30);

/// Sends requests to one stack.
pub(crate) struct Client {
    base_url: String,
    http: legacy::Client<HttpConnector, Full<Bytes>>,
}

/// A reply as it came.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) body: String,
    /// Whether the service says that it answered this before.
    pub(crate) is_replay: bool,
}

impl Reply {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }

    /// Whether a client sees the same.
    pub(crate) fn is_like(&self, other: &Self) -> bool {
        self.status == other.status && self.body == other.body
    }

    /// A text of `data`.
    pub(crate) fn data(&self, name: &str) -> String {
        self.json()["data"][name]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    }
}

impl Client {
    pub(crate) fn new(base_url: String) -> Self {
        Self {
            base_url,
            http: legacy::Client::builder(TokioExecutor::new()).build_http(),
        }
    }

    /// Sends JSON, or nothing, and takes whatever is answered.
    pub(crate) async fn call(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Result<Reply, Failure> {
        let body = body.map(Value::to_string).unwrap_or_default();
        let mut request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.base_url));
        for (name, value) in headers
            .iter()
            .chain(&[("content-type", "application/json")])
        {
            request = request.header(*name, *value);
        }
        self.send(request.body(Full::from(body))?).await
    }

    /// Sends a form to an address that the stack gave.
    pub(crate) async fn submit(&self, url: &str, form: &[(&str, &str)]) -> Result<Reply, Failure> {
        let body = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(form)
            .finish();
        let request =
            Request::post(url).header("content-type", "application/x-www-form-urlencoded");
        self.send(request.body(Full::from(body))?).await
    }

    async fn send(&self, request: Request<Full<Bytes>>) -> Result<Reply, Failure> {
        let exchange = async {
            let response = self.http.request(request).await?;
            let status = response.status();
            let is_replay = response.headers().contains_key("idempotent-replayed");
            let body = response.into_body().collect().await?.to_bytes();
            Ok(Reply {
                status,
                body: String::from_utf8_lossy(&body).into_owned(),
                is_replay,
            })
        };
        tokio::time::timeout(PATIENCE, exchange).await?
    }
}
