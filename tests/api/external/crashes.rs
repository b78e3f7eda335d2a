//! Whoever died between the record and the call, or between the call and the record: the payment is resumed, and charged once.

use std::time::Duration;

use serde_json::json;
use shared::domain::environment::Environment;
use tests::Fault;

use super::{LEASE, Scene};

#[tokio::test]
async fn an_answer_that_could_not_be_recorded_is_found_again_after_the_lease() {
    let scene = Scene::start().await;
    // The record of the payment passes; that of the answer does not.
    scene.app.wire.break_after(1, "PutItem", Fault::Internal);
    let answer = scene.live.pay("ORD-1").await;
    assert_eq!(answer.error(), (500, Some(99001)));
    scene.app.wire.heal();
    assert_eq!(scene.service.charged().len(), 1);
    let answer = scene.live.pay("ORD-1").await;
    assert_eq!(
        answer.error(),
        (409, None),
        "for all anybody knows, it is being asked for"
    );
    scene.app.clock.advance(LEASE);
    let answer = scene.live.pay("ORD-1").await;
    answer.expect_success();
    assert_eq!(answer.json()["paymentId"], "pay-1");
    assert_eq!(scene.service.charged().len(), 1);
    assert_eq!(scene.service.asked_for("/pay").len(), 2);
    scene.live.status("pay-1").await.expect_success();
}

#[tokio::test]
async fn of_many_who_resume_one_asks() {
    let scene = Scene::start().await;
    scene.app.wire.break_after(1, "PutItem", Fault::Internal);
    assert_eq!(scene.live.pay("ORD-1").await.error(), (500, Some(99001)));
    scene.app.wire.heal();
    scene.app.clock.advance(LEASE);
    let answers = futures_util::future::join_all((0..16).map(|_| scene.live.pay("ORD-1"))).await;
    for answer in answers {
        assert!(
            answer.status == 200 || answer.error() == (409, None),
            "{}",
            answer.text
        );
    }
    assert_eq!(scene.service.asked_for("/pay").len(), 2);
    assert_eq!(scene.service.charged().len(), 1);
}

#[tokio::test]
async fn a_payment_that_could_not_be_recorded_is_not_asked_for() {
    let scene = Scene::start().await;
    scene.app.wire.break_all("PutItem", Fault::Internal);
    assert_eq!(scene.live.pay("ORD-1").await.error(), (500, Some(99001)));
    scene.app.wire.heal();
    assert!(scene.service.asked().is_empty());
    scene.live.pay("ORD-1").await.expect_success();
}

#[tokio::test]
async fn a_lost_reply_of_the_database_is_no_second_call() {
    let scene = Scene::start().await;
    // Of the record, and of the answer's.
    scene.app.wire.break_next("PutItem", Fault::LostReply);
    scene.app.wire.break_next("PutItem", Fault::LostReply);
    scene.live.pay("ORD-1").await.expect_success();
    assert_eq!(scene.app.wire.faults_left(), 0);
    assert_eq!(scene.service.asked_for("/pay").len(), 1);
}

#[tokio::test]
async fn each_fault_on_each_call_ends_in_one_payment() {
    let scene = Scene::start().await;
    let mut number = 0;
    for fault in Fault::PASSING {
        for call in 0.. {
            number += 1;
            let name = format!("ORD-{number}");
            scene.app.wire.break_call(call, fault);
            let answer = scene.live.pay(&name).await;
            let was_broken = scene.app.wire.was_broken();
            scene.app.wire.heal();
            answer.expect_success();
            let payment_id = answer.json()["paymentId"].clone();
            assert_eq!(scene.live.pay(&name).await.json()["paymentId"], payment_id);
            if !was_broken {
                break;
            }
        }
    }
    assert!(number > 15, "{number}");
    assert_eq!(scene.service.charged().len(), number);
    assert_eq!(scene.service.asked_for("/pay").len(), number);
}

#[tokio::test]
async fn a_refund_whose_answer_could_not_be_recorded_stays_pending() {
    let scene = Scene::start().await;
    let payment_id = scene.live.paid("ORD-1").await;
    // The refund and its key are one transaction; the answer is a put.
    scene.app.wire.break_all("PutItem", Fault::Internal);
    let answer = scene.live.refund(&payment_id, 12_000, Some("key-1")).await;
    assert_eq!(answer.error(), (500, Some(99001)));
    scene.app.wire.heal();
    let answer = scene.live.refund(&payment_id, 12_000, Some("key-1")).await;
    assert_eq!(answer.error(), (409, None));
    scene.app.clock.advance(LEASE);
    let answer = scene.live.refund(&payment_id, 12_000, Some("key-1")).await;
    assert_eq!(answer.json(), json!({ "result": "PENDING" }));
    assert_eq!(scene.service.asked_for("/refund").len(), 1);
    let answer = scene.live.refund(&payment_id, 346, None).await;
    assert_eq!(answer.error(), (400, Some(12001)));
}

#[tokio::test]
async fn a_lost_answer_that_nobody_asks_for_again_is_not_asked_for_by_itself() {
    let scene = Scene::start().await;
    scene.service.react("/pay", tests::Reaction::Drop);
    assert_eq!(scene.live.pay("ORD-1").await.error(), (502, Some(13001)));
    scene.app.settle().await;
    for _ in 0..3 {
        scene
            .later(Environment::Live, Duration::from_secs(3_601))
            .await;
    }
    assert_eq!(
        scene.service.asked().len(),
        1,
        "only its caller has what it must be asked with"
    );
    // And yet it can be found at any time.
    assert_eq!(scene.live.pay("ORD-1").await.json()["paymentId"], "pay-1");
    assert_eq!(scene.service.charged().len(), 1);
}
