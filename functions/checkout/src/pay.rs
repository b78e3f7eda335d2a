//! Submitting the form, in Test: the simulated processor.

use std::collections::HashMap;

use shared::app::{App, REQUEST_WITHIN};
use shared::domain::card::{CardForm, SimulatedResult};
use shared::domain::reference::{Marker, Reference};
use shared::domain::session::{Session, SessionStatus};
use shared::domain::time::Ticks;
use shared::http::{ApiError, ApiRequest};
use shared::store::commit::CommitError;
use shared::store::{self, Deadline, Key, Write};

use crate::pages::{self, Page};
use crate::{Link, visit};

/// What a customer wants.
enum Intent {
    Pay(SimulatedResult),
    Cancel,
}

/// Answers a submit: at most one authorised attempt, whatever else is submitted at the same time.
pub(crate) async fn submit(app: &App, request: &ApiRequest, link: &Link) -> Result<Page, ApiError> {
    let fields = fields(request)?;
    let (store, deadline) = (
        app.store(link.environment),
        Deadline::within(REQUEST_WITHIN),
    );
    let [item] = store
        .load([Some(Key::session(&link.session_id))], deadline)
        .await?;
    let mut session: Session = store::read(item.ok_or(ApiError::NotFound)?)?;
    let now = app.clock.now();
    if session.status_at(now) != SessionStatus::Pending {
        return visit::show(app, request, link).await;
    }
    let intent = match intent(&fields, now) {
        Ok(intent) => intent,
        Err(problem) => return Ok(pages::form(&session, Some(problem), now).unprocessable()),
    };

    let writer = app.entropy.uuid().to_string();
    let mut named_at = now;
    loop {
        let Some((after, writes)) = decide(&session, &intent, link, (now, named_at), &writer)?
        else {
            return visit::show(app, request, link).await;
        };
        match store.commit(&writes, &writer, deadline).await {
            Ok(()) if after.status == SessionStatus::Pending => {
                return Ok(pages::form(
                    &after,
                    Some("Your card was declined. Try another card."),
                    now,
                ));
            }
            Ok(()) => return visit::show(app, request, link).await,
            Err(CommitError::Unavailable(error)) => return Err(error.into()),
            Err(CommitError::Refused(refusals)) => {
                // Another submit was faster: decide anew from what it left.
                if let Some(Some(found)) = refusals.of(0) {
                    session = store::read(found.clone())?;
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
        writes.push(store::create_payment(&payment, writer)?);
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
