//! A bare loop of the HTTP client that the webhook worker has: the same POSTs over TLS to the same receiver, so many at once,
//! and nothing around them: no database, no signature, no check of addresses. The loop is one invocation, so that the
//! benchmark starts, pins and watches it as it does the worker.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt, stream};
use http::Request;
use http_body_util::{BodyExt, Full};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use lambda_runtime::{Error, LambdaEvent, service_fn};
use rustls::{ClientConfig, RootCertStore};
use serde::Deserialize;
use serde_json::{Value, json};

type Poster = Client<HttpsConnector<HttpConnector>, Full<Bytes>>;

/// What is posted, and how often.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Loop {
    url: String,
    /// What the merchant gets, of the size of an event.
    body: String,
    headers: Vec<(String, String)>,
    posts: usize,
    at_once: usize,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let client = &client()?;
    lambda_runtime::run(service_fn(|event: LambdaEvent<Loop>| async move {
        run(client, &event.payload).await
    }))
    .await
}

async fn run(client: &Poster, asked: &Loop) -> Result<Value, Error> {
    let posts = (0..asked.posts).map(|_| post(client, asked));
    // Collected first: the compiler cannot see that a stream of these futures could be sent between threads.
    let posts: Vec<_> = posts.collect();
    let posts = stream::iter(posts).buffer_unordered(asked.at_once);
    posts.try_collect::<()>().await?;
    Ok(json!({ "posted": asked.posts }))
}

async fn post(client: &Poster, asked: &Loop) -> Result<(), Error> {
    let mut request = Request::post(&asked.url);
    for (name, value) in &asked.headers {
        request = request.header(name, value);
    }
    let body = Full::new(Bytes::copy_from_slice(asked.body.as_bytes()));
    let response = client.request(request.body(body)?).await?;
    let status = response.status();
    // Read to its end, so that the connection can be used again.
    response.into_body().collect().await?;
    if status.is_success() {
        Ok(())
    } else {
        Err(format!("the receiver answers {status}").into())
    }
}

/// The worker's client, over a connector that connects to anything.
fn client() -> Result<Poster, Error> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let mut connector = HttpConnector::new();
    connector.enforce_http(false);
    connector.set_nodelay(true);
    let connector = HttpsConnectorBuilder::new()
        .with_tls_config(tls)
        .https_only()
        .enable_http1()
        .enable_http2()
        .wrap_connector(connector);
    Ok(Client::builder(TokioExecutor::new())
        .timer(TokioTimer::new())
        .pool_timer(TokioTimer::new())
        .pool_idle_timeout(Duration::from_secs(20))
        .pool_max_idle_per_host(10)
        .build(connector))
}
