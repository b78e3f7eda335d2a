//! A payment session: the intent to pay, and how it ends (online-payments.txt, *Session lifecycle*).

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::card::{CardSummary, Refusal, SimulatedResult};
use super::money::Money;
use super::payment::Payment;
use super::reference::Reference;
use super::time::Ticks;
use super::webcode::Webcode;

/// How long the page may be used once it was opened (online-payments.txt, *Time limit to pay*).
pub const PAGE_OPEN_FOR: Duration = Duration::from_secs(300);

/// Attempts a session may have (contract README, *Payment page*).
pub const ATTEMPTS_MAX: usize = 10;

/// Where a session stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum SessionStatus {
    /// Waiting for the customer; refused attempts may be there already.
    Pending,
    /// An attempt was authorised.
    Completed,
    /// Given up, out of time or out of attempts, after at least one refused attempt.
    Failed,
    /// Out of time without an attempt.
    Expired,
    /// Cancelled without an attempt.
    Cancelled,
}

impl SessionStatus {
    /// The contract's word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Expired => "expired",
            Self::Cancelled => "cancelled",
        }
    }
}

/// How an attempt ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum AttemptStatus {
    /// The card was charged, or the amount reserved.
    Authorised,
    /// It was not.
    Refused,
}

/// One try to pay. Each has a payment reference of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Attempt {
    /// The payment that it made.
    pub payment_reference: Reference,
    /// How it ended.
    pub status: AttemptStatus,
    /// Why it was refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refusal: Option<Refusal>,
    /// The card it was made with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub card: Option<CardSummary>,
    /// When.
    pub created_at: Ticks,
}

/// A simulated 3-D Secure step that the customer has not answered yet. It is no attempt until it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Challenge {
    /// Names this one: an answer to an older one counts for nothing.
    pub id: String,
    /// The card that asked for it.
    pub card: CardSummary,
    /// How the attempt ends once the customer approves.
    pub result: SimulatedResult,
}

/// A session, as kept and as decided upon.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Session {
    /// Its reference.
    pub session_id: Reference,
    /// The merchant.
    pub webcode: Webcode,
    /// What is to be paid.
    pub amount: Money,
    /// Where the customer lands after a payment.
    pub url_ok: String,
    /// Where the customer lands otherwise.
    pub url_ko: String,
    /// ISO 3166-1 alpha-2.
    pub country_code: String,
    /// BCP-47.
    pub shopper_locale: String,
    /// As it was sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deliver_at: Option<String>,
    /// Shown to the customer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The merchant's own reference.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub custom_reference: Option<String>,
    /// Whether the amount is only reserved.
    pub is_pre_auth: bool,
    /// As of the last write; [`Session::status_at`] is what counts.
    pub status: SessionStatus,
    /// In order.
    #[serde(default)]
    pub attempts: Vec<Attempt>,
    /// What the customer is asked right now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub challenge: Option<Challenge>,
    /// The payment that an external service is at: only in Live. Until it has ended, the session neither expires nor is it
    /// cancelled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub open_payment: Option<Reference>,
    /// When a customer first opened the page: the start of the 300 seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opened_at: Option<Ticks>,
    /// When it left `pending`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Ticks>,
    /// The authorised payment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payment_reference: Option<Reference>,
}

/// A session that is not pending any more, or is held by an open payment: how it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the session is {}", .0.as_str())]
pub struct SessionOver(pub SessionStatus);

impl Session {
    /// When the page stops being usable; `None` while nobody opened it.
    #[must_use]
    pub fn page_ends_at(&self) -> Option<Ticks> {
        self.opened_at
            .map(|opened_at| opened_at.plus(PAGE_OPEN_FOR))
    }

    /// Where the session stands now. Expiry shows at once, because it is computed from the times; that a
    /// sweep makes it a fact later changes nothing.
    #[must_use]
    pub fn status_at(&self, now: Ticks) -> SessionStatus {
        let out_of_time = self.page_ends_at().is_some_and(|end| now >= end);
        match self.status {
            SessionStatus::Pending if out_of_time && self.open_payment.is_none() => {
                self.end_when_out_of_time()
            }
            status => status,
        }
    }

    /// Opens the page: the clock starts with the first call and no later one moves it.
    ///
    /// # Errors
    /// [`SessionOver`] when there is nothing to pay any more.
    pub fn open(&mut self, now: Ticks) -> Result<(), SessionOver> {
        self.require_pending(now)?;
        self.opened_at.get_or_insert(now);
        Ok(())
    }

    /// Records an attempt and makes its payment. The first authorised attempt completes the session; the last
    /// refused one that it may have fails it.
    ///
    /// # Errors
    /// [`SessionOver`] when the session is not pending: one authorised attempt at most.
    pub fn attempt(
        &mut self,
        result: SimulatedResult,
        card: CardSummary,
        payment_reference: Reference,
        now: Ticks,
    ) -> Result<Payment, SessionOver> {
        self.open(now)?;
        self.challenge = None;
        let (status, refusal, payment) = match result {
            SimulatedResult::Authorised => (
                AttemptStatus::Authorised,
                None,
                Payment::authorised(self, payment_reference.clone(), now),
            ),
            SimulatedResult::Refused(refusal) => (
                AttemptStatus::Refused,
                Some(refusal),
                Payment::refused(self, payment_reference.clone(), refusal.reason(), now),
            ),
        };
        self.attempts.push(Attempt {
            payment_reference: payment_reference.clone(),
            status,
            refusal,
            card: Some(card),
            created_at: now,
        });
        if status == AttemptStatus::Authorised {
            self.payment_reference = Some(payment_reference);
            self.end(SessionStatus::Completed, now);
        } else if self.attempts.len() >= ATTEMPTS_MAX {
            self.end(SessionStatus::Failed, now);
        }
        Ok(payment)
    }

    /// Asks the customer for 3-D Secure, in place of whatever was asked before.
    ///
    /// # Errors
    /// [`SessionOver`] when the session is not pending.
    pub fn ask(&mut self, challenge: Challenge, now: Ticks) -> Result<(), SessionOver> {
        self.open(now)?;
        self.challenge = Some(challenge);
        Ok(())
    }

    /// The open challenge of that name, if it is still the one.
    #[must_use]
    pub fn find_challenge(&self, id: &str) -> Option<&Challenge> {
        self.challenge
            .as_ref()
            .filter(|challenge| challenge.id == id)
    }

    /// An external service is about to be asked for a payment. One at a time.
    ///
    /// # Errors
    /// [`SessionOver`] when the session is not pending, or another payment is open.
    pub fn begin(&mut self, payment_reference: Reference, now: Ticks) -> Result<(), SessionOver> {
        self.open(now)?;
        self.require_nothing_open()?;
        self.open_payment = Some(payment_reference);
        Ok(())
    }

    /// The open payment has ended, however late: an attempt like any other. `false` when it is not this session's open one.
    #[must_use]
    pub fn conclude(
        &mut self,
        payment_reference: &Reference,
        status: AttemptStatus,
        now: Ticks,
    ) -> bool {
        if self.open_payment.as_ref() != Some(payment_reference) {
            return false;
        }
        self.open_payment = None;
        self.attempts.push(Attempt {
            payment_reference: payment_reference.clone(),
            status,
            refusal: (status == AttemptStatus::Refused).then_some(Refusal::Declined),
            card: None,
            created_at: payment_reference.created_at(),
        });
        if status == AttemptStatus::Authorised {
            self.payment_reference = Some(payment_reference.clone());
            self.end(SessionStatus::Completed, now);
        } else if self.attempts.len() >= ATTEMPTS_MAX
            || self.page_ends_at().is_some_and(|end| now >= end)
        {
            self.end(SessionStatus::Failed, now);
        }
        true
    }

    /// The customer gives up.
    ///
    /// # Errors
    /// [`SessionOver`] when the session is not pending, or a payment is open.
    pub fn cancel(&mut self, now: Ticks) -> Result<(), SessionOver> {
        self.require_pending(now)?;
        self.require_nothing_open()?;
        let end = if self.attempts.is_empty() {
            SessionStatus::Cancelled
        } else {
            SessionStatus::Failed
        };
        self.end(end, now);
        Ok(())
    }

    /// Makes it a fact that the time is over. `false` when it is not, or when the session had ended before.
    #[must_use]
    pub fn expire(&mut self, now: Ticks) -> bool {
        match (self.status, self.page_ends_at()) {
            (SessionStatus::Pending, Some(end)) if now >= end && self.open_payment.is_none() => {
                // It ended when its time was over, however late somebody noticed.
                self.end(self.end_when_out_of_time(), end);
                true
            }
            _ => false,
        }
    }

    fn require_pending(&self, now: Ticks) -> Result<(), SessionOver> {
        match self.status_at(now) {
            SessionStatus::Pending => Ok(()),
            status => Err(SessionOver(status)),
        }
    }

    fn require_nothing_open(&self) -> Result<(), SessionOver> {
        match self.open_payment {
            None => Ok(()),
            Some(_) => Err(SessionOver(SessionStatus::Pending)),
        }
    }

    const fn end_when_out_of_time(&self) -> SessionStatus {
        if self.attempts.is_empty() {
            SessionStatus::Expired
        } else {
            SessionStatus::Failed
        }
    }

    fn end(&mut self, status: SessionStatus, at: Ticks) {
        self.status = status;
        self.challenge = None;
        self.ended_at = Some(at);
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::domain::card::{Brand, Expiry};
    use crate::domain::environment::Environment;
    use crate::domain::money::Currency;
    use crate::domain::reference::Marker;

    pub(crate) const START: Ticks = Ticks::new(17_195_000_001_234);

    pub(crate) fn session() -> Session {
        let webcode = Webcode::parse("SHOP01").expect("a webcode");
        Session {
            session_id: Reference::new(&webcode, Marker::Session, Environment::Test, START),
            webcode,
            amount: Money {
                value: 15_000,
                currency: Currency::Eur,
            },
            url_ok: "https://shop.example/ok".to_owned(),
            url_ko: "https://shop.example/ko".to_owned(),
            country_code: "ES".to_owned(),
            shopper_locale: "es-ES".to_owned(),
            deliver_at: None,
            description: None,
            custom_reference: Some("ORD-1".to_owned()),
            is_pre_auth: false,
            status: SessionStatus::Pending,
            attempts: Vec::new(),
            challenge: None,
            open_payment: None,
            opened_at: None,
            ended_at: None,
            payment_reference: None,
        }
    }

    pub(crate) fn payment_reference(number: u64) -> Reference {
        let webcode = Webcode::parse("SHOP01").expect("a webcode");
        Reference::new(
            &webcode,
            Marker::Payment,
            Environment::Test,
            Ticks::new(START.get() + number),
        )
    }

    const REFUSED: SimulatedResult = SimulatedResult::Refused(Refusal::Declined);

    pub(crate) fn card() -> CardSummary {
        CardSummary {
            brand: Some(Brand::Visa),
            last_four: "1111".to_owned(),
            expiry: Expiry::parse("12/30").expect("an expiry"),
        }
    }

    fn challenge(id: &str) -> Challenge {
        Challenge {
            id: id.to_owned(),
            card: card(),
            result: SimulatedResult::Authorised,
        }
    }

    #[test]
    fn a_challenge_is_no_attempt_and_a_later_one_takes_its_place() {
        let mut session = session();
        session.ask(challenge("one"), START).expect("pending");
        session.ask(challenge("two"), START).expect("pending");
        assert_eq!(session.find_challenge("one"), None);
        assert_eq!(session.find_challenge("two"), Some(&challenge("two")));
        assert_eq!(
            (session.attempts.len(), session.opened_at),
            (0, Some(START))
        );
        session
            .attempt(REFUSED, card(), payment_reference(1), START)
            .expect("pending");
        assert_eq!(session.challenge, None, "an attempt ends what was asked");
        session.ask(challenge("three"), START).expect("pending");
        assert!(session.expire(START.plus(PAGE_OPEN_FOR)));
        assert_eq!(
            (session.challenge.take(), session.status),
            (None, SessionStatus::Failed)
        );
        assert_eq!(
            session.ask(challenge("four"), START),
            Err(SessionOver(SessionStatus::Failed))
        );
    }

    #[test]
    fn a_session_that_nobody_opened_stays_pending() {
        let years = Duration::from_secs(3 * 365 * 24 * 3600);
        assert_eq!(
            session().status_at(START.plus(years)),
            SessionStatus::Pending
        );
    }

    #[test]
    fn the_three_hundred_seconds_start_once_and_end_to_the_tick() {
        let mut session = session();
        session.open(START).expect("pending");
        session
            .open(START.plus(Duration::from_secs(100)))
            .expect("still pending");
        let end = START.plus(PAGE_OPEN_FOR);
        assert_eq!(session.page_ends_at(), Some(end));
        assert_eq!(
            session.status_at(end.minus(Duration::from_micros(100))),
            SessionStatus::Pending
        );
        assert_eq!(session.status_at(end), SessionStatus::Expired);
        assert_eq!(
            session.attempt(
                SimulatedResult::Authorised,
                card(),
                payment_reference(1),
                end
            ),
            Err(SessionOver(SessionStatus::Expired))
        );
        assert!(
            !session
                .clone()
                .expire(end.minus(Duration::from_micros(100)))
        );
        assert!(session.expire(end.plus(Duration::from_secs(60))));
        assert_eq!(
            (session.status, session.ended_at),
            (SessionStatus::Expired, Some(end))
        );
        assert!(!session.expire(end.plus(Duration::from_secs(120))));
    }

    #[test]
    fn an_open_payment_keeps_a_session_open_and_a_late_one_completes_it() {
        let reference = payment_reference(1);
        let late = START.plus(PAGE_OPEN_FOR).plus(PAGE_OPEN_FOR);
        let mut session = session();
        session.begin(reference.clone(), START).expect("pending");
        let held = Err(SessionOver(SessionStatus::Pending));
        assert_eq!(session.begin(payment_reference(2), START), held);
        assert_eq!(session.cancel(START), held);
        assert_eq!(session.status_at(late), SessionStatus::Pending);
        assert!(!session.expire(late));
        assert!(!session.conclude(&payment_reference(2), AttemptStatus::Authorised, late));
        let mut refused = session.clone();
        assert!(session.conclude(&reference, AttemptStatus::Authorised, late));
        assert_eq!(
            (session.status, session.payment_reference.as_ref()),
            (SessionStatus::Completed, Some(&reference))
        );
        assert!(
            !session.conclude(&reference, AttemptStatus::Refused, late),
            "once"
        );
        assert!(refused.conclude(&reference, AttemptStatus::Refused, late));
        assert_eq!(
            (refused.status, refused.ended_at),
            (SessionStatus::Failed, Some(late))
        );
    }

    #[test]
    fn a_refused_payment_in_time_lets_the_customer_try_again() {
        let mut session = session();
        for number in 1..=9 {
            let reference = payment_reference(number);
            session.begin(reference.clone(), START).expect("pending");
            assert!(session.conclude(&reference, AttemptStatus::Refused, START));
            assert_eq!(session.status, SessionStatus::Pending);
        }
        session
            .begin(payment_reference(10), START)
            .expect("pending");
        assert!(session.conclude(&payment_reference(10), AttemptStatus::Refused, START));
        assert_eq!(session.status, SessionStatus::Failed, "the tenth");
    }

    #[test]
    fn a_refused_attempt_may_be_followed_by_an_authorised_one() {
        let mut session = session();
        session
            .attempt(REFUSED, card(), payment_reference(1), START)
            .expect("pending");
        assert_eq!(session.status, SessionStatus::Pending);
        session
            .attempt(
                SimulatedResult::Authorised,
                card(),
                payment_reference(2),
                START,
            )
            .expect("pending");
        assert_eq!(session.status, SessionStatus::Completed);
        assert_eq!(session.payment_reference, Some(payment_reference(2)));
        assert_eq!(
            session.attempt(
                SimulatedResult::Authorised,
                card(),
                payment_reference(3),
                START
            ),
            Err(SessionOver(SessionStatus::Completed))
        );
        assert_eq!(
            session.cancel(START),
            Err(SessionOver(SessionStatus::Completed))
        );
    }

    #[test]
    fn the_tenth_refused_attempt_fails_the_session() {
        let mut session = session();
        for number in 0..10 {
            assert_eq!(session.status, SessionStatus::Pending);
            session
                .attempt(REFUSED, card(), payment_reference(number), START)
                .expect("pending");
        }
        assert_eq!(session.status, SessionStatus::Failed);
    }

    #[test]
    fn how_a_session_ends_depends_on_whether_somebody_tried() {
        let tried = |mut session: Session| {
            session
                .attempt(REFUSED, card(), payment_reference(1), START)
                .expect("pending");
            session
        };
        let later = START.plus(PAGE_OPEN_FOR);
        let cancelled = |mut session: Session| {
            session.cancel(START).expect("pending");
            session.status
        };
        let expired = |mut session: Session| {
            session.opened_at = Some(START);
            assert!(session.expire(later));
            session.status
        };
        assert_eq!(cancelled(session()), SessionStatus::Cancelled);
        assert_eq!(cancelled(tried(session())), SessionStatus::Failed);
        assert_eq!(expired(session()), SessionStatus::Expired);
        assert_eq!(expired(tried(session())), SessionStatus::Failed);
    }
}
