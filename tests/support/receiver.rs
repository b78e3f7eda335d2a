//! A merchant's endpoint under the test's control.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use http::{HeaderMap, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// What arrived.
#[derive(Debug, Clone)]
pub struct Received {
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: String,
}

#[derive(Debug, Default)]
struct Script {
    answers: VecDeque<StatusCode>,
    received: Vec<Received>,
}

/// Takes webhooks, and answers as it was told: 200 when it was told nothing.
pub struct Receiver {
    /// Where it listens.
    pub url: String,
    script: Arc<Mutex<Script>>,
    task: JoinHandle<()>,
}

impl Receiver {
    /// Starts listening on a free port.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}/hook", listener.local_addr().expect("an address"));
        let script = Arc::<Mutex<Script>>::default();
        let task = tokio::spawn(serve(listener, Arc::clone(&script)));
        Self { url, script, task }
    }

    /// Answers the next deliveries so.
    pub fn answer(&self, statuses: &[u16]) {
        let statuses = statuses
            .iter()
            .map(|status| StatusCode::from_u16(*status).expect("a status"));
        self.script
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .answers
            .extend(statuses);
    }

    /// What has arrived, in order.
    #[must_use]
    pub fn received(&self) -> Vec<Received> {
        self.script
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .received
            .clone()
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(listener: TcpListener, script: Arc<Mutex<Script>>) {
    while let Ok((stream, _)) = listener.accept().await {
        let script = Arc::clone(&script);
        tokio::spawn(async move {
            let service =
                service_fn(|request: Request<Incoming>| answer(request, Arc::clone(&script)));
            // A connection that ends badly is the sender's to notice.
            if Builder::new(TokioExecutor::new())
                .serve_connection(TokioIo::new(stream), service)
                .await
                .is_err()
            {}
        });
    }
}

async fn answer(
    request: Request<Incoming>,
    script: Arc<Mutex<Script>>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let (head, body) = request.into_parts();
    let body = body
        .collect()
        .await
        .map(|body| body.to_bytes())
        .unwrap_or_default();
    let body = String::from_utf8_lossy(&body).into_owned();
    let mut script = script.lock().unwrap_or_else(PoisonError::into_inner);
    script.received.push(Received {
        headers: head.headers,
        body,
    });
    let mut response = Response::new(Full::default());
    *response.status_mut() = script.answers.pop_front().unwrap_or(StatusCode::OK);
    Ok(response)
}
