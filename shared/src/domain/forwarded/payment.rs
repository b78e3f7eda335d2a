//! A payment on its way through: recorded before the service is asked, answered once, asked about until it has ended.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::answer::{ForwardedAnswer, result_of, status_of};
use super::hint::Hint;
use super::name_at_service;
use super::notification::Notification;
use super::refund::ForwardedRefund;
use super::subscription::{ForwardedSubscription, status_after};
use crate::domain::environment::Environment;
use crate::domain::external::{
    ModificationAnswer, ProcessorStatus, StatusAnswer, SubscriptionCharge, Told,
};
use crate::domain::money::Money;
use crate::domain::retry::Jitter;
use crate::domain::time::Ticks;
use crate::domain::webcode::Webcode;

/// When the service is asked how a pending payment stands: so long after the last time. Then it is left to whoever asks.
const CHECKS: [Duration; 10] = {
    const DAY: u64 = 24 * 60 * 60;
    [
        Duration::from_secs(60),
        Duration::from_secs(5 * 60),
        Duration::from_secs(15 * 60),
        Duration::from_secs(60 * 60),
        Duration::from_secs(6 * 60 * 60),
        Duration::from_secs(DAY),
        Duration::from_secs(DAY),
        Duration::from_secs(DAY),
        Duration::from_secs(DAY),
        Duration::from_secs(2 * DAY),
    ]
};

/// So long its caller has to ask again for a payment whose answer was lost, before somebody is told.
const ASKED_AGAIN_WITHIN: Duration = Duration::from_secs(60 * 60);

/// What makes a payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Operation {
    /// `POST /pay`
    Pay,
    /// `POST /subscription/schedule`
    Schedule,
    /// `POST /subscription/start`
    Start,
    /// `POST /subscription/pay`
    Charge,
}

impl Operation {
    /// Where a service takes it.
    #[must_use]
    pub const fn path(self) -> &'static str {
        match self {
            Self::Pay => "/pay",
            Self::Schedule => "/subscription/schedule",
            Self::Start => "/subscription/start",
            Self::Charge => "/subscription/pay",
        }
    }

    /// Whether a subscription begins with it.
    #[must_use]
    pub const fn begins_subscription(self) -> bool {
        matches!(self, Self::Schedule | Self::Start)
    }
}

/// What a caller asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// Who asks.
    pub webcode: Webcode,
    /// The service that is to take it.
    pub external: String,
    /// The caller's name of the payment.
    pub shop_transaction_id: String,
    /// What.
    pub operation: Operation,
    /// Hash of all parameters.
    pub fingerprint: String,
    /// How much.
    pub amount: Money,
}

/// A payment of a caller at a service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ForwardedPayment {
    /// Whose it is.
    pub webcode: Webcode,
    /// The service.
    pub external: String,
    /// The caller's name of it.
    pub shop_transaction_id: String,
    /// What was asked for. Of a charge that the service made by itself nothing was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operation: Option<Operation>,
    /// Hash of all parameters.
    pub fingerprint: String,
    /// How much.
    pub amount: Money,
    /// How often the service was asked for it.
    pub calls: u32,
    /// Until when whoever asks the service may be waiting for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub busy_until: Option<Ticks>,
    /// Whether one of the calls may have been carried out although nobody knows its answer.
    #[serde(default)]
    pub uncertain: bool,
    /// The service's name of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payment_id: Option<String>,
    /// What the service answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<ForwardedAnswer>,
    /// How it stood when the service last said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<ProcessorStatus>,
    /// When the service was asked that. Answers overtake each other, and the later question counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status_at: Option<Ticks>,
    /// What was asked back of it.
    #[serde(default)]
    pub refunds: Vec<ForwardedRefund>,
    /// How often the service was asked how it stands, because it was due.
    #[serde(default)]
    pub checks: u32,
    /// When somebody must look at it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub check_at: Option<Ticks>,
    /// What callbacks asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<Hint>,
    /// What `PAYMENT_CALLBACK_URL` is to be told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notification: Option<Notification>,
    /// What it was told last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notified: Option<ProcessorStatus>,
    /// When it was first asked for.
    pub created_at: Ticks,
}

/// Whom to tell how a payment stands, beside the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tell {
    /// Nobody; but what `PAYMENT_CALLBACK_URL` has not taken yet is brought up to date.
    Nobody,
    /// `PAYMENT_CALLBACK_URL`, of an end that it was not told before.
    News,
    /// `PAYMENT_CALLBACK_URL`.
    Always,
}

/// What a service's name of a payment has to do with what is known under a caller's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Naming {
    /// It is the same payment.
    This,
    /// It is another one.
    Another,
    /// The service was asked for it, and its answer is under way or was lost.
    Unknown,
    /// The service certainly did nothing: the caller's name is free.
    Free,
}

/// What is to be done about a request for a payment that is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Repeat {
    /// It was answered so.
    Answered(Box<ForwardedAnswer>),
    /// The name stands for something else.
    OtherRequest,
    /// Somebody is asking the service now.
    InProgress,
    /// The service is to be asked again, as the same payment.
    Call(Box<ForwardedPayment>),
}

impl ForwardedPayment {
    /// A payment that the service is about to be asked for.
    #[must_use]
    pub fn begin(asked: &Asked, now: Ticks, lease: Duration) -> Self {
        Self {
            webcode: asked.webcode.clone(),
            external: asked.external.clone(),
            shop_transaction_id: asked.shop_transaction_id.clone(),
            operation: Some(asked.operation),
            fingerprint: asked.fingerprint.clone(),
            amount: asked.amount,
            calls: 1,
            busy_until: Some(now.plus(lease)),
            uncertain: false,
            payment_id: None,
            answer: None,
            status: None,
            status_at: None,
            refunds: Vec::new(),
            checks: 0,
            check_at: Some(now.plus(lease).plus(ASKED_AGAIN_WITHIN)),
            hint: None,
            notification: None,
            notified: None,
            created_at: now,
        }
    }

    /// A charge that a service made by itself, for a subscription of the merchant, which was asked about `asked_at`. `None`: it does
    /// not say how much it is.
    #[must_use]
    pub fn charged_itself(
        subscription: &ForwardedSubscription,
        shop_transaction_id: &str,
        told: &StatusAnswer,
        (asked_at, now): (Ticks, Ticks),
    ) -> Option<Self> {
        let Some(Told::Understood(charge)) = &told.subscription_charge else {
            return None;
        };
        let answer = ForwardedAnswer {
            result: result_of(told.status),
            result_description: String::new(),
            payment_id: Some(told.payment_id.clone()),
            redirect_to_url: None,
            redirect_to_url_mobile: None,
            subscription_token: Some(subscription.token.clone()),
            metadata: None,
        };
        let mut payment = Self {
            webcode: subscription.webcode.clone(),
            external: subscription.external.clone(),
            shop_transaction_id: shop_transaction_id.to_owned(),
            operation: None,
            fingerprint: String::new(),
            amount: Money::new(charge.amount, charge.currency).ok()?,
            calls: 0,
            busy_until: None,
            uncertain: false,
            payment_id: Some(told.payment_id.clone()),
            answer: Some(answer),
            status: None,
            status_at: None,
            refunds: Vec::new(),
            checks: 0,
            check_at: None,
            hint: None,
            notification: None,
            notified: None,
            created_at: now,
        };
        payment.told(told.status, &told.modifications, asked_at, now);
        Some(payment)
    }

    /// What a service's name of a payment says of this one, under whose caller's name it was found.
    #[must_use]
    pub fn is_named(&self, payment_id: &str) -> Naming {
        match &self.payment_id {
            Some(known) if known == payment_id => Naming::This,
            Some(_) => Naming::Another,
            None if self.answer.is_some() => Naming::Another,
            None if self.busy_until.is_some() || self.uncertain => Naming::Unknown,
            None => Naming::Free,
        }
    }

    /// What its status says of its subscription, if it is of one.
    #[must_use]
    pub fn subscription_charge(&self) -> Option<SubscriptionCharge> {
        let token = self.answer.as_ref()?.subscription_token.as_ref()?;
        Some(SubscriptionCharge {
            subscription_token: token.clone(),
            amount: self.amount.value,
            currency: self.amount.currency,
        })
    }

    /// What to do when it is asked for again. A payment that certainly was not made gives its name to another request.
    #[must_use]
    pub fn repeat(&self, asked: &Asked, now: Ticks, lease: Duration) -> Repeat {
        let is_same =
            self.fingerprint == asked.fingerprint && self.operation == Some(asked.operation);
        if let Some(answer) = self.answer.as_ref().filter(|_| is_same) {
            return Repeat::Answered(Box::new(answer.since(self.status)));
        }
        // A lease that ran out is a call whose answer nobody knows.
        let uncertain = self.uncertain || self.busy_until.is_some();
        if !is_same && (uncertain || self.answer.is_some()) {
            return Repeat::OtherRequest;
        }
        if self.busy_until.is_some_and(|until| now < until) {
            return Repeat::InProgress;
        }
        Repeat::Call(Box::new(Self {
            calls: self.calls.saturating_add(1),
            uncertain,
            created_at: self.created_at,
            ..Self::begin(asked, now, lease)
        }))
    }

    /// Records the answer. The first one counts: the same question has the same answer.
    pub fn answered(&mut self, answer: &ForwardedAnswer, now: Ticks) -> bool {
        if self.answer.is_some() {
            return false;
        }
        self.busy_until = None;
        self.payment_id.clone_from(&answer.payment_id);
        self.answer = Some(answer.clone());
        let asked_at = self.created_at;
        self.told(status_of(answer.result), &[], asked_at, now);
        true
    }

    /// Records that a call did nothing: it may be asked for again at once.
    pub fn not_done(&mut self, call: u32) -> bool {
        let is_mine = self.calls == call && self.answer.is_none();
        if is_mine {
            self.busy_until = None;
            self.check_at = self.check_at.filter(|_| self.uncertain);
        }
        is_mine
    }

    /// Records that nobody knows what a call did: only the same request may ask for it again, and may do so at once.
    pub fn lost(&mut self, call: u32, now: Ticks) -> bool {
        let is_mine = self.calls == call && self.answer.is_none();
        if is_mine {
            self.busy_until = None;
            self.uncertain = true;
            self.check_at = Some(now.plus(ASKED_AGAIN_WITHIN));
        }
        is_mine
    }

    /// Records how the service says that it stands, which was asked `asked_at`. What has ended is not pending again.
    pub fn told(
        &mut self,
        status: ProcessorStatus,
        modifications: &[ModificationAnswer],
        asked_at: Ticks,
        now: Ticks,
    ) {
        self.refunds_told(modifications);
        if let Some(hint) = &mut self.hint {
            hint.answered(asked_at);
        }
        let is_overtaken = self.status_at.is_some_and(|at| asked_at < at);
        let has_ended = self
            .status
            .is_some_and(|status| status != ProcessorStatus::Pending);
        let is_pending = status == ProcessorStatus::Pending;
        if is_overtaken || (has_ended && is_pending) {
            return;
        }
        if self.status != Some(status) {
            (self.status, self.status_at) = (Some(status), Some(asked_at));
            self.check_at = is_pending.then(|| now.plus(CHECKS[0]));
        } else if !is_pending {
            self.check_at = None;
        }
    }

    /// Plans to tell how it stands. A notification that tells otherwise, and may be on its way now, gives way to a new one.
    pub fn notify(&mut self, tell: Tell, id: String, now: Ticks, jitter: Jitter) -> bool {
        let Some(status) = self.status else {
            return false;
        };
        let is_outdated = |one: &Notification| one.status != status;
        let is_due = match (tell, &self.notification) {
            (Tell::Always, _) => true,
            (_, Some(waiting)) => is_outdated(waiting),
            (Tell::News, None) => {
                status != ProcessorStatus::Pending && self.notified != Some(status)
            }
            (Tell::Nobody, None) => false,
        };
        if is_due {
            self.notification = Some(Notification::new(id, status, now, jitter));
        }
        is_due
    }

    /// Records that a notification was taken.
    pub fn notified(&mut self, id: &str) -> bool {
        let Some(taken) = self.notification.take_if(|one| one.id == id) else {
            return false;
        };
        self.notified = Some(taken.status);
        true
    }

    /// Heeds a callback. Whether the service is to be asked now; `None` when there is nothing to write.
    pub fn hinted(&mut self, now: Ticks) -> Option<bool> {
        match &mut self.hint {
            Some(hint) if !hint.is_over(now) => hint.postpone().then_some(false),
            _ => {
                self.hint = Some(Hint::heeded(now, &CHECKS));
                Some(true)
            }
        }
    }

    /// When somebody must act: look at it, or tell of it.
    #[must_use]
    pub fn due_at(&self) -> Option<Ticks> {
        let told_at = self.notification.as_ref().map(|one| one.due_at);
        let hinted = self.hint.as_ref().and_then(Hint::look_at);
        [self.check_at, hinted, told_at].into_iter().flatten().min()
    }

    /// Takes what is due: whoever comes second finds it taken. Answers whether to look at it, and whether to tell of it.
    pub fn take_due(&mut self, now: Ticks, jitter: Jitter) -> Due {
        let is_due = |at: Option<Ticks>| at.is_some_and(|at| at <= now);
        let checks = is_due(self.check_at);
        let is_hinted = is_due(self.hint.as_ref().and_then(Hint::look_at));
        let looks = checks || is_hinted;
        // Of a payment without a name the service cannot be asked.
        let delays = match self.payment_id {
            Some(_) => &CHECKS[..],
            None => &[],
        };
        if checks {
            let place = usize::try_from(self.checks).unwrap_or(usize::MAX);
            self.checks = self.checks.saturating_add(1);
            self.check_at = delays.get(place).map(|delay| now.plus(*delay));
        }
        if is_hinted {
            self.hint = self.hint.as_ref().map(|hint| hint.again(now, delays));
        }
        let due = self.notification.as_ref().filter(|one| one.due_at <= now);
        let (tells, gave_up) = match due.map(|one| one.again(now, jitter)) {
            None => (false, false),
            Some(again) => {
                let gave_up = again.is_none();
                self.notification = again;
                (!gave_up, gave_up)
            }
        };
        Due {
            looks,
            tells,
            gave_up,
        }
    }

    /// What the service knows it by.
    #[must_use]
    pub fn name_at_service(&self, environment: Environment) -> String {
        name_at_service(environment, &self.webcode, &self.shop_transaction_id)
    }

    /// The subscription that began with it.
    #[must_use]
    pub fn subscription(&self) -> Option<ForwardedSubscription> {
        let answer = self.answer.as_ref()?;
        let token = answer.subscription_token.as_ref()?;
        let operation = self.operation?;
        operation
            .begins_subscription()
            .then(|| ForwardedSubscription {
                webcode: self.webcode.clone(),
                external: self.external.clone(),
                token: token.clone(),
                operation,
                status: status_after(answer.result),
                created_at: self.created_at,
            })
    }
}

/// What is due of a payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Due {
    /// The service is to be asked how it stands.
    pub looks: bool,
    /// `PAYMENT_CALLBACK_URL` is to be told.
    pub tells: bool,
    /// It was told for a day, and nobody took it.
    pub gave_up: bool,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::external::PayResult;
    use crate::domain::money::Currency;

    const START: Ticks = Ticks::from_unix_seconds(1_782_000_000);
    const LEASE: Duration = Duration::from_secs(30);

    fn asked(fingerprint: &str) -> Asked {
        Asked {
            webcode: Webcode::parse("SHOP01").expect("a webcode"),
            external: "acme".to_owned(),
            shop_transaction_id: "ORD-1".to_owned(),
            operation: Operation::Pay,
            fingerprint: fingerprint.to_owned(),
            amount: Money::new(1_000, Currency::Eur).expect("an amount"),
        }
    }

    fn answer(result: PayResult) -> ForwardedAnswer {
        ForwardedAnswer {
            result,
            result_description: "as it is".to_owned(),
            payment_id: Some("p1".to_owned()),
            redirect_to_url: Some("https://bank.example".to_owned()),
            redirect_to_url_mobile: None,
            subscription_token: None,
            metadata: None,
        }
    }

    fn begun() -> ForwardedPayment {
        ForwardedPayment::begin(&asked("f"), START, LEASE)
    }

    #[test]
    fn the_name_of_a_payment_stands_for_one_request() {
        let (mut payment, late) = (begun(), START.plus(LEASE));
        let repeat = |payment: &ForwardedPayment, fingerprint, now| {
            payment.repeat(&asked(fingerprint), now, LEASE)
        };
        assert_eq!(repeat(&payment, "f", START), Repeat::InProgress);
        assert_eq!(repeat(&payment, "g", START), Repeat::OtherRequest);
        // Whoever asked is dead: the same request asks again, and nothing else may.
        assert_eq!(repeat(&payment, "g", late), Repeat::OtherRequest);
        let Repeat::Call(again) = repeat(&payment, "f", late) else {
            panic!("a call")
        };
        assert_eq!((again.calls, again.uncertain), (2, true));
        // That this call did nothing says nothing of the first one.
        let mut again = *again;
        assert!(again.not_done(2) && again.check_at.is_some());
        assert_eq!(repeat(&again, "g", late), Repeat::OtherRequest);

        // Certainly not done: the name is free for another request.
        assert!(payment.not_done(1) && payment.due_at().is_none());
        assert!(matches!(repeat(&payment, "g", START), Repeat::Call(_)));
        let mut payment = begun();
        assert!(payment.lost(1, START) && !payment.lost(2, START));
        assert_eq!(repeat(&payment, "g", late), Repeat::OtherRequest);
        assert!(matches!(repeat(&payment, "f", START), Repeat::Call(_)));
    }

    #[test]
    fn an_answer_is_repeated_as_it_reads_since() {
        let mut payment = begun();
        assert!(payment.answered(&answer(PayResult::RedirectToUrl), START));
        assert!(
            !payment.answered(&answer(PayResult::Ko), START),
            "the first one counts"
        );
        let repeated = |payment: &ForwardedPayment| match payment.repeat(&asked("f"), START, LEASE)
        {
            Repeat::Answered(answer) => *answer,
            other => panic!("{other:?}"),
        };
        assert_eq!(repeated(&payment), answer(PayResult::RedirectToUrl));
        payment.told(ProcessorStatus::Accepted, &[], START, START);
        assert_eq!(repeated(&payment).result, PayResult::Ok);
        assert_eq!(repeated(&payment).redirect_to_url, None);
        payment.told(ProcessorStatus::Pending, &[], START, START);
        assert_eq!(
            payment.status,
            Some(ProcessorStatus::Accepted),
            "it has ended"
        );
        payment.told(ProcessorStatus::Failed, &[], START, START);
        assert_eq!(repeated(&payment).result, PayResult::Ko);
        assert_eq!(
            payment.repeat(&asked("g"), START, LEASE),
            Repeat::OtherRequest
        );
    }

    #[test]
    fn a_pending_payment_is_looked_at_for_a_week_and_an_ended_one_no_more() {
        let mut payment = begun();
        payment.answered(&answer(PayResult::Pending), START);
        let mut looks = 0;
        while let Some(at) = payment.due_at() {
            assert_eq!(
                payment.take_due(at.minus(Duration::from_secs(1)), Jitter::NONE),
                Due::default()
            );
            assert!(payment.take_due(at, Jitter::NONE).looks);
            payment.told(ProcessorStatus::Pending, &[], at, at);
            looks += 1;
            assert!(at.since(START) < Duration::from_secs(8 * 24 * 60 * 60));
        }
        assert_eq!(looks, CHECKS.len() + 1);
        let mut payment = begun();
        payment.answered(&answer(PayResult::Pending), START);
        payment.told(ProcessorStatus::Accepted, &[], START, START);
        assert_eq!(payment.due_at(), None);
    }

    #[test]
    fn a_lost_answer_is_said_aloud_once() {
        let mut payment = begun();
        payment.lost(1, START);
        let at = payment.due_at().expect("due");
        assert!(payment.take_due(at, Jitter::NONE).looks);
        assert_eq!(payment.due_at(), None);
    }

    #[test]
    fn callbacks_make_the_service_be_asked_once_in_a_second_and_the_last_one_counts() {
        let mut payment = begun();
        payment.answered(&answer(PayResult::Ok), START);
        assert_eq!(payment.hinted(START), Some(true));
        payment.told(ProcessorStatus::Accepted, &[], START, START);
        assert_eq!(payment.due_at(), None, "it was answered");
        assert_eq!(payment.hinted(START), Some(false));
        let next = START.plus(Duration::from_secs(1));
        assert_eq!(payment.due_at(), Some(next));
        assert_eq!(payment.hinted(START), None);
        assert_eq!(payment.hinted(next), Some(true));
    }

    #[test]
    fn callbacks_use_up_no_looks_at_a_pending_payment() {
        let mut payment = begun();
        payment.answered(&answer(PayResult::Pending), START);
        let mut now = START;
        for _ in 0..100 {
            assert_eq!(payment.hinted(now), Some(true));
            assert_eq!(payment.hinted(now), Some(false));
            now = now.plus(Duration::from_secs(1));
            assert!(payment.take_due(now, Jitter::NONE).looks);
            now = now.plus(Duration::from_secs(1));
            payment.told(ProcessorStatus::Pending, &[], now, now);
        }
        let mut looks = 0;
        while let Some(at) = payment.due_at() {
            assert!(payment.take_due(at, Jitter::NONE).looks);
            payment.told(ProcessorStatus::Pending, &[], at, at);
            looks += 1;
        }
        assert!(looks >= CHECKS.len() - 2, "{looks}");
        // A service that never answers is asked so often because of one callback, and no more.
        let mut payment = begun();
        payment.answered(&answer(PayResult::Ok), START);
        assert_eq!(payment.hinted(START), Some(true));
        let mut looks = 0;
        while let Some(at) = payment.due_at() {
            assert!(payment.take_due(at, Jitter::NONE).looks);
            looks += 1;
        }
        assert_eq!(looks, CHECKS.len() + 1);
    }

    #[test]
    fn an_answer_leaves_alone_what_was_planned_after_its_question() {
        let mut payment = begun();
        payment.answered(&answer(PayResult::Ok), START);
        // The service is asked, and takes its time; meanwhile there is another callback.
        assert_eq!(payment.hinted(START), Some(true));
        assert_eq!(payment.hinted(START), Some(false));
        payment.told(ProcessorStatus::Accepted, &[], START, START);
        let next = START.plus(Duration::from_secs(1));
        assert_eq!(payment.due_at(), Some(next));
        // That look is taken, fails, and comes again.
        assert!(payment.take_due(next, Jitter::NONE).looks);
        assert_eq!(payment.due_at(), Some(next.plus(CHECKS[0])));
        // An answer to an older question is no answer to it, nor does it undo what is known since.
        payment.told(ProcessorStatus::Failed, &[], next, next);
        assert_eq!(payment.due_at(), None);
        payment.told(ProcessorStatus::Accepted, &[], START, next);
        assert_eq!(payment.status, Some(ProcessorStatus::Failed));
        assert_eq!(
            payment.hinted(next.plus(Duration::from_secs(2))),
            Some(true)
        );
        payment.told(ProcessorStatus::Failed, &[], next, next);
        assert!(payment.due_at().is_some(), "it may not have been answered");
    }

    #[test]
    fn what_was_told_once_is_told_again_only_when_asked() {
        let mut payment = begun();
        payment.answered(&answer(PayResult::Ok), START);
        let notify = |payment: &mut ForwardedPayment, tell| {
            payment.notify(tell, "n".to_owned(), START, Jitter::NONE)
        };
        assert!(!notify(&mut payment, Tell::Nobody));
        assert!(notify(&mut payment, Tell::News) && !notify(&mut payment, Tell::News));
        assert!(!payment.notified("another"));
        assert!(payment.notified("n") && !payment.notified("n"));
        assert_eq!(payment.notified, Some(ProcessorStatus::Accepted));
        assert!(!notify(&mut payment, Tell::News) && notify(&mut payment, Tell::Always));
        assert!(payment.notified("n"));
        payment.told(ProcessorStatus::Failed, &[], START, START);
        assert!(notify(&mut payment, Tell::News));
    }

    #[test]
    fn what_becomes_of_it_while_something_else_is_told_is_told_too() {
        for tell in [Tell::News, Tell::Nobody] {
            let mut payment = begun();
            payment.answered(&answer(PayResult::Ok), START);
            let notify = |payment: &mut ForwardedPayment, tell, id: &str| {
                payment.notify(tell, id.to_owned(), START, Jitter::NONE)
            };
            assert!(notify(&mut payment, Tell::Always, "accepted"));
            payment.told(ProcessorStatus::Failed, &[], START, START);
            assert!(notify(&mut payment, tell, "failed"), "{tell:?}");
            assert!(!payment.notified("accepted"), "it is another one now");
            let waiting = payment.notification.clone().expect("one");
            assert_eq!(
                (waiting.id.as_str(), waiting.status),
                ("failed", ProcessorStatus::Failed)
            );
            assert!(payment.due_at().is_some());
            assert!(payment.notified("failed"));
            assert_eq!(payment.due_at(), None);
        }
    }
}
