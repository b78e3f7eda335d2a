//! Subscriptions: begun as payments, and touched by nobody but whoever began them.

use http::Method;
use serde_json::{Value, json};
use tests::Reaction;

use super::{Caller, Scene, pay_body};

fn body(name: &str, info: Value) -> Value {
    let mut body = pay_body(name);
    body["subscriptionInfo"] = info;
    body
}

fn monthly() -> Value {
    json!({ "interval": "MONTH", "intervalCount": 1, "expiresAfter": 12 })
}

async fn begun(caller: &Caller, path: &str, name: &str) -> String {
    let answer = caller.post(path, &body(name, monthly())).await;
    answer.expect_success();
    answer.json()["subscriptionToken"]
        .as_str()
        .expect("a token")
        .to_owned()
}

#[tokio::test]
async fn a_subscription_lives_from_its_beginning_to_its_end() {
    let scene = Scene::with(r#""subscriptions": true"#).await;
    for (number, path) in ["/subscription/schedule", "/subscription/start"]
        .into_iter()
        .enumerate()
    {
        let name = format!("SUB-{number}");
        let first = scene.live.post(path, &body(&name, monthly())).await;
        first.expect_success();
        let token = first.json()["subscriptionToken"]
            .as_str()
            .expect("a token")
            .to_owned();
        let payment_id = first.json()["paymentId"]
            .as_str()
            .expect("a name")
            .to_owned();
        let expected = json!({
            "result": "OK", "resultDescription": "as told", "paymentId": payment_id,
            "subscriptionToken": token, "metadata": { "plan": ["gold", 1.5] },
        });
        assert_eq!(first.json(), expected);
        let again = scene.live.post(path, &body(&name, monthly())).await;
        assert_eq!(
            (again.json(), again.header("idempotent-replayed")),
            (expected, Some("true"))
        );
        let asked = scene.service.asked_for(path);
        assert_eq!(asked.len(), 1);
        assert_eq!(asked[0].json()["subscriptionInfo"], monthly());
        assert_eq!(
            asked[0].json()["shopTransactionId"],
            format!("SHOP01:{name}")
        );
        assert_eq!(
            scene.live.status(&payment_id).await.json()["status"],
            "ACCEPTED"
        );

        let status = format!("/subscription/status/{token}");
        let answer = scene.live.get(&status).await;
        assert_eq!(
            answer.json(),
            json!({ "status": "ACTIVE", "subscriptionToken": token })
        );
        let change = json!({ "amount": 5, "currency": "EUR", "providerData": { "b": 1, "a": 2 } });
        let answer = scene
            .live
            .post(&format!("/subscription/update/{token}"), &change)
            .await;
        let done = json!({ "result": "OK", "resultDescription": "", "subscriptionToken": token });
        assert_eq!(answer.json(), done);
        let asked = scene
            .service
            .asked_for("/subscription/update")
            .pop()
            .expect("asked");
        assert_eq!(asked.json(), change);
        let path = format!("/subscription/expire/{token}");
        let answer = scene
            .live
            .send(Method::DELETE, &path, &[], String::new())
            .await;
        assert_eq!(answer.json(), done);
        let answer = scene.live.get(&status).await;
        assert_eq!(answer.json()["status"], "CANCELED");
    }
}

#[tokio::test]
async fn a_manual_subscription_is_charged_when_asked_and_once_for_a_name() {
    let scene = Scene::with(r#""subscriptions": true"#).await;
    let token = begun(&scene.live, "/subscription/start", "SUB-1").await;
    let mut info = monthly();
    info["token"] = json!(token);
    scene.service.react("/subscription/pay", Reaction::Drop);
    let charge = body("SUB-1-2026-12", info);
    let lost = scene.live.post("/subscription/pay", &charge).await;
    assert_eq!(lost.error(), (502, Some(13001)));
    for _ in 0..2 {
        let answer = scene.live.post("/subscription/pay", &charge).await;
        answer.expect_success();
        assert_eq!(answer.json()["subscriptionToken"], token.as_str());
    }
    assert_eq!(
        scene.service.charged().len(),
        2,
        "the beginning and one charge"
    );
}

#[tokio::test]
async fn nobody_touches_another_merchants_subscription() {
    let scene = Scene::with(r#""subscriptions": true"#).await;
    let stranger = scene.stranger("live", "acme").await;
    let token = begun(&scene.live, "/subscription/start", "SUB-1").await;
    let mut info = monthly();
    info["token"] = json!(token);
    let asked = scene.service.asked().len();
    let charge = stranger
        .post("/subscription/pay", &body("X", info.clone()))
        .await;
    let start = stranger
        .post("/subscription/start", &body("Y", info.clone()))
        .await;
    let schedule = stranger
        .post("/subscription/schedule", &body("Z", info.clone()))
        .await;
    let update = stranger
        .post(&format!("/subscription/update/{token}"), &json!({}))
        .await;
    let status = stranger.get(&format!("/subscription/status/{token}")).await;
    let path = format!("/subscription/expire/{token}");
    let expire = stranger
        .send(Method::DELETE, &path, &[], String::new())
        .await;
    let unknown = scene.live.get("/subscription/status/sub-99").await;
    for answer in [charge, start, schedule, update, status, expire, unknown] {
        assert_eq!(answer.error(), (404, Some(10404)));
    }
    assert_eq!(scene.service.asked().len(), asked);
}

#[tokio::test]
async fn an_update_names_no_other_subscription_than_its_address() {
    let scene = Scene::with(r#""subscriptions": true"#).await;
    let stranger = scene.stranger("live", "acme").await;
    let token = begun(&scene.live, "/subscription/start", "SUB-1").await;
    let own = begun(&stranger, "/subscription/start", "SUB-1").await;
    let asked = scene.service.asked().len();
    let mut info = monthly();
    info["token"] = json!(token);
    let path = format!("/subscription/update/{own}");
    let foreign = json!({ "subscriptionInfo": info });
    let answer = stranger.post(&path, &foreign).await;
    assert_eq!(answer.error(), (400, Some(12001)));
    assert_eq!(scene.service.asked().len(), asked);
    info["token"] = json!(own);
    let own = json!({ "subscriptionInfo": info });
    stranger.post(&path, &own).await.expect_success();
}

#[tokio::test]
async fn a_service_without_subscriptions_says_so() {
    let scene = Scene::start().await;
    let path = "/subscription/expire/sub-1";
    for answer in [
        scene
            .live
            .post("/subscription/start", &body("S", monthly()))
            .await,
        scene.live.get("/subscription/status/sub-1").await,
        scene
            .live
            .send(Method::DELETE, path, &[], String::new())
            .await,
    ] {
        assert_eq!(answer.error(), (422, Some(12001)));
        assert_eq!(
            answer.message(),
            "This external service has no subscriptions."
        );
    }
    assert!(scene.service.asked().is_empty());
}

#[tokio::test]
async fn a_beginning_that_was_lost_is_one_subscription() {
    let scene = Scene::with(r#""subscriptions": true"#).await;
    for reaction in [
        Reaction::Drop,
        Reaction::Answer(200, json!({ "result": "OK", "paymentId": "pay-1" })),
    ] {
        scene.service.react("/subscription/schedule", reaction);
        let answer = scene
            .live
            .post("/subscription/schedule", &body("S", monthly()))
            .await;
        assert_eq!(answer.error(), (502, Some(13001)));
    }
    let token = begun(&scene.live, "/subscription/schedule", "S").await;
    assert_eq!(scene.service.charged().len(), 1);
    let status = scene
        .live
        .get(&format!("/subscription/status/{token}"))
        .await;
    assert_eq!(status.json()["status"], "ACTIVE");
}

#[tokio::test]
async fn a_token_that_a_service_gives_out_twice_changes_no_hands() {
    let scene = Scene::with(r#""subscriptions": true"#).await;
    let stranger = scene.stranger("live", "acme").await;
    let token = begun(&scene.live, "/subscription/start", "SUB-1").await;
    let same = json!({
        "result": "OK", "resultDescription": "", "paymentId": "pay-9", "subscriptionToken": token,
    });
    scene
        .service
        .react("/subscription/start", Reaction::Answer(200, same));
    let answer = stranger
        .post("/subscription/start", &body("SUB-1", monthly()))
        .await;
    assert_eq!(answer.error(), (502, Some(13001)));
    let path = format!("/subscription/status/{token}");
    assert_eq!(stranger.get(&path).await.error(), (404, Some(10404)));
    scene.live.get(&path).await.expect_success();
}
