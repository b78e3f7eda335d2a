//! Refund, capture, cancel and extend.

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::json;
use tests::TestApp;
use tests::sandbox::{at_terminal, online, text};

use super::{approved, approved_as, charged, result};

#[tokio::test]
async fn a_refund_is_made_once_for_each_key() {
    let app = TestApp::start().await;
    let sandbox = app.sandbox();
    let payment_id = approved(&sandbox, "ORD-1", 1_000).await;
    for (key, amount, expected) in [
        ("r-1", 400, "OK"),
        ("r-1", 400, "OK"),
        ("r-2", 601, "KO"),
        ("r-3", 600, "OK"),
        ("r-4", 1, "KO"),
        ("r-2", 601, "KO"),
    ] {
        let answer = sandbox.refund(&payment_id, key, amount).await;
        assert_eq!(result(&answer), expected, "{key} {amount}");
    }
    let reused = sandbox.refund(&payment_id, "r-1", 399).await;
    assert_eq!(reused.status, 409);
    let row = &sandbox.ledger().await[0];
    assert_eq!(
        (&row["captured"], &row["refunded"]),
        (&json!(1_000), &json!(1_000))
    );
    let status = sandbox.status(&payment_id).await;
    let expected = json!([
        { "idempotencyKey": "r-1", "result": "OK" },
        { "idempotencyKey": "r-2", "result": "KO", "resultDescription": "Less than that is left." },
        { "idempotencyKey": "r-3", "result": "OK" },
        { "idempotencyKey": "r-4", "result": "KO", "resultDescription": "Less than that is left." },
    ]);
    assert_eq!(status["modifications"], expected);
    assert_eq!(status["status"], "ACCEPTED");
}

#[tokio::test]
async fn a_key_that_is_none_is_refused() {
    let app = TestApp::start().await;
    let sandbox = app.sandbox();
    let payment_id = charged(&sandbox, "POS-1", 1_000).await;
    for key in ["", "a b", &"x".repeat(256)] {
        let answer = sandbox.refund(&payment_id, key, 1).await;
        assert_eq!(answer.status, 400, "{key:?}");
    }
    assert_eq!(sandbox.ledger().await[0]["refunded"], 0);
}

#[tokio::test]
async fn a_reservation_is_captured_in_part_and_the_rest_is_let_go() {
    let app = TestApp::start().await;
    let sandbox = app.sandbox();
    let mut body = online("ORD-1", 1_000);
    body["providerData"] = json!({ "preAuth": true });
    let payment_id = approved_as(&sandbox, &body).await;
    let row = &sandbox.ledger().await[0];
    assert_eq!(
        (&row["authorised"], &row["captured"]),
        (&json!(1_000), &json!(0))
    );
    assert_eq!(row["preAuth"], true);

    let amount =
        |value: u64| json!({ "amount": value, "currency": "EUR", "paymentId": payment_id });
    let of_payment = json!({ "paymentId": payment_id });
    for (kind, key, body, expected) in [
        ("refund", "1", amount(1), "KO"),
        ("extend", "2", of_payment.clone(), "OK"),
        ("capture", "3", amount(1_001), "KO"),
        ("capture", "4", amount(700), "OK"),
        ("capture", "4", amount(700), "OK"),
        ("capture", "5", amount(300), "KO"),
        ("cancel", "6", of_payment.clone(), "KO"),
        ("extend", "7", of_payment.clone(), "KO"),
        ("refund", "8", amount(700), "OK"),
    ] {
        let answer = sandbox.modify(kind, key, &body).await;
        assert_eq!(result(&answer), expected, "{kind} {key}");
    }
    let row = &sandbox.ledger().await[0];
    assert_eq!(
        [&row["captured"], &row["voided"], &row["refunded"]],
        [&json!(700), &json!(300), &json!(700)]
    );
}

#[tokio::test]
async fn what_is_given_up_or_void_has_failed() {
    let app = TestApp::start().await;
    let sandbox = app.sandbox();
    let mut body = online("ORD-1", 1_000);
    body["providerData"] = json!({ "preAuth": true });
    let reserved = approved_as(&sandbox, &body).await;
    let at_terminal = charged(&sandbox, "POS-1", 1_000).await;
    let captured = approved(&sandbox, "ORD-2", 1_000).await;
    for (payment_id, expected, status) in [
        (&reserved, "OK", "FAILED"),
        (&at_terminal, "OK", "FAILED"),
        (&captured, "KO", "ACCEPTED"),
    ] {
        for _ in 0..2 {
            let of_payment = json!({ "paymentId": payment_id });
            let answer = sandbox.modify("cancel", "c-1", &of_payment).await;
            assert_eq!(result(&answer), expected);
        }
        assert_eq!(sandbox.status(payment_id).await["status"], status);
    }
    let refunded = charged(&sandbox, "POS-2", 1_000).await;
    sandbox.refund(&refunded, "r-1", 1).await;
    let of_payment = json!({ "paymentId": refunded });
    let answer = sandbox.modify("cancel", "c-1", &of_payment).await;
    assert_eq!(result(&answer), "KO");
    for row in sandbox.ledger().await {
        let void = ["ORD-1", "POS-1"].contains(&text(&row, "shopTransactionId").as_str());
        let expected = if void { (0, 1_000) } else { (1_000, 0) };
        let expected = (json!(expected.0), json!(expected.1));
        assert_eq!(
            (row["captured"].clone(), row["voided"].clone()),
            expected,
            "{row}"
        );
    }
}

#[tokio::test]
async fn magic_amounts_make_modifications_wait_or_fail() {
    let app = TestApp::start().await;
    let sandbox = app.sandbox();
    let slow = charged(&sandbox, "POS-1", 1_607).await;
    assert_eq!(
        result(&sandbox.refund(&slow, "r-1", 1_607).await),
        "PENDING"
    );
    assert_eq!(result(&sandbox.refund(&slow, "r-2", 1).await), "KO");
    app.clock
        .advance(Duration::from_secs(30) - Duration::from_micros(100));
    let pending = sandbox.status(&slow).await["modifications"][0].clone();
    assert_eq!(
        pending,
        json!({ "idempotencyKey": "r-1", "result": "PENDING" })
    );
    app.clock.advance(Duration::from_micros(100));
    let done = sandbox.status(&slow).await["modifications"][0].clone();
    assert_eq!(done, json!({ "idempotencyKey": "r-1", "result": "OK" }));
    assert_eq!(sandbox.ledger().await[0]["refunded"], 1_607);

    let never = charged(&sandbox, "POS-2", 1_608).await;
    assert_eq!(result(&sandbox.refund(&never, "r-1", 1).await), "KO");
    let mut body = at_terminal("POS-3", 1_609);
    body["providerData"]["preAuth"] = json!(true);
    let stuck = text(&sandbox.pay(&body).await.json(), "paymentId");
    for kind in ["capture", "cancel", "extend"] {
        let body = json!({ "amount": 1, "currency": "EUR", "paymentId": stuck });
        assert_eq!(result(&sandbox.modify(kind, kind, &body).await), "KO");
    }
}

#[tokio::test]
async fn refunds_at_once_never_exceed_what_was_taken() {
    let app = TestApp::start().await;
    let sandbox = app.sandbox();
    let payment_id = charged(&sandbox, "POS-1", 1_000).await;
    let keys: Vec<String> = (0..64).map(|number| format!("r-{number}")).collect();
    let refunds = keys.iter().map(|key| sandbox.refund(&payment_id, key, 30));
    let answers = join_all(refunds).await;
    let done = answers.iter().filter(|answer| result(answer) == "OK");
    assert_eq!(done.count(), 33);
    assert_eq!(sandbox.ledger().await[0]["refunded"], 990);
    // The same key at once is one refund.
    let other = charged(&sandbox, "POS-2", 1_000).await;
    let answers = join_all((0..64).map(|_| sandbox.refund(&other, "r-1", 1_000))).await;
    assert!(answers.iter().all(|answer| result(answer) == "OK"));
    let refunded = sandbox.status(&other).await["modifications"].clone();
    assert_eq!(refunded.as_array().map(Vec::len), Some(1));
}
