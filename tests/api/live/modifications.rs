//! Modifications that an external service settles.

use super::*;

#[tokio::test]
async fn a_reservation_is_extended_captured_and_refunded() {
    let app = TestApp::start().await;
    let (shop, sandbox) = (shop(&app), app.sandbox());
    let payment = paid(&app, 20_000, true).await;
    for (kind, value, begins) in [
        ("extend", None, "received"),
        ("capture", Some(15_000), "received"),
        ("refund", Some(6_000), "pending"),
        ("refund", Some(9_000), "pending"),
    ] {
        let answer = match value.filter(|_| kind == "refund") {
            Some(value) => shop.refund(&payment, value).send().await,
            None => shop.modify(kind, &payment, value).send().await,
        };
        assert_eq!(answer.status, 202, "{}", answer.text);
        assert_eq!(answer.data()["status"], begins);
        app.settle().await;
        assert_eq!(modifications(&shop).await[0], "success", "{kind}");
    }
    assert_eq!(
        shop.refund(&payment, 1).send().await.status,
        400,
        "nothing is left"
    );
    let ledger = in_ledger(&sandbox, &payment).await;
    assert_eq!(
        (&ledger[0]["captured"], &ledger[0]["refunded"]),
        (&json!(15_000), &json!(15_000))
    );
    assert_eq!(
        told(&app).await,
        [
            event("AUTHORISATION", "success"),
            event("EXTENSION", "success"),
            event("CAPTURE", "success"),
            event("REFUND", "success"),
            event("REFUND", "success"),
        ]
    );
}

#[tokio::test]
async fn a_reservation_is_cancelled_and_the_failure_at_the_service_is_no_chargeback() {
    let app = TestApp::start().await;
    let shop = shop(&app);
    let payment = paid(&app, 20_000, true).await;
    shop.modify("cancel", &payment, None)
        .send()
        .await
        .expect_success();
    app.settle().await;
    assert_eq!(modifications(&shop).await, ["success"]);
    // The service calls, and is asked: FAILED, which our own cancellation explains.
    let name = in_ledger(&app.sandbox(), &payment).await[0]["paymentId"].clone();
    let callback = format!(
        "/v3/sandbox/callback?paymentId={}",
        name.as_str().expect("a name")
    );
    look(&app, &callback).await.expect_success();
    let events = told(&app).await;
    assert_eq!(
        events,
        [
            event("AUTHORISATION", "success"),
            event("CANCELLATION", "success")
        ]
    );
}

#[tokio::test]
async fn what_the_service_refuses_fails_and_gives_back_what_it_held() {
    let app = TestApp::start().await;
    let shop = shop(&app);
    let payment = paid(&app, 20_608, false).await;
    let refund = shop.refund(&payment, 20_608).send().await;
    assert_eq!(refund.data()["status"], "pending");
    assert_eq!(
        shop.refund(&payment, 1).send().await.status,
        400,
        "it is held"
    );
    app.settle().await;
    assert_eq!(modifications(&shop).await, ["failed"]);
    assert_eq!(
        shop.refund(&payment, 20_608).send().await.status,
        202,
        "given back"
    );

    let reserved = paid(&app, 20_609, true).await;
    for kind in ["capture", "cancel", "extend"] {
        let value = (kind == "capture").then_some(1_000);
        let asked = shop.modify(kind, &reserved, value).send().await;
        assert_eq!(asked.status, 202, "{}", asked.text);
        app.settle().await;
        assert_eq!(modifications(&shop).await[0], "failed", "{kind}");
    }
}

#[tokio::test]
async fn a_service_is_never_asked_to_capture_more_than_is_authorised() {
    let app = TestApp::start().await;
    let (shop, sandbox) = (shop(&app), app.sandbox());
    let payment = paid(&app, 20_000, true).await;
    shop.modify("capture", &payment, Some(20_001))
        .send()
        .await
        .expect_success();
    app.settle().await;
    assert_eq!(modifications(&shop).await, ["failed"]);
    let events = told(&app).await;
    let reason = "The amount exceeds what is authorised";
    assert_eq!(events[1], event_because("CAPTURE", "failure", reason));
    assert_eq!(in_ledger(&sandbox, &payment).await[0]["captured"], 0);
    assert_eq!(
        shop.modify("capture", &payment, Some(20_000))
            .send()
            .await
            .status,
        202
    );
}

#[tokio::test]
async fn a_refund_that_takes_its_time_is_asked_about_until_it_is_done() {
    let app = TestApp::start().await;
    let (shop, sandbox) = (shop(&app), app.sandbox());
    let payment = paid(&app, 20_607, false).await;
    shop.refund(&payment, 10_000).send().await.expect_success();
    app.settle().await;
    assert_eq!(modifications(&shop).await, ["pending"]);
    pass(&app, 6).await;
    assert_eq!(
        modifications(&shop).await,
        ["pending"],
        "asked again, too early"
    );
    pass(&app, 31).await;
    assert_eq!(modifications(&shop).await, ["success"]);
    assert_eq!(in_ledger(&sandbox, &payment).await[0]["refunded"], 10_000);
}

#[tokio::test]
async fn sixty_four_refunds_at_once_are_each_done_once() {
    let app = TestApp::start_in_real_time().await;
    let (shop, sandbox) = (shop(&app), app.sandbox());
    let payment = paid(&app, 64_000, false).await;
    let refunds = (0..64).map(|_| shop.refund(&payment, 1_100).send());
    let refunds = futures_util::future::join_all(refunds).await;
    let accepted = refunds.iter().filter(|answer| answer.status == 202).count();
    assert_eq!(accepted, 58, "64000 / 1100");
    app.settle().await;
    assert!(
        modifications(&shop)
            .await
            .iter()
            .all(|status| status == "success")
    );
    assert_eq!(
        in_ledger(&sandbox, &payment).await[0]["refunded"],
        58 * 1_100
    );
}
