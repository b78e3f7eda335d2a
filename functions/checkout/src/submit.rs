//! Submitting a form, in Test: the simulated processor.

use shared::app::App;
use shared::domain::card::{Card, CardSummary, Refusal, SimulatedResult};
use shared::domain::payment::Payment;
use shared::domain::reference::{Marker, Reference};
use shared::domain::session::{Challenge, Session, SessionOver};
use shared::domain::time::Ticks;
use shared::http::{ApiError, ApiRequest};
use shared::store::commit::CommitError;
use shared::store::{self, Write};

use crate::Link;
use crate::form::{Intent, Submitted, read};
use crate::page::{Page, Returned};
use crate::visit::Visit;

/// Answers a submit: at most one authorised attempt, whatever else is submitted at the same time, and one attempt at most for
/// each form that was shown.
pub(crate) async fn submit(app: &App, request: &ApiRequest, link: &Link) -> Result<Page, ApiError> {
    let submitted = read(request, app.clock.now())?;
    let mut visit = Visit::begin(app, request, link).await?;
    let wanted = match submitted {
        Submitted::Wanted(wanted) => wanted,
        Submitted::Mistyped { problems, expiry } => {
            // No attempt, but somebody is there: the time to pay has begun.
            visit.open().await?;
            return visit.answer(Returned::Mistyped { problems, expiry });
        }
    };

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
            let returned = if wanted.was_not_tried(&visit.session) {
                Returned::Outdated
            } else {
                Returned::Nothing
            };
            return visit.answer(returned);
        };
        let writes = writes(&visit.session, &after, payment.as_ref(), visit.now, &writer)?;
        match store.commit(&writes, &writer, visit.deadline).await {
            Ok(()) => {
                visit.session = after;
                return visit.answer(Returned::Nothing);
            }
            Err(CommitError::Unavailable(error)) => return Err(error.into()),
            Err(CommitError::Refused(refusals)) => {
                // Another submit was faster, or a reference was taken: decide anew, from what is there now.
                match refusals.of(0) {
                    Some(Some(found)) => visit.session = store::read(found.clone())?,
                    Some(None) => return Err(ApiError::NotFound),
                    None => {}
                }
                visit.now = app.clock.now();
                if refusals.of(1).is_some() {
                    named_at = named_at.next().max(visit.now);
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
            Intent::Cancel => after.cancel(self.now).map(|()| None),
            Intent::Pay {
                attempts_seen: Some(seen),
                ..
            } if *seen != session.attempts.len() => return None,
            // Asked already: a double click.
            Intent::Pay { card, .. } if is_asked(session, card) => return None,
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

/// Whether the customer is asked just that, for this card.
fn is_asked(session: &Session, card: &Card) -> bool {
    card.simulation.asks_for_challenge
        && session
            .challenge
            .as_ref()
            .is_some_and(|open| open.card == card.summary && open.result == card.simulation.result)
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
