//! What changes after it was settled: chargebacks, and what reconciliation finds.

use super::*;
use tests::Operator;

#[tokio::test]
async fn a_chargeback_marks_the_payment_leaves_nothing_to_refund_and_is_told() {
    let app = TestApp::start().await;
    let shop = shop(&app);
    let payment = paid(&app, 20_605, false).await;
    shop.refund(&payment, 605).send().await.expect_success();
    app.settle().await;
    app.clock.advance(Duration::from_secs(61));
    // The service says so by its callback; whoever forges one says nothing.
    app.tick_sandbox().await;
    app.settle().await;
    let refused = shop.refund(&payment, 1).send().await;
    assert_eq!(
        refused.message(),
        "The payment is charged back and cannot be refunded."
    );
    let bodies = app.told("SHOP01").await;
    let last = bodies.last().expect("told");
    assert_eq!(last["event_code"], "CHARGEBACK");
    assert_eq!(
        last["data"]["amount"],
        json!({ "value": 20_000, "currency": "EUR" })
    );
}

#[tokio::test]
async fn a_forged_callback_can_do_nothing() {
    let app = TestApp::start().await;
    let (shop, sandbox) = (shop(&app), app.sandbox());
    let (session_id, payment_url) = session(&shop, 15_000, false).await;
    shop.open(&payment_url).await;
    let name = sandbox.ledger().await[0]["paymentId"]
        .as_str()
        .expect("a name")
        .to_owned();
    for status in ["ACCEPTED", "FAILED"] {
        let target = format!("/v3/sandbox/callback?paymentId={name}&status={status}");
        let answer = app.client().send(Method::GET, &target, &[], "").await;
        answer.expect_success();
    }
    assert_eq!(shop.query(&session_id).await.data()["status"], "pending");
    let unknown = "/v3/sandbox/callback?paymentId=nobody";
    let answer = app.client().send(Method::GET, unknown, &[], "").await;
    assert_eq!(answer.status, 404);
}

#[tokio::test]
async fn reconciliation_finds_a_reservation_that_the_service_lost() {
    let app = TestApp::start().await;
    let (shop, sandbox) = (shop(&app), app.sandbox());
    let payment = paid(&app, 20_000, true).await;
    // Somebody cancelled it there, past us.
    let name = in_ledger(&sandbox, &payment).await[0]["paymentId"].clone();
    let cancelled = sandbox
        .modify("cancel", "past-us", &json!({ "paymentId": name }))
        .await;
    cancelled.expect_success();
    reconcile(&app).await;
    let events = told(&app).await;
    assert_eq!(
        events,
        [
            event("AUTHORISATION", "success"),
            event("CHARGEBACK", "success")
        ]
    );
    assert_eq!(
        shop.modify("capture", &payment, Some(1))
            .send()
            .await
            .status,
        400
    );
}

#[tokio::test]
async fn what_the_service_does_not_know_is_reported_once_and_stays_open() {
    let app = TestApp::start().await;
    let shop = shop(&app);
    let (session_id, payment_url) = session(&shop, 15_000, false).await;
    shop.open(&payment_url).await;
    app.forget_sandbox_payments().await;
    for _ in 0..3 {
        reconcile(&app).await;
        app.clock.advance(Duration::from_secs(24 * 60 * 60));
    }
    assert_eq!(shop.query(&session_id).await.data()["status"], "pending");
    let operator = Operator::new(app.client(), "SHOP01", "live");
    let records = operator.audit().await;
    let disagreements: Vec<_> = records
        .iter()
        .filter(|record| record["action"] == "processor.disagreed")
        .collect();
    assert_eq!(disagreements.len(), 1, "{records:?}");
    assert_eq!(disagreements[0]["who"], "service");
}
