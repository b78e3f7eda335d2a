//! What a caller of the sandbox is answered.

use http::{HeaderValue, Response, StatusCode, header};
use lambda_http::Body;
use serde::Serialize;
use serde_json::json;
use shared::http::ApiError;
use shared::store::Unavailable;

/// Why a request is refused.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// The key is missing or wrong.
    Unauthorised,
    /// There is no such payment, subscription or address.
    NotFound,
    /// The address does not answer to this method.
    MethodNotAllowed,
    /// What is asked for is there, and is different.
    Conflict(&'static str),
    /// The request is not in order.
    Invalid(String),
    /// The request is not in order, as the edge found.
    Malformed(ApiError),
    /// The table does not answer.
    Unavailable(Unavailable),
}

impl Refusal {
    /// Something is wrong with the request.
    pub(crate) fn invalid(problem: impl Into<String>) -> Self {
        Self::Invalid(problem.into())
    }

    /// Status, word and text.
    pub(crate) fn entry(&self) -> (StatusCode, &'static str, String) {
        let (status, word, text) = match self {
            Self::Unauthorised => (
                StatusCode::UNAUTHORIZED,
                "UNAUTHORIZED",
                "Send Authorization: Bearer with the sandbox's key.",
            ),
            Self::NotFound => (
                StatusCode::NOT_FOUND,
                "NOT_FOUND",
                "There is no such thing.",
            ),
            Self::MethodNotAllowed => (
                StatusCode::METHOD_NOT_ALLOWED,
                "METHOD_NOT_ALLOWED",
                "This address does not answer to this method.",
            ),
            Self::Conflict(text) => (StatusCode::CONFLICT, "CONFLICT", *text),
            Self::Invalid(text) => {
                return (StatusCode::BAD_REQUEST, "INVALID", text.clone());
            }
            Self::Malformed(error) => {
                let (status, _, text) = error.entry();
                return (status, "INVALID", text.into_owned());
            }
            Self::Unavailable(_) => (
                StatusCode::SERVICE_UNAVAILABLE,
                "UNAVAILABLE",
                "The sandbox has no time now.",
            ),
        };
        (status, word, text.to_owned())
    }
}

impl From<Unavailable> for Refusal {
    fn from(error: Unavailable) -> Self {
        Self::Unavailable(error)
    }
}

impl From<ApiError> for Refusal {
    fn from(error: ApiError) -> Self {
        Self::Malformed(error)
    }
}

/// An answer of the API: a status and a text, which is JSON unless a fault made something else of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) body: String,
}

impl Answer {
    /// A good one.
    pub(crate) fn ok(body: &impl Serialize) -> Result<Self, Refusal> {
        let body = serde_json::to_string(body).map_err(Unavailable::because)?;
        Ok(Self {
            status: StatusCode::OK,
            body,
        })
    }

    /// A bad one.
    pub(crate) fn refusal(refusal: &Refusal) -> Self {
        let (status, word, text) = refusal.entry();
        Self {
            status,
            body: json!({ "error": { "code": word, "message": text } }).to_string(),
        }
    }

    /// What a gateway answers when it hears nothing of the service behind it: the nearest that a function can come to an answer
    /// that is lost on its way.
    pub(crate) const fn lost() -> Self {
        Self {
            status: StatusCode::GATEWAY_TIMEOUT,
            body: String::new(),
        }
    }

    /// The response.
    pub(crate) fn into_response(self, trace_id: &str) -> Response<Body> {
        let mut response = Response::new(match self.body.as_str() {
            "" => Body::Empty,
            _ => Body::Text(self.body),
        });
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        for (name, value) in [
            (header::CONTENT_TYPE, "application/json"),
            (header::CACHE_CONTROL, "no-store"),
            (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        ] {
            headers.insert(name, HeaderValue::from_static(value));
        }
        if let Ok(value) = HeaderValue::from_str(trace_id) {
            headers.insert("x-trace-id", value);
        }
        response
    }
}
