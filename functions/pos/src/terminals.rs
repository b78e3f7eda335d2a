//! The list of terminals.

use http::StatusCode;
use serde::Serialize;
use shared::app::App;
use shared::domain::terminal::{Terminal, terminals};
use shared::flow;
use shared::http::fields::parse_webcode;
use shared::http::{ApiError, ApiRequest, Reply};

/// A terminal as it is told. Here, unlike everywhere else, times are ISO 8601 with `Z` (contract README, *Known*).
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(
    feature = "openapi",
    derive(utoipa::ToSchema),
    schema(as = Terminal, description = "A terminal that was boarded.")
)]
pub(crate) struct ListedTerminal {
    /// What payments name it by.
    #[cfg_attr(feature = "openapi", schema(example = "V400m-TEST-000001"))]
    poi_id: &'static str,
    /// Always `boarded`.
    #[cfg_attr(feature = "openapi", schema(example = "boarded"))]
    status: &'static str,
    /// Its name among people.
    #[cfg_attr(feature = "openapi", schema(example = "Terminal Test 1 - Mostrador"))]
    name: &'static str,
    /// Its make.
    #[cfg_attr(feature = "openapi", schema(example = "V400m"))]
    model: &'static str,
    /// ISO 8601, unlike everywhere else.
    #[cfg_attr(feature = "openapi", schema(example = "2026-01-01T00:00:00Z"))]
    created_at: &'static str,
    /// ISO 8601.
    #[cfg_attr(feature = "openapi", schema(example = "2026-01-01T00:00:00Z"))]
    updated_at: &'static str,
}

/// Lists the boarded terminals; with `syncFromProvider=true` those that are online now.
pub(crate) async fn list(app: &App, request: &ApiRequest) -> Result<Reply, ApiError> {
    let asked = request
        .query_parameter("webcode")
        .ok_or_else(|| ApiError::invalid("webcode is required."))
        .and_then(|webcode| parse_webcode(&webcode))
        .and_then(|webcode| Ok((webcode, sync(request)?)));
    let (asked, sync) = match asked {
        Ok((webcode, sync)) => (Ok((webcode, None)), sync),
        Err(error) => (Err(error), false),
    };
    flow::read(app, request, asked).await?;
    let listed: Vec<ListedTerminal> = terminals(request.environment)
        .iter()
        .filter(|terminal| terminal.online || !sync)
        .map(|terminal: &Terminal| ListedTerminal {
            poi_id: terminal.poi_id,
            status: "boarded",
            name: terminal.name,
            model: terminal.model,
            created_at: terminal.created_at,
            updated_at: terminal.created_at,
        })
        .collect();
    Reply::new(StatusCode::OK, &listed)
}

fn sync(request: &ApiRequest) -> Result<bool, ApiError> {
    match request.query_parameter("syncFromProvider").as_deref() {
        None | Some("false") => Ok(false),
        Some("true") => Ok(true),
        Some(_) => Err(ApiError::invalid("syncFromProvider must be true or false.")),
    }
}
