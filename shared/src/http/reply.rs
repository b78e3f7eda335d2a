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

/// Where a list goes on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Pagination {
    /// Rows on a page, at most.
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 100, example = 20))]
    pub limit: usize,
    /// What the next page is asked for with; null on the last one.
    #[cfg_attr(feature = "openapi", schema(required = true))]
    pub next_cursor: Option<String>,
}

#[derive(Serialize)]
struct Body<'a, D> {
    success: bool,
    data: &'a D,
    #[serde(skip_serializing_if = "Option::is_none")]
    pagination: Option<&'a Pagination>,
}

impl Reply {
    /// An answer with data.
    ///
    /// # Errors
    /// 99001 when the data cannot be written as JSON, which is a bug of its type.
    pub fn new<D: Serialize>(status: StatusCode, data: &D) -> Result<Self, ApiError> {
        Self::of(
            status,
            &Body {
                success: true,
                data,
                pagination: None,
            },
        )
    }

    /// A page of a list: `data` is the array, and `pagination` beside it (contract README, *Lists*).
    ///
    /// # Errors
    /// 99001 when the data cannot be written as JSON, which is a bug of its type.
    pub fn page<D: Serialize>(data: &[D], pagination: &Pagination) -> Result<Self, ApiError> {
        Self::of(
            StatusCode::OK,
            &Body {
                success: true,
                data: &data,
                pagination: Some(pagination),
            },
        )
    }

    /// An answer that is the data itself, as the External Integration contract has it: 200.
    ///
    /// # Errors
    /// 99001 when the data cannot be written as JSON, which is a bug of its type.
    pub fn bare<D: Serialize>(data: &D) -> Result<Self, ApiError> {
        Self::of(StatusCode::OK, data)
    }

    fn of<B: Serialize>(status: StatusCode, body: &B) -> Result<Self, ApiError> {
        let body = serde_json::to_string(body).map_err(ApiError::internal)?;
        Ok(Self {
            status,
            body,
            replayed: false,
        })
    }
}
