//! Payments at the terminals of an external service.

use super::*;
use tests::sandbox::TERMINAL;

/// A request for a payment at a terminal.
fn charge(shop: &Shop, poi_id: &str, value: u64) -> Value {
    json!({
        "webcode": shop.webcode,
        "poiId": poi_id,
        "amount": { "value": value, "currency": "EUR" },
    })
}

#[tokio::test]
async fn the_terminals_are_the_services() {
    let app = TestApp::start().await;
    let shop = shop(&app);
    let all = shop.get("/pos/terminals", &[]).await.data();
    let online = shop
        .get("/pos/terminals", &[("syncFromProvider", "true")])
        .await
        .data();
    let (all, online) = (
        all.as_array().expect("a list"),
        online.as_array().expect("a list"),
    );
    assert!(!online.is_empty() && online.len() < all.len(), "{all:?}");
    assert!(all.iter().any(|terminal| terminal["poiId"] == TERMINAL));
    assert!(all.iter().all(|terminal| terminal["status"] == "boarded"));
    let without = Shop::demo(app.client(), "SHOP02", "live");
    assert_eq!(without.get("/pos/terminals", &[]).await.data(), json!([]));
    let body = charge(&without, TERMINAL, 1_000);
    let unknown = without.post("/pos/payment", &body).send().await;
    assert_eq!(unknown.error(), (404, Some(10404)));
}

#[tokio::test]
async fn the_service_decides() {
    let app = TestApp::start().await;
    let (shop, sandbox) = (shop(&app), app.sandbox());
    let paid = shop
        .post("/pos/payment", &charge(&shop, TERMINAL, 10_000))
        .send()
        .await
        .data();
    assert_eq!(paid["status"], "authorised");
    let reference = paid["paymentReference"].as_str().expect("a text");
    assert!(reference.starts_with("SHOP01-PSX-"), "{reference}");
    assert_eq!(in_ledger(&sandbox, reference).await[0]["captured"], 10_000);
    shop.refund(reference, 10_000).send().await.expect_success();
    app.settle().await;
    assert_eq!(modifications(&shop).await, ["success"]);
    for (value, reason) in [
        (10_124, "NOT_ENOUGH_BALANCE"),
        (10_125, "BLOCKED_CARD"),
        (10_126, "CARD_EXPIRED"),
        (10_127, "INVALID_PIN"),
        (10_128, "DECLINED"),
    ] {
        let refused = shop
            .post("/pos/payment", &charge(&shop, TERMINAL, value))
            .send()
            .await
            .data();
        assert_eq!(
            (&refused["status"], &refused["refusalReason"]),
            (&json!("refused"), &json!(reason))
        );
    }
    for (value, status, code) in [
        (10_131, 500, 13001),
        (10_132, 502, 13004),
        (10_133, 409, 13005),
    ] {
        let answer = shop
            .post("/pos/payment", &charge(&shop, TERMINAL, value))
            .send()
            .await;
        assert_eq!(answer.error(), (status, Some(code)));
    }
    let answer = shop
        .post("/pos/payment", &charge(&shop, "nowhere", 1_000))
        .send()
        .await;
    assert_eq!(answer.error(), (404, Some(10404)));
}

#[tokio::test]
async fn a_repeated_request_is_answered_with_what_was_recorded() {
    let app = TestApp::start().await;
    let (shop, sandbox) = (shop(&app), app.sandbox());
    for value in [10_000, 10_127] {
        let body = charge(&shop, TERMINAL, value);
        let key = format!("pos-{value}");
        let first = shop.post("/pos/payment", &body).key(&key).send().await;
        let again = shop.post("/pos/payment", &body).key(&key).send().await;
        assert_eq!(again.header("idempotent-replayed"), Some("true"));
        assert_eq!(first.data(), again.data());
    }
    // Where nothing was done, the key is free.
    let body = charge(&shop, TERMINAL, 10_133);
    for _ in 0..2 {
        let busy = shop.post("/pos/payment", &body).key("busy").send().await;
        assert_eq!(busy.error(), (409, Some(13005)));
        assert_eq!(busy.header("idempotent-replayed"), None);
    }
    assert_eq!(sandbox.ledger().await.len(), 4);
}

#[tokio::test]
async fn a_payment_that_is_accepted_too_late_is_voided() {
    let app = TestApp::start().await;
    let (shop, sandbox) = (shop(&app), app.sandbox());
    let body = charge(&shop, TERMINAL, 10_134);
    let late = shop.post("/pos/payment", &body).key("late").send().await;
    assert_eq!(late.error(), (502, Some(13004)));
    assert_eq!(told(&app).await, [], "nobody knows yet");
    for _ in 0..4 {
        pass(&app, 61).await;
    }
    let reason = "TIMED_OUT_AND_VOIDED";
    assert_eq!(
        told(&app).await,
        [event_because("AUTHORISATION", "failure", reason)]
    );
    let ledger = sandbox.ledger().await;
    assert_eq!((ledger.len(), &ledger[0]["voided"]), (1, &json!(10_134)));
    // The same key is told the same.
    let again = shop.post("/pos/payment", &body).key("late").send().await;
    assert_eq!(again.error(), (502, Some(13004)));
    assert_eq!(sandbox.ledger().await.len(), 1);
}

#[tokio::test]
async fn whoever_asks_again_in_time_hears_what_became_of_it() {
    let app = TestApp::start().await;
    let (shop, sandbox) = (shop(&app), app.sandbox());
    let body = charge(&shop, TERMINAL, 10_134);
    let lost = shop.post("/pos/payment", &body).key("lost").send().await;
    assert_eq!(lost.error(), (502, Some(13004)));
    let running = shop.post("/pos/payment", &body).key("lost").send().await;
    assert_eq!(running.status, 409);
    app.clock.advance(Duration::from_secs(31));
    let found = shop.post("/pos/payment", &body).key("lost").send().await;
    assert_eq!(found.data()["status"], "authorised");
    assert_eq!(sandbox.ledger().await.len(), 1);
    assert_eq!(told(&app).await, [event("AUTHORISATION", "success")]);
}

#[tokio::test]
async fn a_payment_stays_with_its_service_whatever_the_merchant_is_assigned_later() {
    let app = TestApp::start().await;
    let (shop, sandbox) = (shop(&app), app.sandbox());
    let refused = charge(&shop, TERMINAL, 10_127);
    let first = shop
        .post("/pos/payment", &refused)
        .key("pin")
        .send()
        .await
        .data();
    let lost = charge(&shop, TERMINAL, 10_134);
    let answer = shop.post("/pos/payment", &lost).key("lost").send().await;
    assert_eq!(answer.error(), (502, Some(13004)));
    let operator = tests::Operator::new(app.client(), "SHOP01", "live");
    let none = json!({ "externalService": null });
    operator
        .here(Method::PUT, "external-service", &none)
        .await
        .expect_success();
    let again = shop
        .post("/pos/payment", &refused)
        .key("pin")
        .send()
        .await
        .data();
    assert_eq!(first, again, "as the service said, and nobody else");
    app.clock.advance(Duration::from_secs(31));
    let found = shop.post("/pos/payment", &lost).key("lost").send().await;
    assert_eq!(found.data()["status"], "authorised");
    assert_eq!(sandbox.ledger().await.len(), 2);
    let new = shop
        .post("/pos/payment", &charge(&shop, TERMINAL, 1_000))
        .send()
        .await;
    assert_eq!(new.error(), (404, Some(10404)));
}

#[tokio::test]
async fn what_was_given_up_is_voided_even_when_it_is_accepted_a_moment_later() {
    let app = TestApp::start().await;
    let (shop, sandbox) = (shop(&app), app.sandbox());
    let body = charge(&shop, TERMINAL, 10_134);
    let late = shop.post("/pos/payment", &body).send().await;
    assert_eq!(late.error(), (502, Some(13004)));
    // No time has passed; the service is asked again, and says that it took it.
    pass(&app, 16).await;
    pass(&app, 31).await;
    let ledger = sandbox.ledger().await;
    assert_eq!(ledger[0]["voided"], 10_134, "{ledger:?}");
    let reason = "TIMED_OUT_AND_VOIDED";
    assert_eq!(
        told(&app).await,
        [event_because("AUTHORISATION", "failure", reason)]
    );
}
