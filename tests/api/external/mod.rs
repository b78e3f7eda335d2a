//! The External Integration contract as we expose it, over a service that the test owns (external-integration.txt).

mod access;
mod bodies;
mod callback;
mod charges;
mod check;
mod crashes;
mod pay;
mod refund;
mod status;
mod subscriptions;

use std::time::Duration;

use http::Method;
use serde_json::{Value, json};
use shared::domain::environment::Environment;
use shared::domain::webcode::Webcode;
use shared::store::{self, Deadline, Key, MerchantConfig};
use tests::{Answer, Client, Receiver, Service, Shop, TestApp};

/// Longer than whoever asks a service may be waiting for it.
const LEASE: Duration = Duration::from_secs(30);

/// A stack with two services of the same mind: `acme` moves real money, `play` does not. `SHOP01` is assigned to `acme`.
struct Scene {
    app: TestApp,
    service: Service,
    receiver: Receiver,
    /// `SHOP01` in Live.
    live: Caller,
    /// `SHOP01` in Test.
    test: Caller,
}

/// Somebody with an API key, at one service.
struct Caller {
    client: Client,
    api_key: String,
    external: &'static str,
}

impl Scene {
    async fn start() -> Self {
        Self::with("").await
    }

    /// With capabilities of `acme`.
    async fn with(capabilities: &str) -> Self {
        let (service, receiver) = (Service::start().await, Receiver::start().await);
        let services = format!(
            r#"{{"externalServices": [
                {{"externalService": "acme", "baseUrl": "{0}", "timeoutSeconds": 5, "capabilities": {{{capabilities}}}}},
                {{"externalService": "other", "baseUrl": "{0}"}},
                {{"externalService": "play", "baseUrl": "{0}", "sandbox": true, "capabilities": {{"subscriptions": true}}}}]}}"#,
            service.url
        );
        let app = TestApp::start_with(&[
            ("ExternalServices", &services),
            ("PaymentCallbackUrl", &receiver.url),
        ])
        .await;
        assign(&app, "SHOP01", "acme").await;
        let caller = |webcode, environment, external| Caller {
            client: app.client(),
            api_key: Shop::demo(app.client(), webcode, environment).api_key,
            external,
        };
        Self {
            live: caller("SHOP01", "live", "acme"),
            test: caller("SHOP01", "test", "play"),
            app,
            service,
            receiver,
        }
    }

    /// Another merchant, in an environment, at a service.
    async fn stranger(&self, environment: &str, external: &'static str) -> Caller {
        if environment == "live" {
            assign(&self.app, "SHOP02", external).await;
        }
        Caller {
            client: self.app.client(),
            api_key: Shop::demo(self.app.client(), "SHOP02", environment).api_key,
            external,
        }
    }

    /// What is due now is done.
    async fn later(&self, environment: Environment, duration: Duration) {
        self.app.clock.advance(duration);
        self.app.stack.sweep(environment, 0).await.expect("swept");
        self.app.settle().await;
    }

    /// What `PAYMENT_CALLBACK_URL` was told.
    fn told(&self) -> Vec<Value> {
        let received = self.receiver.received();
        let bodies = received
            .iter()
            .map(|one| serde_json::from_str(&one.body).expect("JSON"));
        bodies.collect()
    }
}

/// Assigns a merchant a service in Live.
async fn assign(app: &TestApp, webcode: &str, external: &str) {
    let webcode = Webcode::parse(webcode).expect("a webcode");
    let store = app.stack.app().store(Environment::Live);
    let deadline = Deadline::within(Duration::from_secs(5));
    let wanted = [Some(Key::merchant(&webcode))];
    let [seen] = store.load(wanted, deadline).await.expect("loaded");
    let config = MerchantConfig {
        external_service: Some(external.to_owned()),
        ..store::read(seen.clone().expect("a merchant")).expect("settings")
    };
    let write = store::put_merchant(&webcode, &config, seen.as_ref(), "test").expect("mapped");
    store
        .commit(&[write], "test", deadline)
        .await
        .expect("written");
}

impl Caller {
    async fn send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: String,
    ) -> Answer {
        let path = format!("/v3/{}{path}", self.external);
        let mut all = vec![
            ("x-api-key", self.api_key.as_str()),
            ("content-type", "application/json"),
        ];
        all.retain(|(name, _)| headers.iter().all(|(other, _)| name != other));
        all.extend(headers);
        self.client.send(method, &path, &all, body).await
    }

    async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send(Method::POST, path, &[], body.to_string()).await
    }

    async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, &[], String::new()).await
    }

    async fn pay(&self, shop_transaction_id: &str) -> Answer {
        self.post("/pay", &pay_body(shop_transaction_id)).await
    }

    /// A payment that was taken: its `paymentId`.
    async fn paid(&self, shop_transaction_id: &str) -> String {
        let answer = self.pay(shop_transaction_id).await;
        answer.expect_success();
        let payment_id = answer.json()["paymentId"].clone();
        payment_id.as_str().expect("a name").to_owned()
    }

    async fn status(&self, payment_id: &str) -> Answer {
        self.get(&format!("/status?paymentId={payment_id}")).await
    }

    async fn refund(&self, payment_id: &str, amount: u64, key: Option<&str>) -> Answer {
        let body = json!({ "amount": amount, "currency": "EUR", "paymentId": payment_id });
        let headers: Vec<(&str, &str)> = key
            .map(|key| ("idempotency-key", key))
            .into_iter()
            .collect();
        self.send(Method::POST, "/refund", &headers, body.to_string())
            .await
    }
}

fn pay_body(shop_transaction_id: &str) -> Value {
    json!({
        "amount": 12_345, "currency": "EUR", "shopTransactionId": shop_transaction_id,
        "successRedirectUrl": "https://shop.example/ok", "failureRedirectUrl": "https://shop.example/ko",
        "providerData": { "customer": "c-1" },
    })
}
