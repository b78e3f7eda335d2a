//! Where the merchants' webhooks arrive: in this process, which is not killed.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::net::Ipv4Addr;
use std::time::Duration;

use bench::Failure;
use bytes::Bytes;
use http::Response;
use http_body_util::{BodyExt, Full};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::watch;

/// The bodies that arrived for each event, by its id.
pub(crate) type Arrived = BTreeMap<String, Vec<Bytes>>;

/// A merchant's server.
pub(crate) struct Receiver {
    url: String,
    arrived: watch::Receiver<Arrived>,
}

impl Receiver {
    pub(crate) async fn start() -> Result<Self, Failure> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let url = format!("http://{}/webhooks", listener.local_addr()?);
        let (arrive, arrived) = watch::channel(Arrived::new());
        tokio::spawn(serve(listener, arrive));
        Ok(Self { url, arrived })
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Waits until what has arrived is enough, or the time is over. Gives what has arrived.
    pub(crate) async fn wait(
        &self,
        patience: Duration,
        is_enough: impl FnMut(&Arrived) -> bool,
    ) -> Arrived {
        let mut arrived = self.arrived.clone();
        // What is missing when the time is over is told by whoever looks at it.
        let _ = tokio::time::timeout(patience, arrived.wait_for(is_enough)).await;
        self.arrived.borrow().clone()
    }
}

async fn serve(listener: TcpListener, arrive: watch::Sender<Arrived>) {
    while let Ok((connection, _)) = listener.accept().await {
        let arrive = arrive.clone();
        tokio::spawn(async move {
            let service = service_fn(|request: http::Request<hyper::body::Incoming>| {
                let arrive = arrive.clone();
                async move {
                    // A body that breaks off is a sender that was killed: nothing has arrived.
                    if let Ok(body) = request.into_body().collect().await {
                        take(&arrive, body.to_bytes());
                    }
                    Ok::<_, Infallible>(Response::new(Full::<Bytes>::default()))
                }
            });
            let _ = http1::Builder::new()
                .serve_connection(TokioIo::new(connection), service)
                .await;
        });
    }
}

fn take(arrive: &watch::Sender<Arrived>, body: Bytes) {
    let event: Value = serde_json::from_slice(&body).unwrap_or_default();
    let id = event["event_id"]
        .as_str()
        .unwrap_or("without an event_id")
        .to_owned();
    arrive.send_modify(|arrived| arrived.entry(id).or_default().push(body));
}
