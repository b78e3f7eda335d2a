//! The wire between the functions' SDK and the engines: counts what passes, and breaks it on demand.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;
use serde_json::{Value, json};
use tokio::sync::oneshot;

/// What goes wrong with a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The database has no capacity.
    Throttled,
    /// Another transaction is at the same item.
    Conflict,
    /// The database fails.
    Internal,
    /// The call never arrives.
    Unsent,
    /// The call is carried out and its reply is lost.
    LostReply,
    /// Another transaction is at the first item, and the condition of the last one fails.
    ConflictBesideRefusal,
    /// The reading does not see an idempotency record yet, although it sees its effect.
    RecordUnseen,
}

impl Fault {
    /// Those that another try overcomes, whatever the call.
    pub const PASSING: [Self; 5] = [
        Self::Throttled,
        Self::Conflict,
        Self::Internal,
        Self::Unsent,
        Self::LostReply,
    ];
}

/// A call that passed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// The operation of the database, such as `BatchGetItem`.
    pub operation: String,
    /// Read units consumed, in tenths.
    pub read_tenths: u64,
    /// Write units consumed by the table, in tenths.
    pub write_tenths: u64,
    /// Write units consumed by the indexes, in tenths.
    pub index_tenths: u64,
}

/// What happens whenever a call of an operation passes.
type Beside = (String, Box<dyn Fn() + Send + Sync>);

/// What passes between the functions and the engines.
#[derive(Default)]
pub struct Wire {
    calls: Mutex<Vec<Call>>,
    faults: Mutex<VecDeque<(String, Fault)>>,
    always: Mutex<Option<(String, Fault)>>,
    nth: Mutex<Option<(usize, Fault)>>,
    later: Mutex<Option<(usize, String, Fault)>>,
    beside: Mutex<Option<Beside>>,
    held: Mutex<Option<Holding>>,
}

/// The operation whose call is held, who is told that it came, and who says that it goes on.
type Holding = (String, oneshot::Sender<()>, oneshot::Receiver<()>);

/// A call that is held on its way.
pub struct Held {
    came: oneshot::Receiver<()>,
    go: oneshot::Sender<()>,
}

impl Held {
    /// Does something between the coming of the call and its going on.
    ///
    /// # Panics
    /// When the call never comes, or nobody waits for it any more.
    pub async fn meanwhile(self, act: impl Future<Output = ()>) {
        self.came.await.expect("the call comes");
        act.await;
        self.go.send(()).expect("the call waits");
    }
}

impl std::fmt::Debug for Wire {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Wire").finish_non_exhaustive()
    }
}

impl Wire {
    /// Does something whenever a call of an operation passes: moves a clock, for the time that the call takes.
    pub fn beside(&self, operation: &str, act: impl Fn() + Send + Sync + 'static) {
        *lock(&self.beside) = Some((operation.to_owned(), Box::new(act)));
    }

    /// Holds the next call of an operation, so that a test can come before it.
    pub fn hold_next(&self, operation: &str) -> Held {
        let ((came, comes), (go, goes)) = (oneshot::channel(), oneshot::channel());
        *lock(&self.held) = Some((operation.to_owned(), came, goes));
        Held { came: comes, go }
    }

    /// Breaks the next call of an operation. Several wait in turn.
    pub fn break_next(&self, operation: &str, fault: Fault) {
        lock(&self.faults).push_back((operation.to_owned(), fault));
    }

    /// Breaks every call of an operation, until [`Wire::heal`].
    pub fn break_all(&self, operation: &str, fault: Fault) {
        *lock(&self.always) = Some((operation.to_owned(), fault));
    }

    /// Lets so many calls of an operation pass and breaks all that follow, until [`Wire::heal`].
    pub fn break_after(&self, passing: usize, operation: &str, fault: Fault) {
        *lock(&self.later) = Some((passing, operation.to_owned(), fault));
    }

    /// Breaks one call, whatever its operation: the one after so many.
    pub fn break_call(&self, after: usize, fault: Fault) {
        *lock(&self.nth) = Some((after, fault));
    }

    /// Whether the call of [`Wire::break_call`] came.
    #[must_use]
    pub fn was_broken(&self) -> bool {
        lock(&self.nth).is_none()
    }

    /// Breaks nothing any more.
    pub fn heal(&self) {
        *lock(&self.always) = None;
        *lock(&self.later) = None;
        *lock(&self.nth) = None;
        lock(&self.faults).clear();
    }

    /// Faults that nobody has met yet.
    #[must_use]
    pub fn faults_left(&self) -> usize {
        lock(&self.faults).len()
    }

    /// The calls to DynamoDB since the last time somebody asked.
    pub fn take_calls(&self) -> Vec<Call> {
        std::mem::take(&mut lock(&self.calls))
    }

    fn fault_for(&self, operation: &str) -> Option<Fault> {
        if let Some((broken, fault)) = lock(&self.always).as_ref()
            && broken == operation
        {
            return Some(*fault);
        }
        let mut nth = lock(&self.nth);
        match nth.as_mut() {
            Some((0, fault)) => {
                let fault = *fault;
                *nth = None;
                return Some(fault);
            }
            Some((after, _)) => *after -= 1,
            None => {}
        }
        drop(nth);
        if let Some((passing, broken, fault)) = lock(&self.later).as_mut()
            && broken == operation
        {
            if *passing == 0 {
                return Some(*fault);
            }
            *passing -= 1;
        }
        let mut faults = lock(&self.faults);
        let place = faults.iter().position(|(broken, _)| broken == operation)?;
        faults.remove(place).map(|(_, fault)| fault)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Puts the wire before an HTTP client.
#[must_use]
pub fn wrap(wire: &Arc<Wire>, inner: SharedHttpClient) -> SharedHttpClient {
    SharedHttpClient::new(WiredClient {
        wire: Arc::clone(wire),
        inner,
    })
}

#[derive(Debug)]
struct WiredClient {
    wire: Arc<Wire>,
    inner: SharedHttpClient,
}

impl HttpClient for WiredClient {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        let inner = self.inner.http_connector(settings, components);
        SharedHttpConnector::new(Wired {
            wire: Arc::clone(&self.wire),
            inner,
        })
    }
}

#[derive(Debug)]
struct Wired {
    wire: Arc<Wire>,
    inner: SharedHttpConnector,
}

impl HttpConnector for Wired {
    fn call(&self, mut request: HttpRequest) -> HttpConnectorFuture {
        let target = request
            .headers()
            .get("x-amz-target")
            .unwrap_or_default()
            .to_owned();
        let Some((service, operation)) = target.split_once('.') else {
            return self.inner.call(request);
        };
        let (of_database, operation) = (service == "DynamoDB_20120810", operation.to_owned());
        let wire = Arc::clone(&self.wire);
        if let Some((watched, act)) = lock(&wire.beside).as_ref()
            && *watched == operation
        {
            act();
        }
        let held = lock(&wire.held).take_if(|(held, ..)| *held == operation);
        if let Some((_, came, goes)) = held {
            let inner = self.inner.clone();
            return HttpConnectorFuture::new(async move {
                // Whoever holds it may have gone, and then nothing holds it any more.
                if came.send(()).is_ok() && goes.await.is_err() {
                    return Err(broken());
                }
                inner.call(request).await
            });
        }
        match wire.fault_for(&operation) {
            Some(Fault::Throttled) => {
                HttpConnectorFuture::ready(Ok(refusal(400, "ThrottlingException", &json!({}))))
            }
            Some(Fault::Internal) => {
                HttpConnectorFuture::ready(Ok(refusal(500, "InternalServerError", &json!({}))))
            }
            Some(Fault::Conflict) => HttpConnectorFuture::ready(Ok(conflict(&operation))),
            Some(Fault::ConflictBesideRefusal) => HttpConnectorFuture::ready(Ok(mixed())),
            Some(Fault::Unsent) => HttpConnectorFuture::ready(Err(broken())),
            fault => {
                if of_database {
                    ask_for_capacity(&mut request);
                }
                let answer = self.inner.call(request);
                HttpConnectorFuture::new(async move {
                    let mut response = answer.await?;
                    let body = std::mem::replace(response.body_mut(), SdkBody::empty());
                    let bytes = http_body_util::BodyExt::collect(body)
                        .await
                        .map_err(ConnectorError::io)?
                        .to_bytes();
                    if of_database {
                        lock(&wire.calls).push(consumed(operation, &bytes));
                    }
                    let bytes = match fault {
                        Some(Fault::RecordUnseen) => without_records(&bytes),
                        _ => bytes.to_vec(),
                    };
                    *response.body_mut() = SdkBody::from(bytes);
                    if fault == Some(Fault::LostReply) {
                        Err(broken())
                    } else {
                        Ok(response)
                    }
                })
            }
        }
    }
}

fn broken() -> ConnectorError {
    ConnectorError::io("the connection broke".into())
}

fn refusal(status: u16, code: &str, more: &Value) -> HttpResponse {
    let mut body = json!({ "__type": format!("com.amazonaws.dynamodb.v20120810#{code}"), "message": "injected" });
    if let (Some(body), Some(more)) = (body.as_object_mut(), more.as_object()) {
        body.extend(more.clone());
    }
    HttpResponse::new(
        StatusCode::try_from(status).expect("a status"),
        SdkBody::from(body.to_string()),
    )
}

fn conflict(operation: &str) -> HttpResponse {
    if operation == "TransactWriteItems" {
        let reasons = json!({ "CancellationReasons": [{ "Code": "None" }, { "Code": "TransactionConflict" }] });
        refusal(400, "TransactionCanceledException", &reasons)
    } else {
        refusal(400, "TransactionConflictException", &json!({}))
    }
}

/// A transaction that is cancelled for two reasons at once.
fn mixed() -> HttpResponse {
    let reasons = json!({ "CancellationReasons": [
        { "Code": "TransactionConflict" },
        { "Code": "None" },
        { "Code": "ConditionalCheckFailed" },
    ] });
    refusal(400, "TransactionCanceledException", &reasons)
}

/// An answer of `BatchGetItem` less the idempotency records in it.
fn without_records(answer: &[u8]) -> Vec<u8> {
    let mut answer: Value = serde_json::from_slice(answer).expect("JSON");
    for items in answer["Responses"]
        .as_object_mut()
        .into_iter()
        .flat_map(|tables| tables.values_mut())
    {
        if let Some(items) = items.as_array_mut() {
            items.retain(|item| {
                !item["pk"]["S"]
                    .as_str()
                    .is_some_and(|pk| pk.starts_with("I#"))
            });
        }
    }
    answer.to_string().into_bytes()
}

/// Asks the engine to say what a call costs. Its signature is not checked, so the body may be changed.
fn ask_for_capacity(request: &mut HttpRequest) {
    let Some(mut body) = request
        .body()
        .bytes()
        .and_then(|bytes| serde_json::from_slice::<Value>(bytes).ok())
    else {
        return;
    };
    body["ReturnConsumedCapacity"] = json!("INDEXES");
    let text = body.to_string();
    request
        .headers_mut()
        .insert("content-length", text.len().to_string());
    *request.body_mut() = SdkBody::from(text);
}

/// Reads what a call cost off its answer.
fn consumed(operation: String, answer: &[u8]) -> Call {
    let answer: Value = serde_json::from_slice(answer).unwrap_or_default();
    let reads = matches!(operation.as_str(), "BatchGetItem" | "Query" | "GetItem");
    let entries = match &answer["ConsumedCapacity"] {
        Value::Array(entries) => entries.clone(),
        Value::Null => Vec::new(),
        one => vec![one.clone()],
    };
    let mut call = Call {
        operation,
        read_tenths: 0,
        write_tenths: 0,
        index_tenths: 0,
    };
    for entry in entries {
        let table = tenths(&entry["Table"]["CapacityUnits"]);
        if reads {
            call.read_tenths += table;
        } else {
            call.write_tenths += table;
        }
        for index in entry["GlobalSecondaryIndexes"]
            .as_object()
            .into_iter()
            .flat_map(|indexes| indexes.values())
        {
            let units = tenths(&index["CapacityUnits"]);
            if reads {
                call.read_tenths += units;
            } else {
                call.index_tenths += units;
            }
        }
    }
    call
}

/// A number of units with one decimal, as tenths.
fn tenths(units: &Value) -> u64 {
    let text = units
        .as_f64()
        .map(|units| format!("{units:.1}"))
        .unwrap_or_default();
    text.replace('.', "").parse().unwrap_or(0)
}
