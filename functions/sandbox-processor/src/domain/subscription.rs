//! Subscriptions: a first payment, and charges that come by themselves or when the caller asks for them.
//!
//! The charges of a scheduled one stand at fixed times, counted from its beginning: the month's last day stays the last day. A run
//! that comes late finds each of them still to be made, one after the other.

use jiff::{Span, Timestamp, tz::TimeZone};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use shared::domain::external::{Interval, ProcessorStatus, SubscriptionInfo, SubscriptionStatus};
use shared::domain::time::Ticks;

use super::asked::Asked;
use super::payment::Payment;

/// Days or months from one charge to the next, at most.
const INTERVAL_COUNT_MAX: u32 = 366;

/// Charges that a subscription may name as its end, at most.
const CHARGES_MAX: u64 = 10_000;

/// A first payment that is not known yet is looked at this often.
const LOOK_EVERY: std::time::Duration = std::time::Duration::from_secs(60);

/// When charges come, and how many.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Plan {
    interval: Interval,
    interval_count: u32,
    /// Payments in all, the first one among them.
    charges_max: Option<u64>,
}

impl Plan {
    /// Reads a plan.
    ///
    /// # Errors
    /// What is wrong with it, for the caller.
    pub(crate) fn read(info: &SubscriptionInfo) -> Result<Self, &'static str> {
        if !(1..=INTERVAL_COUNT_MAX).contains(&info.interval_count) {
            return Err("subscriptionInfo.intervalCount must be an integer from 1 to 366");
        }
        let charges_max = match &info.expires_after {
            None | Some(Value::Null) => None,
            Some(value) => Some(
                value
                    .as_u64()
                    .filter(|charges| (1..=CHARGES_MAX).contains(charges))
                    .ok_or("subscriptionInfo.expiresAfter must be a number of payments, from 1 to 10000")?,
            ),
        };
        Ok(Self {
            interval: info.interval,
            interval_count: info.interval_count,
            charges_max,
        })
    }

    /// The time that lies so many intervals after another. `None` is later than any time that can be told.
    fn after(&self, anchor: Ticks, intervals: u32) -> Option<Ticks> {
        let units = i64::from(self.interval_count) * i64::from(intervals);
        let span = match self.interval {
            Interval::Day => Span::new().try_days(units),
            Interval::Month => Span::new().try_months(units),
        };
        let micros = i64::try_from(anchor.get().checked_mul(100)?).ok()?;
        let time = Timestamp::from_microsecond(micros).ok()?;
        let later = time.to_zoned(TimeZone::UTC).checked_add(span.ok()?).ok()?;
        let ticks = later.timestamp().as_microsecond() / 100;
        u64::try_from(ticks).ok().map(Ticks::new)
    }
}

/// A subscription.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Subscription {
    /// Our name of it.
    pub(crate) token: String,
    /// What every charge asks for; its name is the first payment's.
    pub(crate) asked: Asked,
    /// When charges come.
    pub(crate) plan: Plan,
    /// Whether they come by themselves.
    pub(crate) is_scheduled: bool,
    /// Its latest payment.
    pub(crate) latest_payment_id: String,
    /// When that was asked for.
    latest_at: Ticks,
    /// Payments in all, the first one among them.
    payments: u32,
    /// The charges' times are counted from here …
    anchor: Ticks,
    /// … and these were made since.
    since_anchor: u32,
    /// How it ended, if it did.
    #[serde(skip_serializing_if = "Option::is_none")]
    end: Option<End>,
    /// When somebody has to look.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) look_at: Option<Ticks>,
}

/// How a subscription ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum End {
    /// All its charges were made.
    Expired,
    /// Somebody ended it, or its first payment failed.
    Canceled,
}

/// A charge that is to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Charge {
    /// Counted from 1, which is the one after the first payment.
    pub(crate) number: u32,
    /// When it was due.
    pub(crate) at: Ticks,
    /// What it asks for.
    pub(crate) asked: Asked,
}

impl Subscription {
    /// A subscription that begins with a payment.
    pub(crate) fn begin(token: String, first: &Payment, plan: Plan, is_scheduled: bool) -> Self {
        Self {
            token,
            asked: first.asked.clone(),
            plan,
            is_scheduled,
            latest_payment_id: first.payment_id.clone(),
            latest_at: first.created_at,
            payments: 1,
            anchor: first.created_at,
            since_anchor: 0,
            end: None,
            look_at: Some(first.created_at),
        }
    }

    /// Where it stands, given its latest payment as it is now.
    pub(crate) fn standing(&self, latest: &Payment) -> SubscriptionStatus {
        match (self.end, latest.status()) {
            (Some(End::Expired), _) => SubscriptionStatus::Expired,
            (Some(End::Canceled), _) => SubscriptionStatus::Canceled,
            (None, ProcessorStatus::Pending) if self.payments == 1 => SubscriptionStatus::Pending,
            (None, ProcessorStatus::Failed) if self.never_began(latest) => {
                SubscriptionStatus::Canceled
            }
            (None, ProcessorStatus::Failed) => SubscriptionStatus::PastDue,
            (None, ProcessorStatus::Pending | ProcessorStatus::Accepted) => {
                SubscriptionStatus::Active
            }
        }
    }

    /// Whether the first payment failed. One that was accepted and taken back is another matter.
    fn never_began(&self, latest: &Payment) -> bool {
        self.payments == 1
            && latest.status() == ProcessorStatus::Failed
            && latest.sums.authorised == 0
    }

    /// Whether another request to begin it asks for the same.
    pub(crate) fn is_same(&self, plan: &Plan, is_scheduled: bool) -> bool {
        self.plan == *plan && self.is_scheduled == is_scheduled
    }

    /// Makes of it what its latest payment has made of it, and gives the charge that is due.
    pub(crate) fn advance(&mut self, latest: &Payment, now: Ticks) -> Option<Charge> {
        self.look_at = None;
        if self.end.is_some() {
            return None;
        }
        if self.never_began(latest) {
            self.end = Some(End::Canceled);
            return None;
        }
        if self.payments == 1 && latest.status() == ProcessorStatus::Pending {
            self.look_at = Some(now.plus(LOOK_EVERY));
            return None;
        }
        if self.is_complete() {
            self.end = Some(End::Expired);
            return None;
        }
        if !self.is_scheduled {
            return None;
        }
        let at = self.plan.after(self.anchor, self.since_anchor + 1)?;
        self.look_at = Some(at);
        (at <= now).then(|| self.charge(at))
    }

    fn charge(&self, at: Ticks) -> Charge {
        let number = self.payments;
        let asked = Asked {
            shop_transaction_id: format!("{}-{number}", self.asked.shop_transaction_id),
            ..self.asked.clone()
        };
        Charge {
            number,
            at,
            asked: asked.unattended(),
        }
    }

    fn is_complete(&self) -> bool {
        self.plan
            .charges_max
            .is_some_and(|charges| u64::from(self.payments) >= charges)
    }

    /// Notes an automatic charge, once.
    pub(crate) fn charged(&mut self, charge: &Charge, payment: &Payment) {
        if self.payments == charge.number {
            self.since_anchor += 1;
            self.note(payment);
        }
    }

    /// Notes a payment that the caller asked for, once: one that is older than the latest was noted before.
    pub(crate) fn paid(&mut self, payment: &Payment) {
        if payment.payment_id != self.latest_payment_id && payment.created_at >= self.latest_at {
            self.note(payment);
        }
    }

    fn note(&mut self, payment: &Payment) {
        self.payments += 1;
        self.latest_payment_id.clone_from(&payment.payment_id);
        self.latest_at = payment.created_at;
        if self.end.is_none() && self.is_complete() {
            self.end = Some(End::Expired);
        }
        // What comes next is found by whoever looks.
        self.look_at = self.end.is_none().then_some(payment.created_at);
    }

    /// Changes it from now on. `false`: it has ended.
    pub(crate) fn update(&mut self, asked: Asked, plan: Option<Plan>, now: Ticks) -> bool {
        if self.end.is_some() {
            return false;
        }
        self.asked = asked;
        if let Some(plan) = plan {
            let is_moved = (plan.interval, plan.interval_count)
                != (self.plan.interval, self.plan.interval_count);
            if is_moved {
                // The next charge comes a new interval after the latest.
                let latest = self.plan.after(self.anchor, self.since_anchor);
                self.anchor = latest.unwrap_or(self.anchor);
                self.since_anchor = 0;
            }
            self.plan = plan;
        }
        self.look_at = Some(now);
        true
    }

    /// Ends it. `false`: it had ended.
    pub(crate) fn cancel(&mut self) -> bool {
        self.look_at = None;
        if self.end == Some(End::Expired) {
            return false;
        }
        self.end = Some(End::Canceled);
        true
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use shared::domain::external::PayRequest;

    use super::*;

    const DAY: u64 = 24 * 60 * 60;

    fn at(text: &str) -> Ticks {
        Ticks::parse_instant(text).expect("a time")
    }

    fn plan(info: &Value) -> Result<Plan, &'static str> {
        Plan::read(&serde_json::from_value(info.clone()).expect("an info"))
    }

    fn first(amount: u64, now: Ticks) -> Payment {
        let request: PayRequest = serde_json::from_value(json!({
            "amount": amount, "currency": "EUR", "shopTransactionId": "SUB-1",
        }))
        .expect("a request");
        let asked = Asked::read(request).expect("in order");
        Payment::asked_for("sbx_first".to_owned(), asked, "secret".to_owned(), now)
    }

    /// Lets all charges be made that are due, and gives their times.
    fn run(subscription: &mut Subscription, latest: &mut Payment, now: Ticks) -> Vec<String> {
        let mut times = Vec::new();
        loop {
            latest.advance(now);
            let Some(charge) = subscription.advance(latest, now) else {
                return times;
            };
            times.push(charge.at.to_string());
            let id = format!("sbx_{}", charge.number);
            *latest = Payment::charged(id, &charge, "sub_1".to_owned(), now);
            let before = subscription.clone();
            subscription.charged(&charge, latest);
            assert_ne!(*subscription, before);
            let after = subscription.clone();
            subscription.charged(&charge, latest);
            assert_eq!(*subscription, after, "a charge counts once");
        }
    }

    #[test]
    fn charges_stand_at_fixed_times_however_late_somebody_looks() {
        let began = at("2026-01-31T10:00:00Z");
        let info = json!({ "interval": "MONTH", "intervalCount": 1, "expiresAfter": 4 });
        let mut latest = first(601, began);
        let plan = plan(&info).expect("a plan");
        let mut subscription = Subscription::begin("sub_1".to_owned(), &latest, plan, true);
        assert_eq!(
            run(&mut subscription, &mut latest, at("2026-02-28T09:59:59Z")),
            Vec::<String>::new()
        );
        assert_eq!(subscription.look_at, Some(at("2026-02-28T10:00:00Z")));
        let times = run(&mut subscription, &mut latest, at("2027-01-01T00:00:00Z"));
        assert_eq!(
            times,
            [
                "2026-02-28 10:00:00",
                "2026-03-31 10:00:00",
                "2026-04-30 10:00:00"
            ]
        );
        let standing = subscription.standing(&latest);
        assert_eq!(standing, SubscriptionStatus::Expired);
        assert_eq!(subscription.look_at, None);
    }

    #[test]
    fn where_it_stands_follows_from_its_latest_payment() {
        use SubscriptionStatus::{Active, Canceled, PastDue, Pending};
        let began = at("2026-01-01T00:00:00Z");
        let info = json!({ "interval": "DAY", "intervalCount": 1 });
        for (amount, days, expected) in [
            (601, 0, Active),
            (602, 0, Canceled),
            (603, 0, Pending),
            (1_000, 0, Pending),
            (1_000, 1, Canceled),
            (603, 3, Active),
            (604, 1, Canceled),
            (610, 0, Active),
            (610, 1, PastDue),
            (610, 5, PastDue),
        ] {
            let mut latest = first(amount, began);
            let plan = plan(&info).expect("a plan");
            let mut subscription = Subscription::begin("sub_1".to_owned(), &latest, plan, true);
            let now = Ticks::from_unix_seconds(began.unix_seconds() + days * DAY);
            run(&mut subscription, &mut latest, now);
            let standing = subscription.standing(&latest);
            assert_eq!(standing, expected, "{amount} after {days} days");
        }
    }

    #[test]
    fn an_update_moves_the_next_charge_and_heals_what_is_past_due() {
        let began = at("2026-01-01T00:00:00Z");
        let info = json!({ "interval": "DAY", "intervalCount": 1 });
        let mut latest = first(610, began);
        let daily = plan(&info).expect("a plan");
        let mut subscription = Subscription::begin("sub_1".to_owned(), &latest, daily, true);
        let now = at("2026-01-03T12:00:00Z");
        assert_eq!(run(&mut subscription, &mut latest, now).len(), 2);
        let weekly = plan(&json!({ "interval": "DAY", "intervalCount": 7 })).expect("a plan");
        let asked = Asked {
            amount: shared::domain::money::Money {
                value: 1_000,
                ..subscription.asked.amount
            },
            ..subscription.asked.clone()
        };
        for _ in 0..2 {
            assert!(subscription.update(asked.clone(), Some(weekly.clone()), now));
        }
        assert_eq!(
            run(&mut subscription, &mut latest, at("2026-01-10T00:00:00Z")),
            ["2026-01-10 00:00:00"]
        );
        let standing = subscription.standing(&latest);
        assert_eq!(standing, SubscriptionStatus::Active);
        assert_eq!(latest.asked.amount.value, 1_000);
    }

    #[test]
    fn what_has_ended_is_charged_no_more_and_not_changed() {
        let began = at("2026-01-01T00:00:00Z");
        let info = json!({ "interval": "DAY", "intervalCount": 1 });
        let mut latest = first(601, began);
        let plan = plan(&info).expect("a plan");
        let mut subscription = Subscription::begin("sub_1".to_owned(), &latest, plan, true);
        assert!(subscription.cancel() && subscription.cancel());
        let now = at("2027-01-01T00:00:00Z");
        assert!(run(&mut subscription, &mut latest, now).is_empty());
        assert!(!subscription.update(subscription.asked.clone(), None, now));
        let standing = subscription.standing(&latest);
        assert_eq!(standing, SubscriptionStatus::Canceled);
    }

    #[test]
    fn a_manual_one_waits_until_it_is_asked() {
        let began = at("2026-01-01T00:00:00Z");
        let info = json!({ "interval": "DAY", "intervalCount": 1, "expiresAfter": 2 });
        let mut latest = first(601, began);
        let plan = plan(&info).expect("a plan");
        let mut subscription = Subscription::begin("sub_1".to_owned(), &latest, plan, false);
        let now = at("2026-02-01T00:00:00Z");
        assert!(run(&mut subscription, &mut latest, now).is_empty());
        assert_eq!(subscription.look_at, None);
        let mut second = first(601, now);
        second.payment_id = "sbx_second".to_owned();
        for _ in 0..2 {
            subscription.paid(&second);
        }
        assert_eq!(subscription.payments, 2);
        let standing = subscription.standing(&second);
        assert_eq!(standing, SubscriptionStatus::Expired);
    }

    #[test]
    fn a_plan_that_is_none_is_refused() {
        for (info, named) in [
            (
                json!({ "interval": "DAY", "intervalCount": 0 }),
                "intervalCount",
            ),
            (
                json!({ "interval": "DAY", "intervalCount": 367 }),
                "intervalCount",
            ),
            (
                json!({ "interval": "DAY", "intervalCount": 1, "expiresAfter": 0 }),
                "expiresAfter",
            ),
            (
                json!({ "interval": "DAY", "intervalCount": 1, "expiresAfter": "2027-01-01" }),
                "expiresAfter",
            ),
        ] {
            let problem = plan(&info).expect_err("refused");
            assert!(problem.contains(named), "{info}: {problem}");
        }
    }
}
