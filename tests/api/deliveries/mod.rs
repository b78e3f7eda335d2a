//! What became of webhooks, as their merchant may look at it with its API key, and has them sent again.

mod resend;

use std::time::Duration;

use serde_json::{Value, json};
use shared::domain::environment::Environment;
use shared::domain::event::EventId;
use shared::store::Key;
use tests::{Receiver, Shop, TestApp};

const LIST: &str = "/webhook/deliveries";

/// SHOP01 with a receiver.
async fn shop(app: &TestApp) -> (Shop, Receiver) {
    let receiver = Receiver::start().await;
    local::demo::point_webhook(app.stack.app(), "SHOP01", Environment::Test, &receiver.url)
        .await
        .expect("a demo merchant");
    (app.shop(), receiver)
}

/// A payment whose event was sent once. Gives the event's id.
async fn told(app: &TestApp, shop: &Shop) -> String {
    app.clock.advance(Duration::from_secs(1));
    let (_, payment_reference) = shop.paid_session().await;
    app.settle().await;
    format!("evt_{payment_reference}_1")
}

async fn list(shop: &Shop, query: &[(&str, &str)]) -> Vec<String> {
    let rows = shop.get(LIST, query).await.data();
    let rows = rows.as_array().expect("a list").iter();
    let event_id = |row: &Value| row["eventId"].as_str().expect("a text").to_owned();
    rows.map(event_id).collect()
}

#[tokio::test]
async fn a_merchant_lists_its_deliveries_by_state_and_time() {
    let app = TestApp::start().await;
    let (shop, receiver) = shop(&app).await;
    let first = told(&app, &shop).await;
    receiver.answer(&[500]);
    let waiting = told(&app, &shop).await;
    let middle = app.clock.now().plus(Duration::from_millis(1)).iso();
    let last = told(&app, &shop).await;
    assert_eq!(list(&shop, &[]).await, [&last[..], &waiting, &first]);
    assert_eq!(list(&shop, &[("state", "waiting")]).await, [&waiting[..]]);
    assert_eq!(list(&shop, &[("from", &middle)]).await, [&last[..]]);
    let delivered = [("to", middle.as_str()), ("state", "delivered")];
    assert_eq!(list(&shop, &delivered).await, [&first[..]]);

    let page = shop.get(LIST, &[("limit", "2")]).await.json();
    let cursor = page["pagination"]["nextCursor"].as_str().expect("more");
    let next = [("limit", "2"), ("cursor", cursor)];
    assert_eq!(list(&shop, &next).await, [&first[..]]);
    // A cursor belongs to its filters.
    let other = [("state", "delivered"), ("cursor", cursor)];
    let refused = shop.get(LIST, &other).await;
    assert_eq!(refused.error(), (400, Some(12001)));
    for (name, value, code) in [
        ("state", "lost", 12001),
        ("limit", "0", 12001),
        ("cursor", "abc", 12001),
        ("from", "yesterday", 12002),
    ] {
        let refused = shop.get(LIST, &[(name, value)]).await;
        assert_eq!(refused.error(), (400, Some(code)), "{name}={value}");
    }
}

#[tokio::test]
async fn a_merchant_sees_attempts_and_never_what_was_answered() {
    let app = TestApp::start().await;
    let (shop, receiver) = shop(&app).await;
    receiver.answer_with(418, &[("x-secret", "in a header")], "secret of a network");
    let event_id = told(&app, &shop).await;
    let answer = shop.get(&format!("{LIST}/{event_id}"), &[]).await;
    let shown = answer.data();
    assert_eq!(shown["eventId"], event_id);
    assert_eq!(shown["eventCode"], "AUTHORISATION");
    assert_eq!(shown["state"], "waiting");
    assert_eq!(shown["createdAt"], "2026-06-21 00:00:01");
    assert!(shown["dueAt"].is_string() && shown.get("endedAt").is_none());
    assert_eq!(shown["body"], receiver.received()[0].body);
    let attempts = shown["attempts"].as_array().expect("a list");
    assert_eq!(attempts.len(), 1);
    let (at, outcome) = (&attempts[0]["at"], &attempts[0]["outcome"]);
    assert_eq!(
        (at, outcome),
        (&json!("2026-06-21 00:00:01"), &json!("refused"))
    );
    let listed = shop.get(LIST, &[]).await;
    assert_eq!(listed.data()[0].get("body"), None);
    let body = json!({ "webcode": "SHOP01", "eventId": event_id });
    let resent = shop.post("/webhook/resend", &body).send().await;
    assert_eq!(resent.status, 202);
    for answer in [&answer, &listed, &resent] {
        for secret in ["418", "secret", "header"] {
            assert!(!answer.text.contains(secret), "{}", answer.text);
        }
    }
    app.clock.advance(Duration::from_secs(10));
    app.stack.sweep(Environment::Test, 0).await.expect("swept");
    app.settle().await;
    let shown = shop.get(&format!("{LIST}/{event_id}"), &[]).await.data();
    assert_eq!(shown["state"], "delivered");
    assert_eq!(shown["attempts"][1]["outcome"], "delivered");
    assert!(shown["endedAt"].is_string() && shown.get("dueAt").is_none());
}

#[tokio::test]
async fn nobody_sees_anybody_elses_deliveries() {
    let app = TestApp::start().await;
    let (shop, _receiver) = shop(&app).await;
    let event_id = told(&app, &shop).await;
    let of_one = format!("{LIST}/{event_id}");
    let other = Shop::demo(app.client(), "SHOP02", "test");
    let live = Shop::demo(app.client(), "SHOP01", "live");
    assert_eq!(list(&other, &[]).await, [""; 0]);
    assert_eq!(list(&live, &[]).await, [""; 0]);
    // By its own name it is somebody else's; in Live there is none of that name.
    let foreign = other.get(&of_one, &[]).await;
    assert_eq!(foreign.error(), (403, Some(11008)));
    assert_eq!(live.get(&of_one, &[]).await.error(), (404, Some(10404)));
    // By somebody else's name, with a key of one's own.
    for path in [LIST, &of_one] {
        let mut stranger = Shop::demo(app.client(), "SHOP02", "test");
        stranger.webcode = "SHOP01".to_owned();
        let refused = stranger.get(path, &[]).await;
        assert_eq!(refused.error(), (403, Some(11008)), "{path}");
        // What is wrong with the question comes before that, and who may not ask at all before both.
        let nobody = Shop::demo(app.client(), "SHOP01", "test").with_key("pk_test_x");
        let refused = nobody.get(path, &[("limit", "0")]).await;
        assert_eq!(refused.error(), (403, Some(11001)), "{path}");
        let key = live.api_key.clone();
        let refused = shop_with(&app, &key).get(path, &[]).await;
        assert_eq!(refused.error(), (403, Some(11008)), "{path}: a key of Live");
    }
    let mut stranger = Shop::demo(app.client(), "SHOP02", "test");
    stranger.webcode = "SHOP01".to_owned();
    let refused = stranger.get(LIST, &[("limit", "0")]).await;
    assert_eq!(refused.error(), (400, Some(12001)));
    for event in ["evt_SHOP01-PXTT-17820000000000_1", "x", "evt_x_1"] {
        let missing = shop.get(&format!("{LIST}/{event}"), &[]).await;
        assert_eq!(missing.error(), (404, Some(10404)), "{event}");
    }
}

fn shop_with(app: &TestApp, key: &str) -> Shop {
    Shop::demo(app.client(), "SHOP01", "test").with_key(key)
}

#[tokio::test]
async fn looking_at_a_delivery_is_one_trip_and_no_write() {
    let app = TestApp::start().await;
    let (shop, _receiver) = shop(&app).await;
    let event_id = told(&app, &shop).await;
    let event = EventId::find(&event_id).expect("an event");
    app.wire.take_calls();
    shop.get(&format!("{LIST}/{event_id}"), &[])
        .await
        .expect_success();
    let calls = app.wire.take_calls();
    let operations: Vec<&str> = calls.iter().map(|call| call.operation.as_str()).collect();
    assert_eq!(operations, ["BatchGetItem"]);
    // Forgotten after 30 days, it is not there.
    app.forget("TestTable", &Key::delivery(&event, "default"))
        .await;
    let gone = shop.get(&format!("{LIST}/{event_id}"), &[]).await;
    assert_eq!(gone.error(), (404, Some(10404)));
}
