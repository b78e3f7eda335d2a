//! Where the merchants' webhooks arrive: in this process, which is not killed.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bench::Failure;
use bytes::Bytes;
use http::{Response, StatusCode};
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
    refused: Arc<AtomicU64>,
}

/// Refuses at random, the same each time.
#[derive(Clone)]
struct Moods {
    failing: u32,
    drawn: Arc<AtomicU64>,
    refused: Arc<AtomicU64>,
}

impl Moods {
    /// Whether the next webhook is refused.
    fn refuses(&self) -> bool {
        // SplitMix64.
        let number = self.drawn.fetch_add(1, Ordering::SeqCst) + 1;
        let mut mixed = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let refuses = (mixed ^ (mixed >> 31)) % 100 < u64::from(self.failing);
        if refuses {
            self.refused.fetch_add(1, Ordering::SeqCst);
        }
        refuses
    }
}

impl Receiver {
    /// Starts. Of a hundred webhooks it refuses `failing`.
    pub(crate) async fn start(failing: u32) -> Result<Self, Failure> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let url = format!("http://{}/webhooks", listener.local_addr()?);
        let (arrive, arrived) = watch::channel(Arrived::new());
        let refused = Arc::default();
        let moods = Moods {
            failing,
            drawn: Arc::default(),
            refused: Arc::clone(&refused),
        };
        tokio::spawn(serve(listener, arrive, moods));
        Ok(Self {
            url,
            arrived,
            refused,
        })
    }

    /// How many webhooks were refused.
    pub(crate) fn refused(&self) -> u64 {
        self.refused.load(Ordering::SeqCst)
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

async fn serve(listener: TcpListener, arrive: watch::Sender<Arrived>, moods: Moods) {
    while let Ok((connection, _)) = listener.accept().await {
        let (arrive, moods) = (arrive.clone(), moods.clone());
        tokio::spawn(async move {
            let service = service_fn(|request: http::Request<hyper::body::Incoming>| {
                let (arrive, moods) = (arrive.clone(), moods.clone());
                async move {
                    let mut response = Response::new(Full::<Bytes>::default());
                    // A body that breaks off is a sender that was killed: nothing has arrived.
                    if let Ok(body) = request.into_body().collect().await {
                        if moods.refuses() {
                            *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
                        } else {
                            take(&arrive, body.to_bytes());
                        }
                    }
                    Ok::<_, Infallible>(response)
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
