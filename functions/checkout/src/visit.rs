//! Looking at the page: opening it starts the clock, everything else only shows how things stand.

use std::time::Duration;

use shared::app::{App, REQUEST_WITHIN};
use shared::domain::environment::Environment;
use shared::domain::session::{Session, SessionStatus};
use shared::domain::time::Ticks;
use shared::http::{ApiError, ApiRequest};
use shared::store::commit::CommitError;
use shared::store::{self, Deadline, Item, Key};

use crate::pages::{self, Page};
use crate::{Link, data};

/// How long after its end a page still sends the customer on by itself; later it only links back.
const SENDS_ON_FOR: Duration = Duration::from_secs(60);

/// Shows the page.
pub(crate) async fn show(app: &App, request: &ApiRequest, link: &Link) -> Result<Page, ApiError> {
    let (store, deadline) = (
        app.store(link.environment),
        Deadline::within(REQUEST_WITHIN),
    );
    let [item] = store
        .load([Some(Key::session(&link.session_id))], deadline)
        .await?;
    let mut session: Session = store::read(item.ok_or(ApiError::NotFound)?)?;
    let now = app.clock.now();
    if session.status_at(now) == SessionStatus::Pending {
        if link.environment == Environment::Live {
            return Ok(pages::no_processor(&session));
        }
        if session.opened_at.is_none() && is_navigation(request) {
            session = open(app, link, session, now, deadline).await?;
        }
    }
    match session.status_at(now) {
        SessionStatus::Pending => Ok(pages::form(&session, None, now)),
        SessionStatus::Completed => {
            let [secret] = store
                .load([Some(Key::client_secret(&session.webcode))], deadline)
                .await?;
            completed(app, request, link.environment, &session, secret, now)
        }
        status => Ok(ended(&session, status, now)),
    }
}

/// The page of a session that was paid.
pub(crate) fn completed(
    app: &App,
    request: &ApiRequest,
    environment: Environment,
    session: &Session,
    secret: Option<Item>,
    now: Ticks,
) -> Result<Page, ApiError> {
    Ok(
        match data::url_ok(app, request, environment, session, secret, now)? {
            Some(url) => pages::redirecting(&session.shopper_locale, &url),
            None => pages::paid(session),
        },
    )
}

/// The page of a session that ended otherwise.
pub(crate) fn ended(session: &Session, status: SessionStatus, now: Ticks) -> Page {
    let ended_at = session
        .ended_at
        .or_else(|| session.page_ends_at())
        .unwrap_or(now);
    let sends_on = now.since(ended_at) < SENDS_ON_FOR;
    pages::not_paid(session, status, sends_on)
}

/// Makes the opening a fact. Somebody who was faster opened it too: theirs counts.
async fn open(
    app: &App,
    link: &Link,
    before: Session,
    now: Ticks,
    deadline: Deadline,
) -> Result<Session, ApiError> {
    let mut after = before.clone();
    if after.open(now).is_err() {
        return Ok(before);
    }
    let writer = app.entropy.uuid().to_string();
    let write = store::change_session(&before, &after, &writer)?;
    match app
        .store(link.environment)
        .commit(&[write], &writer, deadline)
        .await
    {
        Ok(()) => Ok(after),
        Err(CommitError::Refused(refusals)) => match refusals.of(0) {
            Some(Some(found)) => Ok(store::read(found.clone())?),
            _ => Err(ApiError::NotFound),
        },
        Err(CommitError::Unavailable(error)) => Err(error.into()),
    }
}

/// Whether somebody looks at the page, and not a link scanner, a prefetch or a preview. Old browsers say nothing: for them
/// the clock starts with the first submit.
fn is_navigation(request: &ApiRequest) -> bool {
    request.header("sec-fetch-dest") == Some("document")
        && request.header("sec-purpose").is_none()
        && request.header("purpose").is_none()
        && request.is_get()
}
