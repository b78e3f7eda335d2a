//! `GET …/webhook/deliveries`: a merchant's deliveries by state and time, newest first.

use serde::Serialize;
use serde_json::Value;
use shared::app::{App, REQUEST_WITHIN};
use shared::config::Config;
use shared::cursor::Cursors;
use shared::domain::delivery::{Delivery, DeliveryState};
use shared::domain::time::{Ticks, parse_iso_8601};
use shared::domain::webcode::Webcode;
use shared::flow;
use shared::http::{ApiError, ApiRequest, Pagination, Reply};
use shared::store::keys::Listed;
use shared::store::list::{Rows, Span};
use shared::store::{self, Deadline};

use crate::show::webcode;
use crate::shown::Shown;

/// What identifies a list: a cursor of one is no good for another.
#[derive(Serialize)]
struct Filters<'a> {
    environment: &'static str,
    path: &'a str,
    webcode: &'a Webcode,
    state: Option<DeliveryState>,
    from: Option<Ticks>,
    to: Option<Ticks>,
}

/// What is asked for.
struct Asked {
    webcode: Webcode,
    state: Option<DeliveryState>,
    span: Span,
    /// What a cursor is bound to.
    filters: String,
}

/// Lists deliveries.
pub(crate) async fn list(app: &App, request: &ApiRequest) -> Result<Reply, ApiError> {
    let deadline = Deadline::within(REQUEST_WITHIN);
    let asked = parse(app, request);
    // Who may not ask at all is told so before what is wrong with the question.
    let caller = flow::caller(app, request, deadline).await?;
    let asked = asked?;
    caller.require(&asked.webcode)?;
    let rows = Rows::Of(Listed::Deliveries, asked.webcode.clone());
    let read = |item| {
        let delivery: Delivery = store::read(item)?;
        let is_wanted = asked.state.is_none_or(|state| state == delivery.state);
        Ok(is_wanted.then(|| Shown::row(delivery)))
    };
    let store = app.store(request.environment);
    let page = store
        .list(&rows, &asked.span, asked.state.is_some(), deadline, read)
        .await?;
    let next_cursor = page
        .next
        .map(|place| Ok::<_, ApiError>(cursors(app)?.sign(&asked.filters, &place)))
        .transpose()?;
    let limit = asked.span.limit;
    Reply::page(&page.rows, &Pagination { limit, next_cursor })
}

fn cursors(app: &App) -> Result<&Cursors, ApiError> {
    Config::require(app.cursors.as_ref(), "PAGE_TOKEN_KEY").map_err(ApiError::internal)
}

fn parse(app: &App, request: &ApiRequest) -> Result<Asked, ApiError> {
    let webcode = webcode(request)?;
    let state = request.query_parameter("state");
    let state = state.as_deref().map(state_of).transpose()?;
    let (from, to) = (time(request, "from")?, time(request, "to")?);
    let limit = request.limit()?;
    let filters = serde_json::to_string(&Filters {
        environment: request.environment.as_str(),
        path: request.path(),
        webcode: &webcode,
        state,
        from,
        to,
    })
    .map_err(ApiError::internal)?;
    let after = request
        .query_parameter("cursor")
        .map(|cursor| {
            cursors(app)?.read(&filters, &cursor).map_err(|_| {
                ApiError::invalid("cursor must be the nextCursor of a page with the same filters.")
            })
        })
        .transpose()?;
    Ok(Asked {
        webcode,
        state,
        span: Span {
            from,
            to,
            after,
            limit,
        },
        filters,
    })
}

fn state_of(text: &str) -> Result<DeliveryState, ApiError> {
    // Whatever is wrong with it, the answer says what it must be.
    serde_json::from_value(Value::from(text)).map_err(|_| {
        ApiError::invalid("state must be one of waiting, sending, delivered, failed, skipped.")
    })
}

fn time(request: &ApiRequest, name: &'static str) -> Result<Option<Ticks>, ApiError> {
    request
        .query_parameter(name)
        .map(|text| parse_iso_8601(&text).ok_or(ApiError::InvalidDate(name)))
        .transpose()
}
