//! The error catalogue: every error that a client can see (error-handling.txt).

use std::borrow::Cow;

use http::StatusCode;
use serde::Serialize;

use crate::domain::idempotency::IdempotencyConflict;
use crate::store::Unavailable;

/// An error as a client sees it. Codes are part of the contract: add, never reuse.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    /// 11001: no key, a malformed one, an unknown one or a revoked one. Which of them is not told.
    #[error("invalid API key")]
    InvalidApiKey,
    /// 11002
    #[error("address not allowed")]
    IpNotAllowed,
    /// 11008: the key's environment or webcode, or the resource's webcode, does not match.
    #[error("access denied")]
    AccessDenied,
    /// 12001, with what to change in the request.
    #[error("{0}")]
    Invalid(Cow<'static, str>),
    /// 12002
    #[error("{0} is not a date")]
    InvalidDate(&'static str),
    /// 12006
    #[error("invalid country format")]
    InvalidCountryFormat,
    /// 12009
    #[error("country not supported")]
    CountryNotSupported,
    /// 10404: what the path or the body names is not there.
    #[error("not found")]
    NotFound,
    /// 10404 with 404: no such route.
    #[error("no such route")]
    NoSuchRoute,
    /// 10404 with 405, with the methods that the path has.
    #[error("method not allowed")]
    MethodNotAllowed(String),
    /// 12001 with 413.
    #[error("body too large")]
    BodyTooLarge,
    /// 12001 with 415.
    #[error("unsupported content type")]
    UnsupportedContentType,
    /// 13001: the provider of terminals failed.
    #[error("payment provider error")]
    ProviderError,
    /// 13004
    #[error("terminal unreachable")]
    TerminalUnreachable,
    /// 13005
    #[error("terminal busy")]
    TerminalBusy,
    /// 13001 with 502: an external service did not answer, or not as it should.
    #[error("the external service failed")]
    ExternalService,
    /// 409 without a code: what the request names is being worked on.
    #[error("in progress")]
    InProgress(&'static str),
    /// What the first request with an idempotency key was answered.
    #[error("{0}")]
    Replayed(Box<Self>),
    /// 12001 with 409: what the request would create is there, and is different.
    #[error("{0}")]
    Conflict(&'static str),
    /// 12001 with 422: the request is in order, but what it needs is not there.
    #[error("{0}")]
    Unprocessable(&'static str),
    /// 409 without a code.
    #[error(transparent)]
    Idempotency(#[from] IdempotencyConflict),
    /// 99001: the reason is logged, never told.
    #[error("internal error")]
    Internal(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl ApiError {
    /// A 12001 with a message of its own.
    pub fn invalid(message: impl Into<Cow<'static, str>>) -> Self {
        Self::Invalid(message.into())
    }

    /// A 99001 with its reason, for the log.
    pub fn internal(reason: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Internal(reason.into())
    }

    /// Status, code and message: the catalogue.
    #[must_use]
    pub fn entry(&self) -> (StatusCode, Option<u32>, Cow<'static, str>) {
        let (status, code, message) = match self {
            Self::InvalidApiKey => (
                StatusCode::FORBIDDEN,
                Some(11001),
                "Invalid or missing API key.",
            ),
            Self::IpNotAllowed => (StatusCode::FORBIDDEN, Some(11002), "IP not allowed."),
            Self::AccessDenied => (
                StatusCode::FORBIDDEN,
                Some(11008),
                "Access denied to the resource.",
            ),
            Self::Invalid(message) => {
                return (StatusCode::BAD_REQUEST, Some(12001), message.clone());
            }
            Self::InvalidDate(field) => {
                let message = format!(
                    "{field} must be a date in ISO 8601 format, such as 2026-07-15T14:00:00Z."
                );
                return (StatusCode::BAD_REQUEST, Some(12002), message.into());
            }
            Self::InvalidCountryFormat => (
                StatusCode::BAD_REQUEST,
                Some(12006),
                "countryCode must be an ISO 3166-1 alpha-2 code, such as ES.",
            ),
            Self::CountryNotSupported => (
                StatusCode::BAD_REQUEST,
                Some(12009),
                "Country not supported.",
            ),
            Self::NotFound => (StatusCode::NOT_FOUND, Some(10404), "Resource not found."),
            Self::NoSuchRoute => (
                StatusCode::NOT_FOUND,
                Some(10404),
                "There is nothing at this address.",
            ),
            Self::MethodNotAllowed(_) => (
                StatusCode::METHOD_NOT_ALLOWED,
                Some(10404),
                "This address does not answer to this method.",
            ),
            Self::BodyTooLarge => (
                StatusCode::PAYLOAD_TOO_LARGE,
                Some(12001),
                "The body must have at most 64 KiB.",
            ),
            Self::UnsupportedContentType => (
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                Some(12001),
                "Content-Type must be application/json.",
            ),
            Self::Conflict(message) => (StatusCode::CONFLICT, Some(12001), *message),
            Self::Unprocessable(message) => {
                (StatusCode::UNPROCESSABLE_ENTITY, Some(12001), *message)
            }
            Self::Idempotency(IdempotencyConflict::OtherRequest) => (
                StatusCode::CONFLICT,
                None,
                "Idempotency key reused with a different request body.",
            ),
            Self::Idempotency(IdempotencyConflict::OtherEndpoint) => (
                StatusCode::CONFLICT,
                None,
                "Idempotency key already used for a different endpoint.",
            ),
            Self::Idempotency(IdempotencyConflict::InProgress) => (
                StatusCode::CONFLICT,
                None,
                "A request with this Idempotency-Key is still in progress.",
            ),
            Self::ProviderError => (
                StatusCode::INTERNAL_SERVER_ERROR,
                Some(13001),
                "An error has occurred at the payment provider. Please try again in a few seconds.",
            ),
            Self::ExternalService => (
                StatusCode::BAD_GATEWAY,
                Some(13001),
                "An error has occurred at the external service. Please try again in a few seconds.",
            ),
            Self::InProgress(message) => (StatusCode::CONFLICT, None, *message),
            Self::TerminalUnreachable => (
                StatusCode::BAD_GATEWAY,
                Some(13004),
                "An error has occurred in the communication with the terminal. Please verify that it is on and connected.",
            ),
            Self::TerminalBusy => (
                StatusCode::CONFLICT,
                Some(13005),
                "External device is busy.",
            ),
            Self::Replayed(first) => return first.entry(),
            Self::Internal(_) => (
                StatusCode::INTERNAL_SERVER_ERROR,
                Some(99001),
                "An error has occurred. Please try again later, or contact support with the traceId.",
            ),
        };
        (status, code, Cow::Borrowed(message))
    }

    /// The standard error body (error-handling.txt, *Standard error format*).
    #[must_use]
    pub fn body(&self, trace_id: &str) -> String {
        let (status, code, message) = self.entry();
        let body = ErrorBody {
            success: false,
            error: ErrorDetail {
                message,
                code,
                status_code: status.as_u16(),
                trace_id,
            },
        };
        // A structure of texts and numbers can always be written.
        serde_json::to_string(&body).unwrap_or_default()
    }
}

#[derive(Serialize)]
#[cfg_attr(
    feature = "openapi",
    derive(utoipa::ToSchema),
    schema(description = "The standard error body.")
)]
pub(crate) struct ErrorBody<'a> {
    /// Always `false`.
    #[cfg_attr(feature = "openapi", schema(example = false))]
    success: bool,
    error: ErrorDetail<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(
    feature = "openapi",
    derive(utoipa::ToSchema),
    schema(description = "What went wrong.")
)]
pub(crate) struct ErrorDetail<'a> {
    /// What went wrong, in English.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    message: Cow<'static, str>,
    /// The internal code. Conflicts of idempotency keys have none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false, example = 12001))]
    code: Option<u32>,
    /// The HTTP status again.
    #[cfg_attr(
        feature = "openapi",
        schema(minimum = 400, maximum = 599, example = 400)
    )]
    status_code: u16,
    /// Ties this answer to the logs: tell it to support. `X-Trace-Id` has it too.
    #[cfg_attr(
        feature = "openapi",
        schema(
            pattern = "^[0-9a-f]{32}$",
            example = "b2f3d36dc305249e8d1ebaa49ef616f1"
        )
    )]
    trace_id: &'a str,
}

impl From<Unavailable> for ApiError {
    fn from(error: Unavailable) -> Self {
        Self::internal(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_have_the_standard_format() {
        let trace_id = "b2f3d36dc305249e8d1ebaa49ef616f1";
        insta::assert_snapshot!(ApiError::IpNotAllowed.body(trace_id), @r#"{"success":false,"error":{"message":"IP not allowed.","code":11002,"statusCode":403,"traceId":"b2f3d36dc305249e8d1ebaa49ef616f1"}}"#);
        insta::assert_snapshot!(ApiError::from(IdempotencyConflict::OtherRequest).body(trace_id), @r#"{"success":false,"error":{"message":"Idempotency key reused with a different request body.","statusCode":409,"traceId":"b2f3d36dc305249e8d1ebaa49ef616f1"}}"#);
    }

    #[test]
    fn an_internal_error_never_says_why() {
        let error = ApiError::internal("the password is hunter2");
        assert!(!error.body("t").contains("hunter2"));
        assert!(!error.to_string().contains("hunter2"));
    }
}
