//! Live and Test share nothing; a key stops working on the very next request.

use shared::domain::api_key::{ApiKeyRecord, Network, PresentedKey, generate};
use shared::domain::environment::Environment;
use shared::domain::webcode::Webcode;
use shared::store::{self, Deadline};
use std::time::Duration;
use tests::{Shop, TestApp};

#[tokio::test]
async fn the_two_environments_do_not_see_each_other() {
    let app = TestApp::start().await;
    let test = app.shop();
    let live = Shop::demo(app.client(), "SHOP01", "live");
    let (session_id, payment_reference) = test.paid_session().await;
    assert_eq!(live.query(&session_id).await.error(), (404, Some(10404)));
    assert_eq!(
        live.refund(&payment_reference, 100).send().await.error(),
        (404, Some(10404))
    );
    // The same key in both: two sessions.
    let in_test = test.create_session().key("order-1").send().await.data();
    let in_live = live.create_session().key("order-1").send().await;
    assert_eq!(
        (in_live.status, in_live.header("idempotent-replayed")),
        (http::StatusCode::CREATED, None)
    );
    assert!(
        in_live.data()["sessionId"]
            .as_str()
            .expect("a text")
            .starts_with("SHOP01-EXT-")
    );
    assert!(
        in_test["sessionId"]
            .as_str()
            .expect("a text")
            .starts_with("SHOP01-EXTT-")
    );
    // A key of one environment on the other's route.
    assert_eq!(
        live.create_session()
            .header("x-api-key", &test.api_key)
            .send()
            .await
            .error(),
        (403, Some(11008))
    );
}

#[tokio::test]
async fn a_live_session_of_a_merchant_without_a_service_waits_for_one() {
    let app = TestApp::start().await;
    let live = Shop::demo(app.client(), "SHOP02", "live");
    let created = live.create_session().send().await.data();
    let (session_id, url) = (
        created["sessionId"].as_str().unwrap(),
        created["paymentUrl"].as_str().unwrap(),
    );
    let start = [("action", "start"), ("attempt", "0")];
    for page in [live.open(url).await, live.submit(url, &start).await] {
        assert_eq!(page.status, 503);
        assert_eq!(
            page.header("content-type"),
            Some("text/html; charset=utf-8")
        );
        assert!(
            page.text
                .contains("no hay ningún procesador de pagos conectado"),
            "{}",
            page.text
        );
    }
    assert_eq!(live.query(session_id).await.data()["status"], "pending");
    let mut body = live.session_body();
    body["urlOk"] = serde_json::json!("http://tu-sistema.com/pago-ok");
    assert_eq!(
        live.post("/payment/session", &body).send().await.error(),
        (400, Some(12001))
    );
}

/// Gives SHOP01 another Test key.
pub(crate) async fn another_key(
    app: &TestApp,
    seed: u8,
    networks: &[&str],
) -> (Shop, PresentedKey) {
    let text = generate(Environment::Test, [seed; 32]);
    let key = PresentedKey::parse(&text).expect("a key");
    let record = ApiKeyRecord {
        id: format!("key_{seed}"),
        webcode: Webcode::parse("SHOP01").expect("a webcode"),
        revoked: false,
        networks: networks
            .iter()
            .map(|network| Network::parse(network).expect("a network"))
            .collect(),
    };
    let write = store::create_api_key(&key.hash, &record, "test").expect("mapped");
    commit(app, write).await;
    (app.shop().with_key(&text), key)
}

async fn commit(app: &TestApp, write: store::Write) {
    let deadline = Deadline::within(Duration::from_secs(5));
    app.stack
        .app()
        .store(Environment::Test)
        .commit(&[write], "test", deadline)
        .await
        .expect("written");
}

#[tokio::test]
async fn a_revoked_key_fails_on_the_very_next_request() {
    let app = TestApp::start().await;
    let (shop, key) = another_key(&app, 5, &[]).await;
    assert_eq!(shop.create_session().send().await.status, 201);
    commit(&app, store::revoke_api_key(&key.hash, "test")).await;
    assert_eq!(
        shop.create_session().send().await.error(),
        (403, Some(11001))
    );
    assert_eq!(app.shop().create_session().send().await.status, 201);
}

#[tokio::test]
async fn a_key_with_a_list_of_addresses_works_only_from_there() {
    let app = TestApp::start().await;
    let (here, _) = another_key(&app, 6, &["203.0.113.0/24", "127.0.0.1"]).await;
    assert_eq!(here.create_session().send().await.status, 201);
    let (elsewhere, _) = another_key(&app, 7, &["203.0.113.0/24"]).await;
    assert_eq!(
        elsewhere.create_session().send().await.error(),
        (403, Some(11002))
    );
    // Whoever asks cannot say where from.
    let call = elsewhere
        .create_session()
        .header("x-forwarded-for", "203.0.113.7");
    assert_eq!(
        call.header("forwarded", "for=203.0.113.7")
            .send()
            .await
            .error(),
        (403, Some(11002))
    );
}
