//! The HTTP client of deliveries: one warm pool for the life of the process, no redirects, no proxies.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response, header};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::{ClientConfig, RootCertStore};
use shared::config::ConfigError;
use shared::domain::api_key::Network;
use shared::domain::delivery::ErrorClass;
use tokio::time::Instant;

use crate::connect::{Guarded, InTime, Refused};

/// A delivery takes no longer than this in all (contract README, *Delivery*).
const WITHIN: Duration = Duration::from_secs(10);

/// The body of an answer takes no longer than this, from the headers on: the status is what counts, and is known by then.
const BODY_WITHIN: Duration = Duration::from_secs(1);

/// How long connections live.
#[derive(Debug, Clone, Copy)]
struct KeptAlive {
    /// A connection that nobody uses is closed after this.
    idle_within: Duration,
    /// A connection of HTTP/2 is asked so often whether it still is one, while requests wait on it…
    asked_every: Duration,
    /// … and is given up without an answer to that.
    answers_within: Duration,
}

/// One that broke is noticed before the attempt that waits on it is over.
const KEPT_ALIVE: KeptAlive = KeptAlive {
    idle_within: Duration::from_secs(20),
    asked_every: Duration::from_secs(5),
    answers_within: Duration::from_secs(3),
};

/// Connections to one receiver that are kept for later, at most: as many as a batch needs.
const IDLE_MAX: usize = 10;

/// So much of an answer is read; the rest is nobody's business.
const ANSWER_BYTES_MAX: usize = 4 * 1024;

/// So much of an answer may be on its way over HTTP/2 before somebody reads it, and of all answers on a connection: the least that
/// the protocol has.
const STREAM_WINDOW_BYTES: u32 = 16 * 1024;
const CONNECTION_WINDOW_BYTES: u32 = 65_535;

/// Sends events.
pub(crate) struct Poster {
    client: Client<InTime<HttpsConnector<Guarded>>, Full<Bytes>>,
}

/// One event to be sent.
pub(crate) struct Post<'a> {
    pub(crate) url: &'a str,
    pub(crate) body: &'a str,
    pub(crate) headers: [(&'static str, String); 5],
}

/// A receiver's answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// Its beginning, as it came.
    pub(crate) body: Vec<u8>,
    /// `Retry-After`, as it came.
    pub(crate) retry_after: Option<String>,
}

impl Poster {
    /// A client that reaches public addresses and the networks that the operator allows.
    pub(crate) fn new(allowed: &[Network]) -> Result<Self, ConfigError> {
        Self::over(Guarded::new(allowed))
    }

    /// A client over a connector.
    pub(crate) fn over(guarded: Guarded) -> Result<Self, ConfigError> {
        let mut roots = RootCertStore::empty();
        let found = rustls_native_certs::load_native_certs();
        let (added, _) = roots.add_parsable_certificates(found.certs);
        if added == 0 {
            tracing::warn!("this machine has no trust roots: no https webhook can be delivered");
        }
        Self::trusting(roots, guarded, KEPT_ALIVE)
    }

    fn trusting(
        roots: RootCertStore,
        guarded: Guarded,
        kept_alive: KeptAlive,
    ) -> Result<Self, ConfigError> {
        let broken = |problem: String| ConfigError {
            name: "TLS",
            problem,
        };
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let tls = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| broken(error.to_string()))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let connector = HttpsConnectorBuilder::new()
            .with_tls_config(tls)
            .https_or_http()
            .with_server_name_resolver(Guarded::name_of)
            .enable_http1()
            .enable_http2()
            .wrap_connector(guarded);
        Ok(Self {
            client: Client::builder(TokioExecutor::new())
                .timer(TokioTimer::new())
                .pool_timer(TokioTimer::new())
                .pool_idle_timeout(kept_alive.idle_within)
                .pool_max_idle_per_host(IDLE_MAX)
                .http2_keep_alive_interval(kept_alive.asked_every)
                .http2_keep_alive_timeout(kept_alive.answers_within)
                .http2_initial_stream_window_size(STREAM_WINDOW_BYTES)
                .http2_initial_connection_window_size(CONNECTION_WINDOW_BYTES)
                .build(InTime(connector)),
        })
    }

    /// Sends an event. Gives whatever answer there is: redirects are answers too.
    pub(crate) async fn post(&self, post: Post<'_>) -> Result<Answer, ErrorClass> {
        let ends = Instant::now() + WITHIN;
        let answer = tokio::time::timeout_at(ends, self.exchange(post)).await;
        let response = answer.unwrap_or(Err(ErrorClass::Timeout))?;
        let (head, body) = response.into_parts();
        let status = head.status.as_u16();
        let retry_after = head.headers.get(header::RETRY_AFTER);
        let retry_after = retry_after.and_then(|value| value.to_str().ok());
        Ok(Answer {
            status,
            retry_after: retry_after.map(str::to_owned),
            body: beginning(body, status, ends.min(Instant::now() + BODY_WITHIN)).await,
        })
    }

    async fn exchange(&self, post: Post<'_>) -> Result<Response<Incoming>, ErrorClass> {
        let mut request = Request::post(post.url)
            .header(header::CONTENT_TYPE, "application/json")
            .header(
                header::USER_AGENT,
                concat!("payments-webhooks/", env!("CARGO_PKG_VERSION")),
            );
        for (name, value) in post.headers {
            request = request.header(name, value);
        }
        let body = Full::new(Bytes::copy_from_slice(post.body.as_bytes()));
        let request = request.body(body).map_err(|_| ErrorClass::InvalidUrl)?;
        self.client
            .request(request)
            .await
            .map_err(|error| class_of(&error))
    }
}

/// Reads an answer's body. Read to its end, a connection can be used again. A body that is too long, breaks off or does not
/// end costs its connection and no more: the status is what counts, and what came of the body is kept.
async fn beginning(mut body: Incoming, status: u16, ends: Instant) -> Vec<u8> {
    let mut read = Vec::new();
    while read.len() < ANSWER_BYTES_MAX {
        match tokio::time::timeout_at(ends, body.frame()).await {
            Ok(None) => return read,
            Ok(Some(Ok(frame))) => {
                if let Ok(data) = frame.into_data() {
                    read.extend_from_slice(&data);
                }
            }
            Ok(Some(Err(_))) | Err(_) => break,
        }
    }
    tracing::debug!(status, "the answer was not read to its end");
    read.truncate(ANSWER_BYTES_MAX);
    read
}

fn class_of(error: &hyper_util::client::legacy::Error) -> ErrorClass {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = cause {
        if error.is::<Refused>() {
            return ErrorClass::AddressNotAllowed;
        }
        // What an input or output error carries is not its source.
        if let Some(error) = error.downcast_ref::<std::io::Error>() {
            if error.kind() == std::io::ErrorKind::TimedOut {
                return ErrorClass::Timeout;
            }
            if error.get_ref().is_some_and(|inner| inner.is::<Refused>()) {
                return ErrorClass::AddressNotAllowed;
            }
        }
        cause = error.source();
    }
    if error.is_connect() {
        ErrorClass::NoConnection
    } else {
        ErrorClass::ConnectionBroken
    }
}

#[cfg(test)]
mod tests;
