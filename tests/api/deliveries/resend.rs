//! Events that their merchant has sent again, and test events.

use futures_util::future::{join, join_all};
use http::Method;
use serde_json::Value;
use shared::domain::delivery::KEPT;
use shared::domain::webcode::Webcode;
use shared::store::Deadline;
use tests::{Fault, Operator};

use super::*;

const PING: &str = "/webhook/ping";
const MISSED: &str = "/webhook/resend-missed";
const RESEND: &str = "/webhook/resend";

fn of(shop: &Shop, event_id: &str) -> Value {
    json!({ "webcode": shop.webcode, "eventId": event_id })
}

fn whose(shop: &Shop) -> Value {
    json!({ "webcode": shop.webcode })
}

/// Each request that sends something, for one event and for all there are.
fn everything(shop: &Shop, event_id: &str) -> [(&'static str, Value); 3] {
    let mut missed = whose(shop);
    missed["from"] = json!("2020-01-01");
    missed["to"] = json!("2100-01-01");
    [
        (RESEND, of(shop, event_id)),
        (MISSED, missed),
        (PING, whose(shop)),
    ]
}

/// Enables or disables the endpoint of SHOP01 in Test.
async fn enable(app: &TestApp, enabled: bool) {
    let operator = Operator::new(app.client(), "SHOP01", "test");
    let body = json!({ "enabled": enabled });
    let answer = operator.here(Method::PATCH, "webhook", &body).await;
    answer.expect_success();
}

/// A time after everything that was made so far.
fn later(app: &TestApp) -> String {
    app.clock.now().plus(Duration::from_secs(1)).iso()
}

/// The records of SHOP01 in Test, newest first.
async fn audit(app: &TestApp) -> Vec<Value> {
    Operator::new(app.client(), "SHOP01", "test").audit().await
}

/// A payment whose event failed to the end.
async fn given_up(app: &TestApp, shop: &Shop, receiver: &Receiver) -> String {
    receiver.answer(&[500; 8]);
    let event_id = told(app, shop).await;
    for _ in 0..8 {
        app.clock.advance(Duration::from_secs(12 * 3600));
        app.stack.sweep(Environment::Test, 0).await.expect("swept");
        app.settle().await;
    }
    event_id
}

#[tokio::test]
async fn a_merchant_has_an_event_sent_again() {
    let app = TestApp::start().await;
    let (shop, receiver) = shop(&app).await;
    let event_id = told(&app, &shop).await;
    let answer = shop.post(RESEND, &of(&shop, &event_id)).send().await;
    assert_eq!(answer.status, 202);
    let shown = answer.data();
    assert_eq!(
        (&shown["eventId"], &shown["state"]),
        (&json!(event_id), &json!("waiting"))
    );
    assert!(shown["dueAt"].is_string() && shown.get("body").is_none());
    app.settle().await;
    let received = receiver.received();
    assert_eq!(received.len(), 2);
    assert_eq!(received[1].body, received[0].body);
    let shown = shop.get(&format!("{LIST}/{event_id}"), &[]).await.data();
    assert_eq!(shown["state"], "delivered");
    assert_eq!(shown["attempts"].as_array().map(Vec::len), Some(2));
    // Whoever looks into it later finds the key that it was asked for with.
    let record = &audit(&app).await[0];
    assert_eq!(
        (&record["action"], &record["target"]),
        (&json!("deliveries.resent"), &json!(event_id))
    );
    let who = record["who"].as_str().expect("a text");
    assert!(who.starts_with("key_"), "{who}");
    assert!(!record.to_string().contains(&shop.api_key));
}

#[tokio::test]
async fn a_merchant_has_sent_again_what_it_missed_and_nothing_else() {
    let app = TestApp::start().await;
    let (shop, receiver) = shop(&app).await;
    let failed = given_up(&app, &shop, &receiver).await;
    told(&app, &shop).await;
    let from = "2020-01-01T00:00:00Z";
    let before = receiver.received().len();
    let mut body = json!({ "webcode": "SHOP01", "from": from, "to": later(&app) });
    let none = json!({ "webcode": "SHOP01", "from": later(&app), "to": "2100-01-01" });
    let answer = shop.post(MISSED, &none).send().await;
    assert_eq!(answer.data(), json!({ "resent": 0, "nextCursor": null }));
    let answer = shop.post(MISSED, &body).send().await;
    assert_eq!(
        (answer.status.as_u16(), answer.data()),
        (202, json!({ "resent": 1, "nextCursor": null }))
    );
    app.settle().await;
    let received = receiver.received();
    assert_eq!(received.len(), before + 1);
    assert!(received[before].body.contains(&failed));
    let record = &audit(&app).await[0];
    assert_eq!(record["new"]["count"], 1);

    for (name, value, code) in [
        ("from", json!(null), 12001),
        ("to", json!("tomorrow"), 12002),
        ("states", json!(["delivered"]), 12001),
        ("states", json!([]), 12001),
        ("endedFrom", json!("x"), 12002),
        ("cursor", json!("abc"), 12001),
        ("webcode", json!(null), 12001),
    ] {
        let good = std::mem::replace(&mut body[name], value);
        let refused = shop.post(MISSED, &body).send().await;
        assert_eq!(refused.error(), (400, Some(code)), "{name}");
        body[name] = good;
    }
}

/// More than one request sends at once, and a cursor that is bound to what was asked for.
#[tokio::test]
async fn what_is_too_much_for_one_request_is_asked_for_page_by_page() {
    let app = TestApp::start().await;
    let (shop, receiver) = shop(&app).await;
    enable(&app, false).await;
    const EVENTS: usize = 103;
    for _ in 0..EVENTS {
        let created = shop.create_session().send().await.data();
        let page = created["paymentUrl"].as_str().expect("a text");
        shop.pay(page, "Test User").await;
        // A reference is made of the time: in one moment each would be tried after all before it.
        app.clock.advance(Duration::from_millis(1));
    }
    app.settle().await;
    enable(&app, true).await;
    let mut body = json!({
        "webcode": "SHOP01", "from": "2020-01-01", "to": later(&app), "states": ["skipped"],
    });
    let first = shop.post(MISSED, &body).send().await.data();
    assert_eq!(first["resent"], 100);
    body["cursor"] = first["nextCursor"].clone();
    let mut other = body.clone();
    other["states"] = json!(["failed", "skipped"]);
    let refused = shop.post(MISSED, &other).send().await;
    assert_eq!(refused.error(), (400, Some(12001)));
    let last = shop.post(MISSED, &body).send().await.data();
    assert_eq!(last, json!({ "resent": 3, "nextCursor": null }));
    app.settle().await;
    assert_eq!(receiver.received().len(), EVENTS);
}

#[tokio::test]
async fn a_merchant_tries_its_endpoint() {
    let app = TestApp::start().await;
    let (shop, receiver) = shop(&app).await;
    let answer = shop.post(PING, &whose(&shop)).send().await;
    assert_eq!(answer.status, 202);
    let event_id = answer.data()["eventId"].clone();
    app.settle().await;
    let received = receiver.received();
    let body: Value = serde_json::from_str(&received[0].body).expect("JSON");
    assert_eq!(
        (&body["event_code"], &body["event_id"]),
        (&json!("PING"), &event_id)
    );
    assert!(received[0].headers.contains_key("x-avirato-signature"));
    let record = &audit(&app).await[0];
    assert_eq!(
        (&record["action"], &record["target"]),
        (&json!("webhook.pinged"), &event_id)
    );
    let event_id = event_id.as_str().expect("a text");
    let shown = shop.get(&format!("{LIST}/{event_id}"), &[]).await.data();
    assert_eq!(shown["state"], "delivered");
}

#[tokio::test]
async fn nothing_is_sent_where_nothing_is_enabled() {
    let app = TestApp::start().await;
    let (shop, receiver) = shop(&app).await;
    let event_id = told(&app, &shop).await;
    enable(&app, false).await;
    let records = audit(&app).await.len();
    for (path, body) in everything(&shop, &event_id) {
        let refused = shop.post(path, &body).send().await;
        assert_eq!(refused.error(), (422, Some(12001)), "{path}");
    }
    app.settle().await;
    assert_eq!(receiver.received().len(), 1);
    assert_eq!(audit(&app).await.len(), records);
}

#[tokio::test]
async fn nobody_has_anything_sent_to_somebody_else() {
    let app = TestApp::start().await;
    let (shop, receiver) = shop(&app).await;
    let event_id = told(&app, &shop).await;
    let other = Shop::demo(app.client(), "SHOP02", "test");
    let live = Shop::demo(app.client(), "SHOP01", "live");
    for (path, body) in everything(&shop, &event_id) {
        // With a key of one's own, in somebody else's name.
        let refused = other.post(path, &body).send().await;
        assert_eq!(refused.error(), (403, Some(11008)), "{path}");
        // With a key of Live, with one that is none, and with none.
        let foreign = shop_with(&app, &live.api_key);
        let refused = foreign.post(path, &body).send().await;
        assert_eq!(refused.error(), (403, Some(11008)), "{path}");
        let nobody = shop_with(&app, "pk_test_x");
        let refused = nobody.post(path, &body).send().await;
        assert_eq!(refused.error(), (403, Some(11001)), "{path}");
        let refused = shop.post(path, &body).without("x-api-key").send().await;
        assert_eq!(refused.error(), (403, Some(11001)), "{path}");
        // What is wrong with the body comes before whose it is, and who may not ask at all before that.
        let refused = other.post(path, &json!({})).send().await;
        assert_eq!(refused.error(), (400, Some(12001)), "{path}");
        let refused = shop.post(path, &body).body("{").send().await;
        assert_eq!(refused.error(), (400, Some(12001)), "{path}");
    }
    // In one's own name, somebody else's event.
    let refused = other.post(RESEND, &of(&other, &event_id)).send().await;
    assert_eq!(refused.error(), (403, Some(11008)));
    let refused = live.post(RESEND, &of(&live, &event_id)).send().await;
    assert_eq!(refused.error(), (404, Some(10404)));
    for event in ["evt_SHOP01-PXTT-17820000000000_1", "x", "evt_x_1"] {
        let missing = shop.post(RESEND, &of(&shop, event)).send().await;
        assert_eq!(missing.error(), (404, Some(10404)), "{event}");
    }
    app.settle().await;
    assert_eq!(receiver.received().len(), 1);
    assert!(audit(&app).await.iter().all(|record| {
        let action = record["action"].as_str().expect("a text");
        !["deliveries.resent", "webhook.pinged"].contains(&action)
    }));
}

#[tokio::test]
async fn an_event_that_is_on_its_way_is_not_sent_again_beside_that() {
    let app = TestApp::start().await;
    let (shop, receiver) = shop(&app).await;
    receiver.hold(true);
    let (_, payment_reference) = shop.paid_session().await;
    let event_id = format!("evt_{payment_reference}_1");
    join(app.settle(), async {
        receiver.wait_for(1).await;
        let refused = shop.post(RESEND, &of(&shop, &event_id)).send().await;
        assert_eq!(refused.error(), (409, None));
        assert_eq!(refused.header("retry-after"), Some("1"));
        receiver.hold(false);
    })
    .await;
    shop.post(RESEND, &of(&shop, &event_id))
        .send()
        .await
        .expect_success();
    app.settle().await;
    assert_eq!(receiver.received().len(), 2);
}

#[tokio::test]
async fn of_64_that_ask_at_once_nobody_is_lost() {
    let app = TestApp::start_in_real_time().await;
    let (shop, receiver) = shop(&app).await;
    let (_, payment_reference) = shop.paid_session().await;
    app.settle().await;
    let event_id = format!("evt_{payment_reference}_1");
    let asking = (0..64).map(|_| async {
        let answer = shop.post(RESEND, &of(&shop, &event_id)).send().await;
        // Sent meanwhile, for some of them.
        app.settle().await;
        answer
    });
    let answers = join_all(asking).await;
    let accepted = answers.iter().filter(|answer| answer.status == 202).count();
    for answer in &answers {
        assert!(
            [202, 409].contains(&answer.status.as_u16()),
            "{}",
            answer.text
        );
    }
    let records = audit(&app).await;
    let resent = records
        .iter()
        .filter(|record| record["action"] == "deliveries.resent");
    assert_eq!(resent.count(), accepted);
    app.settle().await;
    let received = receiver.received().len();
    assert!((2..=1 + accepted).contains(&received), "{received}");
    let shown = shop.get(&format!("{LIST}/{event_id}"), &[]).await.data();
    assert_eq!(shown["state"], "delivered");
}

/// Each fault on each call to the database: none is noticed, and each request has one effect, with its record.
#[tokio::test]
async fn passing_faults_are_not_noticed() {
    let app = TestApp::start().await;
    let (shop, receiver) = shop(&app).await;
    for what in ["one", "missed", "ping"] {
        let mut calls = 1;
        let mut cases = vec![(0, None)];
        while let Some((place, fault)) = cases.pop() {
            let case = format!("{what}, {fault:?} at call {place} of {calls}");
            let from = app.clock.now().plus(Duration::from_millis(1)).iso();
            enable(&app, what != "missed").await;
            let event_id = told(&app, &shop).await;
            enable(&app, true).await;
            let mut body = whose(&shop);
            let path = match what {
                "one" => {
                    body = of(&shop, &event_id);
                    RESEND
                }
                "missed" => {
                    body["from"] = json!(from);
                    body["to"] = json!(later(&app));
                    body["states"] = json!(["skipped"]);
                    MISSED
                }
                _ => PING,
            };
            let (sent, recorded) = (receiver.received().len(), recorded(&app).await);
            app.wire.take_calls();
            if let Some(fault) = fault {
                app.wire.break_call(place, fault);
            }
            let answer = shop.post(path, &body).send().await;
            assert_eq!(answer.status, 202, "{case}: {}", answer.text);
            match fault {
                Some(_) => assert!(app.wire.was_broken(), "{case}"),
                None => {
                    calls = app.wire.take_calls().len();
                    let places = 0..calls;
                    cases.extend(
                        places.flat_map(|place| Fault::PASSING.map(|fault| (place, Some(fault)))),
                    );
                }
            }
            app.wire.heal();
            app.settle().await;
            assert_eq!(receiver.received().len(), sent + 1, "{case}");
            assert_eq!(self::recorded(&app).await, recorded + 1, "{case}");
        }
        assert!(calls > 2, "{what}");
    }
}

/// What merchants asked for, as far as it is recorded and not forgotten.
async fn recorded(app: &TestApp) -> usize {
    let mut count = 0;
    let operator = Operator::new(app.client(), "SHOP01", "test");
    let mut cursor = String::new();
    loop {
        let path = format!("audit?limit=100{cursor}");
        let page = operator.here(Method::GET, &path, &Value::Null).await.json();
        let rows = page["data"].as_array().expect("a list");
        count += rows
            .iter()
            .filter(|record| record["who"] == "key_demo_test")
            .count();
        let Some(next) = page["pagination"]["nextCursor"].as_str() else {
            return count;
        };
        cursor = format!("&cursor={next}");
    }
}

#[tokio::test]
async fn sending_again_costs_three_trips() {
    let app = TestApp::start().await;
    let (shop, _receiver) = shop(&app).await;
    let event_id = told(&app, &shop).await;
    for (path, body) in [(RESEND, of(&shop, &event_id)), (PING, whose(&shop))] {
        app.wire.take_calls();
        shop.post(path, &body).send().await.expect_success();
        let calls = app.wire.take_calls();
        let operations: Vec<&str> = calls.iter().map(|call| call.operation.as_str()).collect();
        let expected = ["BatchGetItem", "BatchGetItem", "TransactWriteItems"];
        assert_eq!(operations, expected, "{path}");
    }
}

#[tokio::test]
async fn what_merchants_had_sent_again_is_forgotten_with_it_and_what_operators_did_is_not() {
    let app = TestApp::start().await;
    let (shop, _receiver) = shop(&app).await;
    let operator = Operator::new(app.client(), "SHOP01", "test");
    let ping = operator.here(Method::POST, "webhook/ping", &Value::Null);
    ping.await.expect_success();
    shop.post(PING, &whose(&shop)).send().await.expect_success();
    let forgotten_at = app.clock.now().plus(KEPT);
    let webcode = Webcode::parse("SHOP01").expect("a webcode");
    let deadline = Deadline::within(Duration::from_secs(5));
    let store = app.stack.app().store(Environment::Test);
    let records = store.audit_records(&webcode, None, 10, deadline).await;
    let records = records.expect("an answer");
    let forgotten = |who: &str| {
        let found = records.iter().find(|record| record.who.contains(who));
        found.expect("a record").forgotten_at
    };
    assert_eq!(forgotten("key_demo_test"), Some(forgotten_at));
    assert_eq!(forgotten("operator"), None);
    // The database knows it by an attribute of its own.
    let of_merchant = records
        .iter()
        .find(|record| record.forgotten_at.is_some())
        .expect("a record");
    let key = Key::audit_record(&webcode, of_merchant.at, &of_merchant.id);
    let [item] = store.load([Some(key)], deadline).await.expect("an answer");
    let expires_at = &item.expect("it is there")["expiresAt"];
    let expected = forgotten_at.unix_seconds().to_string();
    assert_eq!(expires_at.as_n().ok(), Some(&expected));
}
