//! TLS in front of the engine, and a look at what passes.

use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use http::header::CONTENT_LENGTH;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use rustls::ServerConfig;
use serde_json::Value;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

use crate::Failure;

/// One call that passed.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    /// The operation, such as `BatchGetItem`.
    pub(crate) operation: String,
    /// Whether no other call was under way when it came: it had to be waited for.
    pub(crate) is_trip: bool,
    /// The size of the request's body.
    pub(crate) bytes: usize,
    /// Write units of the table itself and of its indexes, where they were asked for.
    pub(crate) units: WriteUnits,
}

/// What a call cost in writes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct WriteUnits {
    pub(crate) table: u64,
    pub(crate) indexes: u64,
}

/// What has passed since somebody looked.
#[derive(Debug, Default)]
struct Tape {
    calls: Vec<Call>,
    under_way: usize,
    /// Whether the engine is asked what each call costs. It makes calls larger, so only while nothing is timed.
    asks_for_units: bool,
}

/// The terminator. It ends when this is dropped.
pub(crate) struct Proxy {
    pub(crate) address: SocketAddr,
    tape: Arc<Mutex<Tape>>,
    serving: JoinHandle<()>,
}

impl Proxy {
    pub(crate) async fn start(engine: SocketAddr, tls: Arc<ServerConfig>) -> Result<Self, Failure> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let tape = Arc::default();
        let passage = Passage {
            engine,
            acceptor: tls.into(),
            tape: Arc::clone(&tape),
        };
        Ok(Self {
            address,
            tape,
            serving: tokio::spawn(serve(listener, passage)),
        })
    }

    /// What has passed since the last time.
    pub(crate) fn take_calls(&self) -> Vec<Call> {
        std::mem::take(&mut lock(&self.tape).calls)
    }

    /// Whether the engine is asked what each call costs.
    pub(crate) fn ask_for_units(&self, asks: bool) {
        lock(&self.tape).asks_for_units = asks;
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

fn lock(tape: &Mutex<Tape>) -> MutexGuard<'_, Tape> {
    tape.lock().unwrap_or_else(PoisonError::into_inner)
}

#[derive(Clone)]
struct Passage {
    engine: SocketAddr,
    acceptor: TlsAcceptor,
    tape: Arc<Mutex<Tape>>,
}

async fn serve(listener: TcpListener, passage: Passage) {
    while let Ok((connection, _)) = listener.accept().await {
        let passage = passage.clone();
        tokio::spawn(async move {
            // A connection that breaks breaks the request on it, and that is told there.
            let _ = passage.connect(connection).await;
        });
    }
}

/// The way to the engine: one connection for each of a function's.
type Upstream = Arc<tokio::sync::Mutex<SendRequest<Full<Bytes>>>>;

impl Passage {
    async fn connect(&self, connection: TcpStream) -> Result<(), Failure> {
        connection.set_nodelay(true)?;
        let connection = self.acceptor.accept(connection).await?;
        let upstream = TcpStream::connect(self.engine).await?;
        upstream.set_nodelay(true)?;
        let (sender, driver) = handshake(TokioIo::new(upstream)).await?;
        tokio::spawn(driver);
        let upstream = Upstream::new(sender.into());
        let service = service_fn(|request| {
            let (passage, upstream) = (self.clone(), Arc::clone(&upstream));
            async move {
                let passed = passage.pass(request, &upstream).await;
                Ok::<_, Infallible>(passed.unwrap_or_else(|_| bad_gateway()))
            }
        });
        http1::Builder::new()
            .serve_connection(TokioIo::new(connection), service)
            .await?;
        Ok(())
    }

    async fn pass(
        &self,
        request: Request<Incoming>,
        upstream: &Upstream,
    ) -> Result<Response<Full<Bytes>>, Failure> {
        let (mut head, body) = request.into_parts();
        let mut body = body.collect().await?.to_bytes();
        let bytes = body.len();
        let (is_trip, asks_for_units) = {
            let mut tape = lock(&self.tape);
            tape.under_way += 1;
            (tape.under_way == 1, tape.asks_for_units)
        };
        if asks_for_units {
            body = asking_for_units(&body)?;
            head.headers.insert(CONTENT_LENGTH, body.len().into());
        }
        let operation = operation(&head);
        let answered = answer(upstream, Request::from_parts(head, Full::new(body))).await;
        let mut tape = lock(&self.tape);
        tape.under_way -= 1;
        let answered = answered?;
        let units = if asks_for_units {
            write_units(answered.body())?
        } else {
            WriteUnits::default()
        };
        tape.calls.push(Call {
            operation,
            is_trip,
            bytes,
            units,
        });
        Ok(answered.map(Full::new))
    }
}

async fn answer(
    upstream: &Upstream,
    request: Request<Full<Bytes>>,
) -> Result<Response<Bytes>, Failure> {
    let mut upstream = upstream.lock().await;
    upstream.ready().await?;
    let (head, body) = upstream.send_request(request).await?.into_parts();
    Ok(Response::from_parts(head, body.collect().await?.to_bytes()))
}

fn bad_gateway() -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::default());
    *response.status_mut() = StatusCode::BAD_GATEWAY;
    response
}

/// `DynamoDB_20120810.BatchGetItem`
fn operation(head: &http::request::Parts) -> String {
    let target = head
        .headers
        .get("x-amz-target")
        .and_then(|target| target.to_str().ok());
    target
        .and_then(|target| target.split('.').nth(1))
        .unwrap_or_default()
        .to_owned()
}

fn asking_for_units(body: &[u8]) -> Result<Bytes, Failure> {
    let mut body: Value = serde_json::from_slice(body)?;
    body["ReturnConsumedCapacity"] = "INDEXES".into();
    Ok(serde_json::to_vec(&body)?.into())
}

/// What an answer says that a write cost; reads say the same of reads, and are left out.
fn write_units(body: &[u8]) -> Result<WriteUnits, Failure> {
    let body: Value = serde_json::from_slice(body)?;
    let consumed = match &body["ConsumedCapacity"] {
        Value::Array(tables) => tables.as_slice(),
        one @ Value::Object(_) => std::slice::from_ref(one),
        _ => &[],
    };
    let mut units = WriteUnits::default();
    for table in consumed {
        if body.get("Responses").is_some() {
            continue;
        }
        units.table += whole(&table["Table"]["CapacityUnits"]);
        let indexes = table["GlobalSecondaryIndexes"].as_object();
        units.indexes += indexes
            .into_iter()
            .flatten()
            .map(|(_, index)| whole(&index["CapacityUnits"]))
            .sum::<u64>();
    }
    Ok(units)
}

/// Units of writes are whole, although they are written as `4.0`.
fn whole(number: &Value) -> u64 {
    let text = number.to_string();
    text.split('.')
        .next()
        .and_then(|whole| whole.parse().ok())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn units(answer: &Value) -> WriteUnits {
        write_units(answer.to_string().as_bytes()).expect("JSON")
    }

    #[test]
    fn units_are_those_of_writes_with_indexes_apart() {
        let consumed = json!({
            "TableName": "T", "CapacityUnits": 6.0,
            "Table": {"CapacityUnits": 4.0},
            "GlobalSecondaryIndexes": {"list": {"CapacityUnits": 1.0}, "byref": {"CapacityUnits": 1.0}},
        });
        let expected = WriteUnits {
            table: 4,
            indexes: 2,
        };
        assert_eq!(units(&json!({"ConsumedCapacity": [consumed]})), expected);
        assert_eq!(units(&json!({"ConsumedCapacity": consumed})), expected);
        let read = json!({"Responses": {"T": []}, "ConsumedCapacity": [consumed]});
        assert_eq!(units(&read), WriteUnits::default());
        assert_eq!(units(&json!({})), WriteUnits::default());
    }
}
