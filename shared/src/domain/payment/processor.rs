//! A payment that an external service takes (contract README, *External integration*).
//!
//! It is recorded before the service is asked, and asked for by its own reference, which is the same however often. So a lost
//! answer costs another question and never another payment.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{EventCode, EventResult, JournalEntry, PRE_AUTH_VALID_FOR, Payment, PaymentState};
use crate::domain::external::ProcessorStatus;
use crate::domain::modification::ModificationKind;
use crate::domain::reference::Reference;
use crate::domain::session::Session;
use crate::domain::time::Ticks;

/// Whoever asks a service has so long; after it somebody else asks. Longer than a function that asks lives.
pub const ASKED_WITHIN: Duration = Duration::from_secs(60);

/// How long after a check without an end the next one comes, by their number.
const CHECKED_AFTER_SECONDS: [u64; 11] =
    [15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 21_600];

/// Where a payment stands at a service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AtProcessor {
    /// The service.
    pub service: String,
    /// Its name of the payment, once it told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payment_id: Option<String>,
    /// Where the customer has to go.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub redirect_url: Option<String>,
    /// Where this service was reached when the payment began: customers and callbacks come back there.
    pub base_url: String,
    /// Somebody is asking, and has until then. Still there afterwards, it means that nobody knows what came of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked_until: Option<Ticks>,
    /// Whether the service may have taken the payment without our knowing.
    pub uncertain: bool,
    /// Whoever waited at the terminal was told that it did not answer.
    #[serde(default)]
    pub given_up: bool,
    /// A payment that nobody waits for any more is being voided.
    pub voiding: bool,
    /// Checks so far.
    pub checks: u32,
    /// When somebody looks again, whatever happens.
    pub check_at: Ticks,
    /// What was reported as not agreeing with the service.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disagreement: Option<String>,
    /// Grows with every change, so that nobody writes over what was not seen.
    pub revision: u64,
}

impl AtProcessor {
    /// At a service that is about to be asked.
    #[must_use]
    pub fn about_to_be_asked(service: &str, base_url: &str, now: Ticks) -> Self {
        let until = now.plus(ASKED_WITHIN);
        Self {
            service: service.to_owned(),
            payment_id: None,
            redirect_url: None,
            base_url: base_url.to_owned(),
            asked_until: Some(until),
            uncertain: false,
            given_up: false,
            voiding: false,
            checks: 0,
            check_at: until,
            disagreement: None,
            revision: 1,
        }
    }

    /// Puts the next look off: further, the longer nothing was found.
    fn check_later(&mut self, now: Ticks) {
        let last = CHECKED_AFTER_SECONDS.len() - 1;
        let place = usize::try_from(self.checks).unwrap_or(last).min(last);
        self.checks += 1;
        self.check_at = now.plus(Duration::from_secs(CHECKED_AFTER_SECONDS[place]));
    }
}

/// What a service made of a request to pay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asked {
    /// It took the payment.
    Accepted,
    /// It did not, and why.
    Refused(&'static str),
    /// It does not know yet, or the customer has to go somewhere first.
    Open {
        /// Where.
        redirect_url: Option<String>,
    },
    /// It refused the request as such: nothing was done this time.
    Rejected,
    /// It has not seen the request.
    NotDone,
    /// Nobody knows.
    Unknown,
}

impl Payment {
    /// The payment of an attempt that a service is about to be asked for. It tells nothing yet.
    #[must_use]
    pub fn at_processor(
        session: &Session,
        payment_reference: Reference,
        processor: AtProcessor,
    ) -> Self {
        Self {
            payment_reference,
            session_id: Some(session.session_id.clone()),
            webcode: session.webcode.clone(),
            custom_reference: session.custom_reference.clone(),
            state: PaymentState::Processing,
            amount: session.amount,
            captured: 0,
            refunded: 0,
            left: 0,
            modifications: 0,
            is_pre_auth: session.is_pre_auth,
            valid_until: None,
            open: None,
            terminal: None,
            processor: Some(processor),
            journal: Vec::new(),
        }
    }

    /// Where it stands at the service, while nobody knows how it ends.
    #[must_use]
    pub fn open_at_processor(&self) -> Option<&AtProcessor> {
        self.processor
            .as_ref()
            .filter(|_| self.state == PaymentState::Processing)
    }

    fn open_processor(&mut self) -> Option<&mut AtProcessor> {
        self.processor
            .as_mut()
            .filter(|_| self.state == PaymentState::Processing)
    }

    /// Takes over from whoever asked and did not record the answer. `false` when there is nothing to ask: the payment has a
    /// name at the service, or has ended, or somebody is still asking.
    #[must_use]
    pub fn ask_processor_again(&mut self, now: Ticks) -> bool {
        let Some(at) = self.open_processor() else {
            return false;
        };
        if at.payment_id.is_some() || at.asked_until.is_some_and(|until| now < until) {
            return false;
        }
        // Nobody recorded what came of the last time.
        at.uncertain |= at.asked_until.is_some();
        at.asked_until = Some(now.plus(ASKED_WITHIN));
        at.check_at = now.plus(ASKED_WITHIN);
        at.revision += 1;
        true
    }

    /// Records what a service made of a request to pay. `false` when the payment has ended meanwhile.
    #[must_use]
    pub fn asked_processor(
        &mut self,
        asked: Asked,
        payment_id: Option<String>,
        now: Ticks,
    ) -> bool {
        let is_too_late = self.is_too_late_at(now);
        let is_at_terminal = self.terminal.is_some();
        let Some(at) = self.open_processor() else {
            return false;
        };
        let before = at.uncertain;
        at.revision += 1;
        at.asked_until = None;
        at.payment_id = at.payment_id.take().or(payment_id);
        match asked {
            // Nobody waits at the terminal any more: the next check voids it.
            Asked::Accepted if is_too_late => at.check_later(now),
            Asked::Accepted => self.accept(now),
            Asked::Refused(reason) => self.refuse(reason, now),
            // It was never asked before without our knowing what came of it: so it has nothing.
            Asked::Rejected if !before => self.refuse("PROVIDER_ERROR", now),
            // It has not seen the payment, and must not be shown it when nobody is there any more.
            Asked::NotDone if !before && is_at_terminal => self.refuse("TERMINAL_UNREACHABLE", now),
            Asked::NotDone if !before => self.refuse("PROVIDER_ERROR", now),
            Asked::Open { redirect_url } => {
                at.redirect_url = redirect_url;
                at.check_later(now);
            }
            Asked::Rejected | Asked::NotDone => at.check_later(now),
            Asked::Unknown => {
                at.uncertain = true;
                at.check_later(now);
            }
        }
        true
    }

    /// Records how a payment that is open stands at its service. `false` when it is not open, or when there is nothing new and
    /// it is too early to put the next check off: a customer who waits asks every few seconds.
    #[must_use]
    pub fn checked(&mut self, status: ProcessorStatus, now: Ticks) -> bool {
        let Some(at) = self.open_processor() else {
            return false;
        };
        match status {
            ProcessorStatus::Accepted => self.accept(now),
            ProcessorStatus::Failed if at.voiding => self.refuse(VOIDED, now),
            ProcessorStatus::Failed => self.refuse("DECLINED", now),
            ProcessorStatus::Pending => return self.check_again(now),
        }
        true
    }

    /// The service could not tell: somebody looks again later. `false` when the payment is not open, or somebody will look
    /// before anyway.
    #[must_use]
    pub fn check_again(&mut self, now: Ticks) -> bool {
        let Some(at) = self.open_processor().filter(|at| now >= at.check_at) else {
            return false;
        };
        at.revision += 1;
        at.check_later(now);
        true
    }

    /// Whether nobody waits at the terminal any more: who asked was told that it did not answer, or is long gone.
    #[must_use]
    pub fn is_too_late_at(&self, now: Ticks) -> bool {
        let (Some(at), Some(terminal)) = (self.open_at_processor(), &self.terminal) else {
            return false;
        };
        at.given_up || at.voiding || now >= terminal.resolve_at
    }

    /// Notes that whoever waits at the terminal is about to be told that it did not answer. `false` when the payment has ended:
    /// then there is an answer.
    #[must_use]
    pub fn give_up(&mut self, _: Ticks) -> bool {
        let Some(at) = self.open_processor().filter(|at| !at.given_up) else {
            return false;
        };
        at.revision += 1;
        at.given_up = true;
        true
    }

    /// Notes, before the service is asked to, that the payment is to be voided. `false` when it has ended, or when somebody is
    /// just asking.
    #[must_use]
    pub fn void(&mut self, now: Ticks) -> bool {
        let Some(at) = self.open_processor() else {
            return false;
        };
        if at.voiding && at.asked_until.is_some_and(|until| now < until) {
            return false;
        }
        at.revision += 1;
        at.voiding = true;
        at.asked_until = Some(now.plus(ASKED_WITHIN));
        at.check_later(now);
        true
    }

    /// The service voided it: for the merchant it never was. `false` when it has ended.
    #[must_use]
    pub fn voided(&mut self, now: Ticks) -> bool {
        if !self.open_at_processor().is_some_and(|at| at.voiding) {
            return false;
        }
        self.refuse(VOIDED, now);
        true
    }

    /// Takes a status for what it says of a payment that has ended: FAILED takes the money back, unless a cancellation of our
    /// own explains it. `false` when nothing changes.
    #[must_use]
    pub fn charge_back(&mut self, now: Ticks) -> bool {
        let cancels = self
            .open
            .as_ref()
            .and_then(Reference::marker)
            .is_some_and(|marker| marker == ModificationKind::Cancel.marker());
        let amount = match self.state {
            PaymentState::Captured if self.captured > self.refunded => {
                self.captured - self.refunded
            }
            PaymentState::Authorised if !cancels => self.amount.value,
            _ => return false,
        };
        self.state = PaymentState::ChargedBack;
        self.left = 0;
        self.journal.push(JournalEntry {
            code: EventCode::Chargeback,
            result: EventResult::Success,
            amount: Some(amount),
            modification: None,
            reason: None,
            at: now,
        });
        true
    }

    /// Notes what does not agree with the service, once for each kind. `false` when it was noted before.
    #[must_use]
    pub fn disagree(&mut self, disagreement: &str) -> bool {
        match &mut self.processor {
            Some(at) if at.disagreement.as_deref() != Some(disagreement) => {
                at.revision += 1;
                at.disagreement = Some(disagreement.to_owned());
                true
            }
            _ => false,
        }
    }

    /// The card was charged, or the amount reserved.
    pub(super) fn accept(&mut self, now: Ticks) {
        if self.is_pre_auth {
            // From its creation, however late the service told.
            let created_at = self.payment_reference.created_at();
            self.valid_until = Some(created_at.plus(PRE_AUTH_VALID_FOR));
            self.state = PaymentState::Authorised;
        } else {
            self.captured = self.amount.value;
            self.left = self.amount.value;
            self.state = PaymentState::Captured;
        }
        self.tell_authorisation(EventResult::Success, None, now);
    }

    /// It was not.
    pub(super) fn refuse(&mut self, reason: &str, now: Ticks) {
        self.state = PaymentState::Refused;
        self.tell_authorisation(EventResult::Failure, Some(reason.to_owned()), now);
    }

    fn tell_authorisation(&mut self, result: EventResult, reason: Option<String>, now: Ticks) {
        self.journal.push(JournalEntry {
            code: EventCode::Authorisation,
            result,
            amount: Some(self.amount.value),
            modification: None,
            reason,
            at: now,
        });
    }
}

/// Why a payment at a terminal failed that was accepted too late.
pub const VOIDED: &str = "TIMED_OUT_AND_VOIDED";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::session::tests::{START, payment_reference, session};

    fn open() -> Payment {
        let at = AtProcessor::about_to_be_asked("acme", "https://pay.example", START);
        Payment::at_processor(&session(), payment_reference(1), at)
    }

    fn later(seconds: u64) -> Ticks {
        START.plus(Duration::from_secs(seconds))
    }

    fn named() -> Payment {
        let mut payment = open();
        let asked = Asked::Open { redirect_url: None };
        assert!(payment.asked_processor(asked, Some("p1".to_owned()), START));
        payment
    }

    #[test]
    fn one_at_a_time_asks_and_whoever_takes_over_knows_that_it_is_not_the_first() {
        let mut payment = open();
        assert!(
            !payment.ask_processor_again(later(59)),
            "somebody is asking"
        );
        assert!(payment.ask_processor_again(later(60)));
        let at = payment.open_at_processor().expect("open");
        assert!(at.uncertain && at.check_at == later(120));
        // The service refuses the request; but nobody knows what it made of the first one.
        assert!(payment.asked_processor(Asked::Rejected, None, later(61)));
        assert_eq!(payment.state, PaymentState::Processing);
        assert!(payment.ask_processor_again(later(62)), "once more");
        let asked = Asked::Open { redirect_url: None };
        assert!(payment.asked_processor(asked, Some("p1".to_owned()), later(63)));
        assert!(!payment.ask_processor_again(later(6_000)), "it has a name");
    }

    #[test]
    fn a_request_that_is_refused_the_first_time_charged_nothing() {
        let mut payment = open();
        assert!(payment.asked_processor(Asked::Rejected, None, START));
        assert_eq!(payment.state, PaymentState::Refused);
        assert!(
            !payment.asked_processor(Asked::Accepted, None, START),
            "ended"
        );
        let mut unseen = open();
        assert!(unseen.asked_processor(Asked::NotDone, None, START));
        assert_eq!(unseen.state, PaymentState::Refused, "it was never seen");
    }

    #[test]
    fn what_was_asked_once_is_not_known_to_be_undone() {
        for asked in [Asked::NotDone, Asked::Rejected] {
            let mut payment = open();
            assert!(payment.asked_processor(Asked::Unknown, None, START));
            assert!(payment.ask_processor_again(START));
            assert!(payment.asked_processor(asked, None, START));
            assert_eq!(payment.state, PaymentState::Processing);
        }
    }

    fn at_terminal() -> Payment {
        let poi_id = crate::domain::terminal::PoiId::parse("T1").expect("a name");
        let session = session();
        let payment = Payment::at_terminal(
            &session.webcode,
            payment_reference(1),
            poi_id,
            session.amount,
            None,
            false,
            START,
        );
        let at = AtProcessor::about_to_be_asked("acme", "https://pay.example", START);
        Payment {
            processor: Some(at),
            ..payment
        }
    }

    #[test]
    fn what_was_given_up_at_a_terminal_is_never_accepted_unless_somebody_asks_again() {
        let mut payment = at_terminal();
        assert!(payment.asked_processor(Asked::Unknown, Some("p1".to_owned()), later(20)));
        assert!(!payment.is_too_late_at(later(25)));
        assert!(payment.give_up(later(25)));
        assert!(payment.is_too_late_at(later(25)), "before the time is over");
        let mut asked_again = payment.clone();
        assert!(asked_again.ask_again(later(40)));
        assert!(!asked_again.is_too_late_at(later(60)));
        // But not once it is being voided.
        assert!(payment.void(later(41)));
        assert!(!payment.void(later(42)), "one at a time");
        assert!(!payment.ask_again(later(43)));
        assert!(payment.is_too_late_at(later(43)));
        assert!(payment.voided(later(44)));
        assert_eq!(payment.state, PaymentState::Refused);
        assert!(!payment.give_up(later(45)), "it has ended");
    }

    #[test]
    fn a_simulated_answer_says_nothing_of_a_payment_at_a_service() {
        use crate::domain::terminal::TerminalAnswer;
        let mut payment = at_terminal();
        assert!(!payment.answered(TerminalAnswer::Authorised, later(1)));
        assert!(!payment.resolve(later(31)));
        assert_eq!(payment.state, PaymentState::Processing);
    }

    #[test]
    fn checks_become_rarer_and_never_end() {
        let mut payment = named();
        let mut now = START;
        for _ in 0..40 {
            let at = payment.open_at_processor().expect("open").clone();
            assert!(at.check_at > now, "after {} checks", at.checks);
            now = at.check_at;
            assert!(payment.checked(ProcessorStatus::Pending, now));
        }
        let rare = payment
            .open_at_processor()
            .expect("open")
            .check_at
            .since(now);
        assert_eq!(rare, Duration::from_secs(6 * 60 * 60));
        assert!(payment.checked(ProcessorStatus::Accepted, now));
        assert_eq!(
            (payment.state, payment.left),
            (PaymentState::Captured, 15_000)
        );
        assert!(
            !payment.checked(ProcessorStatus::Failed, now),
            "it has ended"
        );
    }

    #[test]
    fn a_charged_back_payment_leaves_nothing_to_refund() {
        let mut payment = named();
        assert!(payment.checked(ProcessorStatus::Accepted, START));
        payment.left = 10_000;
        payment.refunded = 5_000;
        assert!(payment.charge_back(START));
        assert_eq!(
            (payment.state, payment.left),
            (PaymentState::ChargedBack, 0)
        );
        let told = payment.journal.last().expect("an entry");
        assert_eq!(
            (told.code, told.amount),
            (EventCode::Chargeback, Some(10_000))
        );
        assert!(!payment.charge_back(START), "once");
    }

    #[test]
    fn a_cancellation_of_our_own_explains_a_failure() {
        let mut payment = named();
        payment.is_pre_auth = true;
        assert!(payment.checked(ProcessorStatus::Accepted, START));
        payment.open = Some(Reference::parse("SHOP01-CAX-17195000001234").expect("a reference"));
        assert!(!payment.charge_back(START));
        payment.open = Some(Reference::parse("SHOP01-CTX-17195000001234").expect("a reference"));
        assert!(payment.clone().charge_back(START));
        payment.open = None;
        assert!(payment.charge_back(START));
    }

    #[test]
    fn a_disagreement_is_noted_once() {
        let mut payment = named();
        assert!(payment.disagree("unknown there"));
        assert!(!payment.disagree("unknown there"));
        assert!(payment.disagree("another amount"));
    }
}
