//! A payment at a terminal: recorded before the terminal is asked, settled by its answer, resumed after a crash.
//!
//! Unlike the other changes this one has an outside party to wait for. So it is written in two steps: the first one takes
//! the terminal and records the payment as being processed, the second one records the answer and lets the terminal go.

use std::time::Duration;

use http::StatusCode;
use serde::Serialize;
use shared::app::{App, REQUEST_WITHIN};
use shared::domain::idempotency::{
    Endpoint, IdempotencyConflict, IdempotencyKey, IdempotencyRecord, fingerprint,
};
use shared::domain::money::Money;
use shared::domain::payment::Payment;
use shared::domain::reference::{Marker, Reference};
use shared::domain::terminal::{
    PoiId, TerminalAnswer, TerminalRefusal, TerminalUnavailable, simulate, terminals,
};
use shared::domain::time::Ticks;
use shared::domain::webcode::Webcode;
use shared::http::authenticate::{admit, key_of, presented_key};
use shared::http::{ApiError, ApiRequest, Fields, Reply};
use shared::store::commit::CommitError;
use shared::store::{self, Deadline, Item, Key, TerminalLease};

/// Whoever began is dead by now: a function runs no longer than that (template.yaml, *Timeout*).
const RUNNING_FOR: Duration = Duration::from_secs(10);

/// The parameters of a payment at a terminal.
#[derive(Debug, Serialize)]
struct PosPayment {
    webcode: Webcode,
    poi_id: PoiId,
    amount: Money,
    description: Option<String>,
    custom_reference: Option<String>,
    is_pre_auth: bool,
}

/// The data of the reply (contract README, *POS payment*).
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(
    feature = "openapi",
    derive(utoipa::ToSchema),
    schema(as = PosPayment, description = "A payment at a terminal, as it ended.")
)]
pub(crate) struct Paid<'a> {
    /// The same as `paymentReference`.
    pos_payment_id: &'a Reference,
    /// What refunds and the like are asked of.
    payment_reference: &'a Reference,
    poi_id: &'a PoiId,
    #[cfg_attr(feature = "openapi", schema(value_type = shared::domain::session::AttemptStatus))]
    status: &'static str,
    /// Why, when it was refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    refusal_reason: Option<TerminalRefusal>,
    amount: Money,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    description: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    custom_reference: Option<&'a str>,
    /// Whether the amount is only reserved.
    is_pre_auth: bool,
    /// When, in UTC.
    #[cfg_attr(feature = "openapi", schema(example = "2026-06-28 10:30:00"))]
    created_at: String,
}

/// A request on its way.
struct Charge<'a> {
    app: &'a App,
    request: &'a ApiRequest,
    payment: PosPayment,
    key: Option<IdempotencyKey>,
    fingerprint: String,
    deadline: Deadline,
}

/// Charges a terminal, or repeats what a request with the same key was answered before.
pub(crate) async fn pay(app: &App, request: &ApiRequest) -> Result<Reply, ApiError> {
    let api_key = presented_key(request)?;
    let deadline = Deadline::within(REQUEST_WITHIN);
    let charge = Charge::parse(app, request, deadline);
    let (idempotency_at, terminal_at) = match &charge {
        Ok(charge) => (charge.idempotency_at(), Some(charge.terminal_at())),
        Err(_) => (None, None),
    };
    let [key, known, lease] = app
        .store(request.environment)
        .load(
            [Some(key_of(&api_key)), idempotency_at, terminal_at],
            deadline,
        )
        .await?;
    let caller = admit(key, request)?;
    let charge = charge?;
    caller.require(&charge.payment.webcode)?;
    let now = app.clock.now();
    if let Some(record) = known {
        let record: IdempotencyRecord = store::read(record)?;
        if record.is_known_at(now) {
            return charge.repeat(record, now).await;
        }
    }
    match charge.check_terminal(lease, now) {
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
    fn check_terminal(&self, lease: Option<Item>, now: Ticks) -> Result<(), ApiError> {
        let terminal = terminals(self.request.environment)
            .iter()
            .find(|terminal| terminal.poi_id == self.payment.poi_id.as_str())
            .ok_or(ApiError::NotFound)?;
        if !terminal.online {
            return Err(ApiError::TerminalUnreachable);
        }
        match simulate(self.payment.amount) {
            Ok(_) => {}
            Err(TerminalUnavailable::Unreachable) => return Err(ApiError::TerminalUnreachable),
            Err(TerminalUnavailable::Busy) => return Err(ApiError::TerminalBusy),
        }
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
            let lease = TerminalLease::of(&payment).ok_or_else(no_terminal)?;
            let mut writes = vec![
                store::take_terminal(webcode, &asked.poi_id, &lease, now, &writer)?,
                store::create_payment(&payment, now, &writer)?,
            ];
            if let Some(key) = &self.key {
                let record = IdempotencyRecord {
                    running_until: Some(now.plus(RUNNING_FOR)),
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
                Ok(()) => {
                    self.finish(payment).await?;
                    return self.reply(&reference);
                }
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
    async fn finish(&self, payment: Payment) -> Result<(), ApiError> {
        let store = self.app.store(self.request.environment);
        let (now, writer) = (self.app.clock.now(), self.app.entropy.uuid().to_string());
        let (asked, reference) = (&self.payment, &payment.payment_reference);
        let mut after = payment.clone();
        let mut writes = Vec::with_capacity(3);
        if after.answered(self.answer()?, now) {
            writes.push(store::change_payment(&payment, &after, now, &writer)?);
        }
        writes.push(store::release_terminal(
            &asked.webcode,
            &asked.poi_id,
            reference,
            &writer,
        ));
        if let Some(key) = &self.key {
            writes.push(store::finish_idempotency(&asked.webcode, key, &writer));
        }
        while !writes.is_empty() {
            match store.commit(&writes, &writer, self.deadline).await {
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
            return self.replayed(&reference);
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
            now.plus(RUNNING_FOR),
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
        self.finish(payment).await?;
        self.replayed(&reference)
    }

    fn answer(&self) -> Result<TerminalAnswer, ApiError> {
        simulate(self.payment.amount).map_err(|_| no_terminal())
    }

    fn replayed(&self, reference: &Reference) -> Result<Reply, ApiError> {
        match self.reply(reference) {
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

    /// The reply: a function of the request and the reference, because the same question has the same answer.
    fn reply(&self, reference: &Reference) -> Result<Reply, ApiError> {
        let (status, refusal_reason) = match self.answer()? {
            TerminalAnswer::Authorised => ("authorised", None),
            TerminalAnswer::Refused(reason) => ("refused", Some(reason)),
            TerminalAnswer::ProviderError => return Err(ApiError::ProviderError),
        };
        let data = Paid {
            pos_payment_id: reference,
            payment_reference: reference,
            poi_id: &self.payment.poi_id,
            status,
            refusal_reason,
            amount: self.payment.amount,
            description: self.payment.description.as_deref(),
            custom_reference: self.payment.custom_reference.as_deref(),
            is_pre_auth: self.payment.is_pre_auth,
            created_at: reference.created_at().to_string(),
        };
        Reply::new(StatusCode::OK, &data)
    }
}

fn no_terminal() -> ApiError {
    ApiError::internal("a payment that no terminal was asked for")
}
