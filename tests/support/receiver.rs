//! A merchant's endpoint under the test's control.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// What arrived.
#[derive(Debug, Clone)]
pub struct Received {
    /// The path and the query.
    pub target: String,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: String,
}

#[derive(Debug, Default)]
struct Script {
    answers: VecDeque<Response<Full<Bytes>>>,
    received: Vec<Received>,
}

/// Takes webhooks, and answers as it was told: 200 when it was told nothing.
pub struct Receiver {
    /// Where it listens.
    pub url: String,
    script: Arc<Mutex<Script>>,
    /// Whether answers are held back.
    held: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Receiver {
    /// Starts listening on a free port.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}/hook", listener.local_addr().expect("an address"));
        let script = Arc::<Mutex<Script>>::default();
        let held = watch::Sender::new(false);
        let task = tokio::spawn(serve(listener, Arc::clone(&script), held.subscribe()));
        Self {
            url,
            script,
            held,
            task,
        }
    }

    /// Takes what comes and answers nothing, until it is let go.
    pub fn hold(&self, hold: bool) {
        self.held.send_replace(hold);
    }

    /// Answers the next delivery with headers and a body too.
    pub fn answer_with(&self, status: u16, headers: &[(&'static str, &str)], body: &str) {
        let mut response = Response::builder().status(status);
        for (name, value) in headers {
            response = response.header(*name, *value);
        }
        let response = response.body(Full::from(body.to_owned()));
        self.lock().answers.push_back(response.expect("an answer"));
    }

    /// Waits until so many deliveries have arrived.
    ///
    /// # Panics
    /// When they do not arrive within half a minute.
    pub async fn wait_for(&self, count: usize) {
        let arrived = async {
            while self.received().len() < count {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        };
        let waited = tokio::time::timeout(Duration::from_secs(30), arrived).await;
        assert!(waited.is_ok(), "{} of {count}", self.received().len());
    }

    fn lock(&self) -> MutexGuard<'_, Script> {
        self.script.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Answers the next deliveries so.
    pub fn answer(&self, statuses: &[u16]) {
        for status in statuses {
            self.answer_with(*status, &[], "");
        }
    }

    /// What has arrived, in order.
    #[must_use]
    pub fn received(&self) -> Vec<Received> {
        self.lock().received.clone()
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(listener: TcpListener, script: Arc<Mutex<Script>>, held: watch::Receiver<bool>) {
    while let Ok((stream, _)) = listener.accept().await {
        let (script, held) = (Arc::clone(&script), held.clone());
        tokio::spawn(async move {
            let service = service_fn(|request: Request<Incoming>| {
                answer(request, Arc::clone(&script), held.clone())
            });
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
    mut held: watch::Receiver<bool>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let (head, body) = request.into_parts();
    let body = body
        .collect()
        .await
        .map(|body| body.to_bytes())
        .unwrap_or_default();
    let body = String::from_utf8_lossy(&body).into_owned();
    let next = {
        let mut script = script.lock().unwrap_or_else(PoisonError::into_inner);
        script.received.push(Received {
            target: head.uri.to_string(),
            headers: head.headers,
            body,
        });
        script.answers.pop_front()
    };
    if held.wait_for(|held| !held).await.is_err() {
        // The test is over, and nobody waits for the answer.
    }
    Ok(next.unwrap_or_default())
}
