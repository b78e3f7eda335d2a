//! HTTP requests to a stack.

use bytes::Bytes;
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client as HyperClient;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;

/// Sends requests to one address.
#[derive(Clone)]
pub struct Client {
    base_url: String,
    inner: HyperClient<HttpConnector, Full<Bytes>>,
}

/// What came back.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub bytes: Bytes,
    /// The body as a text, if it is one.
    pub text: String,
}

impl Answer {
    /// The body as JSON; null when it is not.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_default()
    }

    /// Panics unless the answer is a good one.
    pub fn expect_success(&self) {
        assert!(self.status.is_success(), "{} {}", self.status, self.text);
    }

    /// `data` of a successful answer.
    #[must_use]
    pub fn data(&self) -> Value {
        self.expect_success();
        self.json()["data"].clone()
    }

    /// Status and code of a refusal, whose body has the standard form.
    #[must_use]
    pub fn error(&self) -> (u16, Option<u64>) {
        let body = self.json();
        assert_eq!(body["success"], false, "{}", self.text);
        assert_eq!(
            body["error"]["statusCode"],
            self.status.as_u16(),
            "{}",
            self.text
        );
        let trace_id = body["error"]["traceId"].as_str().expect("a trace id");
        assert_eq!(self.header("x-trace-id"), Some(trace_id));
        assert!(
            trace_id.len() == 32 && trace_id.bytes().all(|b| b.is_ascii_hexdigit()),
            "{trace_id}"
        );
        (self.status.as_u16(), body["error"]["code"].as_u64())
    }

    /// The message of the error body.
    #[must_use]
    pub fn message(&self) -> String {
        self.json()["error"]["message"]
            .as_str()
            .expect("a message")
            .to_owned()
    }

    /// A header's value.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

impl Client {
    /// Requests to an address.
    #[must_use]
    pub fn new(base_url: &str) -> Self {
        Self {
            base_url: base_url.to_owned(),
            inner: HyperClient::builder(TokioExecutor::new()).build_http(),
        }
    }

    /// Sends a request. `target` is a path, or a whole address of the same server.
    pub async fn send(
        &self,
        method: Method,
        target: &str,
        headers: &[(&str, &str)],
        body: impl Into<Bytes>,
    ) -> Answer {
        let uri = if target.starts_with("http") {
            target.to_owned()
        } else {
            format!("{}{target}", self.base_url)
        };
        let mut request = Request::builder().method(method).uri(uri);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Full::new(body.into())).expect("a request");
        let response = self.inner.request(request).await.expect("an answer");
        let (head, body) = response.into_parts();
        let bytes = body.collect().await.expect("a body").to_bytes();
        Answer {
            status: head.status,
            headers: head.headers,
            text: String::from_utf8_lossy(&bytes).into_owned(),
            bytes,
        }
    }
}
