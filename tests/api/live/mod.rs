//! Live: payments at an external service, which is the sandbox here.

mod late;
mod modifications;
mod sessions;
mod terminals;

use std::time::Duration;

use http::Method;
use serde_json::{Value, json};
use shared::domain::environment::Environment;
use tests::{Answer, Sandbox, Shop, TestApp};

/// A demo merchant in Live, whose payments the sandbox takes.
fn shop(app: &TestApp) -> Shop {
    Shop::demo(app.client(), "SHOP01", "live")
}

/// A new session for an amount: its id, and the address of its page.
async fn session(shop: &Shop, value: u64, is_pre_auth: bool) -> (String, String) {
    let mut body = shop.session_body();
    body["amount"]["value"] = json!(value);
    body["isPreAuth"] = json!(is_pre_auth);
    let created = shop.post("/payment/session", &body).send().await.data();
    let text = |name: &str| created[name].as_str().expect("a text").to_owned();
    (text("sessionId"), text("paymentUrl"))
}

/// Where a redirect leads.
fn location(answer: &Answer) -> String {
    assert_eq!(answer.status, 303, "{}", answer.text);
    answer.header("location").expect("a location").to_owned()
}

/// A customer goes to the page, is sent on to the service, answers there, and is sent back: the page that they see then.
async fn pay(app: &TestApp, shop: &Shop, payment_url: &str, answer: &str) -> Answer {
    let service = location(&shop.open(payment_url).await);
    let back = location(&app.sandbox().answer_page(&service, answer).await);
    shop.open(&back).await
}

/// A payment of an amount that a customer approved: its reference.
async fn paid(app: &TestApp, value: u64, is_pre_auth: bool) -> String {
    let shop = shop(app);
    let (session_id, payment_url) = session(&shop, value, is_pre_auth).await;
    pay(app, &shop, &payment_url, "approve")
        .await
        .expect_success();
    let queried = shop.query(&session_id).await.data();
    assert_eq!(queried["status"], "completed");
    queried["paymentReference"]
        .as_str()
        .expect("paid")
        .to_owned()
}

/// Lets time pass, and does what falls due by then.
async fn pass(app: &TestApp, seconds: u64) {
    app.clock.advance(Duration::from_secs(seconds));
    for _ in 0..2 {
        app.stack.sweep(Environment::Live, 0).await.expect("swept");
        app.settle().await;
    }
}

/// The codes and results of what the merchant was told, in order.
async fn told(app: &TestApp) -> Vec<(String, String, Value)> {
    let bodies = app.told("SHOP01").await;
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    bodies
        .iter()
        .map(|body| {
            let reason = body["data"]["reason"].clone();
            (text(&body["event_code"]), text(&body["result"]), reason)
        })
        .collect()
}

fn event(code: &str, result: &str) -> (String, String, Value) {
    (code.to_owned(), result.to_owned(), Value::Null)
}

fn event_because(code: &str, result: &str, reason: &str) -> (String, String, Value) {
    (code.to_owned(), result.to_owned(), json!(reason))
}

/// What the service has of a payment, by our name of it.
async fn in_ledger(sandbox: &Sandbox, reference: &str) -> Vec<Value> {
    let mut ledger = sandbox.ledger().await;
    ledger.retain(|payment| payment["shopTransactionId"] == reference);
    ledger
}

/// How the modifications of the merchant stand, newest first.
async fn modifications(shop: &Shop) -> Vec<String> {
    let rows = shop.get("/payment/modifications", &[]).await.data();
    let rows = rows.as_array().expect("a list").iter();
    rows.map(|row| row["status"].as_str().expect("a text").to_owned())
        .collect()
}

/// Reconciles as the schedule does.
async fn reconcile(app: &TestApp) {
    let event = json!({ "reconcile": { "environment": "live" } });
    let answer = app.stack.invoke("dispatcher", event).await.expect("named");
    assert_eq!(answer["isComplete"], true);
    app.settle().await;
}

/// Looks at a page, as somebody whose browser says nothing of why.
async fn look(app: &TestApp, url: &str) -> Answer {
    app.client().send(Method::GET, url, &[], "").await
}
