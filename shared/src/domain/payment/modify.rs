//! What modifications do to a payment: the state machine of money (modifications.txt; contract README, *Over-refund*).
//!
//! A modification is *requested*, which holds what it needs, and *settled*, which takes it or gives it back. In Test both
//! happen in one write; in Live a processor is asked in between.

use super::{
    EventResult, JournalEntry, MODIFICATIONS_MAX, PRE_AUTH_VALID_FOR, Payment, PaymentState,
};
use crate::domain::modification::{ModificationKind, ModificationStatus, Settlement};
use crate::domain::money::Money;
use crate::domain::reference::Reference;
use crate::domain::time::Ticks;

/// A modification that somebody asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Requested {
    /// What is done.
    pub kind: ModificationKind,
    /// How much; a cancellation and an extension have none.
    pub amount: Option<Money>,
    /// Its own reference, whose time is the time of the request.
    pub reference: Reference,
}

/// What a processor decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict<'a> {
    /// Done.
    Success,
    /// Rejected, and why.
    Failure(&'a str),
}

/// Why a modification is refused at once (400 with 12001; contract README, *Over-refund*).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ModificationError {
    /// The payment's state does not allow it.
    #[error("The payment is {} and cannot be {}.", .0.as_str(), .1.done())]
    WrongState(PaymentState, ModificationKind),
    /// The payment is captured, but was never a reservation.
    #[error("The payment is not a pre-authorisation and cannot be {}.", .0.done())]
    NoReservation(ModificationKind),
    /// A different currency than the payment's.
    #[error("amount.currency must be the currency of the payment.")]
    OtherCurrency,
    /// More than is left.
    #[error("The amount exceeds what is left to refund.")]
    ExceedsLeft,
    /// Another capture or cancellation is not settled yet.
    #[error("A capture or cancellation of the payment is still in progress.")]
    InProgress,
    /// One too many.
    #[error("The payment has reached its limit of {MODIFICATIONS_MAX} modifications.")]
    TooManyModifications,
}

/// Why a capture of too much fails (modifications.txt, *Excess capture*).
const EXCEEDS_AUTHORISED: &str = "The amount exceeds what is authorised";

/// Why an extension that a processor confirms too late fails.
const NOT_RESERVED: &str = "The payment is not reserved any more";

impl Payment {
    /// Takes a request. Settled at once, it enters the journal too; otherwise it holds what it needs until
    /// [`Payment::settle`]. A refused request changes nothing.
    ///
    /// # Errors
    /// [`ModificationError`], checked from what cannot change to what can.
    pub fn request(
        &mut self,
        requested: &Requested,
        settlement: Settlement,
        now: Ticks,
    ) -> Result<ModificationStatus, ModificationError> {
        self.check(requested, now)?;
        self.modifications += 1;
        match (requested.kind, requested.amount) {
            (ModificationKind::Refund, Some(amount)) => self.left -= amount.value,
            (ModificationKind::Capture | ModificationKind::Cancel, _) => {
                self.open = Some(requested.reference.clone());
            }
            (ModificationKind::Refund | ModificationKind::Extend, _) => {}
        }
        match settlement {
            Settlement::Later => Ok(requested.kind.initial_status()),
            Settlement::AtOnce => Ok(self.settle(requested, Verdict::Success, now)),
        }
    }

    fn check(&self, requested: &Requested, now: Ticks) -> Result<(), ModificationError> {
        let kind = requested.kind;
        if requested
            .amount
            .is_some_and(|amount| amount.currency != self.amount.currency)
        {
            return Err(ModificationError::OtherCurrency);
        }
        let needed = match kind {
            ModificationKind::Refund => PaymentState::Captured,
            _ if !self.is_pre_auth && self.state == PaymentState::Captured => {
                return Err(ModificationError::NoReservation(kind));
            }
            _ => PaymentState::Authorised,
        };
        let state = self.state_at(now);
        if state != needed {
            return Err(ModificationError::WrongState(state, kind));
        }
        if self.open.is_some() {
            return Err(ModificationError::InProgress);
        }
        if self.modifications >= MODIFICATIONS_MAX {
            return Err(ModificationError::TooManyModifications);
        }
        let exceeds = |amount: Money| kind == ModificationKind::Refund && amount.value > self.left;
        if requested.amount.is_some_and(exceeds) {
            return Err(ModificationError::ExceedsLeft);
        }
        Ok(())
    }

    /// Settles what was requested before, once: the caller's write is conditional on the modification being unsettled. A
    /// refund that failed gives its amount back. No verdict can capture more than was authorised.
    pub fn settle(
        &mut self,
        requested: &Requested,
        verdict: Verdict<'_>,
        now: Ticks,
    ) -> ModificationStatus {
        let value = requested.amount.map_or(0, |amount| amount.value);
        let verdict = match requested.kind {
            ModificationKind::Capture if value > self.amount.value => {
                Verdict::Failure(EXCEEDS_AUTHORISED)
            }
            // Nothing holds a reservation for an extension that is not settled: too late is too late.
            ModificationKind::Extend if self.state_at(now) != PaymentState::Authorised => {
                Verdict::Failure(NOT_RESERVED)
            }
            // The processor took it back while it was asked.
            ModificationKind::Capture | ModificationKind::Cancel
                if self.state != PaymentState::Authorised =>
            {
                Verdict::Failure(NOT_RESERVED)
            }
            _ => verdict,
        };
        if self.open.as_ref() == Some(&requested.reference) {
            self.open = None;
        }
        let succeeded = verdict == Verdict::Success;
        match (requested.kind, succeeded) {
            (ModificationKind::Refund, true) => self.refunded += value,
            // Of what was charged back, nothing is left to be refunded.
            (ModificationKind::Refund, false) if self.state == PaymentState::ChargedBack => {}
            (ModificationKind::Refund, false) => self.left += value,
            (ModificationKind::Capture, true) => {
                // What is not captured is released: a capture closes the reservation.
                self.state = PaymentState::Captured;
                self.captured = value;
                self.left = value;
            }
            (ModificationKind::Cancel, true) => self.state = PaymentState::Cancelled,
            (ModificationKind::Extend, true) => {
                let until = requested.reference.created_at().plus(PRE_AUTH_VALID_FOR);
                self.valid_until = self.valid_until.max(Some(until));
            }
            (
                ModificationKind::Capture | ModificationKind::Cancel | ModificationKind::Extend,
                false,
            ) => {}
        }
        let (result, reason, status) = match verdict {
            Verdict::Success => (EventResult::Success, None, ModificationStatus::Success),
            Verdict::Failure(reason) => (
                EventResult::Failure,
                Some(reason.to_owned()),
                ModificationStatus::Failed,
            ),
        };
        let amount = match requested.kind {
            ModificationKind::Refund | ModificationKind::Capture => Some(value),
            // The contract's body of both shows the amount of the payment, or none.
            ModificationKind::Extend => Some(self.amount.value),
            ModificationKind::Cancel => None,
        };
        self.journal.push(JournalEntry {
            code: requested.kind.event_code(),
            result,
            amount,
            modification: Some(requested.reference.clone()),
            reason,
            at: now,
        });
        status
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::environment::Environment;
    use crate::domain::money::Currency;
    use crate::domain::payment::{EventCode, JOURNAL_MAX};
    use crate::domain::session::Session;
    use crate::domain::session::tests::{START, payment_reference, session};
    use crate::domain::webcode::Webcode;

    fn eur(value: u64) -> Money {
        Money {
            value,
            currency: Currency::Eur,
        }
    }

    fn requested(kind: ModificationKind, value: u64, at: Ticks) -> Requested {
        let webcode = Webcode::parse("SHOP01").expect("a webcode");
        let has_amount = matches!(kind, ModificationKind::Refund | ModificationKind::Capture);
        Requested {
            kind,
            amount: has_amount.then(|| eur(value)),
            reference: Reference::new(&webcode, kind.marker(), Environment::Test, at),
        }
    }

    fn reserved() -> Payment {
        let session = Session {
            is_pre_auth: true,
            ..session()
        };
        Payment::authorised(&session, payment_reference(1), START)
    }

    fn paid() -> Payment {
        Payment::authorised(&session(), payment_reference(1), START)
    }

    fn at_once(
        payment: &mut Payment,
        kind: ModificationKind,
        value: u64,
        now: Ticks,
    ) -> Result<ModificationStatus, ModificationError> {
        payment.request(&requested(kind, value, now), Settlement::AtOnce, now)
    }

    use ModificationKind::{Cancel, Capture, Extend, Refund};

    #[test]
    fn what_the_state_does_not_allow_says_so() {
        let refused = |payment: &mut Payment, kind| {
            at_once(payment, kind, 1, START)
                .expect_err("refused")
                .to_string()
        };
        assert_eq!(
            refused(&mut reserved(), Refund),
            "The payment is authorised and cannot be refunded."
        );
        for kind in [Capture, Cancel, Extend] {
            assert_eq!(
                refused(&mut paid(), kind),
                format!(
                    "The payment is not a pre-authorisation and cannot be {}.",
                    kind.done()
                )
            );
        }
        let mut cancelled = reserved();
        at_once(&mut cancelled, Cancel, 0, START).expect("reserved");
        for kind in [Refund, Capture, Cancel, Extend] {
            assert_eq!(
                refused(&mut cancelled, kind),
                format!("The payment is cancelled and cannot be {}.", kind.done())
            );
        }
        let end = START.plus(PRE_AUTH_VALID_FOR);
        assert_eq!(
            at_once(&mut reserved(), Capture, 1, end),
            Err(ModificationError::WrongState(
                PaymentState::Expired,
                Capture
            ))
        );
        let pounds = Requested {
            amount: Some(Money {
                value: 1,
                currency: Currency::Gbp,
            }),
            ..requested(Refund, 1, START)
        };
        assert_eq!(
            paid().request(&pounds, Settlement::AtOnce, START),
            Err(ModificationError::OtherCurrency)
        );
        assert_eq!(
            at_once(&mut paid(), Refund, 15_001, START),
            Err(ModificationError::ExceedsLeft)
        );
        let mut busy = Payment {
            modifications: MODIFICATIONS_MAX,
            ..paid()
        };
        assert_eq!(
            at_once(&mut busy, Refund, 1, START),
            Err(ModificationError::TooManyModifications)
        );
    }

    #[test]
    fn a_partial_capture_closes_the_reservation_and_too_much_fails_later() {
        let mut payment = reserved();
        assert_eq!(
            at_once(&mut payment, Capture, 15_001, START),
            Ok(ModificationStatus::Failed)
        );
        assert_eq!(payment.state, PaymentState::Authorised);
        assert_eq!(
            at_once(&mut payment, Capture, 4_500, START),
            Ok(ModificationStatus::Success)
        );
        assert_eq!(
            (payment.state, payment.captured, payment.left),
            (PaymentState::Captured, 4_500, 4_500)
        );
        assert_eq!(
            at_once(&mut payment, Capture, 1, START),
            Err(ModificationError::WrongState(
                PaymentState::Captured,
                Capture
            ))
        );
        assert_eq!(
            at_once(&mut payment, Refund, 4_500, START),
            Ok(ModificationStatus::Success)
        );
    }

    #[test]
    fn an_extension_counts_from_its_request() {
        let mut payment = reserved();
        let late = START
            .plus(PRE_AUTH_VALID_FOR)
            .minus(std::time::Duration::from_micros(100));
        at_once(&mut payment, Extend, 0, late).expect("still valid");
        assert_eq!(payment.valid_until, Some(late.plus(PRE_AUTH_VALID_FOR)));
    }

    #[test]
    fn what_a_processor_settles_holds_its_place_until_then() {
        let mut payment = reserved();
        let capture = requested(Capture, 5_000, START);
        let status = payment.request(&capture, Settlement::Later, START);
        assert_eq!(status, Ok(ModificationStatus::Received));
        let later = START.plus(PRE_AUTH_VALID_FOR);
        assert_eq!(
            payment.state_at(later),
            PaymentState::Authorised,
            "asked in time"
        );
        assert!(!payment.expire(later));
        assert_eq!(
            payment.request(&requested(Cancel, 0, START), Settlement::Later, START),
            Err(ModificationError::InProgress)
        );
        payment.settle(&capture, Verdict::Success, later);
        let refund = requested(Refund, 5_000, later);
        assert_eq!(
            payment.request(&refund, Settlement::Later, later),
            Ok(ModificationStatus::Pending)
        );
        assert_eq!((payment.left, payment.refunded), (0, 0));
        let failed = payment.settle(&refund, Verdict::Failure("no"), later);
        assert_eq!(failed, ModificationStatus::Failed);
        assert_eq!((payment.left, payment.refunded), (5_000, 0), "given back");
    }

    #[derive(Debug, Clone)]
    enum Step {
        Request(ModificationKind, u64, Settlement),
        Settle(usize, bool),
        Wait(u64),
        Expire,
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let kind = prop_oneof![
            3 => Just(Refund), 2 => Just(Capture), 1 => Just(Cancel), 1 => Just(Extend)
        ];
        let settlement = prop_oneof![Just(Settlement::AtOnce), Just(Settlement::Later)];
        let step = prop_oneof![
            6 => (kind, 1_u64..20_000, settlement)
                .prop_map(|(kind, value, settlement)| Step::Request(kind, value, settlement)),
            4 => (any::<usize>(), any::<bool>()).prop_map(|(which, well)| Step::Settle(which, well)),
            1 => (0_u64..20).prop_map(Step::Wait),
            1 => Just(Step::Expire),
        ];
        proptest::collection::vec(step, 0..150)
    }

    proptest! {
        #[test]
        fn every_history_keeps_the_books(pre_auth in any::<bool>(), steps in steps()) {
            let mut payment = if pre_auth { reserved() } else { paid() };
            let authorised = payment.amount.value;
            let mut now = START;
            let mut open: Vec<Requested> = Vec::new();
            for step in steps {
                let before = payment.clone();
                now = now.next();
                match step {
                    Step::Request(kind, value, settlement) => {
                        let requested = requested(kind, value, now);
                        match payment.request(&requested, settlement, now) {
                            Err(_) => prop_assert_eq!(&payment, &before, "a refused request changes nothing"),
                            Ok(_) if settlement == Settlement::Later => open.push(requested),
                            Ok(_) => {}
                        }
                    }
                    Step::Settle(which, well) if !open.is_empty() => {
                        let requested = open.swap_remove(which % open.len());
                        let verdict = if well { Verdict::Success } else { Verdict::Failure("no") };
                        let status = payment.settle(&requested, verdict, now);
                        if requested.kind == Extend && before.state_at(now) != PaymentState::Authorised {
                            prop_assert_eq!(status, ModificationStatus::Failed, "too late");
                            prop_assert_eq!(payment.valid_until, before.valid_until, "nothing is revived");
                        }
                    }
                    Step::Settle(..) => {}
                    Step::Wait(days) => now = now.plus(std::time::Duration::from_secs(days * 86_400)),
                    Step::Expire => { let _changed = payment.expire(now); }
                }
                let held: u64 = open.iter().filter(|one| one.kind == Refund)
                    .filter_map(|one| one.amount).map(|amount| amount.value).sum();
                prop_assert!(payment.captured <= authorised, "never captured more than authorised");
                prop_assert!(payment.refunded <= payment.captured, "never refunded more than captured");
                prop_assert_eq!(payment.left + payment.refunded + held, payment.captured);
                prop_assert!(payment.journal.len() <= JOURNAL_MAX);
                prop_assert!(open.iter().filter(|one| matches!(one.kind, Capture | Cancel)).count() <= 1);
                // The sums of the events are the state.
                let told = |code| payment.journal.iter()
                    .filter(move |entry| entry.code == code && entry.result == EventResult::Success)
                    .filter_map(|entry| entry.amount).sum::<u64>();
                prop_assert_eq!(told(EventCode::Refund), payment.refunded);
                if pre_auth {
                    prop_assert_eq!(told(EventCode::Capture), payment.captured);
                }
            }
        }
    }
}
