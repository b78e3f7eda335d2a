//! Payments at external services: asked for, checked and ended. The one place that does it, whoever it is that asks: the
//! customer's visit, a terminal's caller, a callback, or the time.
//!
//! Nothing is believed but what the service itself says when it is asked over a connection that we opened.

use std::time::Duration;

use shared::app::App;
use shared::config::{Config, ConfigError};
use shared::domain::audit::{AuditAction, AuditRecord, SERVICE, Settings};
use shared::domain::environment::Environment;
use shared::domain::external::{
    CancelRequest, PayAnswer, PayRequest, PayResult, ProcessorStatus, Reason, StatusAnswer,
};
use shared::domain::payment::{Asked, AtProcessor, Payment, PaymentState};
use shared::domain::reference::Reference;
use shared::domain::session::{AttemptStatus, Session};
use shared::domain::time::Ticks;
use shared::store::commit::CommitError;
use shared::store::{self, Deadline, Key, Unavailable, Write};

use crate::client::{Client, Outcome};
use crate::http::Outbound;
use crate::request;
use crate::services::Services;

/// How long what a service said is tried to be written. Long after it, because it must not be lost.
const RECORDED_WITHIN: Duration = Duration::from_secs(6);

/// After so many checks somebody should know that a service does not decide: some eight hours.
const UNDECIDED_AFTER: u32 = 12;

/// The services, and what reaches them: part of the state of every function that calls one.
#[derive(Debug)]
pub struct Processors {
    /// Which there are.
    pub services: Services,
    /// What reaches them.
    pub outbound: Outbound,
}

impl Processors {
    /// The services of the configuration.
    ///
    /// # Errors
    /// [`ConfigError`] when it is wrong.
    pub fn new(config: &Config) -> Result<Self, ConfigError> {
        Ok(Self {
            services: Services::of(&config.external)?,
            outbound: Outbound::new(),
        })
    }

    /// A service, ready to be called.
    #[must_use]
    pub fn client(&self, service: &str) -> Option<Client<'_>> {
        let service = self.services.find(service)?;
        Some(Client::new(service, &self.outbound))
    }
}

/// Who acts: the state of a function, and the request or message that it acts for.
#[derive(Clone, Copy)]
pub struct Acting<'a> {
    /// The function's state.
    pub app: &'a App,
    /// The services.
    pub processors: &'a Processors,
    /// The environment.
    pub environment: Environment,
    /// Names the request or the message, as in the logs.
    pub trace_id: &'a str,
    /// The longest that a service is waited for.
    pub within: Duration,
}

impl Acting<'_> {
    /// A service, ready to be called.
    #[must_use]
    pub fn client(&self, service: &str) -> Option<Client<'_>> {
        let client = self.processors.client(service)?;
        Some(client.within(self.within))
    }

    /// Asks the service for a payment that was recorded as being asked for, and records what it makes of it.
    ///
    /// # Errors
    /// [`Unavailable`] when it could not be recorded: somebody asks again later, by the same name.
    pub async fn ask(&self, payment: Payment) -> Result<Payment, Unavailable> {
        let (asked, payment_id) = match self.ask_service(&payment).await? {
            Some(outcome) => read_pay(outcome),
            None => (Asked::NotDone, None),
        };
        self.change(payment, |payment, now| {
            payment.asked_processor(asked.clone(), payment_id.clone(), now)
        })
        .await
    }

    async fn ask_service(
        &self,
        payment: &Payment,
    ) -> Result<Option<Outcome<PayAnswer>>, Unavailable> {
        let Some((client, at)) = self.client_of(payment) else {
            return Ok(None);
        };
        let session: Option<Session> = match &payment.session_id {
            Some(session_id) => self.load(Key::session(session_id)).await?,
            None => None,
        };
        let request: PayRequest =
            request::pay(self.app, self.environment, payment, at, session.as_ref())?;
        Ok(Some(client.pay(&request).await))
    }

    /// Finds out how a payment stands, and records it: asks the service for its status, or for the payment once more where
    /// nobody knows its name there.
    ///
    /// # Errors
    /// [`Unavailable`] when the database does not answer, or the payment is not there.
    pub async fn check(&self, reference: &Reference) -> Result<Checked, Unavailable> {
        let mut checked = self.look(reference).await?;
        // Whatever it is that keeps it open: somebody should know.
        let is_undecided =
            |at: &AtProcessor| at.checks >= UNDECIDED_AFTER && at.disagreement.is_none();
        if checked
            .payment
            .open_at_processor()
            .is_some_and(is_undecided)
        {
            checked.payment = self.disagree(checked.payment, "UNDECIDED").await?;
        }
        Ok(checked)
    }

    async fn look(&self, reference: &Reference) -> Result<Checked, Unavailable> {
        let payment = self.payment(reference).await?;
        let Some((client, at)) = self.client_of(&payment) else {
            let payment = self.change(payment, Payment::check_again).await?;
            return Ok(Checked::unheard(payment));
        };
        let Some(payment_id) = at.payment_id.clone() else {
            return self.ask_again(payment).await.map(Checked::heard);
        };
        match client.status(&payment_id).await {
            Outcome::Answered(answer) => self.heard(payment, &answer).await.map(Checked::heard),
            Outcome::Rejected(_) => {
                let payment = self.disagree(payment, "UNKNOWN_AT_SERVICE").await?;
                Ok(Checked::unheard(payment))
            }
            Outcome::NotDone | Outcome::Unknown(_) => {
                let payment = self.change(payment, Payment::check_again).await?;
                Ok(Checked::unheard(payment))
            }
        }
    }

    /// Reads a payment. Where its session shows it already, a transaction may be just being written: that is waited for.
    async fn payment(&self, reference: &Reference) -> Result<Payment, Unavailable> {
        let key = Key::payment(reference);
        if let Some(payment) = self.load(key.clone()).await? {
            return Ok(payment);
        }
        let store = self.app.store(self.environment);
        let found = store
            .load_settled(&key, Deadline::within(RECORDED_WITHIN))
            .await?;
        store::read(found.ok_or_else(|| Unavailable::because("the payment is not there"))?)
    }

    /// Notes that whoever waits at the terminal is about to be told that it did not answer. Gives the payment as it is then: it
    /// may have ended meanwhile, and then there is an answer.
    ///
    /// # Errors
    /// [`Unavailable`] when the database does not answer.
    pub async fn give_up(&self, payment: Payment) -> Result<Payment, Unavailable> {
        self.change(payment, Payment::give_up).await
    }

    /// Asks for a payment whose name at the service nobody knows, unless somebody is just asking.
    async fn ask_again(&self, payment: Payment) -> Result<Payment, Unavailable> {
        let (payment, is_ours) = self
            .change_with(payment, Payment::ask_processor_again, |_, _, _| {
                Ok(Vec::new())
            })
            .await?;
        if is_ours {
            self.ask(payment).await
        } else {
            Ok(payment)
        }
    }

    /// Acts on what the service says of a payment.
    async fn heard(&self, payment: Payment, answer: &StatusAnswer) -> Result<Payment, Unavailable> {
        if answer.shop_transaction_id != payment.payment_reference.as_str() {
            return self.disagree(payment, "ANOTHER_PAYMENT_AT_SERVICE").await;
        }
        let status = answer.status;
        match (payment.state, status) {
            (PaymentState::Processing, ProcessorStatus::Accepted)
                if payment.is_too_late_at(self.app.clock.now()) =>
            {
                self.void(payment).await
            }
            (PaymentState::Processing, _) => {
                // Decided anew with every reading: whoever waits may be told just now that nobody answered.
                let is_late = |payment: &Payment, now| {
                    status == ProcessorStatus::Accepted && payment.is_too_late_at(now)
                };
                let payment = self
                    .change(payment, |payment, now| {
                        !is_late(payment, now) && payment.checked(status, now)
                    })
                    .await?;
                if is_late(&payment, self.app.clock.now()) {
                    return self.void(payment).await;
                }
                Ok(payment)
            }
            (_, ProcessorStatus::Failed) => self.change(payment, Payment::charge_back).await,
            (PaymentState::Refused, ProcessorStatus::Accepted) => {
                self.disagree(payment, "ACCEPTED_AFTER_ALL").await
            }
            (PaymentState::Authorised | PaymentState::Captured, ProcessorStatus::Pending) => {
                self.disagree(payment, "PENDING_AFTER_ALL").await
            }
            _ => Ok(payment),
        }
    }

    /// Voids a payment at a terminal that was accepted when nobody waited any more; where the service can't, the merchant is
    /// told that it was accepted.
    async fn void(&self, payment: Payment) -> Result<Payment, Unavailable> {
        let Some((client, at)) = self.client_of(&payment) else {
            return Ok(payment);
        };
        let accepted = |payment: &mut Payment, now| payment.checked(ProcessorStatus::Accepted, now);
        if !client.capabilities().cancel {
            return self.change(payment, accepted).await;
        }
        let payment_id = at.payment_id.clone().unwrap_or_default();
        let key = format!("{}-void", payment.payment_reference);
        let (payment, is_ours) = self
            .change_with(
                payment,
                |payment, now| payment.is_too_late_at(now) && payment.void(now),
                |_, _, _| Ok(Vec::new()),
            )
            .await?;
        if !is_ours {
            return Ok(payment);
        }
        match client.cancel(&CancelRequest { payment_id }, &key).await {
            Outcome::Answered(answer) if answer.result == PayResult::Ok => {
                self.change(payment, Payment::voided).await
            }
            Outcome::Answered(answer) if answer.result == PayResult::Ko => {
                self.change(payment, accepted).await
            }
            ref outcome @ Outcome::Rejected(_) if !outcome.is_misdirected() => {
                self.change(payment, accepted).await
            }
            // The next check finds out, and asks once more if need be.
            Outcome::Answered(_)
            | Outcome::Rejected(_)
            | Outcome::NotDone
            | Outcome::Unknown(_) => Ok(payment),
        }
    }

    /// Reports what does not agree with the service: once in the audit, and each time in the log.
    async fn disagree(&self, payment: Payment, how: &str) -> Result<Payment, Unavailable> {
        tracing::error!(
            environment = %self.environment,
            payment = %payment.payment_reference,
            disagreement = how,
            "disagrees with its external service"
        );
        let (payment, _) = self
            .change_with(
                payment,
                |payment, _| payment.disagree(how),
                |after, now, writer| {
                    let target = &after.payment_reference;
                    let record = self.disagreement(target, how, now);
                    Ok(vec![store::create_audit_record(
                        &after.webcode,
                        &record,
                        writer,
                    )?])
                },
            )
            .await?;
        self.change(payment, Payment::check_again).await
    }

    /// The audit's record of something that does not agree with its service.
    #[must_use]
    pub fn disagreement(&self, target: &Reference, how: &str, now: Ticks) -> AuditRecord {
        AuditRecord {
            id: self.app.entropy.uuid().simple().to_string(),
            at: now,
            who: SERVICE.to_owned(),
            from: None,
            forgotten_at: None,
            trace_id: self.trace_id.to_owned(),
            action: AuditAction::ProcessorDisagreed,
            target: Some(target.to_string()),
            old: None,
            new: Some(Settings {
                disagreement: Some(how.to_owned()),
                ..Settings::default()
            }),
        }
    }

    /// The payment's service, if it is still configured, and where the payment stands there.
    fn client_of<'p>(&self, payment: &'p Payment) -> Option<(Client<'_>, &'p AtProcessor)> {
        let at = payment.processor.as_ref()?;
        let client = self.client(&at.service);
        if client.is_none() {
            tracing::error!(service = at.service, payment = %payment.payment_reference, "the service is not configured any more");
        }
        Some((client?, at))
    }

    /// Changes a payment, and concludes its session when it ends: decided anew from what is there, until it is written or
    /// there is nothing to change.
    async fn change(
        &self,
        payment: Payment,
        decide: impl Fn(&mut Payment, Ticks) -> bool,
    ) -> Result<Payment, Unavailable> {
        let (payment, _) = self
            .change_with(payment, decide, |_, _, _| Ok(Vec::new()))
            .await?;
        Ok(payment)
    }

    /// … with writes beside it. Whether it was this that changed it, too.
    async fn change_with(
        &self,
        mut before: Payment,
        decide: impl Fn(&mut Payment, Ticks) -> bool,
        beside: impl Fn(&Payment, Ticks, &str) -> Result<Vec<Write>, Unavailable>,
    ) -> Result<(Payment, bool), Unavailable> {
        let store = self.app.store(self.environment);
        let deadline = Deadline::within(RECORDED_WITHIN);
        loop {
            let (now, writer) = (self.app.clock.now(), self.app.entropy.uuid().to_string());
            let mut after = before.clone();
            if !decide(&mut after, now) {
                return Ok((before, false));
            }
            let mut writes = vec![store::change_payment(&before, &after, now, &writer)?];
            if before.open_at_processor().is_some() && after.open_at_processor().is_none() {
                writes.extend(self.conclude_session(&after, now, &writer).await?);
            }
            writes.extend(beside(&after, now, &writer)?);
            match store.commit(&writes, &writer, deadline).await {
                Ok(()) => {
                    if before.state != after.state {
                        tracing::info!(
                            environment = %self.environment,
                            payment = %after.payment_reference,
                            state = after.state.as_str(),
                            "payment changed"
                        );
                    }
                    return Ok((after, true));
                }
                Err(CommitError::Unavailable(error)) => return Err(error),
                Err(CommitError::Refused(refusals)) => {
                    if let Some(found) = refusals.of(0) {
                        let found = found
                            .clone()
                            .ok_or_else(|| Unavailable::because("the payment is not there"))?;
                        before = store::read(found)?;
                    }
                }
            }
        }
    }

    /// What the end of a payment does to its session.
    async fn conclude_session(
        &self,
        payment: &Payment,
        now: Ticks,
        writer: &str,
    ) -> Result<Option<Write>, Unavailable> {
        let Some(session_id) = &payment.session_id else {
            return Ok(None);
        };
        let before: Option<Session> = self.load(Key::session(session_id)).await?;
        let before = before.ok_or_else(|| Unavailable::because("the session is not there"))?;
        let mut after = before.clone();
        let status = match payment.state {
            PaymentState::Refused => AttemptStatus::Refused,
            _ => AttemptStatus::Authorised,
        };
        if !after.conclude(&payment.payment_reference, status, now) {
            tracing::error!(payment = %payment.payment_reference, session = %session_id, "the session does not wait for its payment");
            return Ok(None);
        }
        store::change_session(&before, &after, writer).map(Some)
    }

    async fn load<T: serde::de::DeserializeOwned>(
        &self,
        key: Key,
    ) -> Result<Option<T>, Unavailable> {
        let store = self.app.store(self.environment);
        let [found] = store
            .load([Some(key)], Deadline::within(RECORDED_WITHIN))
            .await?;
        found.map(store::read).transpose()
    }
}

/// A payment after somebody looked.
#[derive(Debug)]
pub struct Checked {
    /// As it is now.
    pub payment: Payment,
    /// Whether the service said how it stands.
    pub is_heard: bool,
}

impl Checked {
    const fn heard(payment: Payment) -> Self {
        Self {
            payment,
            is_heard: true,
        }
    }

    const fn unheard(payment: Payment) -> Self {
        Self {
            payment,
            is_heard: false,
        }
    }
}

/// What a service made of a request to pay, and its name of the payment.
fn read_pay(outcome: Outcome<PayAnswer>) -> (Asked, Option<String>) {
    match outcome {
        outcome if outcome.is_misdirected() => (Asked::NotDone, None),
        Outcome::Answered(answer) => {
            let asked = match answer.result {
                PayResult::Ok => Asked::Accepted,
                PayResult::Ko => Asked::Refused(Reason::of(&answer.result_description).as_str()),
                PayResult::Pending => Asked::Open { redirect_url: None },
                PayResult::RedirectToUrl => Asked::Open {
                    redirect_url: answer.redirect_to_url,
                },
            };
            (asked, answer.payment_id)
        }
        Outcome::Rejected(_) => (Asked::Rejected, None),
        Outcome::NotDone => (Asked::NotDone, None),
        Outcome::Unknown(_) => (Asked::Unknown, None),
    }
}
