//! The AWS clients, set up for a function that serves one request at a time.
//!
//! What is done here decides most of the cold start: one lean HTTP and TLS stack (rustls on ring), the roots of AWS's own
//! certificate authority compiled in, credentials and region from the environment that a Lambda has anyway, and
//! no retries of the SDK's own (the store has one loop, which knows the request's deadline).

mod http_client;

use std::time::Duration;

use aws_credential_types::Credentials;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::config::{BehaviorVersion, Region, StalledStreamProtectionConfig};
use aws_smithy_runtime_api::client::http::SharedHttpClient;

pub use self::http_client::Http1;

use crate::config::{AwsConfig, ConfigError};

/// The roots that AWS's endpoints chain up to: Amazon Root CA 1 to 4 and Starfield Services Root CA G2
/// (Amazon Trust Services). `AWS_CA_BUNDLE` replaces them, for proxies and for the day they change.
const AMAZON_ROOTS: &[u8] = include_bytes!("../../roots/amazon.pem");

/// A connection that is not there within this is tried anew.
const CONNECT_WITHIN: Duration = Duration::from_millis(1_000);

/// A single try of a call takes no longer than this; the store's loop tries again.
const ATTEMPT_WITHIN: Duration = Duration::from_millis(3_000);

/// The HTTP client of the SDK: one pool of connections for the life of the process.
///
/// # Errors
/// [`ConfigError`] when the bundle of `AWS_CA_BUNDLE` cannot be read or holds no certificate.
pub fn http_client(config: &AwsConfig) -> Result<Http1, ConfigError> {
    let unusable = |problem: String| ConfigError {
        name: "AWS_CA_BUNDLE",
        problem,
    };
    let pem = match &config.ca_bundle {
        None => AMAZON_ROOTS.to_vec(),
        Some(path) => {
            std::fs::read(path).map_err(|error| unusable(format!("cannot be read: {error}")))?
        }
    };
    http_client::http_client(&pem, CONNECT_WITHIN)
        .map_err(|error| unusable(format!("is unusable: {error}")))
}

/// The client of DynamoDB.
#[must_use]
pub fn dynamodb(config: &AwsConfig, http_client: SharedHttpClient) -> aws_sdk_dynamodb::Client {
    let builder = aws_sdk_dynamodb::Config::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(Region::new(config.region.clone()))
        .credentials_provider(credentials(config))
        .http_client(http_client)
        .retry_config(RetryConfig::disabled())
        .timeout_config(timeouts())
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled());
    let builder = match &config.dynamodb_endpoint {
        Some(url) => builder.endpoint_url(url),
        None => builder,
    };
    aws_sdk_dynamodb::Client::from_conf(builder.build())
}

/// The client of SQS. Its retries are the SDK's own: a message that is sent twice is only one too many.
#[cfg(feature = "sqs")]
#[must_use]
pub fn sqs(config: &AwsConfig, http_client: SharedHttpClient) -> aws_sdk_sqs::Client {
    use aws_sdk_sqs::config::{BehaviorVersion, Region, retry::RetryConfig};
    let builder = aws_sdk_sqs::Config::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(Region::new(config.region.clone()))
        .credentials_provider(credentials(config))
        .http_client(http_client)
        .retry_config(RetryConfig::standard())
        .timeout_config(timeouts());
    let builder = match &config.sqs_endpoint {
        Some(url) => builder.endpoint_url(url),
        None => builder,
    };
    aws_sdk_sqs::Client::from_conf(builder.build())
}

/// Opens the connection to DynamoDB, while the function is being initialised.
pub async fn warm_up(config: &AwsConfig, http_client: &Http1) {
    let url = config.dynamodb_endpoint.clone().unwrap_or_else(|| {
        let region = &config.region;
        let suffix = if region.starts_with("cn-") { ".cn" } else { "" };
        format!("https://dynamodb.{region}.amazonaws.com{suffix}/")
    });
    http_client.warm_up(&url).await;
}

/// How long a call may take. How long a connection may take is the HTTP client's.
#[must_use]
pub fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder()
        .operation_attempt_timeout(ATTEMPT_WITHIN)
        .build()
}

/// Who we are: a Lambda's environment has the credentials of its role for as long as the process lives.
#[must_use]
pub fn credentials(config: &AwsConfig) -> Credentials {
    Credentials::new(
        config.access_key_id.clone(),
        config.secret_access_key.expose().to_owned(),
        config
            .session_token
            .as_ref()
            .map(|token| token.expose().to_owned()),
        None,
        "environment",
    )
}
