//! Telling the caller that a payment changed.

use std::time::Duration;

use serde_json::{Value, json};
use tests::sandbox::{online, text};
use tests::{Receiver, TestApp};

async fn targets(receiver: &Receiver) -> Vec<String> {
    let received = receiver.received();
    received.into_iter().map(|one| one.target).collect()
}

fn told_to(receiver: &Receiver, name: &str, amount: u64) -> Value {
    let mut body = online(name, amount);
    body["callbackUrl"] = json!(receiver.url);
    body
}

#[tokio::test]
async fn an_answer_on_the_page_is_told_before_the_customer_goes_on() {
    let app = TestApp::start().await;
    let (sandbox, receiver) = (app.sandbox(), Receiver::start().await);
    for (suffix, expected) in [("", "?"), ("?a=1", "?a=1&"), ("?a=1#top", "?a=1&")] {
        let mut body = online(suffix.trim_matches('?'), 1_000);
        body["shopTransactionId"] = json!(format!("ORD{}", suffix.len()));
        body["callbackUrl"] = json!(format!("{}{suffix}", receiver.url));
        let paid = sandbox.pay(&body).await.json();
        let before = receiver.received().len();
        sandbox
            .answer_page(&text(&paid, "redirectToUrl"), "approve")
            .await;
        let told = targets(&receiver).await;
        let expected = format!("/hook{expected}paymentId={}", text(&paid, "paymentId"));
        assert_eq!(told[before..], [expected]);
    }
    let looked = app.tick_sandbox().await;
    assert_eq!(looked, json!({ "lookedAt": 0, "failed": 0 }));
}

#[tokio::test]
async fn what_happens_by_itself_is_told_by_the_tick() {
    let app = TestApp::start().await;
    let (sandbox, receiver) = (app.sandbox(), Receiver::start().await);
    for (amount, seconds) in [(603, 30), (604, 30), (1_000, 900)] {
        let body = told_to(&receiver, &format!("ORD-{amount}"), amount);
        let paid = sandbox.pay(&body).await.json();
        let before = receiver.received().len();
        app.clock
            .advance(Duration::from_secs(seconds) - Duration::from_micros(100));
        app.tick_sandbox().await;
        assert_eq!(receiver.received().len(), before, "{amount}: too early");
        app.clock.advance(Duration::from_micros(100));
        for _ in 0..2 {
            app.tick_sandbox().await;
            let told = targets(&receiver).await;
            let expected = format!("/hook?paymentId={}", text(&paid, "paymentId"));
            assert_eq!(told[before..], [expected], "{amount}");
        }
    }
}

#[tokio::test]
async fn a_chargeback_comes_a_minute_after_the_yes_and_is_told_of_its_own() {
    let app = TestApp::start().await;
    let (sandbox, receiver) = (app.sandbox(), Receiver::start().await);
    let paid = sandbox
        .pay(&told_to(&receiver, "ORD-1", 1_605))
        .await
        .json();
    sandbox
        .answer_page(&text(&paid, "redirectToUrl"), "approve")
        .await;
    let payment_id = text(&paid, "paymentId");
    app.clock
        .advance(Duration::from_secs(60) - Duration::from_micros(100));
    assert_eq!(sandbox.status(&payment_id).await["status"], "ACCEPTED");
    app.clock.advance(Duration::from_micros(100));
    assert_eq!(sandbox.status(&payment_id).await["status"], "FAILED");
    assert_eq!(receiver.received().len(), 1);
    app.tick_sandbox().await;
    assert_eq!(receiver.received().len(), 2);
    let row = &sandbox.ledger().await[0];
    assert_eq!(
        (&row["captured"], &row["chargedBack"]),
        (&json!(1_605), &json!(1_605))
    );
}

#[tokio::test]
async fn a_refund_that_takes_time_is_told_when_it_is_done() {
    let app = TestApp::start().await;
    let (sandbox, receiver) = (app.sandbox(), Receiver::start().await);
    let paid = sandbox.pay(&told_to(&receiver, "ORD-1", 607)).await.json();
    sandbox
        .answer_page(&text(&paid, "redirectToUrl"), "approve")
        .await;
    let payment_id = text(&paid, "paymentId");
    sandbox.refund(&payment_id, "r-1", 607).await;
    assert_eq!(receiver.received().len(), 1);
    app.clock.advance(Duration::from_secs(30));
    app.tick_sandbox().await;
    assert_eq!(receiver.received().len(), 2);
}

#[tokio::test]
async fn a_callback_that_nobody_hears_is_tried_again_and_given_up_in_the_end() {
    let app = TestApp::start().await;
    let (sandbox, receiver) = (app.sandbox(), Receiver::start().await);
    receiver.answer(&[500, 404, 302, 500, 503, 500, 500]);
    let paid = sandbox
        .pay(&told_to(&receiver, "ORD-1", 1_000))
        .await
        .json();
    let submitted = sandbox
        .answer_page(&text(&paid, "redirectToUrl"), "approve")
        .await;
    assert_eq!(submitted.status, 303, "the customer goes on all the same");
    for (tries, pause) in [(1, 30), (2, 60), (3, 120), (4, 300), (5, 600)] {
        assert_eq!(receiver.received().len(), tries);
        app.clock
            .advance(Duration::from_secs(pause) - Duration::from_micros(100));
        app.tick_sandbox().await;
        assert_eq!(receiver.received().len(), tries, "too early");
        app.clock.advance(Duration::from_micros(100));
        app.tick_sandbox().await;
        assert_eq!(receiver.received().len(), tries + 1);
    }
    app.clock.advance(Duration::from_secs(24 * 60 * 60));
    let looked = app.tick_sandbox().await;
    assert_eq!(looked, json!({ "lookedAt": 0, "failed": 0 }));
    assert_eq!(receiver.received().len(), 6);
}

#[tokio::test]
async fn a_late_tick_tells_of_everything() {
    let app = TestApp::start().await;
    let (sandbox, receiver) = (app.sandbox(), Receiver::start().await);
    for number in 0..45 {
        let body = told_to(&receiver, &format!("ORD-{number}"), 603);
        sandbox.pay(&body).await.expect_success();
    }
    app.clock.advance(Duration::from_secs(60 * 60));
    let looked = app.tick_sandbox().await;
    assert_eq!(looked, json!({ "lookedAt": 45, "failed": 0 }));
    let mut told = targets(&receiver).await;
    told.sort();
    told.dedup();
    assert_eq!(told.len(), 45);
}
