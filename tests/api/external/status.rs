//! `GET` and `POST /status`: as the service says now.

use http::Method;
use serde_json::json;
use tests::Reaction;

use super::Scene;

#[tokio::test]
async fn a_status_can_be_asked_for_in_every_way() {
    let scene = Scene::start().await;
    let payment_id = scene.live.paid("ORD-1").await;
    let expected = json!({
        "status": "ACCEPTED", "paymentId": payment_id, "shopTransactionId": "ORD-1", "providerName": "acme",
    });
    let form = [("content-type", "application/x-www-form-urlencoded")];
    for path in ["/status", "/check"] {
        let query = format!("{path}?paymentId={payment_id}");
        let by_get = scene.live.get(&query).await;
        let by_query = scene
            .live
            .send(Method::POST, &query, &form, String::new())
            .await;
        let by_json = scene
            .live
            .post(path, &json!({ "paymentId": payment_id }))
            .await;
        let body = format!("x=1&paymentId={payment_id}");
        let by_form = scene.live.send(Method::POST, path, &form, body).await;
        for answer in [by_get, by_query, by_json, by_form] {
            answer.expect_success();
            assert_eq!(answer.json(), expected);
        }
    }
}

#[tokio::test]
async fn an_old_answer_is_never_given_for_a_new_one() {
    let scene = Scene::start().await;
    let payment_id = scene.live.paid("ORD-1").await;
    let stranger = json!({
        "status": "FAILED", "paymentId": payment_id, "shopTransactionId": "SHOP02:ORD-1", "providerName": "x",
    });
    for reaction in [
        Reaction::Drop,
        Reaction::Garbage,
        Reaction::Answer(500, json!({})),
        Reaction::Answer(404, json!({})),
        Reaction::Answer(429, json!({})),
        Reaction::Answer(200, json!({ "status": "ACCEPTED" })),
        Reaction::Answer(200, stranger),
    ] {
        scene.service.react("/status", reaction.clone());
        let answer = scene.live.status(&payment_id).await;
        assert_eq!(answer.error(), (502, Some(13001)), "{reaction:?}");
    }
    assert_eq!(
        scene.live.status(&payment_id).await.json()["status"],
        "ACCEPTED"
    );
    assert!(scene.told().is_empty(), "nobody asked for that");
}

#[tokio::test]
async fn a_chargeback_is_seen() {
    let scene = Scene::start().await;
    let payment_id = scene.live.paid("ORD-1").await;
    scene.service.set_status(&payment_id, "FAILED");
    assert_eq!(
        scene.live.status(&payment_id).await.json()["status"],
        "FAILED"
    );
    assert_eq!(scene.live.pay("ORD-1").await.json()["result"], "KO");
    let answer = scene.live.refund(&payment_id, 1, None).await;
    assert_eq!(answer.error(), (400, Some(12001)));
}
