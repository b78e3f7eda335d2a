//! A payment: what it becomes by itself as time goes by, by its customer, and by what its caller asks of it.
//!
//! Nothing happens at a certain time: whoever looks, [advances](Payment::advance) the payment to now first, so that it does not
//! matter when somebody looks.

use serde::{Deserialize, Serialize};
use shared::domain::external::{
    ModificationAnswer, ModifyAnswer, PayAnswer, PayResult, ProcessorStatus, StatusAnswer,
    SubscriptionCharge, Told,
};
use shared::domain::time::Ticks;

use super::asked::{Asked, Channel};
use super::callback::Callback;
use super::magic::{self, AtTerminal, Course, Online, Turn};
use super::modification::{Ask, MODIFICATIONS_MAX, Modification, Verdict};
use super::subscription::Charge;

/// What the caller reads as `providerName`.
const PROVIDER_NAME: &str = "sandbox";

/// A payment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Payment {
    /// Our name of it.
    pub(crate) payment_id: String,
    /// What was asked for.
    #[serde(flatten)]
    pub(crate) asked: Asked,
    /// The subscription that it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) subscription_token: Option<String>,
    /// What nobody can guess of its page's address.
    pub(crate) page_secret: String,
    /// When it was asked for.
    pub(crate) created_at: Ticks,
    /// Where it stands.
    pub(crate) state: State,
    /// Its money.
    pub(crate) sums: Sums,
    /// What was asked of it since, in order.
    #[serde(default)]
    pub(crate) modifications: Vec<Modification>,
    /// Changes since it was first answered.
    pub(crate) changes: u32,
    /// The latest of them, while the caller is to be told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) callback: Option<Callback>,
}

/// Where a payment stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "camelCase")]
pub(crate) enum State {
    /// Its page waits for the customer.
    Open {
        /// When the page is over.
        until: Ticks,
    },
    /// Decided, but nobody knows yet.
    Pending {
        /// When everybody may know.
        until: Ticks,
        /// What they will know.
        accepted: bool,
    },
    /// The money was taken, or reserved.
    #[serde(rename_all = "camelCase")]
    Accepted {
        /// When it will be taken back.
        #[serde(skip_serializing_if = "Option::is_none")]
        charged_back_at: Option<Ticks>,
    },
    /// It was not, or it was taken back.
    Failed {
        /// Why.
        reason: String,
    },
}

/// A payment's money in minor units. What is reserved is what was authorised, less what was captured and voided.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Sums {
    /// Promised by the customer's bank.
    pub(crate) authorised: u64,
    /// Taken.
    pub(crate) captured: u64,
    /// Given back of what was taken.
    pub(crate) refunded: u64,
    /// Let go, before or instead of being taken.
    pub(crate) voided: u64,
    /// Taken back by the customer's bank.
    pub(crate) charged_back: u64,
}

impl Sums {
    /// What is promised, and neither taken nor let go.
    pub(crate) const fn reserved(self) -> u64 {
        self.authorised - self.captured - self.voided
    }
}

/// A modification's key was used for something else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct KeyReused;

impl Payment {
    /// A payment that a caller asks for, as it is first answered. The caller hears that answer, and is told of nothing.
    pub(crate) fn asked_for(
        payment_id: String,
        asked: Asked,
        page_secret: String,
        now: Ticks,
    ) -> Self {
        let outcome = match &asked.channel {
            Channel::Ecommerce => magic::online(asked.amount.value),
            Channel::Pos { .. } => match magic::at_terminal(asked.amount.value) {
                AtTerminal::Accepted | AtTerminal::AcceptedUnheard => {
                    Online::AtOnce(Course::Accepted)
                }
                AtTerminal::Refused(reason) => Online::Refused(reason),
            },
            Channel::Subscription => magic::unattended(asked.amount.value),
        };
        Self::begin(payment_id, asked, page_secret, outcome, now)
    }

    /// A charge that a subscription makes by itself, at the time that it was due. The caller is told of it.
    pub(crate) fn charged(payment_id: String, charge: &Charge, token: String, now: Ticks) -> Self {
        let outcome = magic::automatic(charge.asked.amount.value);
        let asked = charge.asked.clone();
        let mut payment = Self::begin(payment_id, asked, String::new(), outcome, charge.at);
        payment.subscription_token = Some(token);
        payment.changed(now);
        payment.advance(now);
        payment
    }

    fn begin(
        payment_id: String,
        asked: Asked,
        page_secret: String,
        outcome: Online,
        now: Ticks,
    ) -> Self {
        let mut payment = Self {
            payment_id,
            asked,
            subscription_token: None,
            page_secret,
            created_at: now,
            state: State::Open {
                until: now.plus(magic::PAGE_OPEN_FOR),
            },
            sums: Sums::default(),
            modifications: Vec::new(),
            changes: 0,
            callback: None,
        };
        match outcome {
            Online::OnPage(_) => {}
            Online::AtOnce(course) => payment.go(course, now),
            Online::Refused(reason) => payment.fail(reason.as_str()),
        }
        payment
    }

    /// The same payment, refused before anybody was asked.
    pub(crate) fn refused(mut self, reason: &str) -> Self {
        self.sums = Sums::default();
        self.fail(reason);
        self
    }

    /// Whether the answer of whoever asked first comes too late to be heard.
    pub(crate) fn is_unheard(&self) -> bool {
        matches!(self.asked.channel, Channel::Pos { .. })
            && matches!(
                magic::at_terminal(self.asked.amount.value),
                AtTerminal::AcceptedUnheard
            )
    }

    fn go(&mut self, course: Course, now: Ticks) {
        let until = now.plus(magic::LATER);
        match course {
            Course::Accepted => self.accept(None),
            Course::ChargedBack => self.accept(Some(now.plus(magic::CHARGED_BACK_AFTER))),
            Course::AcceptedLater => {
                self.state = State::Pending {
                    until,
                    accepted: true,
                }
            }
            Course::FailedLater => {
                self.state = State::Pending {
                    until,
                    accepted: false,
                }
            }
        }
    }

    fn accept(&mut self, charged_back_at: Option<Ticks>) {
        self.state = State::Accepted { charged_back_at };
        self.sums.authorised = self.asked.amount.value;
        if !self.asked.pre_auth {
            self.sums.captured = self.asked.amount.value;
        }
    }

    fn fail(&mut self, reason: &str) {
        self.state = State::Failed {
            reason: reason.to_owned(),
        };
    }

    /// Notes a change that the caller has not been answered.
    pub(crate) fn changed(&mut self, now: Ticks) {
        self.changes += 1;
        if self.asked.callback_url.is_some() {
            self.callback = Some(Callback::new(self.changes, now));
        }
    }

    /// Makes of the payment what it is now. What happened meanwhile happened at its own time, in its order.
    pub(crate) fn advance(&mut self, now: Ticks) {
        while let Some(at) = self.next_at().filter(|at| *at <= now) {
            match self.state {
                State::Open { until } if until == at => self.fail("EXPIRED"),
                State::Pending { until, accepted } if until == at => {
                    if accepted {
                        self.accept(None);
                    } else {
                        self.fail("DECLINED");
                    }
                }
                State::Accepted {
                    charged_back_at: Some(when),
                } if when == at => self.charge_back(),
                State::Open { .. }
                | State::Pending { .. }
                | State::Accepted { .. }
                | State::Failed { .. } => self.settle_modifications(at),
            }
            self.changed(now);
        }
    }

    /// When something happens by itself next.
    fn next_at(&self) -> Option<Ticks> {
        let of_state = match self.state {
            State::Open { until } | State::Pending { until, .. } => Some(until),
            State::Accepted { charged_back_at } => charged_back_at,
            State::Failed { .. } => None,
        };
        let of_modifications = self
            .modifications
            .iter()
            .filter_map(|modification| match modification.verdict {
                Verdict::Pending { until } => Some(until),
                Verdict::Done | Verdict::Refused { .. } => None,
            })
            .min();
        of_state.into_iter().chain(of_modifications).min()
    }

    /// When somebody has to look: something happens by itself, or a callback is due.
    pub(crate) fn due_at(&self) -> Option<Ticks> {
        let callback = self.callback.as_ref().map(|callback| callback.due_at);
        self.next_at().into_iter().chain(callback).min()
    }

    fn charge_back(&mut self) {
        for modification in &mut self.modifications {
            if modification.being_refunded() > 0 {
                modification.verdict = refused("The payment was charged back.");
            }
        }
        self.sums.voided += self.sums.reserved();
        self.sums.charged_back = self.sums.captured - self.sums.refunded;
        self.fail("CHARGED_BACK");
    }

    fn settle_modifications(&mut self, at: Ticks) {
        for modification in &mut self.modifications {
            if modification.verdict == (Verdict::Pending { until: at }) {
                self.sums.refunded += modification.being_refunded();
                modification.verdict = Verdict::Done;
            }
        }
    }

    /// The customer says yes or no on the page. Too late, or for the second time, it changes nothing.
    pub(crate) fn decide(&mut self, approved: bool, now: Ticks) {
        self.advance(now);
        if !matches!(self.state, State::Open { .. }) {
            return;
        }
        match magic::online(self.asked.amount.value) {
            Online::OnPage(course) | Online::AtOnce(course) if approved => self.go(course, now),
            Online::OnPage(_) | Online::AtOnce(_) | Online::Refused(_) => self.fail("DECLINED"),
        }
        self.changed(now);
    }

    /// Carries out what the caller asks, once for each key.
    ///
    /// # Errors
    /// [`KeyReused`] when the key was used for something else.
    pub(crate) fn modify(
        &mut self,
        ask: Ask,
        key: Option<&str>,
        now: Ticks,
    ) -> Result<ModifyAnswer, KeyReused> {
        self.advance(now);
        let known =
            |modification: &&Modification| key.is_some() && modification.key.as_deref() == key;
        if let Some(known) = self.modifications.iter().find(known) {
            return if known.ask == ask {
                Ok(known.answer())
            } else {
                Err(KeyReused)
            };
        }
        let verdict = match self.judge(ask) {
            Ok(Turn::Done) => {
                self.carry_out(ask);
                Verdict::Done
            }
            Ok(Turn::DoneLater) => Verdict::Pending {
                until: now.plus(magic::LATER),
            },
            Ok(Turn::Refused) => refused("The sandbox refuses it because of the payment's amount."),
            Err(reason) => refused(reason),
        };
        let modification = Modification {
            key: key.map(str::to_owned),
            ask,
            verdict,
        };
        let answer = modification.answer();
        if self.modifications.len() < MODIFICATIONS_MAX {
            self.modifications.push(modification);
        }
        Ok(answer)
    }

    /// Whether the payment allows it, and how it goes then.
    fn judge(&self, ask: Ask) -> Result<Turn, &'static str> {
        if self.modifications.len() >= MODIFICATIONS_MAX {
            return Err("The payment has too many modifications.");
        }
        match &self.state {
            State::Open { .. } | State::Pending { .. } => {
                return Err("The payment is not accepted yet.");
            }
            State::Failed { .. } => return Err("The payment is not accepted."),
            State::Accepted { .. } => {}
        }
        let payment_amount = self.asked.amount.value;
        match ask {
            Ask::Refund(amount) => {
                self.check_refund(amount)?;
                Ok(magic::refund(payment_amount))
            }
            Ask::Capture(amount) => {
                if amount.currency != self.asked.amount.currency {
                    return Err("The payment has another currency.");
                }
                if self.sums.reserved() == 0 {
                    return Err("Nothing is reserved.");
                }
                if amount.value > self.sums.reserved() {
                    return Err("Less than that is reserved.");
                }
                Ok(magic::change(payment_amount))
            }
            Ask::Cancel => {
                let can_be_voided = matches!(self.asked.channel, Channel::Pos { .. })
                    && self.sums.refunded + self.being_refunded() == 0;
                if self.sums.reserved() == 0 && !can_be_voided {
                    return Err("Nothing is reserved, and nothing can be voided.");
                }
                Ok(magic::change(payment_amount))
            }
            Ask::Extend => {
                if self.sums.reserved() == 0 {
                    return Err("Nothing is reserved.");
                }
                Ok(magic::change(payment_amount))
            }
        }
    }

    fn check_refund(&self, amount: shared::domain::money::Money) -> Result<(), &'static str> {
        if amount.currency != self.asked.amount.currency {
            return Err("The payment has another currency.");
        }
        let left = self.sums.captured - self.sums.refunded - self.being_refunded();
        if amount.value > left {
            return Err("Less than that is left.");
        }
        Ok(())
    }

    /// All that is on its way back.
    fn being_refunded(&self) -> u64 {
        self.modifications
            .iter()
            .map(Modification::being_refunded)
            .sum()
    }

    fn carry_out(&mut self, ask: Ask) {
        match ask {
            Ask::Refund(amount) => self.sums.refunded += amount.value,
            Ask::Capture(amount) => {
                let rest = self.sums.reserved() - amount.value;
                self.sums.captured = amount.value;
                self.sums.voided += rest;
            }
            Ask::Cancel => {
                self.sums.captured = 0;
                self.sums.voided = self.sums.authorised;
                self.fail("CANCELLED");
            }
            // Reservations of the sandbox do not end by themselves.
            Ask::Extend => {}
        }
    }

    /// Where it stands, in the contract's words.
    pub(crate) const fn status(&self) -> ProcessorStatus {
        match self.state {
            State::Open { .. } | State::Pending { .. } => ProcessorStatus::Pending,
            State::Accepted { .. } => ProcessorStatus::Accepted,
            State::Failed { .. } => ProcessorStatus::Failed,
        }
    }

    /// What whoever asks for the payment is answered, first and again.
    pub(crate) fn pay_answer(&self, page_url: String) -> PayAnswer {
        let (result, description, url) = match &self.state {
            State::Open { .. } => (PayResult::RedirectToUrl, "", Some(page_url)),
            State::Pending { .. } => (PayResult::Pending, "", None),
            State::Accepted { .. } => (PayResult::Ok, "", None),
            State::Failed { reason } => (PayResult::Ko, reason.as_str(), None),
        };
        PayAnswer {
            result,
            result_description: description.to_owned(),
            payment_id: Some(self.payment_id.clone()),
            redirect_to_url: url,
            redirect_to_url_mobile: None,
        }
    }

    /// What whoever asks how it stands is answered.
    pub(crate) fn status_answer(&self) -> StatusAnswer {
        let modifications: Vec<ModificationAnswer> = self
            .modifications
            .iter()
            .filter_map(Modification::in_status)
            .collect();
        StatusAnswer {
            status: self.status(),
            payment_id: self.payment_id.clone(),
            shop_transaction_id: self.asked.shop_transaction_id.clone(),
            provider_name: PROVIDER_NAME.to_owned(),
            modifications,
            subscription_charge: self.subscription_token.clone().map(|subscription_token| {
                Told::Understood(SubscriptionCharge {
                    subscription_token,
                    amount: self.asked.amount.value,
                    currency: self.asked.amount.currency,
                })
            }),
        }
    }

    /// Where the customer goes on to.
    pub(crate) fn next_url(&self) -> Option<&str> {
        match self.state {
            State::Open { .. } => None,
            State::Pending { .. } | State::Accepted { .. } => {
                self.asked.success_redirect_url.as_deref()
            }
            State::Failed { .. } => self.asked.failure_redirect_url.as_deref(),
        }
    }
}

fn refused(reason: &str) -> Verdict {
    Verdict::Refused {
        reason: reason.to_owned(),
    }
}

#[cfg(test)]
mod tests;
