//! What the lists of merchants have in common: filters, span, cursor (contract README, *Lists*).

use serde::Serialize;

use crate::app::{App, REQUEST_WITHIN};
use crate::config::Config;
use crate::cursor::Cursors;
use crate::domain::time::{Ticks, parse_iso_8601};
use crate::domain::webcode::Webcode;
use crate::flow;
use crate::http::fields::parse_webcode;
use crate::http::{ApiError, ApiRequest, Pagination, Reply};
use crate::store::list::{Rows, Span};
use crate::store::{Deadline, Item, Unavailable};

/// A list, with its own filters.
pub trait Listing: Serialize + Sized {
    /// A row of the answer.
    type Row: Serialize;

    /// Reads the filters of its own.
    ///
    /// # Errors
    /// 12001 for a filter that is wrong.
    fn parse(request: &ApiRequest) -> Result<Self, ApiError>;

    /// Which rows the index is asked for.
    fn rows(&self, webcode: &Webcode) -> Rows;

    /// Whether it leaves out rows that the index has.
    fn filters(&self) -> bool;

    /// A row of an item of the merchant's, unless the filters leave it out.
    ///
    /// # Errors
    /// [`Unavailable`] when the item cannot be read.
    fn read(
        &self,
        webcode: &Webcode,
        item: Item,
        now: Ticks,
    ) -> Result<Option<Self::Row>, Unavailable>;
}

/// What is asked for.
struct Asked<L> {
    webcode: Webcode,
    listing: L,
    span: Span,
    /// What a cursor is bound to.
    filters: String,
}

/// What identifies a list: a cursor of one is no good for another.
#[derive(Serialize)]
struct Filters<'a, L> {
    environment: &'static str,
    path: &'a str,
    webcode: &'a Webcode,
    listing: &'a L,
    from: Option<Ticks>,
    to: Option<Ticks>,
}

/// Answers a page of a list: three trips, unless few rows pass the filters.
///
/// # Errors
/// The first error in the contract's order of checks.
pub async fn list<L: Listing>(app: &App, request: &ApiRequest) -> Result<Reply, ApiError> {
    let deadline = Deadline::within(REQUEST_WITHIN);
    let asked = parse::<L>(app, request);
    // Who may not ask at all is told so before what is wrong with the question.
    let caller = flow::caller(app, request, deadline).await?;
    let asked = asked?;
    caller.require(&asked.webcode)?;
    let now = app.clock.now();
    let rows = asked.listing.rows(&asked.webcode);
    let page = app
        .store(request.environment)
        .list(
            &rows,
            &asked.span,
            asked.listing.filters(),
            deadline,
            |item| asked.listing.read(&asked.webcode, item, now),
        )
        .await?;
    let next_cursor = page
        .next
        .map(|place| Ok::<_, ApiError>(cursors(app)?.sign(&asked.filters, &place)))
        .transpose()?;
    Reply::page(
        &page.rows,
        &Pagination {
            limit: asked.span.limit,
            next_cursor,
        },
    )
}

/// What signs and reads cursors.
///
/// # Errors
/// 99001 when the function was deployed without its key.
pub fn cursors(app: &App) -> Result<&Cursors, ApiError> {
    Config::require(app.cursors.as_ref(), "PAGE_TOKEN_KEY").map_err(ApiError::internal)
}

fn parse<L: Listing>(app: &App, request: &ApiRequest) -> Result<Asked<L>, ApiError> {
    let webcode = request
        .query_parameter("webcode")
        .ok_or_else(|| ApiError::invalid("webcode is required."))?;
    let webcode = parse_webcode(&webcode)?;
    let listing = L::parse(request)?;
    let (from, to) = (time(request, "from")?, time(request, "to")?);
    let limit = request.limit()?;
    let filters = serde_json::to_string(&Filters {
        environment: request.environment.as_str(),
        path: request.path(),
        webcode: &webcode,
        listing: &listing,
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
        listing,
        span: Span {
            from,
            to,
            after,
            limit,
        },
        filters,
    })
}

/// A filter that is a time.
///
/// # Errors
/// 12002 naming the filter.
pub fn time(request: &ApiRequest, name: &'static str) -> Result<Option<Ticks>, ApiError> {
    request
        .query_parameter(name)
        .map(|text| parse_iso_8601(&text).ok_or(ApiError::InvalidDate(name)))
        .transpose()
}

/// A filter that has one of a few words.
///
/// # Errors
/// 12001 naming the words.
pub fn one_of<T: Copy>(
    request: &ApiRequest,
    name: &str,
    words: &[(&str, T)],
) -> Result<Option<T>, ApiError> {
    let Some(text) = request.query_parameter(name) else {
        return Ok(None);
    };
    let found = words.iter().find(|(word, _)| *word == text);
    found.map(|(_, value)| Some(*value)).ok_or_else(|| {
        let words: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        ApiError::invalid(format!("{name} must be one of {}.", words.join(", ")))
    })
}
