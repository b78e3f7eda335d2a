//! GET /pos/terminals and POST /pos/payment

use std::time::Duration;

use serde_json::{Value, json};
use shared::domain::environment::Environment;
use shared::domain::reference::Reference;
use shared::domain::terminal::PoiId;
use shared::domain::time::Ticks;
use shared::domain::webcode::Webcode;
use shared::store::{self, Deadline, TerminalLease};
use tests::{Fault, Shop, TestApp};

const FIRST: &str = "V400m-TEST-000001";
const OFFLINE: &str = "P400Plus-TEST-000003";

fn body(shop: &Shop, poi_id: &str, value: u64) -> Value {
    json!({
        "webcode": shop.webcode,
        "poiId": poi_id,
        "amount": { "value": value, "currency": "EUR" },
        "description": "Mesa 4",
        "customReference": "T-1"
    })
}

#[tokio::test]
async fn terminals_are_listed_and_synchronised() {
    let app = TestApp::start().await;
    let shop = app.shop();
    let listed = shop.get("/pos/terminals", &[]).await.data();
    assert_eq!(listed.as_array().map(Vec::len), Some(3));
    assert_eq!(
        listed[1],
        json!({
            "poiId": "S1F2-TEST-000002",
            "status": "boarded",
            "name": "Terminal Test 2 - Terraza",
            "model": "S1F2",
            "createdAt": "2026-01-01T00:00:00Z",
            "updatedAt": "2026-01-01T00:00:00Z"
        })
    );
    let online = shop
        .get("/pos/terminals", &[("syncFromProvider", "true")])
        .await
        .data();
    assert_eq!(online.as_array().map(Vec::len), Some(2));
    let bad = shop
        .get("/pos/terminals", &[("syncFromProvider", "yes")])
        .await;
    assert_eq!(bad.error(), (400, Some(12001)));
    let live = Shop::demo(app.client(), "SHOP02", "live");
    assert_eq!(live.get("/pos/terminals", &[]).await.data(), json!([]));
}

#[tokio::test]
async fn amounts_choose_the_outcome() {
    let app = TestApp::start().await;
    let shop = app.shop();
    for (value, reason) in [
        (1_000, None),
        (10_124, Some("NOT_ENOUGH_BALANCE")),
        (10_125, Some("BLOCKED_CARD")),
        (10_126, Some("CARD_EXPIRED")),
        (10_127, Some("INVALID_PIN")),
        (10_128, Some("DECLINED")),
    ] {
        app.clock.advance(Duration::from_millis(1));
        let answer = shop
            .post("/pos/payment", &body(&shop, FIRST, value))
            .send()
            .await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        let data = answer.data();
        let reference = data["posPaymentId"].as_str().expect("a text");
        assert!(reference.starts_with("SHOP01-PSXT-"), "{reference}");
        let mut expected = json!({
            "posPaymentId": reference,
            "paymentReference": reference,
            "poiId": FIRST,
            "status": if reason.is_some() { "refused" } else { "authorised" },
            "amount": { "value": value, "currency": "EUR" },
            "description": "Mesa 4",
            "customReference": "T-1",
            "isPreAuth": false,
            "createdAt": "2026-06-21 00:00:00"
        });
        if let Some(reason) = reason {
            expected["refusalReason"] = json!(reason);
        }
        assert_eq!(data, expected);
    }
    for (value, error) in [
        (10_131, (500, Some(13001))),
        (10_132, (502, Some(13004))),
        (10_133, (409, Some(13005))),
    ] {
        let answer = shop
            .post("/pos/payment", &body(&shop, FIRST, value))
            .send()
            .await;
        assert_eq!(answer.error(), error);
    }
    let offline = shop
        .post("/pos/payment", &body(&shop, OFFLINE, 1_000))
        .send()
        .await;
    assert_eq!(offline.error(), (502, Some(13004)));
    let unknown = shop
        .post("/pos/payment", &body(&shop, "V400m-1", 1_000))
        .send()
        .await;
    assert_eq!(unknown.error(), (404, Some(10404)));
    let live = Shop::demo(app.client(), "SHOP01", "live");
    let live = live
        .post("/pos/payment", &body(&shop, FIRST, 1_000))
        .send()
        .await;
    assert_eq!(live.error(), (404, Some(10404)));
}

#[tokio::test]
async fn a_payment_at_a_terminal_is_told_and_modified_like_any_other() {
    let app = TestApp::start().await;
    let shop = app.shop();
    let mut asked = body(&shop, FIRST, 8_000);
    asked["isPreAuth"] = json!(true);
    let data = shop.post("/pos/payment", &asked).send().await.data();
    let reference = data["paymentReference"].as_str().expect("a text");
    assert_eq!(
        shop.modify("capture", reference, Some(5_000))
            .send()
            .await
            .status,
        202
    );
    assert_eq!(shop.refund(reference, 5_000).send().await.status, 202);
    app.settle().await;
    let mut told: Vec<Value> = app.stack.inbox(Some("SHOP01"));
    told.sort_by_key(|entry| entry["body"]["sequence"].as_u64());
    let codes: Vec<&Value> = told
        .iter()
        .map(|entry| &entry["body"]["event_code"])
        .collect();
    assert_eq!(codes, ["AUTHORISATION", "CAPTURE", "REFUND"]);
    assert_eq!(told[0]["body"]["data"]["sessionId"], Value::Null);
    assert_eq!(told[0]["body"]["data"]["customReference"], "T-1");
}

#[tokio::test]
async fn what_was_executed_is_repeated_and_what_was_not_is_tried_again() {
    let app = TestApp::start().await;
    let shop = app.shop();
    for (value, status) in [(1_000, 200), (1_127, 200), (1_131, 500)] {
        let pay = || async {
            let call = shop.post("/pos/payment", &body(&shop, FIRST, value));
            call.key(&format!("pos-{value}")).send().await
        };
        let first = pay().await;
        assert_eq!(
            (first.status.as_u16(), first.header("idempotent-replayed")),
            (status, None)
        );
        app.clock.advance(Duration::from_secs(60));
        let again = pay().await;
        assert_eq!(
            (again.status.as_u16(), again.header("idempotent-replayed")),
            (status, Some("true"))
        );
        if status == 200 {
            assert_eq!(again.data(), first.data());
        }
    }
    for value in [1_132, 1_133] {
        for _ in 0..2 {
            let call = shop.post("/pos/payment", &body(&shop, FIRST, value));
            let answer = call.key(&format!("pos-{value}")).send().await;
            assert_eq!(
                answer.header("idempotent-replayed"),
                None,
                "nothing was executed"
            );
        }
    }
    let other = shop
        .post("/pos/payment", &body(&shop, FIRST, 999))
        .key("pos-1000")
        .send()
        .await;
    assert_eq!(other.error(), (409, None));
    assert_eq!(
        other.message(),
        "Idempotency key reused with a different request body."
    );
    let session = shop.create_session().key("pos-1000").send().await;
    assert_eq!(
        session.message(),
        "Idempotency key already used for a different endpoint."
    );
    app.settle().await;
    assert_eq!(
        app.stack.inbox(Some("SHOP01")).len(),
        3,
        "each was made once"
    );
}

/// The payment is recorded and its terminal taken, and then whoever asked dies: nothing more is written.
async fn die_at_the_terminal(app: &TestApp, shop: &Shop, key: Option<&str>) {
    app.wire.break_after(1, "TransactWriteItems", Fault::Unsent);
    let call = shop.post("/pos/payment", &body(shop, FIRST, 1_000));
    let answer = match key {
        Some(key) => call.key(key).send().await,
        None => call.send().await,
    };
    assert_eq!(answer.error(), (500, Some(99001)));
    app.wire.heal();
}

#[tokio::test]
async fn a_crash_at_the_terminal_is_resumed_and_charges_once() {
    let app = TestApp::start().await;
    let shop = app.shop();
    die_at_the_terminal(&app, &shop, Some("pos-1")).await;
    let pay = || async {
        let call = shop.post("/pos/payment", &body(&shop, FIRST, 1_000));
        call.key("pos-1").send().await
    };
    let running = pay().await;
    assert_eq!(running.error(), (409, None));
    assert_eq!(running.header("retry-after"), Some("1"));
    assert_eq!(
        running.message(),
        "A request with this Idempotency-Key is still in progress."
    );
    let other = shop
        .post("/pos/payment", &body(&shop, FIRST, 500))
        .send()
        .await;
    assert_eq!(other.error(), (409, Some(13005)), "the terminal is taken");
    app.clock.advance(Duration::from_secs(10));
    let resumed = pay().await;
    assert_eq!(resumed.status, 200, "{}", resumed.text);
    assert_eq!(resumed.header("idempotent-replayed"), Some("true"));
    assert_eq!(pay().await.data(), resumed.data());
    app.clock.advance(Duration::from_millis(1));
    let next = shop
        .post("/pos/payment", &body(&shop, FIRST, 500))
        .send()
        .await;
    assert_eq!(next.status, 200, "the terminal is free again");
    app.settle().await;
    assert_eq!(app.stack.inbox(Some("SHOP01")).len(), 2);
}

#[tokio::test]
async fn a_crash_that_nobody_resumes_leaves_neither_a_terminal_nor_a_payment_behind() {
    let app = TestApp::start().await;
    let shop = app.shop();
    die_at_the_terminal(&app, &shop, None).await;
    app.settle().await;
    assert!(app.stack.inbox(Some("SHOP01")).is_empty());
    app.clock.advance(Duration::from_secs(30));
    let next = shop
        .post("/pos/payment", &body(&shop, FIRST, 500))
        .send()
        .await;
    assert_eq!(next.status, 200, "the lease has ended: {}", next.text);
    for _ in 0..2 {
        app.stack.sweep(Environment::Test, 0).await.expect("swept");
        app.settle().await;
    }
    assert_eq!(
        app.stack.inbox(Some("SHOP01")).len(),
        2,
        "both payments are told"
    );
}

#[tokio::test]
async fn a_terminal_has_one_holder_until_it_is_let_go_or_its_time_is_over() {
    let app = TestApp::start().await;
    let store = app.stack.app().store(Environment::Test);
    let webcode = Webcode::parse("SHOP01").expect("a webcode");
    let poi_id = PoiId::parse(FIRST).expect("a terminal");
    let now = app.clock.now();
    let lease = |name: &str| TerminalLease {
        holder: Reference::parse(name).expect("a reference"),
        until: now.plus(Duration::from_secs(30)),
    };
    let take = |name: &'static str, now: Ticks| {
        let (webcode, poi_id, lease) = (&webcode, &poi_id, lease(name));
        async move {
            let write = store::take_terminal(webcode, poi_id, &lease, now, &format!("{name}{now}"));
            let deadline = Deadline::within(Duration::from_secs(5));
            let writer = format!("{name}{now}");
            store
                .commit(&[write.expect("mapped")], &writer, deadline)
                .await
                .is_ok()
        }
    };
    assert!(take("A", now).await);
    assert!(!take("B", now).await, "taken");
    assert!(take("A", now.plus(Duration::from_secs(1))).await, "its own");
    let before = now.plus(Duration::from_micros(29_999_900));
    assert!(
        !take("B", before).await,
        "until its time is over, to the tick"
    );
    assert!(take("B", now.plus(Duration::from_secs(30))).await);
    let release = store::release_terminal(&webcode, &poi_id, &lease("A").holder, "late");
    let deadline = Deadline::within(Duration::from_secs(5));
    let late = store.commit(&[release], "late", deadline).await;
    assert!(late.is_err(), "whoever lost it lets nothing go");
}

#[tokio::test]
async fn a_duplicate_wins_over_its_own_lease() {
    let app = TestApp::start().await;
    let shop = app.shop();
    die_at_the_terminal(&app, &shop, Some("pos-1")).await;
    // A reading in the middle of the first try's transaction sees the terminal taken, and not yet by whom.
    app.wire.break_next("BatchGetItem", Fault::RecordUnseen);
    let call = shop.post("/pos/payment", &body(&shop, FIRST, 1_000));
    let again = call.key("pos-1").send().await;
    assert_eq!(again.error(), (409, None), "{}", again.text);
    assert_eq!(again.header("retry-after"), Some("1"));
    assert_eq!(app.wire.faults_left(), 0);
}

#[tokio::test]
async fn a_failure_that_is_found_by_a_take_over_is_a_replay_too() {
    let app = TestApp::start().await;
    let shop = app.shop();
    let pay = || async {
        let call = shop.post("/pos/payment", &body(&shop, FIRST, 1_131));
        call.key("pos-1").send().await
    };
    app.wire.break_after(1, "TransactWriteItems", Fault::Unsent);
    assert_eq!(pay().await.error(), (500, Some(99001)));
    app.wire.heal();
    app.clock.advance(Duration::from_secs(10));
    for _ in 0..2 {
        let again = pay().await;
        assert_eq!(again.error(), (500, Some(13001)));
        assert_eq!(again.header("idempotent-replayed"), Some("true"));
    }
}
