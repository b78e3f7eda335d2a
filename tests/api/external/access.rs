//! Who reaches which service, and whose payments.

use http::Method;
use tests::Reaction;

use super::{Caller, Scene, assign, pay_body};

fn at(caller: &Caller, external: &'static str) -> Caller {
    Caller {
        client: caller.client.clone(),
        api_key: caller.api_key.clone(),
        external,
    }
}

#[tokio::test]
async fn a_key_reaches_its_own_service_and_no_other() {
    let scene = Scene::start().await;
    for (caller, external, expected) in [
        (&scene.live, "other", (403, Some(11008))),
        (&scene.live, "play", (403, Some(11008))),
        (&scene.live, "nobody", (404, Some(10404))),
        (&scene.test, "acme", (403, Some(11008))),
        (&scene.test, "other", (403, Some(11008))),
        (&scene.test, "nobody", (404, Some(10404))),
    ] {
        let caller = at(caller, external);
        assert_eq!(caller.pay("ORD-1").await.error(), expected, "{external}");
        assert_eq!(caller.status("pay-1").await.error(), expected, "{external}");
        let refused = caller.refund("pay-1", 1, None).await;
        assert_eq!(refused.error(), expected, "{external}");
    }
    // Without an assignment none at all.
    let stranger = Caller {
        external: "acme",
        ..scene.stranger("test", "play").await
    };
    assert_eq!(stranger.pay("ORD-1").await.error(), (403, Some(11008)));
    assert!(scene.service.asked().is_empty());
    assign(&scene.app, "SHOP01", "play").await;
    at(&scene.live, "play").pay("ORD-1").await.expect_success();
    assert_eq!(scene.live.pay("ORD-1").await.error(), (403, Some(11008)));
}

#[tokio::test]
async fn the_key_comes_before_everything_else() {
    let scene = Scene::start().await;
    for (headers, expected) in [
        (vec![("x-api-key", "")], (403, Some(11001))),
        (vec![("x-api-key", "pk_live_nonsense")], (403, Some(11001))),
    ] {
        for path in [
            "/pay",
            "/refund",
            "/status",
            "/check",
            "/subscription/start",
        ] {
            let answer = scene
                .live
                .send(Method::POST, path, &headers, "not json".to_owned())
                .await;
            assert_eq!(answer.error(), expected, "{path}");
        }
    }
    // What was sent comes before the service.
    let nobody = at(&scene.live, "nobody");
    let answer = nobody
        .send(Method::POST, "/pay", &[], "not json".to_owned())
        .await;
    assert_eq!(answer.error(), (400, Some(12001)));
}

#[tokio::test]
async fn the_two_environments_have_their_own_payments() {
    let scene = Scene::start().await;
    assign(&scene.app, "SHOP01", "play").await;
    let live = at(&scene.live, "play");
    let in_test = scene.test.paid("ORD-1").await;
    assert_eq!(live.status(&in_test).await.error(), (404, Some(10404)));
    // The service cannot tell the two apart by the merchant: a sandbox is shared by both, and knows the name already.
    assert_eq!(
        scene.test.status(&in_test).await.json()["paymentId"],
        "pay-1"
    );
}

#[tokio::test]
async fn nobody_sees_or_refunds_another_merchants_payment() {
    let scene = Scene::start().await;
    let stranger = scene.stranger("live", "acme").await;
    let mine = scene.live.paid("ORD-1").await;
    let theirs = stranger.paid("ORD-1").await;
    assert_ne!(mine, theirs, "the same name, two payments");
    for path in ["/status", "/check"] {
        let answer = stranger.get(&format!("{path}?paymentId={mine}")).await;
        assert_eq!(answer.error(), (404, Some(10404)));
    }
    let answer = stranger.refund(&mine, 1, None).await;
    assert_eq!(answer.error(), (404, Some(10404)));
    assert_eq!(scene.service.asked().len(), 2, "the two payments");
    scene.live.status(&mine).await.expect_success();
}

#[tokio::test]
async fn a_service_that_gives_a_name_out_twice_confuses_nobody() {
    let scene = Scene::start().await;
    let stranger = scene.stranger("live", "acme").await;
    let mine = scene.live.paid("ORD-1").await;
    let same = serde_json::json!({ "result": "OK", "resultDescription": "", "paymentId": mine });
    scene.service.react("/pay", Reaction::Answer(200, same));
    let answer = stranger.post("/pay", &pay_body("ORD-2")).await;
    assert_eq!(answer.json()["paymentId"], mine.as_str());
    // The status is of SHOP01's payment, and SHOP02 is told nothing of it.
    assert_eq!(stranger.status(&mine).await.error(), (502, Some(13001)));
    let answer = scene.live.status(&mine).await;
    assert_eq!(answer.json()["shopTransactionId"], "ORD-1");
}

#[tokio::test]
async fn the_environments_share_no_name_at_a_service_that_has_both() {
    let scene = Scene::start().await;
    super::assign(&scene.app, "SHOP01", "play").await;
    let live = super::Caller {
        client: scene.app.client(),
        api_key: scene.live.api_key.clone(),
        external: "play",
    };
    let in_live = live.paid("ORD-1").await;
    let in_test = scene.test.paid("ORD-1").await;
    assert_ne!(in_live, in_test);
    let names: Vec<_> = scene
        .service
        .charged()
        .into_iter()
        .map(|charged| charged.shop_transaction_id)
        .collect();
    assert_eq!(names, ["SHOP01:ORD-1", "test:SHOP01:ORD-1"]);
    for (caller, own, other) in [
        (&live, &in_live, &in_test),
        (&scene.test, &in_test, &in_live),
    ] {
        let status = caller.status(own).await.json();
        assert_eq!(status["shopTransactionId"], "ORD-1");
        assert_eq!(caller.status(other).await.error(), (404, Some(10404)));
    }
}
