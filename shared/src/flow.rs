//! The path of every change, on one screen: authenticate → parse → load once → decide → write once → reply.

use serde::Serialize;

use crate::app::{App, REQUEST_WITHIN};
use crate::domain::environment::Environment;
use crate::domain::idempotency::{Endpoint, IdempotencyKey, IdempotencyRecord, fingerprint};
use crate::domain::reference::{Marker, Reference};
use crate::domain::time::Ticks;
use crate::domain::webcode::Webcode;
use crate::http::authenticate::{Caller, admit, key_of, presented_key};
use crate::http::{ApiError, ApiRequest, Fields, Reply};
use crate::store::commit::CommitError;
use crate::store::{self, Deadline, Item, Key, Unavailable, Write};

/// What an endpoint that changes something supplies: the parsing and the decision, nothing more. The type is the request's
/// parameters after parsing; what it serialises to is their fingerprint.
pub trait Change: Serialize + Sized {
    /// Its name among those that share a merchant's idempotency keys.
    const ENDPOINT: Endpoint;
    /// What it makes.
    const MARKER: Marker;

    /// Parses the body.
    ///
    /// # Errors
    /// 12xxx for the first field that is wrong.
    fn parse(fields: &Fields<'_>, app: &App, environment: Environment) -> Result<Self, ApiError>;

    /// Whose it is.
    fn webcode(&self) -> &Webcode;

    /// What must be read to decide.
    fn resource(&self) -> Option<Key>;

    /// Decides, from what was read, what to write: first the creation of what the reference names, then the
    /// change of the resource, each on the condition that the decision relied on. Pure.
    ///
    /// # Errors
    /// Why the change cannot be made.
    fn decide(
        &self,
        resource: Option<&Item>,
        decision: &Decision<'_>,
    ) -> Result<Vec<Write>, ApiError>;

    /// The reply: a function of the request, the reference, and what never changes of the resource, so that a replay needs
    /// no stored reply.
    ///
    /// # Errors
    /// 99001 when it cannot be made, which is a bug.
    fn reply(
        &self,
        app: &App,
        request: &ApiRequest,
        reference: &Reference,
        resource: Option<&Item>,
    ) -> Result<Reply, ApiError>;
}

/// The values that a decision is made with.
pub struct Decision<'a> {
    /// The environment.
    pub environment: Environment,
    /// The reference of what is made.
    pub reference: &'a Reference,
    /// The time of the decision.
    pub now: Ticks,
    /// The id of the request.
    pub writer: &'a str,
}

/// Carries out a change, or repeats what it was answered before.
///
/// # Errors
/// The first error in the contract's order of checks (contract README, *Order of checks*).
pub async fn change<C: Change>(app: &App, request: &ApiRequest) -> Result<Reply, ApiError> {
    let api_key = presented_key(request)?;
    let parsed = parse::<C>(app, request);
    let (store, deadline) = (
        app.store(request.environment),
        Deadline::within(REQUEST_WITHIN),
    );
    let (idempotency_at, resource_at) = match &parsed {
        Ok(parsed) => (parsed.idempotency_at(), parsed.change.resource()),
        Err(_) => (None, None),
    };
    let [key, known, resource] = store
        .load(
            [Some(key_of(&api_key)), idempotency_at, resource_at],
            deadline,
        )
        .await?;

    let caller = admit(key, request)?;
    let parsed = parsed?;
    caller.require(parsed.change.webcode())?;
    let now = app.clock.now();
    if let Some(record) = known {
        let record: IdempotencyRecord = store::read(record)?;
        if record.is_known_at(now) {
            return parsed.replay(app, request, &record, resource.as_ref());
        }
    }
    write(app, request, parsed, resource, now, deadline).await
}

/// Decides and writes, until one write is taken or the deadline is over. Only a race makes it go round again.
async fn write<C: Change>(
    app: &App,
    request: &ApiRequest,
    parsed: Parsed<C>,
    mut resource: Option<Item>,
    now: Ticks,
    deadline: Deadline,
) -> Result<Reply, ApiError> {
    let writer = app.entropy.uuid().to_string();
    let environment = request.environment;
    let mut named_at = now;
    loop {
        let reference = Reference::new(parsed.change.webcode(), C::MARKER, environment, named_at);
        let decision = Decision {
            environment,
            reference: &reference,
            now,
            writer: &writer,
        };
        let mut writes = match parsed.change.decide(resource.as_ref(), &decision) {
            Ok(writes) => writes,
            Err(refusal) => {
                // What refuses it may be its own first try, whose record could not be seen yet beside its effect.
                return match parsed.settled_record(app, request, deadline).await? {
                    Some(record) if record.is_known_at(now) => {
                        parsed.replay(app, request, &record, resource.as_ref())
                    }
                    _ => Err(refusal),
                };
            }
        };
        let record = parsed.record(&reference, &decision)?;
        let made_at = usize::from(record.is_some());
        writes.splice(0..0, record);
        match app
            .store(environment)
            .commit(&writes, &writer, deadline)
            .await
        {
            Ok(()) => {
                return parsed
                    .change
                    .reply(app, request, &reference, resource.as_ref());
            }
            Err(CommitError::Unavailable(error)) => return Err(error.into()),
            Err(CommitError::Refused(refusals)) => {
                // A duplicate wins over every other failed condition.
                if let Some(Some(record)) = refusals.of(0).filter(|_| made_at == 1) {
                    let record = store::read(record.clone())?;
                    return parsed.replay(app, request, &record, resource.as_ref());
                }
                if refusals.of(made_at).is_some() {
                    named_at = named_at.next().max(app.clock.now());
                }
                if let Some(found) = refusals.of(made_at + 1) {
                    resource.clone_from(found);
                }
            }
        }
    }
}

/// A request whose body is good.
struct Parsed<C> {
    change: C,
    idempotency_key: Option<IdempotencyKey>,
    fingerprint: String,
}

fn parse<C: Change>(app: &App, request: &ApiRequest) -> Result<Parsed<C>, ApiError> {
    let object = request.json()?;
    let change = C::parse(&Fields::of(&object), app, request.environment)?;
    let idempotency_key = request.idempotency_key()?;
    let fingerprint = fingerprint(&change).map_err(ApiError::internal)?;
    Ok(Parsed {
        change,
        idempotency_key,
        fingerprint,
    })
}

impl<C: Change> Parsed<C> {
    fn idempotency_at(&self) -> Option<Key> {
        let key = self.idempotency_key.as_ref()?;
        Some(Key::idempotency(self.change.webcode().as_str(), key))
    }

    /// The idempotency record, once nobody is writing it.
    async fn settled_record(
        &self,
        app: &App,
        request: &ApiRequest,
        deadline: Deadline,
    ) -> Result<Option<IdempotencyRecord>, Unavailable> {
        let Some(key) = self.idempotency_at() else {
            return Ok(None);
        };
        let found = app
            .store(request.environment)
            .load_settled(&key, deadline)
            .await?;
        found.map(store::read).transpose()
    }

    fn record(
        &self,
        reference: &Reference,
        decision: &Decision<'_>,
    ) -> Result<Option<Write>, Unavailable> {
        let Some(key) = &self.idempotency_key else {
            return Ok(None);
        };
        let record = IdempotencyRecord::new(
            C::ENDPOINT,
            self.fingerprint.clone(),
            reference.clone(),
            decision.now,
        );
        store::create_idempotency(
            self.change.webcode(),
            key,
            &record,
            decision.now,
            decision.writer,
        )
        .map(Some)
    }

    fn replay(
        &self,
        app: &App,
        request: &ApiRequest,
        record: &IdempotencyRecord,
        resource: Option<&Item>,
    ) -> Result<Reply, ApiError> {
        let reference = record.replay_for(C::ENDPOINT, &self.fingerprint)?;
        Ok(Reply {
            replayed: true,
            ..self.change.reply(app, request, reference, resource)?
        })
    }
}

/// Who is calling: for what reads more than one trip can bring. One trip.
///
/// # Errors
/// 11001, 11002 or 11008.
pub async fn caller(
    app: &App,
    request: &ApiRequest,
    deadline: Deadline,
) -> Result<Caller, ApiError> {
    let api_key = presented_key(request)?;
    let [key] = app
        .store(request.environment)
        .load([Some(key_of(&api_key))], deadline)
        .await?;
    admit(key, request)
}

/// Reads one item for a caller of the merchant that the request names: one trip, whatever is wrong.
///
/// `asked` is the outcome of parsing: the webcode, and where the item is, if the name can name anything.
///
/// # Errors
/// The first error in the contract's order of checks.
pub async fn read(
    app: &App,
    request: &ApiRequest,
    asked: Result<(Webcode, Option<Key>), ApiError>,
) -> Result<Option<Item>, ApiError> {
    let api_key = presented_key(request)?;
    let store = app.store(request.environment);
    let wanted = asked.as_ref().ok().and_then(|(_, key)| key.clone());
    let [key, item] = store
        .load(
            [Some(key_of(&api_key)), wanted],
            Deadline::within(REQUEST_WITHIN),
        )
        .await?;
    let caller = admit(key, request)?;
    caller.require(&asked?.0)?;
    Ok(item)
}
