//! The frame around every endpoint of the API: trace id, headers, and one line of log.

use http::{HeaderValue, Response, header};
use lambda_http::Body;
use tracing::Instrument;

use super::error::ApiError;
use super::reply::Reply;
use super::request::ApiRequest;
use crate::app::App;
use crate::domain::idempotency::IdempotencyConflict;
use crate::store::retry::chain;

/// Answers a request with the outcome of an endpoint. Never fails: an error becomes the standard body.
pub async fn serve(
    app: &App,
    route: &'static str,
    request: &ApiRequest,
    endpoint: impl Future<Output = Result<Reply, ApiError>>,
) -> Response<Body> {
    let began = app.clock.now();
    let span = tracing::info_span!(
        "request",
        traceId = request.trace_id,
        route,
        environment = request.environment.as_str(),
    );
    async {
        let outcome = match request.check_size() {
            Ok(()) => endpoint.await,
            Err(error) => Err(error),
        };
        let duration_ms =
            u64::try_from(app.clock.now().since(began).as_millis()).unwrap_or(u64::MAX);
        log(request, &outcome, duration_ms);
        respond(outcome, &request.trace_id)
    }
    .instrument(span)
    .await
}

/// A failure is logged once, here, with the whole chain of its causes.
fn log(request: &ApiRequest, outcome: &Result<Reply, ApiError>, duration_ms: u64) {
    let caller = request.caller();
    // As fields of the line, not of the span: a span's fields are written anew with each one that is added.
    let webcode = caller.map(|caller| caller.webcode.as_str());
    let key = caller.and_then(|caller| caller.key.as_deref());
    match outcome {
        Ok(reply) => {
            tracing::info!(
                webcode,
                key,
                status = reply.status.as_u16(),
                replayed = reply.replayed,
                duration_ms,
                "answered"
            );
        }
        Err(error) => {
            let (status, code, _) = error.entry();
            let status = status.as_u16();
            match error {
                ApiError::Internal(cause) => {
                    tracing::error!(
                        webcode,
                        key,
                        status,
                        code,
                        duration_ms,
                        cause = chain(cause.as_ref()),
                        "failed"
                    );
                }
                _ => {
                    tracing::info!(webcode, key, status, code, duration_ms, reason = %error, "refused")
                }
            }
        }
    }
}

fn respond(outcome: Result<Reply, ApiError>, trace_id: &str) -> Response<Body> {
    let (status, body) = match &outcome {
        Ok(reply) => (reply.status, reply.body.clone()),
        Err(error) => (error.entry().0, error.body(trace_id)),
    };
    let mut response = Response::new(Body::Text(body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    if let Ok(value) = HeaderValue::from_str(trace_id) {
        headers.insert("x-trace-id", value);
    }
    match outcome {
        Ok(reply) if reply.replayed => {
            headers.insert("idempotent-replayed", HeaderValue::from_static("true"));
        }
        Err(ApiError::Replayed(_)) => {
            headers.insert("idempotent-replayed", HeaderValue::from_static("true"));
        }
        Err(ApiError::Idempotency(IdempotencyConflict::InProgress) | ApiError::InProgress(_)) => {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        Err(ApiError::MethodNotAllowed(allow)) => {
            if let Ok(value) = HeaderValue::from_str(&allow) {
                headers.insert(header::ALLOW, value);
            }
        }
        Ok(_) | Err(_) => {}
    }
    response
}
