//! Asking an external service for a modification: recorded before it is asked, asked again while that is safe, and never
//! taken for done or failed while nobody knows.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Modification;
use crate::domain::payment::ASKED_WITHIN;
use crate::domain::time::Ticks;

/// How long after a question without a verdict the next one comes, by their number; later ones come a day apart.
const ASKED_AFTER_SECONDS: [u64; 9] = [5, 30, 120, 600, 1_800, 7_200, 21_600, 43_200, 86_400];

/// After so many questions somebody should know: the processor worker says so aloud.
const UNRESOLVED_AFTER: u32 = 6;

/// What is known of the questions so far.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Asking {
    /// Questions that were begun.
    pub calls: u32,
    /// Somebody is asking, and has until then. Still there afterwards, it means that nobody knows what came of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked_until: Option<Ticks>,
    /// Whether the service may have done it without our knowing.
    pub uncertain: bool,
    /// What was reported as not agreeing with the service.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disagreement: Option<String>,
    /// Grows with every change, so that nobody writes over what was not seen.
    pub revision: u64,
}

/// Whether a service may be asked now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Claim {
    /// Yes, by whoever writes the claim.
    Ask,
    /// Somebody else is asking, or it is too early.
    NotYet,
    /// Never again: it may have been done, and the service would do it twice.
    MustNotAsk,
}

impl Modification {
    /// Whether it is settled.
    #[must_use]
    pub const fn is_settled(&self) -> bool {
        self.settled_at.is_some()
    }

    /// Claims the next question. `repeatable`: the service knows a question again.
    pub fn claim(&mut self, repeatable: bool, now: Ticks) -> Claim {
        let asking = self.asking.get_or_insert_default();
        // The first question is never too early, whatever the clocks of two machines say.
        let is_early = asking.calls > 0 && self.due_at.is_some_and(|due_at| now < due_at);
        if asking.asked_until.is_some_and(|until| now < until) || is_early {
            return Claim::NotYet;
        }
        // Nobody recorded what came of the last one.
        asking.uncertain |= asking.asked_until.is_some();
        if asking.uncertain && !repeatable {
            return Claim::MustNotAsk;
        }
        asking.revision += 1;
        asking.calls += 1;
        let until = now.plus(ASKED_WITHIN);
        asking.asked_until = Some(until);
        self.due_at = Some(until);
        Claim::Ask
    }

    /// There is no verdict yet: somebody looks again later. `certain`: the service has done nothing this time.
    pub fn put_off(&mut self, certain: bool, now: Ticks) {
        let asking = self.asking.get_or_insert_default();
        asking.revision += 1;
        asking.uncertain |= !certain;
        asking.asked_until = None;
        let last = ASKED_AFTER_SECONDS.len() - 1;
        let questions = asking.calls.max(1) - 1;
        let place = usize::try_from(questions).unwrap_or(last).min(last);
        self.due_at = Some(now.plus(Duration::from_secs(ASKED_AFTER_SECONDS[place])));
    }

    /// Looks again after a time: it cannot or must not be asked for now.
    pub fn put_off_for(&mut self, time: Duration, now: Ticks) {
        let asking = self.asking.get_or_insert_default();
        asking.revision += 1;
        asking.uncertain |= asking.asked_until.is_some();
        asking.asked_until = None;
        self.due_at = Some(now.plus(time));
    }

    /// Whether the service may have done it without our knowing.
    #[must_use]
    pub fn is_uncertain(&self) -> bool {
        self.asking.as_ref().is_some_and(|asking| asking.uncertain)
    }

    /// Whether so much was tried that somebody should know.
    #[must_use]
    pub fn is_unresolved(&self) -> bool {
        let asked = |asking: &Asking| asking.calls >= UNRESOLVED_AFTER;
        self.asking.as_ref().is_some_and(asked)
    }

    /// Notes what does not agree with the service, once for each kind. `false` when it was noted before.
    pub fn disagree(&mut self, disagreement: &str) -> bool {
        let asking = self.asking.get_or_insert_default();
        if asking.disagreement.as_deref() == Some(disagreement) {
            return false;
        }
        asking.revision += 1;
        asking.disagreement = Some(disagreement.to_owned());
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::environment::Environment;
    use crate::domain::modification::{ModificationKind, ModificationStatus};
    use crate::domain::reference::{Marker, Reference};
    use crate::domain::session::tests::{START, payment_reference};
    use crate::domain::webcode::Webcode;

    fn refund() -> Modification {
        let webcode = Webcode::parse("SHOP01").expect("a webcode");
        Modification {
            reference: Reference::new(&webcode, Marker::Refund, Environment::Live, START),
            kind: ModificationKind::Refund,
            payment_reference: payment_reference(1),
            webcode,
            amount: None,
            reason: None,
            status: ModificationStatus::Pending,
            settled_at: None,
            asking: None,
            due_at: Some(START),
        }
    }

    fn later(seconds: u64) -> Ticks {
        START.plus(Duration::from_secs(seconds))
    }

    #[test]
    fn one_at_a_time_asks() {
        let mut refund = refund();
        assert_eq!(refund.claim(true, later(0)), Claim::Ask);
        assert_eq!(refund.due_at, Some(later(60)), "whoever asks may be lost");
        assert_eq!(refund.claim(true, later(59)), Claim::NotYet);
        assert_eq!(refund.clone().claim(false, later(60)), Claim::MustNotAsk);
        assert_eq!(refund.claim(true, later(60)), Claim::Ask);
        assert!(refund.is_uncertain());
    }

    #[test]
    fn a_service_that_would_do_it_twice_is_asked_again_only_after_it_did_nothing() {
        let mut refund = refund();
        assert_eq!(refund.claim(false, later(0)), Claim::Ask);
        refund.put_off(true, later(1));
        assert_eq!(refund.claim(false, later(5)), Claim::NotYet);
        assert_eq!(refund.claim(false, later(6)), Claim::Ask);
        refund.put_off(false, later(7));
        assert_eq!(refund.claim(false, later(3_600)), Claim::MustNotAsk);
        refund.put_off_for(Duration::from_secs(86_400), later(3_600));
        assert_eq!(refund.due_at, Some(later(3_600 + 86_400)));
    }

    #[test]
    fn questions_become_rarer_and_never_end() {
        let mut refund = refund();
        let mut now = START;
        for question in 1..30 {
            assert_eq!(refund.claim(true, now), Claim::Ask);
            refund.put_off(false, now);
            let due_at = refund.due_at.expect("due");
            assert!(due_at > now);
            assert!(due_at.since(now) <= Duration::from_secs(86_400));
            now = due_at;
            assert_eq!(refund.is_unresolved(), question >= UNRESOLVED_AFTER);
        }
    }
}
