//! The HTTP client that reaches external services: HTTP/1.1, the system's trust roots, no redirects, no proxies.
//!
//! What matters of a failure is whether the request can have been carried out.

use std::sync::OnceLock;
use std::time::Duration;

use aws_smithy_types::body::SdkBody;
use http::{Method, Request, header};
use http_body_util::{BodyExt, Limited};
use rustls::RootCertStore;
use shared::aws::Http1;
use shared::config::ConfigError;
use tokio::time::Instant;

/// A connection that is not there within this has failed, and nothing was sent.
const CONNECT_WITHIN: Duration = Duration::from_secs(3);

/// A longer answer is no answer.
const ANSWER_BYTES_MAX: usize = 64 * 1024;

/// Sends requests to services that an operator configured.
#[derive(Debug, Default)]
pub struct Outbound {
    /// Made with the first request: reading the system's roots costs a cold start more than everything else, and most
    /// visits need no service.
    client: OnceLock<Http1>,
}

/// One request.
#[derive(Debug, Clone, Copy)]
pub struct Call<'a> {
    /// How.
    pub method: &'a Method,
    /// Where.
    pub url: &'a str,
    /// Header fields beside the body's own.
    pub headers: &'a [(&'a str, &'a str)],
    /// A JSON text.
    pub body: Option<&'a str>,
    /// How long all of it may take.
    pub within: Duration,
}

/// A service's answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// All of the body.
    pub body: Vec<u8>,
}

/// Why there is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// No connection: the service has not seen the request.
    #[error("there was no connection")]
    NotSent,
    /// The service may have carried the request out.
    #[error("the answer was lost: {0}")]
    Lost(&'static str),
}

impl Outbound {
    /// A client that has not been used yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sends a request and waits for all of its answer.
    ///
    /// # Errors
    /// [`Failure`]: whether the request may have been carried out.
    pub async fn send(&self, call: Call<'_>) -> Result<Answer, Failure> {
        let ends = Instant::now() + call.within;
        let client = self.client().map_err(|error| {
            tracing::error!(%error, "no request can be sent");
            Failure::NotSent
        })?;
        let request = request(&call).map_err(|_| Failure::NotSent)?;
        let exchange = async {
            let response = client.send(request).await.map_err(|error| {
                if error.is_connect() {
                    Failure::NotSent
                } else {
                    Failure::Lost("the connection broke")
                }
            })?;
            let status = response.status().as_u16();
            let body = Limited::new(response.into_body(), ANSWER_BYTES_MAX);
            let body = body
                .collect()
                .await
                .map_err(|_| Failure::Lost("the answer broke off or was too long"))?;
            Ok(Answer {
                status,
                body: body.to_bytes().to_vec(),
            })
        };
        tokio::time::timeout_at(ends, exchange)
            .await
            .unwrap_or(Err(Failure::Lost("the time was over")))
    }

    /// Asks for something by its address alone.
    ///
    /// # Errors
    /// [`Failure`], as with [`Outbound::send`].
    pub async fn get(&self, url: &str, within: Duration) -> Result<Answer, Failure> {
        let call = Call {
            method: &Method::GET,
            url,
            headers: &[],
            body: None,
            within,
        };
        self.send(call).await
    }

    fn client(&self) -> Result<&Http1, ConfigError> {
        if let Some(client) = self.client.get() {
            return Ok(client);
        }
        let mut roots = RootCertStore::empty();
        let found = rustls_native_certs::load_native_certs();
        let (added, _) = roots.add_parsable_certificates(found.certs);
        if added == 0 {
            tracing::warn!("this machine has no trust roots: no https service can be reached");
        }
        let client = Http1::new(roots, CONNECT_WITHIN).map_err(|error| ConfigError {
            name: "TLS",
            problem: error.to_string(),
        })?;
        Ok(self.client.get_or_init(|| client))
    }
}

fn request(call: &Call<'_>) -> Result<Request<SdkBody>, http::Error> {
    let mut request = Request::builder()
        .method(call.method)
        .uri(call.url)
        .header(header::ACCEPT, "application/json")
        .header(
            header::USER_AGENT,
            concat!("payments-processor/", env!("CARGO_PKG_VERSION")),
        );
    for (name, value) in call.headers {
        request = request.header(*name, *value);
    }
    match call.body {
        Some(body) => request
            .header(header::CONTENT_TYPE, "application/json")
            .body(SdkBody::from(body)),
        None => request.body(SdkBody::empty()),
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;

    /// Nothing here takes so long, even on a busy machine.
    const WITHIN: Duration = Duration::from_secs(30);

    /// Answers one request with some bytes, and closes.
    async fn serve_once(listener: &TcpListener, answer: &[u8]) {
        let (mut stream, _) = listener.accept().await.expect("a connection");
        let size = stream.read(&mut [0; 2048]).await.expect("a request");
        assert!(size > 0);
        stream.write_all(answer).await.expect("sent");
    }

    #[tokio::test]
    async fn a_failure_tells_whether_the_request_can_have_been_carried_out() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}/status", listener.local_addr().expect("bound"));
        let outbound = Outbound::new();

        let answer =
            b"HTTP/1.1 302 Found\r\nlocation: /x\r\ncontent-length: 2\r\n\r\n{}".as_slice();
        let (outcome, ()) = tokio::join!(outbound.get(&url, WITHIN), serve_once(&listener, answer));
        let expected = Answer {
            status: 302,
            body: b"{}".to_vec(),
        };
        assert_eq!(outcome, Ok(expected), "a redirect is an answer");

        for (answer, lost) in [
            ("", "the connection broke"),
            (
                "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n{",
                "the answer broke off or was too long",
            ),
            ("nonsense\r\n\r\n", "the connection broke"),
        ] {
            let served = serve_once(&listener, answer.as_bytes());
            let (outcome, ()) = tokio::join!(outbound.get(&url, WITHIN), served);
            assert_eq!(outcome, Err(Failure::Lost(lost)), "{answer}");
        }
        let long = [
            b"HTTP/1.1 200 OK\r\ncontent-length: 70000\r\n\r\n".as_slice(),
            &[b' '; 70_000],
        ]
        .concat();
        let (outcome, ()) = tokio::join!(outbound.get(&url, WITHIN), serve_once(&listener, &long));
        assert_eq!(
            outcome,
            Err(Failure::Lost("the answer broke off or was too long"))
        );
        // Somebody listens and says nothing.
        let outcome = outbound.get(&url, Duration::from_millis(50)).await;
        assert_eq!(outcome, Err(Failure::Lost("the time was over")));
        drop(listener);
        let outcome = outbound.get(&url, WITHIN).await;
        assert_eq!(outcome, Err(Failure::NotSent));
        let outcome = outbound.get("not an address", WITHIN).await;
        assert_eq!(outcome, Err(Failure::NotSent));
    }
}
