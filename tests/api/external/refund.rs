//! `POST /refund`: never more than was paid, and never twice.

use std::time::Duration;

use futures_util::future::join_all;
use http::Method;
use serde_json::json;
use tests::Reaction;

use super::{LEASE, Scene};

#[tokio::test]
async fn a_refund_is_passed_on_under_a_key() {
    let scene = Scene::start().await;
    let payment_id = scene.live.paid("ORD-1").await;
    let data = r#"{"why": 1.0}"#;
    let body = format!(
        r#"{{"amount": 345, "currency": "EUR", "paymentId": "{payment_id}", "providerData": {data}}}"#
    );
    let answer = scene.live.send(Method::POST, "/refund", &[], body).await;
    answer.expect_success();
    assert_eq!(answer.json(), json!({ "result": "OK" }));
    let asked = scene.service.asked_for("/refund");
    assert!(
        asked[0].body.contains(&format!(r#""providerData":{data}"#)),
        "{}",
        asked[0].body
    );
    assert_eq!(asked[0].json()["paymentId"], payment_id.as_str());
    assert!(asked[0].headers.contains_key("idempotency-key"));
}

#[tokio::test]
async fn never_more_than_was_paid() {
    let scene = Scene::start().await;
    let payment_id = scene.live.paid("ORD-1").await;
    let too_much = scene.live.refund(&payment_id, 12_346, None).await;
    assert_eq!(too_much.error(), (400, Some(12001)));
    scene
        .live
        .refund(&payment_id, 12_000, None)
        .await
        .expect_success();
    let too_much = scene.live.refund(&payment_id, 346, None).await;
    assert_eq!(too_much.error(), (400, Some(12001)));
    let dollars = json!({ "amount": 1, "currency": "USD", "paymentId": payment_id });
    let answer = scene.live.post("/refund", &dollars).await;
    assert_eq!(answer.error(), (400, Some(12001)));
    // What the service refuses is free again.
    scene
        .service
        .react("/refund", Reaction::Answer(200, json!({ "result": "KO" })));
    let refused = scene.live.refund(&payment_id, 345, None).await;
    assert_eq!(refused.json()["result"], "KO");
    scene
        .live
        .refund(&payment_id, 345, None)
        .await
        .expect_success();
    assert_eq!(scene.service.asked_for("/refund").len(), 3);
}

#[tokio::test]
async fn refunds_that_race_never_give_back_more_than_was_paid() {
    let scene = Scene::start().await;
    let payment_id = scene.live.paid("ORD-1").await;
    let answers = join_all((0..16).map(|_| scene.live.refund(&payment_id, 2_000, None))).await;
    let given = answers.iter().filter(|answer| answer.status == 200).count();
    assert_eq!(given, 6);
    for answer in answers.iter().filter(|answer| answer.status != 200) {
        assert_eq!(answer.error(), (400, Some(12001)));
    }
    let given: u64 = scene
        .service
        .given_back()
        .iter()
        .map(|one| one.amount)
        .sum();
    assert_eq!(given, 12_000);
}

#[tokio::test]
async fn one_key_is_one_refund() {
    let scene = Scene::start().await;
    let payment_id = scene.live.paid("ORD-1").await;
    let first = scene.live.refund(&payment_id, 100, Some("key-1")).await;
    let again = scene.live.refund(&payment_id, 100, Some("key-1")).await;
    assert_eq!(again.json(), first.json());
    assert_eq!(again.header("idempotent-replayed"), Some("true"));
    let other = scene.live.refund(&payment_id, 101, Some("key-1")).await;
    assert_eq!(other.error(), (409, None));
    assert_eq!(
        other.message(),
        "Idempotency key reused with a different request body."
    );
    scene
        .live
        .refund(&payment_id, 100, Some("key-2"))
        .await
        .expect_success();
    scene
        .live
        .refund(&payment_id, 100, None)
        .await
        .expect_success();
    assert_eq!(scene.service.given_back().len(), 3);
    let answers =
        join_all((0..16).map(|_| scene.live.refund(&payment_id, 100, Some("key-3")))).await;
    for answer in answers {
        assert!(
            answer.status == 200 || answer.error() == (409, None),
            "{}",
            answer.text
        );
    }
    assert_eq!(scene.service.asked_for("/refund").len(), 4);
}

#[tokio::test]
async fn a_key_is_one_merchants_and_one_endpoints() {
    let scene = Scene::start().await;
    let stranger = scene.stranger("live", "acme").await;
    let (mine, theirs) = (scene.live.paid("ORD-1").await, stranger.paid("ORD-1").await);
    scene
        .live
        .refund(&mine, 100, Some("key-1"))
        .await
        .expect_success();
    stranger
        .refund(&theirs, 100, Some("key-1"))
        .await
        .expect_success();
    let keys: Vec<String> = scene
        .service
        .given_back()
        .into_iter()
        .map(|one| one.key)
        .collect();
    assert_ne!(keys[0], keys[1]);
    let shop = tests::Shop::demo(scene.app.client(), "SHOP01", "live");
    let answer = shop.create_session().key("key-1").send().await;
    assert_eq!(answer.error(), (409, None));
    assert_eq!(
        answer.message(),
        "Idempotency key already used for a different endpoint."
    );
}

#[tokio::test]
async fn a_lost_answer_is_pending_and_is_not_asked_for_twice() {
    let scene = Scene::start().await;
    let payment_id = scene.live.paid("ORD-1").await;
    scene.service.react("/refund", Reaction::Drop);
    for replayed in [None, Some("true"), Some("true")] {
        let answer = scene.live.refund(&payment_id, 12_000, Some("key-1")).await;
        answer.expect_success();
        assert_eq!(answer.json(), json!({ "result": "PENDING" }));
        assert_eq!(answer.header("idempotent-replayed"), replayed);
        scene.app.clock.advance(LEASE);
    }
    assert_eq!(scene.service.asked_for("/refund").len(), 1);
    // It counts, because it may have been done.
    let answer = scene.live.refund(&payment_id, 346, None).await;
    assert_eq!(answer.error(), (400, Some(12001)));
    // The status tells what became of it.
    scene.live.status(&payment_id).await.expect_success();
    let answer = scene.live.refund(&payment_id, 12_000, Some("key-1")).await;
    assert_eq!(answer.json(), json!({ "result": "OK" }));
}

#[tokio::test]
async fn a_service_that_knows_refunds_again_is_asked_again() {
    let scene = Scene::with(r#""idempotentRefunds": true"#).await;
    let payment_id = scene.live.paid("ORD-1").await;
    scene.service.react("/refund", Reaction::Drop);
    let lost = scene.live.refund(&payment_id, 12_000, Some("key-1")).await;
    assert_eq!(lost.json(), json!({ "result": "PENDING" }));
    let found = scene.live.refund(&payment_id, 12_000, Some("key-1")).await;
    assert_eq!(found.json(), json!({ "result": "OK" }));
    let asked = scene.service.asked_for("/refund");
    assert_eq!(asked.len(), 2);
    assert_eq!(
        asked[0].headers["idempotency-key"],
        asked[1].headers["idempotency-key"]
    );
    assert_eq!(scene.service.given_back().len(), 1);
}

#[tokio::test]
async fn a_refund_is_not_asked_for_again_once_a_service_may_have_forgotten_it() {
    let scene = Scene::with(r#""idempotentRefunds": true"#).await;
    let payment_id = scene.live.paid("ORD-1").await;
    scene.service.react("/refund", Reaction::Drop);
    let lost = scene.live.refund(&payment_id, 12_000, Some("key-1")).await;
    assert_eq!(lost.json(), json!({ "result": "PENDING" }));
    scene.app.clock.advance(Duration::from_secs(13 * 60 * 60));
    let late = scene.live.refund(&payment_id, 12_000, Some("key-1")).await;
    assert_eq!(late.json(), json!({ "result": "PENDING" }));
    assert_eq!(scene.service.asked_for("/refund").len(), 1);
}

#[tokio::test]
async fn what_was_not_done_can_be_asked_for_again_with_the_same_key() {
    let scene = Scene::start().await;
    let payment_id = scene.live.paid("ORD-1").await;
    for (status, expected) in [(429, (502, Some(13001))), (400, (400, Some(12001)))] {
        scene
            .service
            .react("/refund", Reaction::Answer(status, json!({})));
        let refused = scene.live.refund(&payment_id, 12_345, Some("key-1")).await;
        assert_eq!(refused.error(), expected);
    }
    let answer = scene.live.refund(&payment_id, 12_345, Some("key-1")).await;
    assert_eq!(answer.json(), json!({ "result": "OK" }));
    assert_eq!(scene.service.given_back().len(), 1);
}
