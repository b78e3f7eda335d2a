//! Submitting a form, in Test: the simulated processor.

use shared::app::App;
use shared::domain::card::{Card, CardSummary, Refusal, SimulatedResult};
use shared::domain::payment::Payment;
use shared::domain::reference::{Marker, Reference};
use shared::domain::session::{Challenge, Session, SessionOver, SessionStatus};
use shared::domain::time::Ticks;
use shared::http::{ApiError, ApiRequest};
use shared::store::commit::CommitError;
use shared::store::{self, Write};

use crate::Link;
use crate::form::{Intent, intent};
use crate::page::{self, Page, Returned};
use crate::visit::Visit;

/// Answers a submit: at most one authorised attempt, whatever else is submitted at the same time, and one attempt at most for
/// each form that was shown.
pub(crate) async fn submit(app: &App, request: &ApiRequest, link: &Link) -> Result<Page, ApiError> {
    let wanted = intent(request, app.clock.now())?;
    let mut visit = Visit::begin(app, request, link).await?;
    if let Intent::Mistyped { problems, expiry } = wanted {
        // No attempt, but somebody is there: the time to pay has begun.
        visit.open().await?;
        return match (visit.status(), &visit.session.challenge) {
            (SessionStatus::Pending, None) => Ok(page::card_form(
                visit.view(),
                &Returned { problems, expiry },
            )),
            _ => visit.page(),
        };
    }

    let writer = app.entropy.uuid().to_string();
    let store = app.store(link.environment);
    let mut named_at = visit.now;
    loop {
        let step = Step {
            link,
            now: visit.now,
            named_at,
            challenge_id: &writer,
        };
        let Some((after, payment)) = step.take(&visit.session, &wanted) else {
            return visit.page();
        };
        let writes = writes(&visit.session, &after, payment.as_ref(), visit.now, &writer)?;
        match store.commit(&writes, &writer, visit.deadline).await {
            Ok(()) => {
                visit.session = after;
                return visit.page().map(Page::see_other);
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

/// What a decision needs beside the session.
struct Step<'a> {
    link: &'a Link,
    now: Ticks,
    /// Of the payment's reference.
    named_at: Ticks,
    challenge_id: &'a str,
}

impl Step<'_> {
    /// The session after the submit, and the payment that an attempt makes; `None` when it changes nothing, because the session
    /// is over, the form was submitted before, or another challenge has taken this one's place.
    fn take(&self, session: &Session, wanted: &Intent) -> Option<(Session, Option<Payment>)> {
        let mut after = session.clone();
        let payment = match wanted {
            Intent::Mistyped { .. } => return None,
            Intent::Cancel => after.cancel(self.now).map(|()| None),
            Intent::Pay {
                attempts_seen: Some(seen),
                ..
            } if *seen != session.attempts.len() => return None,
            Intent::Pay { card, .. } if card.simulation.asks_for_challenge => {
                after.ask(self.challenge(card), self.now).map(|()| None)
            }
            Intent::Pay { card, .. } => {
                self.attempt(&mut after, card.simulation.result, card.summary.clone())
            }
            Intent::Answer {
                challenge,
                approves,
            } => {
                let Challenge { card, result, .. } = session.find_challenge(challenge)?.clone();
                let result = if *approves {
                    result
                } else {
                    SimulatedResult::Refused(Refusal::NotAuthenticated)
                };
                self.attempt(&mut after, result, card)
            }
        };
        Some((after, payment.ok()?))
    }

    fn attempt(
        &self,
        session: &mut Session,
        result: SimulatedResult,
        card: CardSummary,
    ) -> Result<Option<Payment>, SessionOver> {
        let reference = Reference::new(
            &session.webcode,
            Marker::Payment,
            self.link.environment,
            self.named_at,
        );
        session.attempt(result, card, reference, self.now).map(Some)
    }

    fn challenge(&self, card: &Card) -> Challenge {
        Challenge {
            id: self.challenge_id.to_owned(),
            card: card.summary.clone(),
            result: card.simulation.result,
        }
    }
}

fn writes(
    before: &Session,
    after: &Session,
    payment: Option<&Payment>,
    now: Ticks,
    writer: &str,
) -> Result<Vec<Write>, ApiError> {
    let mut writes = vec![store::change_session(before, after, writer)?];
    if let Some(payment) = payment {
        writes.push(store::create_payment(payment, now, writer)?);
    }
    Ok(writes)
}
