//! HTTP/1.1 over rustls, with one pool of connections for the life of the process: the SDK's client, and, with other trust
//! roots, the one that reaches external services.
//!
//! The SDK's own client would do, but it links HTTP/2, which neither DynamoDB nor SQS speaks: 0.5 MB of each function's
//! binary, which is paid at every cold start.

use std::sync::Arc;
use std::time::Duration;

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use http_body_util::BodyExt;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector as TcpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};

/// Connections that nobody used for so long are closed: before AWS closes them, which it does without a word.
const IDLE_FOR: Duration = Duration::from_secs(15);

/// A warm-up that takes longer is left to the first request.
const WARM_UP_WITHIN: Duration = Duration::from_secs(1);

/// A client that trusts the certificates of a PEM text, and a connection that is not there within `connect_within` has
/// failed.
///
/// # Errors
/// What is wrong with the certificates.
pub(super) fn http_client(pem: &[u8], connect_within: Duration) -> Result<Http1, BoxError> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(pem) {
        roots.add(certificate?)?;
    }
    if roots.is_empty() {
        return Err("there is no certificate in it".into());
    }
    Http1::new(roots, connect_within)
}

fn client(
    roots: RootCertStore,
    connect_within: Duration,
) -> Result<Client<HttpsConnector<TcpConnector>, SdkBody>, BoxError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let mut tcp = TcpConnector::new();
    tcp.enforce_http(false);
    tcp.set_nodelay(true);
    tcp.set_connect_timeout(Some(connect_within));
    let https = HttpsConnectorBuilder::new()
        .with_tls_config(tls)
        .https_or_http()
        .enable_http1()
        .wrap_connector(tcp);
    Ok(Client::builder(TokioExecutor::new())
        .pool_timer(TokioTimer::new())
        .pool_idle_timeout(IDLE_FOR)
        .build(https))
}

/// One pool of connections, which every client of the SDK shares.
#[derive(Debug, Clone)]
pub struct Http1(Client<HttpsConnector<TcpConnector>, SdkBody>);

impl Http1 {
    /// A pool of its own, which trusts these roots. A connection that is not there within `connect_within` has failed.
    ///
    /// # Errors
    /// TLS cannot be set up.
    pub fn new(roots: RootCertStore, connect_within: Duration) -> Result<Self, BoxError> {
        client(roots, connect_within).map(Self)
    }

    /// Sends a request. Redirects are answers, and nobody follows them.
    ///
    /// # Errors
    /// There is no answer. Whether the request arrived, the error says: it did not, where it is an error of connecting.
    pub async fn send(
        &self,
        request: http::Request<SdkBody>,
    ) -> Result<http::Response<SdkBody>, hyper_util::client::legacy::Error> {
        let response = self.0.request(request).await?;
        Ok(response.map(SdkBody::from_body_1_x))
    }

    /// As the SDK takes it.
    #[must_use]
    pub fn into_shared(self) -> SharedHttpClient {
        SharedHttpClient::new(self)
    }

    /// Opens a connection before the first request needs it, with a `GET /` that the endpoints of AWS answer to anybody. A
    /// failure is ignored: the request will meet it again, with a deadline and somebody to answer to.
    pub async fn warm_up(&self, url: &str) {
        let Ok(request) = http::Request::get(url).body(SdkBody::empty()) else {
            return;
        };
        let exchange = async {
            // Read to its end, the connection is there for the next one.
            if let Ok(response) = self.0.request(request).await
                && response.into_body().collect().await.is_err()
            {}
        };
        if tokio::time::timeout(WARM_UP_WITHIN, exchange)
            .await
            .is_err()
        {}
    }
}

impl HttpClient for Http1 {
    fn http_connector(
        &self,
        _: &HttpConnectorSettings,
        _: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Http1 {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let request = match request.try_into_http1x() {
            Ok(request) => request,
            Err(error) => {
                return HttpConnectorFuture::ready(Err(ConnectorError::user(error.into())));
            }
        };
        let client = self.clone();
        HttpConnectorFuture::new(async move {
            // Whatever it is, it is unknown whether the call was carried out: the store tries again.
            let response = client
                .send(request)
                .await
                .map_err(|error| ConnectorError::io(error.into()))?;
            HttpResponse::try_from(response)
                .map_err(|error| ConnectorError::other(error.into(), None))
        })
    }
}
