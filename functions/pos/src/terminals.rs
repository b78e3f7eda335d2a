//! The list of terminals.

use std::time::Instant;

use http::StatusCode;
use serde::Serialize;
use shared::domain::external::ProcessorTerminal;
use shared::domain::terminal::{Terminal, terminals};
use shared::flow;
use shared::http::fields::parse_webcode;
use shared::http::{ApiError, ApiRequest, Reply};

use crate::Pos;
use crate::party::{self, Party};

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
    poi_id: String,
    /// Always `boarded`.
    #[cfg_attr(feature = "openapi", schema(example = "boarded"))]
    status: &'static str,
    /// Its name among people.
    #[cfg_attr(feature = "openapi", schema(example = "Terminal Test 1 - Mostrador"))]
    name: String,
    /// Its make.
    #[cfg_attr(feature = "openapi", schema(example = "V400m"))]
    model: String,
    /// ISO 8601, unlike everywhere else.
    #[cfg_attr(feature = "openapi", schema(example = "2026-01-01T00:00:00Z"))]
    created_at: String,
    /// ISO 8601.
    #[cfg_attr(feature = "openapi", schema(example = "2026-01-01T00:00:00Z"))]
    updated_at: String,
}

/// Lists the boarded terminals; with `syncFromProvider=true` those that are online now.
pub(crate) async fn list(pos: &Pos, request: &ApiRequest) -> Result<Reply, ApiError> {
    let began = Instant::now();
    let asked = request
        .query_parameter("webcode")
        .ok_or_else(|| ApiError::invalid("webcode is required."))
        .and_then(|webcode| parse_webcode(&webcode))
        .and_then(|webcode| Ok((webcode, sync(request)?)));
    let (asked, webcode, sync) = match asked {
        Ok((webcode, sync)) => {
            let merchant_at = party::named_by(request.environment, &webcode);
            (Ok((webcode.clone(), merchant_at)), Some(webcode), sync)
        }
        Err(error) => (Err(error), None, false),
    };
    let merchant = flow::read(&pos.app, request, asked).await?;
    let all = match Party::of(pos, request, merchant, began)? {
        Party::Simulated => terminals().iter().map(simulated).collect(),
        Party::Live(live) => match &webcode {
            Some(webcode) => live.terminals(webcode).await?,
            None => Vec::new(),
        },
    };
    let listed: Vec<ListedTerminal> = all
        .into_iter()
        .filter(|terminal| terminal.online || !sync)
        .map(|terminal| ListedTerminal {
            poi_id: terminal.poi_id,
            status: "boarded",
            name: terminal.name,
            model: terminal.model,
            created_at: terminal.created_at,
            updated_at: terminal.updated_at,
        })
        .collect();
    Reply::new(StatusCode::OK, &listed)
}

fn simulated(terminal: &Terminal) -> ProcessorTerminal {
    ProcessorTerminal {
        poi_id: terminal.poi_id.to_owned(),
        name: terminal.name.to_owned(),
        model: terminal.model.to_owned(),
        online: terminal.online,
        created_at: terminal.created_at.to_owned(),
        updated_at: terminal.created_at.to_owned(),
    }
}

fn sync(request: &ApiRequest) -> Result<bool, ApiError> {
    match request.query_parameter("syncFromProvider").as_deref() {
        None | Some("false") => Ok(false),
        Some("true") => Ok(true),
        Some(_) => Err(ApiError::invalid("syncFromProvider must be true or false.")),
    }
}
