//! A visit to the page: opening it starts the clock, everything else only shows how things stand.

use std::time::Duration;

use shared::app::{App, REQUEST_WITHIN};
use shared::domain::environment::Environment;
use shared::domain::session::{Session, SessionStatus};
use shared::domain::time::Ticks;
use shared::http::{ApiError, ApiRequest};
use shared::store::commit::CommitError;
use shared::store::{self, Deadline, Item, Key, MerchantConfig};

use crate::page::{self, Page, Returned, View};
use crate::{Link, data};

/// How long after its end a page still sends the customer on by itself; later it only links back. A submit always does.
const SENDS_ON_FOR: Duration = Duration::from_secs(60);

/// The same, when it ended by itself: the customer's device may have been asleep.
const SENDS_ON_AFTER_TIME_FOR: Duration = Duration::from_secs(60 * 60);

/// One request for the page: what was asked, and what was read for it in one trip.
pub(crate) struct Visit<'a> {
    app: &'a App,
    request: &'a ApiRequest,
    pub(crate) link: &'a Link,
    pub(crate) deadline: Deadline,
    pub(crate) now: Ticks,
    pub(crate) session: Session,
    /// The name that customers know the merchant by.
    merchant: String,
    /// The external service that takes the merchant's payments.
    pub(crate) external_service: Option<String>,
    /// What `data` is signed with.
    secret: Option<Item>,
}

impl<'a> Visit<'a> {
    /// Reads the session, its merchant, and the secret that its end may need: one trip, and the only deadline of the request.
    pub(crate) async fn begin(
        app: &'a App,
        request: &'a ApiRequest,
        link: &'a Link,
    ) -> Result<Self, ApiError> {
        let deadline = Deadline::within(REQUEST_WITHIN);
        let webcode = link.session_id.webcode().ok_or(ApiError::NotFound)?;
        let wanted = [
            Some(Key::session(&link.session_id)),
            Some(Key::client_secret(&webcode)),
            Some(Key::merchant(&webcode)),
        ];
        let [session, secret, merchant] =
            app.store(link.environment).load(wanted, deadline).await?;
        let (merchant, external_service) = match merchant.map(store::read) {
            Some(config) => {
                let config: MerchantConfig = config?;
                (config.name, config.external_service)
            }
            None => (webcode.to_string(), None),
        };
        Ok(Self {
            merchant,
            external_service,
            session: store::read(session.ok_or(ApiError::NotFound)?)?,
            secret,
            app,
            request,
            link,
            deadline,
            now: app.clock.now(),
        })
    }

    /// Answers somebody who looks. Whoever looks in advance is sent away: a browser that fetches a page before it is wanted
    /// would show it later without asking again, and nobody would know that it was opened.
    pub(crate) async fn look(mut self) -> Result<Page, ApiError> {
        if is_prefetch(self.request) {
            return self.page().map(Page::unavailable);
        }
        if is_navigation(self.request) {
            self.open().await?;
        }
        self.page()
    }

    /// Reads the session anew: somebody may have written it.
    pub(crate) async fn reload(&mut self) -> Result<(), ApiError> {
        let wanted = [Some(Key::session(&self.link.session_id))];
        let store = self.app.store(self.link.environment);
        let [session] = store.load(wanted, Deadline::within(REQUEST_WITHIN)).await?;
        self.session = store::read(session.ok_or(ApiError::NotFound)?)?;
        self.now = self.app.clock.now();
        Ok(())
    }

    /// Makes the opening a fact, unless it is one. Somebody who was faster opened it too: theirs counts.
    pub(crate) async fn open(&mut self) -> Result<(), ApiError> {
        let mut after = self.session.clone();
        if self.session.opened_at.is_some() || after.open(self.now).is_err() {
            return Ok(());
        }
        let writer = self.app.entropy.uuid().to_string();
        let write = store::change_session(&self.session, &after, &writer)?;
        let store = self.app.store(self.link.environment);
        self.session = match store.commit(&[write], &writer, self.deadline).await {
            Ok(()) => after,
            Err(CommitError::Refused(refusals)) => match refusals.of(0) {
                Some(Some(found)) => store::read(found.clone())?,
                _ => return Err(ApiError::NotFound),
            },
            Err(CommitError::Unavailable(error)) => return Err(error.into()),
        };
        Ok(())
    }

    /// Where the session stands at this moment.
    pub(crate) fn status(&self) -> SessionStatus {
        self.session.status_at(self.now)
    }

    /// What a page says of the session.
    pub(crate) fn view(&self) -> View<'_> {
        View {
            session: &self.session,
            merchant: &self.merchant,
            now: self.now,
            environment: self.link.environment,
        }
    }

    /// Answers a submit: with the form, if there is something to say about it, and else by how the session stands.
    pub(crate) fn answer(&self, returned: Returned) -> Result<Page, ApiError> {
        match (self.status(), &self.session.challenge, &returned) {
            (SessionStatus::Pending, None, Returned::Mistyped { .. } | Returned::Outdated) => {
                Ok(page::card_form(self.view(), &returned))
            }
            _ => self.page().map(Page::see_other),
        }
    }

    fn sends_on(&self) -> bool {
        let time_over = self.session.page_ends_at();
        let Some(ended_at) = self.session.ended_at.or(time_over) else {
            return false;
        };
        let within = if Some(ended_at) == time_over {
            SENDS_ON_AFTER_TIME_FOR
        } else {
            SENDS_ON_FOR
        };
        self.request.method() == http::Method::POST || self.now.since(ended_at) < within
    }

    /// The page that shows how the session stands.
    pub(crate) fn page(&self) -> Result<Page, ApiError> {
        let (session, view) = (&self.session, self.view());
        let sends_on = self.sends_on();
        match (self.status(), &session.challenge) {
            (SessionStatus::Pending, _) if self.link.environment == Environment::Live => {
                Ok(page::start(view))
            }
            (SessionStatus::Pending, Some(challenge)) => Ok(page::challenge(view, challenge)),
            (SessionStatus::Pending, None) => Ok(page::card_form(view, &Returned::Nothing)),
            (SessionStatus::Completed, _) => {
                let url = data::url_ok(
                    self.app,
                    self.request,
                    self.link.environment,
                    session,
                    self.secret.as_ref(),
                    self.now,
                )?;
                Ok(page::paid(view, &url, sends_on))
            }
            (status, _) => Ok(page::not_paid(view, status, sends_on)),
        }
    }
}

/// Whether a browser says that somebody goes to the page, and not a script, a frame or a preview. Old browsers say nothing: for
/// them the clock starts with the first submit.
pub(crate) fn is_navigation(request: &ApiRequest) -> bool {
    request.header("sec-fetch-dest") == Some("document") && request.is_get()
}

/// Whether a browser says that nobody looks yet.
pub(crate) fn is_prefetch(request: &ApiRequest) -> bool {
    ["sec-purpose", "purpose", "x-purpose", "x-moz"]
        .into_iter()
        .any(|name| request.header(name).is_some())
}
