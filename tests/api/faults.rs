//! The database at its worst: each request ends in a documented answer, and a retry in the one right effect.

use shared::domain::environment::Environment;
use shared::domain::reference::Reference;
use shared::store::{Deadline, Key};
use tests::{Fault, TestApp};

#[tokio::test]
async fn passing_faults_are_not_noticed() {
    for fault in Fault::PASSING {
        for key in [None, Some("order-1")] {
            let app = TestApp::start().await;
            let shop = app.shop();
            let write = if key.is_some() {
                "TransactWriteItems"
            } else {
                "PutItem"
            };
            app.wire.break_next("BatchGetItem", fault);
            app.wire.break_next(write, fault);
            app.wire.break_next(write, fault);
            let call = shop.create_session();
            let answer = match key {
                Some(key) => call.key(key).send().await,
                None => call.send().await,
            };
            assert_eq!(answer.status, 201, "{fault:?} {key:?}: {}", answer.text);
            assert_eq!(app.wire.faults_left(), 0, "{fault:?} {key:?}");
            let session_id = answer.data()["sessionId"]
                .as_str()
                .expect("a text")
                .to_owned();
            assert_eq!(shop.query(&session_id).await.status, 200);
            // The first tick is the session's: a lost reply did not make a second one.
            assert!(session_id.ends_with("-17820000000000"), "{session_id}");
        }
    }
}

#[tokio::test]
async fn a_lost_reply_refunds_once() {
    for fault in Fault::PASSING {
        for key in [None, Some("refund-1")] {
            let app = TestApp::start().await;
            let shop = app.shop();
            let (_, payment_reference) = shop.paid_session().await;
            app.wire.break_next("TransactWriteItems", fault);
            let call = shop.refund(&payment_reference, 10_000);
            let answer = match key {
                Some(key) => call.key(key).send().await,
                None => call.send().await,
            };
            assert_eq!(answer.status, 202, "{fault:?} {key:?}: {}", answer.text);
            assert_eq!(
                shop.refund(&payment_reference, 5_001).send().await.status,
                400,
                "{fault:?}"
            );
            assert_eq!(
                shop.refund(&payment_reference, 5_000).send().await.status,
                202,
                "{fault:?}"
            );
        }
    }
}

#[tokio::test]
async fn a_crash_between_the_write_and_the_reply_is_healed_by_the_retry() {
    let app = TestApp::start().await;
    let shop = app.shop();
    let (_, payment_reference) = shop.paid_session().await;
    // The write is carried out, and from then on nothing is heard of the database until the request gives up.
    app.wire.break_all("TransactWriteItems", Fault::LostReply);
    let answer = shop
        .refund(&payment_reference, 10_000)
        .key("refund-1")
        .send()
        .await;
    // The token tells the engine that it is the same transaction, each time it is sent: nothing is half done.
    assert_eq!(answer.error(), (500, Some(99001)), "{}", answer.text);
    assert!(
        !answer.text.contains("database"),
        "5xx never say why: {}",
        answer.text
    );
    app.wire.heal();
    let retried = shop
        .refund(&payment_reference, 10_000)
        .key("refund-1")
        .send()
        .await;
    assert_eq!(
        (retried.status, retried.header("idempotent-replayed")),
        (http::StatusCode::ACCEPTED, Some("true"))
    );
    assert_eq!(
        shop.refund(&payment_reference, 5_001).send().await.status,
        400
    );
    assert_eq!(
        shop.refund(&payment_reference, 5_000).send().await.status,
        202
    );
}

#[tokio::test]
async fn what_never_works_is_answered_with_nothing_half_done() {
    // Each waits for the deadline of its request: together.
    let faults = [
        Fault::Throttled,
        Fault::Conflict,
        Fault::Internal,
        Fault::Unsent,
    ];
    futures_util::future::join_all(faults.map(never_works)).await;
}

async fn never_works(fault: Fault) {
    let app = TestApp::start().await;
    let shop = app.shop();
    app.wire.break_all("TransactWriteItems", fault);
    let answer = shop.create_session().key("order-1").send().await;
    assert_eq!(answer.error(), (500, Some(99001)), "{fault:?}");
    app.wire.heal();
    let retried = shop.create_session().key("order-1").send().await;
    assert_eq!(
        (retried.status, retried.header("idempotent-replayed")),
        (http::StatusCode::CREATED, None)
    );
}

#[tokio::test]
async fn a_duplicate_wins_over_a_refusal_that_its_own_effect_causes() {
    let app = TestApp::start().await;
    let shop = app.shop();
    let (_, payment_reference) = shop.paid_session().await;
    // A transaction that met another one at the record says nothing final of the payment.
    app.wire
        .break_next("TransactWriteItems", Fault::ConflictBesideRefusal);
    let first = shop
        .refund(&payment_reference, 15_000)
        .key("refund-1")
        .send()
        .await;
    assert_eq!(first.status, 202, "{}", first.text);
    // A reading in the middle of the first try's transaction sees nothing left, and not yet why.
    app.wire.break_next("BatchGetItem", Fault::RecordUnseen);
    let second = shop
        .refund(&payment_reference, 15_000)
        .key("refund-1")
        .send()
        .await;
    assert_eq!((second.status, second.text), (first.status, first.text));
    assert_eq!(app.wire.faults_left(), 0);
}

#[tokio::test]
async fn a_reference_that_is_taken_is_followed_by_the_next_tick() {
    let app = TestApp::start().await;
    let shop = app.shop();
    let mut references = Vec::new();
    for _ in 0..3 {
        let data = shop.create_session().send().await.data();
        references.push(data["sessionId"].as_str().expect("a text").to_owned());
    }
    assert_eq!(
        references,
        [
            "SHOP01-EXTT-17820000000000",
            "SHOP01-EXTT-17820000000001",
            "SHOP01-EXTT-17820000000002"
        ]
    );
}

#[tokio::test]
async fn a_payment_whose_reply_is_lost_is_one_payment() {
    let app = TestApp::start().await;
    let shop = app.shop();
    let created = shop.create_session().send().await.data();
    let (session_id, url) = (
        created["sessionId"].as_str().unwrap(),
        created["paymentUrl"].as_str().unwrap(),
    );
    app.wire.break_next("TransactWriteItems", Fault::LostReply);
    let page = shop.pay(url, "Test User").await;
    assert!(page.text.contains("pago-ok?data="), "{}", page.text);
    let session = shop.query(session_id).await.data();
    assert_eq!(session["attempts"].as_array().map(Vec::len), Some(1));
    let reference =
        Reference::parse(session["paymentReference"].as_str().unwrap()).expect("a reference");
    let deadline = Deadline::within(std::time::Duration::from_secs(5));
    let store = app.stack.app().store(Environment::Test);
    let [payment] = store
        .load([Some(Key::payment(&reference))], deadline)
        .await
        .expect("the database answers");
    assert!(payment.is_some());
}
