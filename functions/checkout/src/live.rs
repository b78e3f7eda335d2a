//! Live: an external service takes the payment on a page of its own, and tells us how it ended when we ask it
//! (contract README, *External integration*).
//!
//! What a visit shows follows from the session and its open payment; and an open payment is checked with its service first.

use std::time::Duration;

use http::Method;
use processor::Acting;
use shared::domain::payment::{AtProcessor, Payment};
use shared::domain::reference::{Marker, Reference};
use shared::domain::session::SessionStatus;
use shared::http::{ApiError, ApiRequest};
use shared::store;
use shared::store::commit::CommitError;

use crate::page::{self, Page};
use crate::visit::{Visit, is_navigation, is_prefetch};
use crate::{Checkout, Link};

/// The longest that a service is waited for: inside of the function's time, with the database before and after.
const WITHIN: Duration = Duration::from_secs(12);

/// What a form of this page asks for.
enum Wanted {
    /// To go to the service's page; so many attempts had been made when the form was shown.
    Start { attempts_seen: usize },
    /// To give up.
    Cancel,
}

/// Answers a visit or a form.
pub(crate) async fn answer(
    checkout: &Checkout,
    request: &ApiRequest,
    link: &Link,
) -> Result<Page, ApiError> {
    let wanted = match *request.method() {
        Method::POST => Some(wanted(request)?),
        _ => None,
    };
    let mut live = Live {
        checkout,
        request,
        visit: Visit::begin(&checkout.app, request, link).await?,
    };
    if live.is_open() {
        return live.check().await;
    }
    match wanted {
        None if is_prefetch(request) => live.visit.page().map(Page::unavailable),
        // The first time the page goes on by itself; after a refused attempt the customer decides.
        None if is_navigation(request) && live.visit.session.attempts.is_empty() => {
            live.start().await
        }
        Some(Wanted::Start { attempts_seen })
            if attempts_seen == live.visit.session.attempts.len() =>
        {
            live.start().await
        }
        Some(Wanted::Cancel) => live.cancel().await,
        None | Some(Wanted::Start { .. }) => live.page(),
    }
}

fn wanted(request: &ApiRequest) -> Result<Wanted, ApiError> {
    let fields = crate::form::fields(request)?;
    match fields.get("action").map(AsRef::as_ref) {
        Some("start") => Ok(Wanted::Start {
            attempts_seen: fields
                .get("attempt")
                .and_then(|seen| seen.parse().ok())
                .unwrap_or(0),
        }),
        Some("cancel") => Ok(Wanted::Cancel),
        _ => Err(ApiError::invalid("action must be start or cancel")),
    }
}

/// A visit to a Live page.
struct Live<'a> {
    checkout: &'a Checkout,
    request: &'a ApiRequest,
    visit: Visit<'a>,
}

impl Live<'_> {
    fn is_open(&self) -> bool {
        self.visit.session.open_payment.is_some()
    }

    fn acting(&self) -> Acting<'_> {
        Acting {
            app: &self.checkout.app,
            processors: &self.checkout.processors,
            environment: self.visit.link.environment,
            trace_id: &self.request.trace_id,
            within: WITHIN,
        }
    }

    /// The service that takes the merchant's payments, if there is one.
    fn service(&self) -> Option<&str> {
        let name = self.visit.external_service.as_deref()?;
        let service = self.checkout.processors.services.find(name)?;
        // A reservation that nobody could take would hold the customer's money for nothing.
        let takes_it = !self.visit.session.is_pre_auth || service.capabilities.capture;
        takes_it.then_some(name)
    }

    /// Records a payment and asks the service for it. Whoever comes second finds the first one's.
    async fn start(&mut self) -> Result<Page, ApiError> {
        let Some(service) = self.service().map(str::to_owned) else {
            return self.page();
        };
        let app = &self.checkout.app;
        let base_url = self.request.base_url(app.config.base_url.as_deref());
        let environment = self.visit.link.environment;
        let mut named_at = self.visit.now;
        loop {
            let (before, now) = (&self.visit.session, self.visit.now);
            let reference = Reference::new(&before.webcode, Marker::Payment, environment, named_at);
            let mut after = before.clone();
            if after.begin(reference.clone(), now).is_err() {
                return self.page();
            }
            let at = AtProcessor::about_to_be_asked(&service, &base_url, now);
            let payment = Payment::at_processor(&after, reference, at);
            let writer = app.entropy.uuid().to_string();
            let writes = [
                store::change_session(before, &after, &writer)?,
                store::create_payment(&payment, now, &writer)?,
            ];
            let store = app.store(environment);
            match store.commit(&writes, &writer, self.visit.deadline).await {
                Ok(()) => {
                    let payment = self.acting().ask(payment).await?;
                    return self.after(&payment).await;
                }
                Err(CommitError::Unavailable(error)) => return Err(error.into()),
                Err(CommitError::Refused(refusals)) => {
                    if refusals.of(0).is_some() {
                        self.visit.reload().await?;
                        if self.is_open() {
                            return self.check().await;
                        }
                    }
                    if refusals.of(1).is_some() {
                        named_at = named_at.next().max(app.clock.now());
                    }
                }
            }
        }
    }

    /// Asks the service how the open payment stands, and shows what follows from it.
    async fn check(&mut self) -> Result<Page, ApiError> {
        let Some(reference) = self.visit.session.open_payment.clone() else {
            return self.page();
        };
        let checked = self.acting().check(&reference).await?;
        self.after(&checked.payment).await
    }

    async fn after(&mut self, payment: &Payment) -> Result<Page, ApiError> {
        self.visit.reload().await?;
        let Some(at) = payment.open_at_processor() else {
            return self.page();
        };
        let view = self.visit.view();
        let is_form = self.request.method() == Method::POST;
        // The form of a page that somebody came back to has the same address.
        let has_returned = !is_form && self.request.query_parameter("returned").is_some();
        Ok(match &at.redirect_url {
            Some(url) if !has_returned => page::leave(view, url, is_form),
            url => page::wait(view, url.as_deref()),
        })
    }

    /// The customer gives up, unless a payment was begun meanwhile.
    async fn cancel(&mut self) -> Result<Page, ApiError> {
        let app = &self.checkout.app;
        loop {
            let (before, now) = (&self.visit.session, self.visit.now);
            let mut after = before.clone();
            if after.cancel(now).is_err() {
                return self.page();
            }
            let writer = app.entropy.uuid().to_string();
            let write = store::change_session(before, &after, &writer)?;
            let store = app.store(self.visit.link.environment);
            match store.commit(&[write], &writer, self.visit.deadline).await {
                Ok(()) => {
                    self.visit.session = after;
                    return self.page();
                }
                Err(CommitError::Unavailable(error)) => return Err(error.into()),
                Err(CommitError::Refused(_)) => {
                    self.visit.reload().await?;
                    if self.is_open() {
                        return self.check().await;
                    }
                }
            }
        }
    }

    /// How the session stands. A form is answered by the page itself, so that a reload sends nothing again.
    fn page(&self) -> Result<Page, ApiError> {
        let view = self.visit.view();
        if self.visit.status() == SessionStatus::Pending && self.service().is_none() {
            return Ok(page::no_processor(view));
        }
        let page = self.visit.page()?;
        let is_form = self.request.method() == Method::POST;
        Ok(if is_form { page.see_other() } else { page })
    }
}
