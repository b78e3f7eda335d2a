//! How functions are reached: in this process, or served by `cargo lambda watch` beside it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;
use tokio::sync::watch;

use crate::functions::{Functions, InvokeError};

/// How long a function elsewhere may take: it may have to be compiled first.
const REMOTE_WITHIN: Duration = Duration::from_secs(600);

/// How often an absent server is looked for.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// Reaches the functions.
#[derive(Debug)]
pub(crate) enum Invoker {
    /// They are in this process.
    InProcess(Functions),
    /// They are served elsewhere.
    Remote(Box<Remote>),
}

/// Functions that another process serves.
#[derive(Debug)]
pub(crate) struct Remote {
    address: String,
    client: Client<HttpConnector, Full<Bytes>>,
    /// Whether somebody has said that nobody is there: many wait, and one is to say so.
    missed: AtomicBool,
}

impl Remote {
    /// Functions at an address like `http://127.0.0.1:9001`.
    #[must_use]
    pub(crate) fn new(address: &str) -> Self {
        let client = Client::builder(TokioExecutor::new()).build(HttpConnector::new());
        Self {
            address: address.trim_end_matches('/').to_owned(),
            client,
            missed: AtomicBool::new(false),
        }
    }

    async fn invoke(&self, package: &str, payload: &Value) -> Result<Value, InvokeError> {
        let uri = format!(
            "{}/2015-03-31/functions/{package}/invocations",
            self.address
        );
        let request = http::Request::post(uri)
            .header(http::header::CONTENT_TYPE, "application/json")
            .body(Full::new(Bytes::from(payload.to_string())))
            .map_err(|error| InvokeError::Failed(error.to_string()))?;
        let response = self.client.request(request).await.map_err(|error| {
            let problem = error.to_string();
            if error.is_connect() {
                InvokeError::Unreachable(problem)
            } else {
                InvokeError::Failed(problem)
            }
        })?;
        let succeeded = response.status().is_success();
        let reported = response.headers().contains_key("x-amz-function-error");
        let body = response.into_body().collect().await;
        let body = body
            .map_err(|error| InvokeError::Failed(error.to_string()))?
            .to_bytes();
        if !succeeded || reported {
            return Err(InvokeError::Failed(
                String::from_utf8_lossy(&body).into_owned(),
            ));
        }
        serde_json::from_slice(&body).map_err(|error| InvokeError::Failed(error.to_string()))
    }

    /// Whether somebody listens there.
    async fn answers(&self) -> bool {
        let authority = self
            .address
            .strip_prefix("http://")
            .unwrap_or(&self.address);
        tokio::net::TcpStream::connect(authority).await.is_ok()
    }
}

impl Invoker {
    /// Invokes a function and waits for its answer.
    ///
    /// # Errors
    /// [`InvokeError`]
    pub(crate) async fn invoke(&self, package: &str, payload: Value) -> Result<Value, InvokeError> {
        match self {
            Self::InProcess(functions) => functions.invoke(package, payload).await,
            Self::Remote(remote) => {
                let answer = remote.invoke(package, &payload);
                let answer = tokio::time::timeout(REMOTE_WITHIN, answer).await;
                answer.unwrap_or(Err(InvokeError::TimedOut(REMOTE_WITHIN)))
            }
        }
    }

    /// Waits until somebody serves the functions. Says so once if nobody does.
    pub(crate) async fn wait_until_reachable(&self) {
        let Self::Remote(remote) = self else { return };
        while !remote.answers().await {
            if !remote.missed.swap(true, Ordering::Relaxed) {
                tracing::warn!(
                    address = remote.address,
                    "waiting until somebody serves the functions"
                );
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
        if remote.missed.swap(false, Ordering::Relaxed) {
            tracing::info!(address = remote.address, "the functions are served");
        }
    }

    /// Wakes whoever waits for something that a function may have written, as far as it can be known here.
    pub(crate) fn invocations(&self) -> Option<watch::Receiver<()>> {
        match self {
            Self::InProcess(functions) => Some(functions.invocations()),
            Self::Remote(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use http::{Request, Response};
    use hyper::body::Incoming;
    use hyper::server::conn::http1;
    use hyper::service::service_fn;
    use hyper_util::rt::TokioIo;
    use serde_json::json;
    use tokio::net::TcpListener;

    use super::*;

    /// Answers as the emulation of `cargo lambda watch` does: a failed invocation has status 500.
    async fn emulate(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
        let path = request.uri().path().to_owned();
        let event = request
            .into_body()
            .collect()
            .await
            .expect("a body")
            .to_bytes();
        let mut response = Response::new(Full::new(event));
        if path != "/2015-03-31/functions/echo/invocations" {
            *response.status_mut() = http::StatusCode::INTERNAL_SERVER_ERROR;
        }
        Ok(response)
    }

    async fn serve(listener: TcpListener) {
        while let Ok((connection, _)) = listener.accept().await {
            let conversation = http1::Builder::new()
                .serve_connection(TokioIo::new(connection), service_fn(emulate));
            tokio::spawn(async move {
                // A probe that says nothing is no conversation.
                let _ = conversation.await;
            });
        }
    }

    fn remote(address: std::net::SocketAddr) -> Invoker {
        Invoker::Remote(Box::new(Remote::new(&format!("http://{address}/"))))
    }

    #[tokio::test]
    async fn functions_elsewhere_are_invoked() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let invoker = remote(listener.local_addr().expect("an address"));
        tokio::spawn(serve(listener));
        invoker.wait_until_reachable().await;
        assert_eq!(
            invoker.invoke("echo", json!({"a": 1})).await,
            Ok(json!({"a": 1}))
        );
        let failed = invoker.invoke("other", json!("why")).await;
        assert_eq!(failed, Err(InvokeError::Failed("\"why\"".to_owned())));
    }

    #[tokio::test]
    async fn functions_that_nobody_serves_are_waited_for() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        drop(listener);
        let invoker = remote(address);
        let absent = invoker.invoke("echo", json!({})).await;
        assert!(
            matches!(absent, Err(InvokeError::Unreachable(_))),
            "{absent:?}"
        );
        let waiting = tokio::spawn(async move { invoker.wait_until_reachable().await });
        tokio::time::sleep(Duration::from_millis(50)).await;
        assert!(!waiting.is_finished());
        let listener = TcpListener::bind(address)
            .await
            .expect("the port is free again");
        tokio::spawn(serve(listener));
        waiting.await.expect("it ends");
    }
}
