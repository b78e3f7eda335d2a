//! The request, and what can go wrong with it.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Request, StatusCode, header};
use http_body_util::{BodyExt, Full};
use hyper_rustls::HttpsConnectorBuilder;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use rustls::{ClientConfig, RootCertStore};
use serde_json::Value;

use crate::arguments::Asked;
use crate::caller::Caller;

/// API Gateway gives up after this.
const WITHIN: Duration = Duration::from_secs(30);

/// Why there is no answer, in words for an operator.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ClientError {
    #[error("{0}")]
    Usage(&'static str),
    #[error("{0} is not set: requests to another machine are signed with it")]
    Missing(&'static str),
    #[error("the request could not be signed: {0}")]
    Unsigned(String),
    #[error("{url} cannot be reached: {problem}")]
    Unreachable { url: String, problem: String },
    #[error("the answer is not understood (HTTP {0})")]
    NotUnderstood(u16),
    #[error("{0}")]
    Refused(Refusal),
}

/// A refusal: what the API says, and what names the request in its logs.
#[derive(Debug)]
pub(crate) struct Refusal {
    status: StatusCode,
    code: Option<u64>,
    message: String,
    trace: Option<(&'static str, String)>,
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} (HTTP {}", self.message, self.status.as_u16())?;
        if let Some(code) = self.code {
            write!(f, ", code {code}")?;
        }
        f.write_str(")")?;
        match &self.trace {
            Some((name, id)) => write!(f, "\n{name}: {id}"),
            None => Ok(()),
        }
    }
}

/// Sends a request. Gives the body of a good answer.
pub(crate) async fn send(url: &str, caller: &Caller, asked: &Asked) -> Result<Value, ClientError> {
    let unreachable = |problem: String| ClientError::Unreachable {
        url: url.to_owned(),
        problem,
    };
    let body = asked.body.as_ref().map(Value::to_string);
    let body = Bytes::from(body.unwrap_or_default());
    let mut request = Request::builder().method(&asked.method).uri(format!(
        "{}{}",
        url.trim_end_matches('/'),
        asked.path
    ));
    if asked.body.is_some() {
        request = request.header(header::CONTENT_TYPE, "application/json");
    }
    let mut request = request
        .body(Full::new(body.clone()))
        .map_err(|_| ClientError::Usage("--url is no address"))?;
    caller.sign(&mut request, &body)?;
    let exchange = async {
        let client = Client::builder(TokioExecutor::new()).build(connector()?);
        let answer = client.request(request).await;
        let (head, body) = answer
            .map_err(|error| unreachable(chain(&error)))?
            .into_parts();
        let body = body.collect().await;
        let body = body.map_err(|error| unreachable(chain(&error)))?;
        read(head.status, &head.headers, &body.to_bytes())
    };
    tokio::time::timeout(WITHIN, exchange)
        .await
        .unwrap_or_else(|_| Err(unreachable("no answer within 30 seconds".to_owned())))
}

fn read(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Result<Value, ClientError> {
    let body: Value =
        serde_json::from_slice(body).map_err(|_| ClientError::NotUnderstood(status.as_u16()))?;
    if status.is_success() {
        return Ok(body);
    }
    let error = &body["error"];
    // API Gateway's own refusals have a message and nothing else.
    let message = error["message"].as_str().or(body["message"].as_str());
    let request_id = headers
        .get("apigw-requestid")
        .and_then(|value| value.to_str().ok());
    let trace_id = error["traceId"].as_str().map(|id| ("traceId", id));
    let trace = trace_id.or(request_id.map(|id| ("requestId", id)));
    Err(ClientError::Refused(Refusal {
        status,
        code: error["code"].as_u64(),
        message: message.unwrap_or("The request was refused.").to_owned(),
        trace: trace.map(|(name, id)| (name, id.to_owned())),
    }))
}

type Connector = hyper_rustls::HttpsConnector<hyper_util::client::legacy::connect::HttpConnector>;

/// TLS with the roots that this machine trusts; plain HTTP is for this machine's own address, as [`Caller::find`] sees to.
fn connector() -> Result<Connector, ClientError> {
    let mut roots = RootCertStore::empty();
    let (_, _) = roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| ClientError::Unsigned(error.to_string()))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(HttpsConnectorBuilder::new()
        .with_tls_config(tls)
        .https_or_http()
        .enable_http1()
        .build())
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(status: u16, headers: &[(&'static str, &'static str)], body: &str) -> String {
        let status = StatusCode::from_u16(status).expect("a status");
        let headers = headers.iter().map(|(name, value)| {
            let name = http::HeaderName::from_static(name);
            (name, http::HeaderValue::from_static(value))
        });
        read(status, &headers.collect(), body.as_bytes())
            .expect_err("refused")
            .to_string()
    }

    #[test]
    fn a_refusal_says_what_to_look_for_in_the_logs() {
        let body = r#"{"success":false,"error":{"message":"Resource not found.","code":10404,"statusCode":404,"traceId":"abc"}}"#;
        assert_eq!(
            refusal(404, &[("apigw-requestid", "xyz")], body),
            "Resource not found. (HTTP 404, code 10404)\ntraceId: abc"
        );
        assert_eq!(
            refusal(
                403,
                &[("apigw-requestid", "xyz")],
                r#"{"message":"Forbidden"}"#
            ),
            "Forbidden (HTTP 403)\nrequestId: xyz"
        );
        assert_eq!(
            refusal(502, &[], "<html>"),
            "the answer is not understood (HTTP 502)"
        );
        assert_eq!(
            refusal(503, &[], "{}"),
            "The request was refused. (HTTP 503)"
        );
    }
}
