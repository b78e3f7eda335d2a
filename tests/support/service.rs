//! An external service under the test's control: it keeps a ledger, and answers as the contract says until it is told otherwise.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// A request that arrived.
#[derive(Debug, Clone)]
pub struct Asked {
    /// How.
    pub method: Method,
    /// Path and query.
    pub target: String,
    /// The headers.
    pub headers: HeaderMap,
    /// The body as it came.
    pub body: String,
}

impl Asked {
    /// The body as JSON; null when it is not.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }
}

/// What the service does with one request instead of what it should.
#[derive(Debug, Clone)]
pub enum Reaction {
    /// Carries it out and closes the connection: the answer is lost.
    Drop,
    /// Carries it out and answers what is no JSON.
    Garbage,
    /// Carries nothing out, and answers so.
    Answer(u16, Value),
    /// Carries a payment out with this result.
    Result(&'static str),
}

/// A payment in the ledger.
#[derive(Debug, Clone)]
pub struct Charged {
    /// The service's name of it.
    pub payment_id: String,
    /// The name that it was asked for with.
    pub shop_transaction_id: String,
    /// Minor units.
    pub amount: u64,
    /// `ACCEPTED`, `FAILED` or `PENDING`.
    pub status: String,
    /// The subscription that began with it, or that it charged.
    pub token: Option<String>,
    result: String,
}

/// A refund in the ledger.
#[derive(Debug, Clone)]
pub struct GivenBack {
    /// The payment.
    pub payment_id: String,
    /// Its `Idempotency-Key`.
    pub key: String,
    /// Minor units.
    pub amount: u64,
}

#[derive(Debug, Default)]
struct Ledger {
    reactions: VecDeque<(String, Reaction)>,
    asked: Vec<Asked>,
    charged: Vec<Charged>,
    given_back: Vec<GivenBack>,
    subscriptions: Vec<(String, String)>,
}

/// The service. It knows payments again by `shopTransactionId` and refunds by `Idempotency-Key`.
pub struct Service {
    /// Where it listens: `baseUrl` of a configuration.
    pub url: String,
    ledger: Arc<Mutex<Ledger>>,
    held: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Service {
    /// Starts listening on a free port.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}/v3", listener.local_addr().expect("an address"));
        let ledger = Arc::<Mutex<Ledger>>::default();
        let held = watch::Sender::new(false);
        let task = tokio::spawn(serve(listener, Arc::clone(&ledger), held.subscribe()));
        Self {
            url,
            ledger,
            held,
            task,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reacts so to the next request whose path begins so. Several wait in turn.
    pub fn react(&self, path: &str, reaction: Reaction) {
        let path = format!("/v3{path}");
        self.lock().reactions.push_back((path, reaction));
    }

    /// Takes requests and answers none, until it is let go.
    pub fn hold(&self, hold: bool) {
        self.held.send_replace(hold);
    }

    /// Every request, in order.
    #[must_use]
    pub fn asked(&self) -> Vec<Asked> {
        self.lock().asked.clone()
    }

    /// The requests whose path begins so.
    #[must_use]
    pub fn asked_for(&self, path: &str) -> Vec<Asked> {
        let path = format!("/v3{path}");
        let asked = self.asked();
        let found = asked
            .into_iter()
            .filter(|one| one.target.starts_with(&path));
        found.collect()
    }

    /// Waits until so many requests have arrived.
    ///
    /// # Panics
    /// When they do not arrive within half a minute.
    pub async fn wait_for(&self, count: usize) {
        let arrived = async {
            while self.asked().len() < count {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        };
        let waited = tokio::time::timeout(Duration::from_secs(30), arrived).await;
        assert!(waited.is_ok(), "{} of {count}", self.asked().len());
    }

    /// All payments.
    #[must_use]
    pub fn charged(&self) -> Vec<Charged> {
        self.lock().charged.clone()
    }

    /// All refunds.
    #[must_use]
    pub fn given_back(&self) -> Vec<GivenBack> {
        self.lock().given_back.clone()
    }

    /// Charges a subscription without being asked, and gives its name of the payment.
    pub fn charge(&self, token: &str, shop_transaction_id: &str, amount: u64) -> String {
        let mut ledger = self.lock();
        let payment_id = format!("pay-{}", ledger.charged.len() + 1);
        ledger.charged.push(Charged {
            payment_id: payment_id.clone(),
            shop_transaction_id: shop_transaction_id.to_owned(),
            amount,
            status: "ACCEPTED".to_owned(),
            token: Some(token.to_owned()),
            result: "OK".to_owned(),
        });
        payment_id
    }

    /// Changes how a payment stands.
    ///
    /// # Panics
    /// When there is none of that name.
    pub fn set_status(&self, payment_id: &str, status: &str) {
        let mut ledger = self.lock();
        let mut charged = ledger.charged.iter_mut();
        let found = charged.find(|one| one.payment_id == payment_id);
        status.clone_into(&mut found.expect("a payment").status);
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Ledger {
    fn reaction(&mut self, path: &str) -> Option<Reaction> {
        let mut reactions = self.reactions.iter();
        let place = reactions.position(|(wanted, _)| path.starts_with(wanted.as_str()))?;
        self.reactions.remove(place).map(|(_, reaction)| reaction)
    }

    /// Carries a request out.
    fn carry_out(&mut self, asked: &Asked, result: &str) -> (u16, Value) {
        let path = asked.target.split('?').next().unwrap_or_default();
        let path = path.strip_prefix("/v3").unwrap_or_default();
        match (asked.method.as_str(), path) {
            ("POST", "/pay") => (200, self.pay(&asked.json(), result, false)),
            ("POST", "/subscription/schedule" | "/subscription/start") => {
                (200, self.pay(&asked.json(), result, true))
            }
            ("POST", "/subscription/pay") => (200, self.pay(&asked.json(), result, false)),
            ("POST", "/refund") => (200, self.refund(asked)),
            ("GET", "/status") => self.status(asked),
            _ => match path.strip_prefix("/subscription/") {
                Some(rest) => self.subscription(asked, rest),
                None => (404, json!({})),
            },
        }
    }

    fn pay(&mut self, body: &Value, result: &str, begins: bool) -> Value {
        let shop_transaction_id = body["shopTransactionId"].as_str().unwrap_or_default();
        let known = self
            .charged
            .iter()
            .find(|one| one.shop_transaction_id == shop_transaction_id);
        let charged = if let Some(known) = known {
            known.clone()
        } else {
            let number = self.charged.len() + 1;
            let token = if begins {
                let token = format!("sub-{number}");
                self.subscriptions
                    .push((token.clone(), "ACTIVE".to_owned()));
                Some(token)
            } else {
                let token = &body["subscriptionInfo"]["token"];
                token.as_str().map(str::to_owned)
            };
            let charged = Charged {
                payment_id: format!("pay-{number}"),
                shop_transaction_id: shop_transaction_id.to_owned(),
                amount: body["amount"].as_u64().unwrap_or_default(),
                status: match result {
                    "OK" => "ACCEPTED",
                    "KO" => "FAILED",
                    _ => "PENDING",
                }
                .to_owned(),
                token,
                result: result.to_owned(),
            };
            self.charged.push(charged.clone());
            charged
        };
        let mut answer = json!({
            "result": charged.result, "resultDescription": "as told", "paymentId": charged.payment_id,
        });
        if charged.result == "REDIRECT_TO_URL" {
            answer["redirectToUrl"] = json!("https://bank.example/3ds");
        }
        if let Some(token) = charged.token {
            answer["subscriptionToken"] = json!(token);
            answer["metadata"] = json!({ "plan": ["gold", 1.5] });
        }
        answer
    }

    fn refund(&mut self, asked: &Asked) -> Value {
        let body = asked.json();
        let key = asked.headers.get("idempotency-key");
        let key = key.and_then(|key| key.to_str().ok()).unwrap_or_default();
        if !self.given_back.iter().any(|one| one.key == key) {
            self.given_back.push(GivenBack {
                payment_id: body["paymentId"].as_str().unwrap_or_default().to_owned(),
                key: key.to_owned(),
                amount: body["amount"].as_u64().unwrap_or_default(),
            });
        }
        json!({ "result": "OK" })
    }

    fn status(&self, asked: &Asked) -> (u16, Value) {
        let query = asked.target.split('?').nth(1).unwrap_or_default();
        let named = form_urlencoded::parse(query.as_bytes())
            .find(|(name, _)| name == "paymentId")
            .map(|(_, value)| value.into_owned());
        let found = self
            .charged
            .iter()
            .find(|one| Some(&one.payment_id) == named.as_ref());
        let Some(found) = found else {
            return (404, json!({}));
        };
        let given_back = self
            .given_back
            .iter()
            .filter(|one| one.payment_id == found.payment_id)
            .map(|one| json!({ "idempotencyKey": one.key, "result": "OK" }));
        let mut answer = json!({
            "status": found.status, "paymentId": found.payment_id,
            "shopTransactionId": found.shop_transaction_id, "providerName": "a provider behind it",
            "modifications": given_back.collect::<Vec<_>>(),
        });
        if let Some(token) = &found.token {
            let charge =
                json!({ "subscriptionToken": token, "amount": found.amount, "currency": "EUR" });
            answer["subscriptionCharge"] = charge;
        }
        (200, answer)
    }

    fn subscription(&mut self, asked: &Asked, rest: &str) -> (u16, Value) {
        let (verb, token) = rest.split_once('/').unwrap_or_default();
        let mut subscriptions = self.subscriptions.iter_mut();
        let Some((_, status)) = subscriptions.find(|(known, _)| known == token) else {
            return (404, json!({}));
        };
        let done = json!({ "result": "OK", "resultDescription": "", "subscriptionToken": token });
        match (asked.method.as_str(), verb) {
            ("POST", "update") => (200, done),
            ("DELETE", "expire") => {
                "CANCELED".clone_into(status);
                (200, done)
            }
            ("GET", "status") => {
                let answer = json!({ "status": status, "subscriptionToken": token });
                (200, answer)
            }
            _ => (405, json!({})),
        }
    }
}

async fn serve(listener: TcpListener, ledger: Arc<Mutex<Ledger>>, held: watch::Receiver<bool>) {
    while let Ok((stream, _)) = listener.accept().await {
        let (ledger, held) = (Arc::clone(&ledger), held.clone());
        tokio::spawn(async move {
            let service = service_fn(|request: Request<Incoming>| {
                answer(request, Arc::clone(&ledger), held.clone())
            });
            // A connection that ends badly is the caller's to notice.
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
    ledger: Arc<Mutex<Ledger>>,
    mut held: watch::Receiver<bool>,
) -> Result<Response<Full<Bytes>>, std::io::Error> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.map_err(std::io::Error::other)?;
    let asked = Asked {
        method: head.method,
        target: head.uri.to_string(),
        headers: head.headers,
        body: String::from_utf8_lossy(&body.to_bytes()).into_owned(),
    };
    let reaction = {
        let mut ledger = ledger.lock().unwrap_or_else(PoisonError::into_inner);
        ledger.asked.push(asked.clone());
        ledger.reaction(&asked.target)
    };
    if held.wait_for(|held| !held).await.is_err() {
        // The test is over, and nobody waits for the answer.
    }
    let carry_out = |result: &str| {
        let mut ledger = ledger.lock().unwrap_or_else(PoisonError::into_inner);
        ledger.carry_out(&asked, result)
    };
    let (status, body) = match reaction {
        None => carry_out("OK"),
        Some(Reaction::Result(result)) => carry_out(result),
        Some(Reaction::Answer(status, body)) => (status, body),
        Some(Reaction::Garbage) => {
            carry_out("OK");
            return Ok(Response::new(Full::from("<html>")));
        }
        Some(Reaction::Drop) => {
            carry_out("OK");
            return Err(std::io::Error::other("the answer is lost"));
        }
    };
    let response = Response::builder()
        .status(status)
        .header("content-type", "application/json")
        .body(Full::from(body.to_string()));
    response.map_err(std::io::Error::other)
}
