//! A payment on its way through: recorded before the service is asked, answered once, asked about until it has ended.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::answer::{ForwardedAnswer, result_of, status_of};
use super::name_at_service;
use super::notification::Notification;
use super::refund::ForwardedRefund;
use super::subscription::{ForwardedSubscription, status_after};
use crate::domain::environment::Environment;
use crate::domain::external::{
    ModificationAnswer, ProcessorStatus, StatusAnswer, SubscriptionCharge, is_name,
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

/// Public callbacks make the service be asked once in this time.
const HEEDED_EVERY: Duration = Duration::from_secs(1);

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
    /// What was asked back of it.
    #[serde(default)]
    pub refunds: Vec<ForwardedRefund>,
    /// How often the service was asked how it stands, because it was due.
    #[serde(default)]
    pub checks: u32,
    /// When somebody must look at it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub check_at: Option<Ticks>,
    /// When a callback last made the service be asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hinted_at: Option<Ticks>,
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
    /// Nobody, but for whoever is being told otherwise.
    Nobody,
    /// `PAYMENT_CALLBACK_URL`, of an end that it was not told before.
    News,
    /// `PAYMENT_CALLBACK_URL`.
    Always,
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
            refunds: Vec::new(),
            checks: 0,
            check_at: Some(now.plus(lease).plus(ASKED_AGAIN_WITHIN)),
            hinted_at: None,
            notification: None,
            notified: None,
            created_at: now,
        }
    }

    /// A charge of a subscription that the service made by itself, as its status tells. `None`: it is not named after the merchant,
    /// or says not how much it is.
    #[must_use]
    pub fn charged_itself(
        subscription: &ForwardedSubscription,
        environment: Environment,
        told: &StatusAnswer,
        now: Ticks,
    ) -> Option<Self> {
        let charge = told.subscription_charge.as_ref()?;
        let amount = Money::new(charge.amount, charge.currency).ok()?;
        let ours = name_at_service(environment, &subscription.webcode, "");
        let name = told.shop_transaction_id.strip_prefix(&ours)?;
        if charge.subscription_token != subscription.token || !is_name(name) {
            return None;
        }
        let mut payment = Self {
            webcode: subscription.webcode.clone(),
            external: subscription.external.clone(),
            shop_transaction_id: name.to_owned(),
            operation: None,
            fingerprint: String::new(),
            amount,
            calls: 0,
            busy_until: None,
            uncertain: false,
            payment_id: Some(told.payment_id.clone()),
            answer: Some(ForwardedAnswer {
                result: result_of(told.status),
                result_description: String::new(),
                payment_id: Some(told.payment_id.clone()),
                redirect_to_url: None,
                redirect_to_url_mobile: None,
                subscription_token: Some(subscription.token.clone()),
                metadata: None,
            }),
            status: None,
            refunds: Vec::new(),
            checks: 0,
            check_at: None,
            hinted_at: Some(now),
            notification: None,
            notified: None,
            created_at: now,
        };
        payment.told(told.status, &told.modifications, now);
        Some(payment)
    }

    /// What it says of its subscription: only a charge that nobody asked for has to.
    #[must_use]
    pub fn subscription_charge(&self) -> Option<SubscriptionCharge> {
        if self.operation.is_some() {
            return None;
        }
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
        self.told(status_of(answer.result), &[], now);
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

    /// Records how the service says that it stands. What has ended is not pending again.
    pub fn told(
        &mut self,
        status: ProcessorStatus,
        modifications: &[ModificationAnswer],
        now: Ticks,
    ) {
        let ended = |status| {
            matches!(
                status,
                Some(ProcessorStatus::Accepted | ProcessorStatus::Failed)
            )
        };
        if !(ended(self.status) && status == ProcessorStatus::Pending) {
            let is_news = self.status != Some(status);
            self.status = Some(status);
            if status != ProcessorStatus::Pending {
                self.check_at = None;
            } else if is_news {
                self.check_at = Some(now.plus(CHECKS[0]));
            }
        }
        self.refunds_told(modifications);
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

    /// Heeds a callback: once in a second the service is asked. Of those that come meanwhile one look is left, which comes after
    /// them all. `None` when there is nothing to write.
    pub fn hinted(&mut self, now: Ticks) -> Option<bool> {
        let next = self.hinted_at.map(|at| at.plus(HEEDED_EVERY));
        match next.filter(|next| now < *next) {
            None => {
                self.hinted_at = Some(now);
                // If the service cannot be asked now, it is soon.
                let soon = now.plus(CHECKS[0]);
                self.check_at = Some(self.check_at.map_or(soon, |at| at.min(soon)));
                Some(true)
            }
            Some(next) if self.check_at.is_none_or(|at| at > next) => {
                self.check_at = Some(next);
                Some(false)
            }
            Some(_) => None,
        }
    }

    /// When somebody must act: look at it, or tell of it.
    #[must_use]
    pub fn due_at(&self) -> Option<Ticks> {
        let told_at = self.notification.as_ref().map(|one| one.due_at);
        [self.check_at, told_at].into_iter().flatten().min()
    }

    /// Takes what is due: whoever comes second finds it taken. Answers whether to look at it, and whether to tell of it.
    pub fn take_due(&mut self, now: Ticks, jitter: Jitter) -> Due {
        let looks = self.check_at.is_some_and(|at| at <= now);
        if looks {
            let place = usize::try_from(self.checks).unwrap_or(usize::MAX);
            self.checks = self.checks.saturating_add(1);
            // Of a payment without a name the service cannot be asked.
            let delay = self.payment_id.as_ref().and_then(|_| CHECKS.get(place));
            self.check_at = delay.map(|delay| now.plus(*delay));
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
        payment.told(ProcessorStatus::Accepted, &[], START);
        assert_eq!(repeated(&payment).result, PayResult::Ok);
        assert_eq!(repeated(&payment).redirect_to_url, None);
        payment.told(ProcessorStatus::Pending, &[], START);
        assert_eq!(
            payment.status,
            Some(ProcessorStatus::Accepted),
            "it has ended"
        );
        payment.told(ProcessorStatus::Failed, &[], START);
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
            payment.told(ProcessorStatus::Pending, &[], at);
            looks += 1;
            assert!(at.since(START) < Duration::from_secs(8 * 24 * 60 * 60));
        }
        assert_eq!(looks, CHECKS.len() + 1);
        let mut payment = begun();
        payment.answered(&answer(PayResult::Pending), START);
        payment.told(ProcessorStatus::Accepted, &[], START);
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
        payment.told(ProcessorStatus::Accepted, &[], START);
        assert_eq!(payment.hinted(START), Some(false));
        let next = START.plus(HEEDED_EVERY);
        assert_eq!(payment.due_at(), Some(next));
        assert_eq!(payment.hinted(START), None);
        assert_eq!(payment.hinted(next), Some(true));
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
        payment.told(ProcessorStatus::Failed, &[], START);
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
            payment.told(ProcessorStatus::Failed, &[], START);
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
