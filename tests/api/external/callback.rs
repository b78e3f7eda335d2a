//! `/callback`: a hint, of which nothing is believed.

use std::time::Duration;

use http::Method;
use serde_json::json;
use shared::domain::environment::Environment;
use tests::{Answer, Reaction};

use super::{Caller, Scene};

async fn called_back(caller: &Caller, payment_id: &str) -> Answer {
    // Without any key.
    let path = format!("/v3/{}/callback?paymentId={payment_id}", caller.external);
    caller.client.send(Method::GET, &path, &[], "").await
}

#[tokio::test]
async fn a_callback_makes_the_service_be_asked_and_the_news_be_told() {
    let scene = Scene::start().await;
    scene
        .service
        .react("/pay", Reaction::Result("REDIRECT_TO_URL"));
    let payment_id = scene.live.paid("ORD-1").await;
    scene.service.set_status(&payment_id, "ACCEPTED");
    let answer = called_back(&scene.live, &payment_id).await;
    assert_eq!((answer.status.as_u16(), answer.text.as_str()), (200, "{}"));
    assert_eq!(scene.service.asked_for("/status").len(), 1);
    let told = json!({
        "status": "ACCEPTED", "paymentId": payment_id, "shopTransactionId": "ORD-1", "providerName": "acme",
    });
    assert_eq!(scene.told(), [told]);
    assert_eq!(scene.live.pay("ORD-1").await.json()["result"], "OK");
}

#[tokio::test]
async fn a_callback_comes_in_every_way() {
    let scene = Scene::start().await;
    let payment_id = scene.test.paid("ORD-1").await;
    let (path, query) = (
        "/v3/play/callback",
        format!("/v3/play/callback?paymentId={payment_id}"),
    );
    let json_body = json!({ "paymentId": payment_id, "status": "FAILED" }).to_string();
    let form_body = format!("paymentId={payment_id}&status=FAILED");
    let (json_type, form_type) = (
        ("content-type", "application/json"),
        ("content-type", "application/x-www-form-urlencoded"),
    );
    let calls = [
        (Method::GET, query.as_str(), vec![], String::new()),
        (Method::POST, query.as_str(), vec![], "whatever".to_owned()),
        (Method::POST, path, vec![json_type], json_body),
        (Method::POST, path, vec![form_type], form_body),
    ];
    for (place, (method, target, headers, body)) in calls.into_iter().enumerate() {
        scene.app.clock.advance(Duration::from_secs(2));
        let answer = scene.test.client.send(method, target, &headers, body).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        assert_eq!(scene.service.asked_for("/status").len(), place + 1);
    }
    assert_eq!(scene.told().len(), 1, "the rest was no news");
    assert_eq!(
        scene.told()[0]["status"],
        "ACCEPTED",
        "whatever a body says"
    );
}

#[tokio::test]
async fn a_forged_callback_can_do_nothing() {
    let scene = Scene::start().await;
    let payment_id = scene.live.paid("ORD-1").await;
    let nothing = called_back(&scene.live, "pay-999").await;
    assert_eq!(nothing.error(), (404, Some(10404)));
    let elsewhere = Caller {
        client: scene.live.client.clone(),
        api_key: String::new(),
        external: "nobody",
    };
    let nothing = called_back(&elsewhere, &payment_id).await;
    assert_eq!(nothing.error(), (404, Some(10404)));
    assert!(scene.service.asked_for("/status").is_empty());
    for _ in 0..20 {
        assert_eq!(called_back(&scene.live, &payment_id).await.status, 200);
    }
    assert_eq!(
        scene.service.asked_for("/status").len(),
        1,
        "once in a second"
    );
    assert_eq!(scene.told().len(), 1);
    // Of those that came meanwhile one look is left.
    scene.app.settle().await;
    scene.later(Environment::Live, Duration::from_secs(1)).await;
    assert_eq!(scene.service.asked_for("/status").len(), 2);
    scene
        .later(Environment::Live, Duration::from_secs(3600))
        .await;
    assert_eq!(scene.service.asked_for("/status").len(), 2);
    assert_eq!(scene.told().len(), 1);
}

#[tokio::test]
async fn what_changed_within_the_second_is_not_missed() {
    let scene = Scene::start().await;
    scene.service.react("/pay", Reaction::Result("PENDING"));
    let payment_id = scene.live.paid("ORD-1").await;
    // Somebody calls a moment too early.
    assert_eq!(called_back(&scene.live, &payment_id).await.status, 200);
    scene.service.set_status(&payment_id, "FAILED");
    assert_eq!(called_back(&scene.live, &payment_id).await.status, 200);
    scene.app.settle().await;
    scene.later(Environment::Live, Duration::from_secs(2)).await;
    let last = scene.told().pop().expect("told");
    assert_eq!(last["status"], "FAILED");
}

#[tokio::test]
async fn a_callback_whose_service_cannot_be_asked_is_not_lost() {
    let scene = Scene::start().await;
    scene.service.react("/pay", Reaction::Result("PENDING"));
    let payment_id = scene.live.paid("ORD-1").await;
    scene.service.set_status(&payment_id, "ACCEPTED");
    scene
        .service
        .react("/status", Reaction::Answer(503, json!({})));
    let answer = called_back(&scene.live, &payment_id).await;
    assert_eq!(answer.error(), (502, Some(13001)));
    scene.app.settle().await;
    scene
        .later(Environment::Live, Duration::from_secs(61))
        .await;
    assert_eq!(scene.told()[0]["status"], "ACCEPTED");
}
