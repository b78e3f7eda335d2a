//! Submitting the form, in Test: the simulated processor.

use std::collections::HashMap;

use shared::app::App;
use shared::domain::card::{CardForm, SimulatedResult};
use shared::domain::reference::{Marker, Reference};
use shared::domain::session::{Session, SessionStatus};
use shared::domain::time::Ticks;
use shared::http::{ApiError, ApiRequest};
use shared::store::commit::CommitError;
use shared::store::{self, Write};

use crate::Link;
use crate::pages::{self, Page};
use crate::visit::Visit;

/// What a customer wants.
enum Intent {
    Pay(SimulatedResult),
    Cancel,
}

/// Answers a submit: at most one authorised attempt, whatever else is submitted at the same time.
pub(crate) async fn submit(app: &App, request: &ApiRequest, link: &Link) -> Result<Page, ApiError> {
    let fields = fields(request)?;
    let mut visit = Visit::begin(app, request, link).await?;
    let now = visit.now;
    if visit.session.status_at(now) != SessionStatus::Pending {
        return visit.page();
    }
    let intent = match intent(&fields, now) {
        Ok(intent) => intent,
        Err(problem) => {
            // No attempt, but somebody is there: the time to pay has begun.
            visit.open().await?;
            return Ok(match visit.session.status_at(now) {
                SessionStatus::Pending => {
                    pages::form(&visit.session, Some(problem), now).unprocessable()
                }
                _ => visit.page()?,
            });
        }
    };

    let writer = app.entropy.uuid().to_string();
    let store = app.store(link.environment);
    let mut named_at = now;
    loop {
        let Some((after, writes)) =
            decide(&visit.session, &intent, link, (now, named_at), &writer)?
        else {
            return visit.page();
        };
        match store.commit(&writes, &writer, visit.deadline).await {
            Ok(()) => {
                visit.session = after;
                return match visit.session.status {
                    SessionStatus::Pending => Ok(pages::form(
                        &visit.session,
                        Some("Your card was declined. Try another card."),
                        now,
                    )),
                    _ => visit.page(),
                };
            }
            Err(CommitError::Unavailable(error)) => return Err(error.into()),
            Err(CommitError::Refused(refusals)) => {
                // Another submit was faster: decide anew from what it left.
                if let Some(Some(found)) = refusals.of(0) {
                    visit.session = store::read(found.clone())?;
                }
                if refusals.of(1).is_some() {
                    named_at = named_at.next().max(app.clock.now());
                }
            }
        }
    }
}

/// The session after the submit, and what to write; `None` when the session is over.
fn decide(
    session: &Session,
    intent: &Intent,
    link: &Link,
    (now, named_at): (Ticks, Ticks),
    writer: &str,
) -> Result<Option<(Session, Vec<Write>)>, ApiError> {
    let mut after = session.clone();
    let payment = match intent {
        Intent::Cancel => after.cancel(now).map(|()| None),
        Intent::Pay(result) => {
            let reference = Reference::new(
                &session.webcode,
                Marker::Payment,
                link.environment,
                named_at,
            );
            after.attempt(*result, reference, now).map(Some)
        }
    };
    let Ok(payment) = payment else {
        return Ok(None);
    };
    let mut writes = vec![store::change_session(session, &after, writer)?];
    if let Some(payment) = payment {
        writes.push(store::create_payment(&payment, now, writer)?);
    }
    Ok(Some((after, writes)))
}

fn fields(request: &ApiRequest) -> Result<HashMap<String, String>, ApiError> {
    let content_type = request.header("content-type").unwrap_or_default();
    let media_type = content_type.split(';').next().unwrap_or_default().trim();
    if !media_type.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        return Err(ApiError::UnsupportedContentType);
    }
    Ok(form_urlencoded::parse(request.body())
        .into_owned()
        .collect())
}

/// Reads the form. What was typed is gone when this returns: only the simulated result is left.
fn intent(fields: &HashMap<String, String>, now: Ticks) -> Result<Intent, &'static str> {
    let field = |name: &str| fields.get(name).map_or("", String::as_str);
    match field("action") {
        "cancel" => Ok(Intent::Cancel),
        "pay" => {
            let form = CardForm {
                number: field("cardNumber"),
                expiry_month: field("expiryMonth"),
                expiry_year: field("expiryYear"),
                cvc: field("cvc"),
                holder_name: field("holderName"),
            };
            form.simulate(now)
                .map(Intent::Pay)
                .map_err(shared::domain::card::CardError::advice)
        }
        _ => Err("Choose to pay or to cancel."),
    }
}
