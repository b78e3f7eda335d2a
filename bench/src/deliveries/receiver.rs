//! A merchant's endpoint: takes every event over TLS, answers 200, and counts.

use std::collections::HashSet;
use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::ServerConfig;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

use super::Protocol;
use crate::Failure;

/// The endpoint. It ends when this is dropped.
pub(crate) struct Receiver {
    address: SocketAddr,
    taken: Arc<Mutex<Taken>>,
    serving: JoinHandle<()>,
}

/// What came.
#[derive(Debug, Default)]
pub(crate) struct Taken {
    pub(crate) requests: usize,
    /// Ids of events that were signed.
    pub(crate) events: HashSet<String>,
    pub(crate) connections: usize,
}

impl Receiver {
    pub(crate) async fn start(protocol: Protocol, tls: Arc<ServerConfig>) -> Result<Self, Failure> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let taken = Arc::default();
        let serving = serve(listener, tls.into(), protocol, Arc::clone(&taken));
        Ok(Self {
            address,
            taken,
            serving: tokio::spawn(serving),
        })
    }

    /// The address for a merchant's settings.
    pub(crate) fn url(&self) -> String {
        format!("https://localhost:{}/hook", self.address.port())
    }

    /// What came since the last time.
    pub(crate) fn take(&self) -> Taken {
        std::mem::take(&mut *self.taken.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn serve(
    listener: TcpListener,
    tls: TlsAcceptor,
    protocol: Protocol,
    taken: Arc<Mutex<Taken>>,
) {
    while let Ok((connection, _)) = listener.accept().await {
        let (tls, taken) = (tls.clone(), Arc::clone(&taken));
        tokio::spawn(async move {
            // A connection that breaks breaks the request on it, and that is told there.
            let _ = connect(connection, tls, protocol, taken).await;
        });
    }
}

async fn connect(
    connection: TcpStream,
    tls: TlsAcceptor,
    protocol: Protocol,
    taken: Arc<Mutex<Taken>>,
) -> Result<(), Failure> {
    connection.set_nodelay(true)?;
    let connection = TokioIo::new(tls.accept(connection).await?);
    lock(&taken).connections += 1;
    let service = service_fn(|request| answer(request, Arc::clone(&taken)));
    match protocol {
        Protocol::Http1 => {
            http1::Builder::new()
                .serve_connection(connection, service)
                .await?;
        }
        Protocol::Http2 => {
            http2::Builder::new(TokioExecutor::new())
                .serve_connection(connection, service)
                .await?;
        }
    }
    Ok(())
}

async fn answer(
    request: Request<Incoming>,
    taken: Arc<Mutex<Taken>>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let text = |name| request.headers().get(name)?.to_str().ok();
    let is_signed = text("x-avirato-signature").is_some_and(|signature| signature.contains(",v1="));
    let event = text("webhook-id").filter(|_| is_signed).map(str::to_owned);
    // What does not arrive is missed by whoever counts.
    let body = request.into_body().collect().await;
    let mut taken = lock(&taken);
    if body.is_ok_and(|body| !body.to_bytes().is_empty()) {
        taken.requests += 1;
        taken.events.extend(event);
    }
    Ok(Response::new(Full::default()))
}

fn lock(taken: &Mutex<Taken>) -> std::sync::MutexGuard<'_, Taken> {
    taken.lock().unwrap_or_else(PoisonError::into_inner)
}
