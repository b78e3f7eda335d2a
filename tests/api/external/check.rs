//! `/check`: the status, and word of it to `PAYMENT_CALLBACK_URL`.

use std::time::Duration;

use serde_json::json;
use shared::domain::environment::Environment;
use tests::{Reaction, Service, TestApp};

use super::{Caller, Scene};

#[tokio::test]
async fn a_check_tells_whoever_is_configured() {
    let scene = Scene::start().await;
    let payment_id = scene.live.paid("ORD-1").await;
    let path = format!("/check?paymentId={payment_id}");
    for count in 1..=2 {
        let answer = scene.live.get(&path).await;
        answer.expect_success();
        assert_eq!(scene.told().len(), count, "each time");
        assert_eq!(scene.told()[count - 1], answer.json());
    }
    let received = &scene.receiver.received()[0];
    for (name, value) in [
        ("x-webcode", "SHOP01"),
        ("x-environment", "live"),
        ("content-type", "application/json"),
    ] {
        assert_eq!(
            received.headers.get(name).map(|value| value.to_str().ok()),
            Some(Some(value))
        );
    }
}

#[tokio::test]
async fn what_nobody_took_is_told_again_for_a_day() {
    let scene = Scene::start().await;
    let payment_id = scene.live.paid("ORD-1").await;
    scene.receiver.answer(&[500, 503, 400]);
    let answer = scene
        .live
        .get(&format!("/check?paymentId={payment_id}"))
        .await;
    answer.expect_success();
    assert_eq!(scene.told().len(), 1, "no answer waits for it");
    scene.app.settle().await;
    for (seconds, count) in [(75, 2), (400, 3), (2_400, 4), (9_000, 4)] {
        scene
            .later(Environment::Live, Duration::from_secs(seconds))
            .await;
        assert_eq!(scene.told().len(), count, "{seconds}");
    }
    let ids: Vec<_> = scene
        .receiver
        .received()
        .iter()
        .map(|one| one.headers["x-notification-id"].clone())
        .collect();
    assert!(
        ids.iter().all(|id| *id == ids[0]),
        "the same in every attempt"
    );
    // It was taken in the end, so nothing is left.
    scene.receiver.answer(&[500; 20]);
    scene
        .live
        .get(&format!("/check?paymentId={payment_id}"))
        .await
        .expect_success();
    for _ in 0..14 {
        scene
            .later(Environment::Live, Duration::from_secs(6 * 3600))
            .await;
    }
    let told = scene.told().len();
    scene
        .later(Environment::Live, Duration::from_secs(86_400))
        .await;
    assert_eq!(scene.told().len(), told, "given up after a day");
    assert!(told > 6, "{told}");
}

#[tokio::test]
async fn an_end_that_comes_while_another_is_told_is_told_as_well() {
    let scene = Scene::start().await;
    let payment_id = scene.live.paid("ORD-1").await;
    let (check, callback) = (
        format!("/check?paymentId={payment_id}"),
        format!("/callback?paymentId={payment_id}"),
    );
    scene.receiver.hold(true);
    let (told_of, taken_back) = tokio::join!(scene.live.get(&check), async {
        scene.receiver.wait_for(1).await;
        // A chargeback.
        scene.service.set_status(&payment_id, "FAILED");
        let news = scene.live.get(&callback);
        let (answer, ()) = tokio::join!(news, async {
            scene.receiver.wait_for(2).await;
            scene.receiver.hold(false);
        });
        answer
    });
    told_of.expect_success();
    assert_eq!(taken_back.status, 200);
    let received = scene.receiver.received();
    let told: Vec<_> = scene.told();
    assert_eq!(told[0]["status"], "ACCEPTED");
    assert_eq!(told[1]["status"], "FAILED");
    assert_ne!(
        received[0].headers["x-notification-id"],
        received[1].headers["x-notification-id"]
    );
}

#[tokio::test]
async fn nobody_is_told_again_what_is_not_so_any_more() {
    let scene = Scene::start().await;
    let payment_id = scene.live.paid("ORD-1").await;
    scene.receiver.answer(&[500]);
    let (check, status) = (
        format!("/check?paymentId={payment_id}"),
        format!("/status?paymentId={payment_id}"),
    );
    scene.live.get(&check).await.expect_success();
    scene.service.set_status(&payment_id, "FAILED");
    let answer = scene.live.get(&status).await;
    assert_eq!(answer.json()["status"], "FAILED");
    scene.app.settle().await;
    for _ in 0..3 {
        scene
            .later(Environment::Live, Duration::from_secs(80))
            .await;
    }
    let told: Vec<_> = scene.told();
    let statuses: Vec<_> = told.iter().map(|one| &one["status"]).collect();
    assert_eq!(statuses, ["ACCEPTED", "FAILED"]);
}

#[tokio::test]
async fn a_receiver_that_hangs_delays_nobody_for_long() {
    let scene = Scene::start().await;
    let payment_id = scene.live.paid("ORD-1").await;
    scene.receiver.hold(true);
    let began = std::time::Instant::now();
    let answer = scene
        .live
        .get(&format!("/check?paymentId={payment_id}"))
        .await;
    answer.expect_success();
    let took = began.elapsed();
    // Not the ten seconds that a receiver has when nobody waits (`TOLD_WITHIN`).
    assert!(took < Duration::from_secs(9), "{took:?}");
    scene.receiver.hold(false);
    scene.app.settle().await;
    scene
        .later(Environment::Live, Duration::from_secs(80))
        .await;
    assert_eq!(scene.told().len(), 2);
}

#[tokio::test]
async fn nobody_is_told_of_what_could_not_be_asked() {
    let scene = Scene::start().await;
    let payment_id = scene.live.paid("ORD-1").await;
    scene.service.react("/status", Reaction::Drop);
    let answer = scene
        .live
        .get(&format!("/check?paymentId={payment_id}"))
        .await;
    assert_eq!(answer.error(), (502, Some(13001)));
    assert!(scene.told().is_empty());
}

#[tokio::test]
async fn without_an_address_a_check_is_a_status() {
    let service = Service::start().await;
    let services = json!({ "externalServices": [
        { "externalService": "play", "baseUrl": service.url, "sandbox": true },
    ]});
    let app = TestApp::start_with(&[("ExternalServices", &services.to_string())]).await;
    let caller = Caller {
        client: app.client(),
        api_key: app.shop().api_key,
        external: "play",
    };
    let payment_id = caller.paid("ORD-1").await;
    let answer = caller.get(&format!("/check?paymentId={payment_id}")).await;
    assert_eq!(answer.json()["status"], "ACCEPTED");
    app.clock.advance(Duration::from_secs(86_400));
    let swept = app.stack.sweep(Environment::Test, 0).await.expect("swept");
    assert_eq!(swept["due"], 0);
}
