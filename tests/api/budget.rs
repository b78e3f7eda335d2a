//! What a request costs, counted on the wire (ARCHITECTURE.md, *The data*).

use tests::wire::Call;
use tests::{Answer, TestApp};

/// Operations, read units, write units of the table, and those of the indexes, all as whole units.
fn cost(app: &TestApp, answer: &Answer, status: u16) -> (Vec<String>, u64, u64, u64) {
    assert_eq!(answer.status, status, "{}", answer.text);
    let calls: Vec<Call> = app.wire.take_calls();
    let sum = |part: fn(&Call) -> u64| {
        let tenths: u64 = calls.iter().map(part).sum();
        assert_eq!(tenths % 10, 0, "{calls:?}");
        tenths / 10
    };
    (
        calls.iter().map(|call| call.operation.clone()).collect(),
        sum(|call| call.read_tenths),
        sum(|call| call.write_tenths),
        sum(|call| call.index_tenths),
    )
}

fn operations(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

#[tokio::test]
async fn creating_a_session_costs_two_trips() {
    let app = TestApp::start().await;
    let shop = app.shop();
    app.wire.take_calls();
    let answer = shop.create_session().key("order-1").send().await;
    let (calls, reads, writes, index) = cost(&app, &answer, 201);
    assert_eq!(calls, operations(&["BatchGetItem", "TransactWriteItems"]));
    assert!(reads <= 2, "{reads}");
    assert_eq!(writes, 4);
    assert!(index <= 4, "{index}");

    app.clock.advance(std::time::Duration::from_secs(1));
    let answer = shop.create_session().send().await;
    let (calls, reads, writes, index) = cost(&app, &answer, 201);
    assert_eq!(calls, operations(&["BatchGetItem", "PutItem"]));
    assert_eq!((reads, writes, index), (1, 1, 2));
}

#[tokio::test]
async fn querying_a_session_costs_one_trip() {
    let app = TestApp::start().await;
    let shop = app.shop();
    let created = shop.create_session().send().await.data();
    app.wire.take_calls();
    let answer = shop
        .query(created["sessionId"].as_str().expect("a text"))
        .await;
    assert_eq!(
        cost(&app, &answer, 200),
        (operations(&["BatchGetItem"]), 2, 0, 0)
    );
}

#[tokio::test]
async fn a_refund_costs_two_trips() {
    let app = TestApp::start().await;
    let shop = app.shop();
    let (_, payment_reference) = shop.paid_session().await;
    app.wire.take_calls();
    let answer = shop
        .refund(&payment_reference, 100)
        .key("refund-1")
        .send()
        .await;
    let (calls, reads, writes, index) = cost(&app, &answer, 202);
    assert_eq!(calls, operations(&["BatchGetItem", "TransactWriteItems"]));
    assert!(reads <= 3, "{reads}");
    assert_eq!(writes, 6);
    assert!(index <= 4, "{index}");
    app.clock.advance(std::time::Duration::from_secs(1));
    let answer = shop.refund(&payment_reference, 100).send().await;
    let (calls, _, writes, _) = cost(&app, &answer, 202);
    assert_eq!(
        (calls, writes),
        (operations(&["BatchGetItem", "TransactWriteItems"]), 4)
    );
}

#[tokio::test]
async fn a_visit_and_an_attempt_cost_two_trips_each() {
    let app = TestApp::start().await;
    let shop = app.shop();
    let created = shop.create_session().send().await.data();
    let url = created["paymentUrl"].as_str().expect("a text");
    app.wire.take_calls();
    let answer = shop.open(url).await;
    let (calls, _, writes, index) = cost(&app, &answer, 200);
    assert_eq!(
        (calls, writes, index),
        (operations(&["BatchGetItem", "UpdateItem"]), 1, 1)
    );
    let answer = shop.pay(url, "Test User").await;
    let (calls, _, writes, index) = cost(&app, &answer, 200);
    assert_eq!(
        (calls, writes, index),
        (operations(&["BatchGetItem", "TransactWriteItems"]), 4, 1)
    );
}

#[tokio::test]
async fn the_other_modifications_cost_what_a_refund_does() {
    let app = TestApp::start().await;
    let shop = app.shop();
    for (kind, amount) in [
        ("extend", None),
        ("capture", Some(15_000)),
        ("cancel", None),
    ] {
        app.clock.advance(std::time::Duration::from_secs(1));
        let payment_reference = shop.reservation().await;
        app.wire.take_calls();
        let answer = shop
            .modify(kind, &payment_reference, amount)
            .key(kind)
            .send()
            .await;
        let (calls, reads, writes, _) = cost(&app, &answer, 202);
        assert_eq!(calls, operations(&["BatchGetItem", "TransactWriteItems"]));
        assert!(reads <= 3, "{kind}: {reads}");
        assert_eq!(writes, 6, "{kind}");
    }
}

#[tokio::test]
async fn a_list_costs_its_page() {
    let app = TestApp::start().await;
    let shop = app.shop();
    for _ in 0..25 {
        shop.create_session().send().await;
    }
    app.wire.take_calls();
    let answer = shop.get("/payment/sessions", &[]).await;
    assert_eq!(answer.status, 200);
    let calls = app.wire.take_calls();
    let reads: u64 = calls.iter().map(|call| call.read_tenths).sum();
    assert!((220..=240).contains(&reads), "{reads} tenths of a unit");
}

#[tokio::test]
async fn a_payment_at_a_terminal_costs_three_trips() {
    let app = TestApp::start().await;
    let shop = app.shop();
    let body = serde_json::json!({
        "webcode": "SHOP01",
        "poiId": "V400m-TEST-000001",
        "amount": { "value": 1_000, "currency": "EUR" }
    });
    for key in ["pos-1", "pos-2"] {
        app.clock.advance(std::time::Duration::from_secs(1));
        app.wire.take_calls();
        let answer = shop.post("/pos/payment", &body).key(key).send().await;
        let (calls, reads, writes, index) = cost(&app, &answer, 200);
        assert!(index <= 2, "{index}");
        let expected = ["BatchGetItem", "TransactWriteItems", "TransactWriteItems"];
        assert_eq!(calls, operations(&expected));
        assert!(reads <= 3, "{reads}");
        assert_eq!(writes, 12);
    }
}

#[tokio::test]
async fn any_replay_costs_one_trip_and_no_write() {
    let app = TestApp::start().await;
    let shop = app.shop();
    let (_, payment_reference) = shop.paid_session().await;
    shop.create_session().key("order-1").send().await;
    shop.refund(&payment_reference, 100)
        .key("refund-1")
        .send()
        .await;
    app.wire.take_calls();
    let answer = shop.create_session().key("order-1").send().await;
    assert_eq!(
        cost(&app, &answer, 201),
        (operations(&["BatchGetItem"]), 2, 0, 0)
    );
    let answer = shop
        .refund(&payment_reference, 100)
        .key("refund-1")
        .send()
        .await;
    assert_eq!(
        cost(&app, &answer, 202),
        (operations(&["BatchGetItem"]), 3, 0, 0)
    );
}

#[tokio::test]
async fn a_malformed_key_costs_nothing() {
    let app = TestApp::start().await;
    let shop = app.shop();
    app.wire.take_calls();
    let answer = shop
        .create_session()
        .header("x-api-key", "pk_test_guess")
        .send()
        .await;
    assert_eq!(cost(&app, &answer, 403), (Vec::new(), 0, 0, 0));
}
