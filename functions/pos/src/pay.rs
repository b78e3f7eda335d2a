//! A payment at a terminal: recorded before the terminal is asked, settled by its answer, resumed after a crash.
//!
//! Unlike the other changes this one has an outside party to wait for. So it is written in two steps: the first one takes
//! the terminal and records the payment as being processed, the second one records the answer and lets the terminal go.

use std::time::{Duration, Instant};

use serde::Serialize;
use shared::app::{App, REQUEST_WITHIN};
use shared::domain::idempotency::{
    Endpoint, IdempotencyConflict, IdempotencyKey, IdempotencyRecord, fingerprint,
};
use shared::domain::money::Money;
use shared::domain::payment::Payment;
use shared::domain::reference::{Marker, Reference};
use shared::domain::terminal::{PoiId, TerminalAnswer, simulate};
use shared::domain::time::Ticks;
use shared::domain::webcode::Webcode;
use shared::http::authenticate::{admit, key_of, presented_key};
use shared::http::{ApiError, ApiRequest, Fields, Reply};
use shared::store::commit::CommitError;
use shared::store::{self, Deadline, Item, Key, TerminalLease, Write};

use crate::Pos;
use crate::party::{self, Party};
use crate::reply::{answer_of, reply};

/// Whoever began is dead by now, in Test: longer than its deadline.
const SIMULATED_FOR: Duration = Duration::from_secs(10);

/// The same in Live: a function runs no longer than that (template.yaml, *Timeout*).
const RUNNING_FOR: Duration = Duration::from_secs(30);

/// How long it may take to let a terminal go that a service was asked for.
const LET_GO_WITHIN: Duration = Duration::from_secs(2);

/// The parameters of a payment at a terminal.
#[derive(Debug, Serialize)]
pub(crate) struct PosPayment {
    pub(crate) webcode: Webcode,
    pub(crate) poi_id: PoiId,
    pub(crate) amount: Money,
    pub(crate) description: Option<String>,
    pub(crate) custom_reference: Option<String>,
    pub(crate) is_pre_auth: bool,
}

/// A request on its way.
struct Charge<'a> {
    app: &'a App,
    request: &'a ApiRequest,
    payment: PosPayment,
    key: Option<IdempotencyKey>,
    fingerprint: String,
    deadline: Deadline,
    /// Who is behind the terminals.
    party: Party<'a>,
}

/// Charges a terminal, or repeats what a request with the same key was answered before.
pub(crate) async fn pay(pos: &Pos, request: &ApiRequest) -> Result<Reply, ApiError> {
    let (app, began) = (&pos.app, Instant::now());
    let api_key = presented_key(request)?;
    let deadline = Deadline::within(REQUEST_WITHIN);
    let charge = Charge::parse(app, request, deadline);
    let (idempotency_at, terminal_at, merchant_at) = match &charge {
        Ok(charge) => (
            charge.idempotency_at(),
            Some(charge.terminal_at()),
            party::named_by(request.environment, &charge.payment.webcode),
        ),
        Err(_) => (None, None, None),
    };
    let [key, known, lease, merchant] = app
        .store(request.environment)
        .load(
            [
                Some(key_of(&api_key)),
                idempotency_at,
                terminal_at,
                merchant_at,
            ],
            deadline,
        )
        .await?;
    let caller = admit(key, request)?;
    let mut charge = charge?;
    charge.party = Party::of(pos, request, merchant, began)?;
    caller.require(&charge.payment.webcode)?;
    let now = app.clock.now();
    if let Some(record) = known {
        let record: IdempotencyRecord = store::read(record)?;
        if record.is_known_at(now) {
            return charge.repeat(record, now).await;
        }
    }
    match charge.check_terminal(lease, now).await {
        Ok(()) => charge.begin(now).await,
        // It may be taken by this request's own first try, whose record could not be seen yet beside its lease.
        Err(ApiError::TerminalBusy) => match charge.settled_record().await? {
            Some(record) if record.is_known_at(now) => charge.repeat(record, now).await,
            _ => Err(ApiError::TerminalBusy),
        },
        Err(refusal) => Err(refusal),
    }
}

impl<'a> Charge<'a> {
    fn parse(app: &'a App, request: &'a ApiRequest, deadline: Deadline) -> Result<Self, ApiError> {
        let object = request.json()?;
        let fields = Fields::of(&object);
        let payment = PosPayment {
            webcode: fields.webcode()?,
            poi_id: PoiId::parse(fields.text("poiId")?)
                .map_err(|_| ApiError::invalid("poiId must be the name of a terminal."))?,
            amount: fields.amount()?,
            description: fields.description()?,
            custom_reference: fields.custom_reference()?,
            is_pre_auth: fields.flag("isPreAuth", false)?,
        };
        Ok(Self {
            key: request.idempotency_key()?,
            fingerprint: fingerprint(&payment).map_err(ApiError::internal)?,
            deadline,
            party: Party::Simulated,
            app,
            request,
            payment,
        })
    }

    fn idempotency_at(&self) -> Option<Key> {
        let key = self.key.as_ref()?;
        Some(Key::idempotency(self.payment.webcode.as_str(), key))
    }

    /// The idempotency record, once nobody is writing it.
    async fn settled_record(&self) -> Result<Option<IdempotencyRecord>, ApiError> {
        let Some(key) = self.idempotency_at() else {
            return Ok(None);
        };
        let store = self.app.store(self.request.environment);
        let found = store.load_settled(&key, self.deadline).await?;
        Ok(found.map(store::read).transpose()?)
    }

    fn terminal_at(&self) -> Key {
        Key::terminal(&self.payment.webcode, &self.payment.poi_id)
    }

    /// What can be known before the terminal is asked. None of it is kept for the idempotency key: nothing was executed.
    async fn check_terminal(&self, lease: Option<Item>, now: Ticks) -> Result<(), ApiError> {
        self.party.check(&self.payment).await?;
        let lease: Option<TerminalLease> = lease.map(store::read).transpose()?;
        if lease.is_some_and(|lease| lease.is_held_at(now)) {
            return Err(ApiError::TerminalBusy);
        }
        Ok(())
    }

    /// Takes the terminal and records what it is about to be asked.
    async fn begin(&self, now: Ticks) -> Result<Reply, ApiError> {
        let (store, environment) = (
            self.app.store(self.request.environment),
            self.request.environment,
        );
        let writer = self.app.entropy.uuid().to_string();
        let mut named_at = now;
        loop {
            let (asked, webcode) = (&self.payment, &self.payment.webcode);
            let reference = Reference::new(webcode, Marker::PosPayment, environment, named_at);
            let payment = Payment::at_terminal(
                webcode,
                reference.clone(),
                asked.poi_id.clone(),
                asked.amount,
                asked.custom_reference.clone(),
                asked.is_pre_auth,
                now,
            );
            let payment = Payment {
                processor: self.party.about_to_be_asked(now),
                ..payment
            };
            let lease = TerminalLease::of(&payment).ok_or_else(no_terminal)?;
            let mut writes = vec![
                store::take_terminal(webcode, &asked.poi_id, &lease, now, &writer)?,
                store::create_payment(&payment, now, &writer)?,
            ];
            if let Some(key) = &self.key {
                let record = IdempotencyRecord {
                    running_until: Some(now.plus(self.running_for())),
                    ..IdempotencyRecord::new(
                        Endpoint::Pos,
                        self.fingerprint.clone(),
                        reference.clone(),
                        now,
                    )
                };
                writes.push(store::create_idempotency(
                    webcode, key, &record, now, &writer,
                )?);
            }
            match store.commit(&writes, &writer, self.deadline).await {
                Ok(()) => return self.finish(payment, IsNew(true)).await,
                Err(CommitError::Unavailable(error)) => return Err(error.into()),
                Err(CommitError::Refused(refusals)) => {
                    // A duplicate wins over every other failed condition.
                    if let Some(Some(record)) = refusals.of(2) {
                        let record = store::read(record.clone())?;
                        return self.repeat(record, self.app.clock.now()).await;
                    }
                    if refusals.of(0).is_some() {
                        return Err(ApiError::TerminalBusy);
                    }
                    named_at = named_at.next().max(self.app.clock.now());
                }
            }
        }
    }

    /// Asks the terminal, records its answer, and lets the terminal go.
    async fn finish(&self, payment: Payment, is_new: IsNew) -> Result<Reply, ApiError> {
        let reference = payment.payment_reference.clone();
        let Party::Live(live) = &self.party else {
            let answer = self.simulated()?;
            let (now, writer) = (self.app.clock.now(), self.writer());
            let mut after = payment.clone();
            let answered = after.answered(answer, now);
            let change = answered
                .then(|| store::change_payment(&payment, &after, now, &writer))
                .transpose()?;
            self.let_go(&reference, change, Kept::Answer, &writer, self.deadline)
                .await?;
            return reply(&self.payment, &reference, answer);
        };
        let payment = live.ask(payment, is_new.0).await?;
        let answer = answer_of(&payment);
        if payment.open_at_processor().is_none() {
            // Where the terminal did nothing, the key is free for another try.
            let kept = match answer {
                Ok(_) => Kept::Answer,
                Err(_) => Kept::Nothing,
            };
            let deadline = Deadline::within(LET_GO_WITHIN);
            self.let_go(&reference, None, kept, &self.writer(), deadline)
                .await?;
        }
        reply(&self.payment, &reference, answer?)
    }

    /// Lets the terminal go and ends the request's record, beside what changes of the payment.
    async fn let_go(
        &self,
        reference: &Reference,
        change: Option<Write>,
        kept: Kept,
        writer: &str,
        deadline: Deadline,
    ) -> Result<(), ApiError> {
        let asked = &self.payment;
        let mut writes: Vec<Write> = change.into_iter().collect();
        writes.push(store::release_terminal(
            &asked.webcode,
            &asked.poi_id,
            reference,
            writer,
        ));
        if let Some(key) = &self.key {
            writes.push(match kept {
                Kept::Answer => store::finish_idempotency(&asked.webcode, key, writer),
                Kept::Nothing => store::forget_idempotency(&asked.webcode, key, writer),
            });
        }
        let store = self.app.store(self.request.environment);
        while !writes.is_empty() {
            match store.commit(&writes, writer, deadline).await {
                Ok(()) => break,
                Err(CommitError::Unavailable(error)) => return Err(error.into()),
                // Somebody else was late enough to do a part of it: the answer was recorded, or the terminal is another
                // payment's by now. What is left is still to be done.
                Err(CommitError::Refused(refusals)) => {
                    let mut place = 0;
                    writes.retain(|_| {
                        place += 1;
                        refusals.of(place - 1).is_none()
                    });
                }
            }
        }
        Ok(())
    }

    /// Answers a request whose key is known: with what the first one was answered, or by going on where it stopped.
    async fn repeat(&self, record: IdempotencyRecord, now: Ticks) -> Result<Reply, ApiError> {
        let reference = record.replay_for(Endpoint::Pos, &self.fingerprint)?.clone();
        let (Some(running_until), Some(key)) = (record.running_until, &self.key) else {
            return self.replayed(self.recorded(&reference).await);
        };
        if now < running_until {
            return Err(IdempotencyConflict::InProgress.into());
        }
        // The first one died in between. One of those who ask takes over, and takes the terminal anew.
        let store = self.app.store(self.request.environment);
        let [payment] = store
            .load([Some(Key::payment(&reference))], self.deadline)
            .await?;
        let before: Payment =
            store::read(payment.ok_or_else(|| ApiError::internal("the payment is not there"))?)?;
        let (asked, writer) = (&self.payment, self.app.entropy.uuid().to_string());
        let mut writes = vec![store::take_over_idempotency(
            &asked.webcode,
            key,
            running_until,
            now.plus(self.running_for()),
            &writer,
        )];
        let mut payment = before.clone();
        if payment.ask_again(now) {
            let lease = TerminalLease::of(&payment).ok_or_else(no_terminal)?;
            writes.push(store::take_terminal(
                &asked.webcode,
                &asked.poi_id,
                &lease,
                now,
                &writer,
            )?);
            writes.push(store::change_payment(&before, &payment, now, &writer)?);
        }
        match store.commit(&writes, &writer, self.deadline).await {
            Ok(()) => {}
            // Somebody else took over, or has the terminal: then the worker settles this payment.
            Err(CommitError::Refused(_)) => return Err(IdempotencyConflict::InProgress.into()),
            Err(CommitError::Unavailable(error)) => return Err(error.into()),
        }
        tracing::info!(payment = %reference, "resumed");
        self.replayed(self.finish(payment, IsNew(false)).await)
    }

    /// What was answered before: in Test a function of the request, because the same question has the same answer.
    async fn recorded(&self, reference: &Reference) -> Result<Reply, ApiError> {
        let Party::Live(_) = &self.party else {
            return reply(&self.payment, reference, self.simulated()?);
        };
        let store = self.app.store(self.request.environment);
        let wanted = [Some(Key::payment(reference))];
        let [payment] = store.load(wanted, self.deadline).await?;
        let payment: Payment =
            store::read(payment.ok_or_else(|| ApiError::internal("the payment is not there"))?)?;
        reply(&self.payment, reference, answer_of(&payment)?)
    }

    fn simulated(&self) -> Result<TerminalAnswer, ApiError> {
        simulate(self.payment.amount).map_err(|_| no_terminal())
    }

    fn replayed(&self, answer: Result<Reply, ApiError>) -> Result<Reply, ApiError> {
        match answer {
            Ok(reply) => Ok(Reply {
                replayed: true,
                ..reply
            }),
            Err(ApiError::ProviderError) => {
                Err(ApiError::Replayed(Box::new(ApiError::ProviderError)))
            }
            Err(error) => Err(error),
        }
    }

    const fn running_for(&self) -> Duration {
        match self.party {
            Party::Live(_) => RUNNING_FOR,
            Party::Simulated => SIMULATED_FOR,
        }
    }

    fn writer(&self) -> String {
        self.app.entropy.uuid().to_string()
    }
}

/// Whether the terminal is asked for the first time.
struct IsNew(bool);

/// What is kept for the request's key.
#[derive(Clone, Copy)]
enum Kept {
    /// The answer.
    Answer,
    /// Nothing: nothing was done.
    Nothing,
}

fn no_terminal() -> ApiError {
    ApiError::internal("a payment that no terminal was asked for")
}
