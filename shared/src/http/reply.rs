//! What a request is answered when it went well.

use http::StatusCode;
use serde::Serialize;

use super::error::ApiError;

/// A successful answer: `{"success": true, "data": …}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// 200, 201 or 202.
    pub status: StatusCode,
    /// The JSON body.
    pub body: String,
    /// Whether it repeats what an earlier request with the same idempotency key was answered.
    pub replayed: bool,
}

impl Reply {
    /// An answer with data.
    ///
    /// # Errors
    /// 99001 when the data cannot be written as JSON, which is a bug of its type.
    pub fn new<D: Serialize>(status: StatusCode, data: &D) -> Result<Self, ApiError> {
        #[derive(Serialize)]
        struct Body<'a, D> {
            success: bool,
            data: &'a D,
        }
        let body = serde_json::to_string(&Body {
            success: true,
            data,
        })
        .map_err(ApiError::internal)?;
        Ok(Self {
            status,
            body,
            replayed: false,
        })
    }
}
