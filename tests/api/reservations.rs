//! POST /payment/capture, /payment/cancel and /payment/extend: what becomes of a pre-authorisation.

use std::time::Duration;

use serde_json::{Value, json};
use shared::domain::environment::Environment;
use tests::{Shop, TestApp};

/// What is asked of reservations only: its name, an amount where it has one, and the word of its refusal.
const EACH_KIND: [(&str, Option<u64>, &str); 3] = [
    ("capture", Some(1), "captured"),
    ("cancel", None, "cancelled"),
    ("extend", None, "extended"),
];

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

fn codes(told: &[Value]) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    told.iter()
        .map(|body| (text(&body["event_code"]), text(&body["result"])))
        .collect()
}

fn code(code: &str, result: &str) -> (String, String) {
    (code.to_owned(), result.to_owned())
}

#[tokio::test]
async fn replies_are_the_documents() {
    let app = TestApp::start().await;
    let shop = app.shop();
    let eur = |value: u64| json!({ "value": value, "currency": "EUR" });
    for (kind, amount, field, marker, shown) in [
        (
            "capture",
            Some(4_500),
            "captureReference",
            "CTXT",
            Some(eur(4_500)),
        ),
        ("cancel", None, "cancelReference", "CAXT", None),
        ("extend", None, "updateReference", "UPXT", Some(eur(15_000))),
    ] {
        let payment_reference = shop.reservation().await;
        let answer = shop
            .modify(kind, &payment_reference, amount)
            .key(kind)
            .send()
            .await;
        assert_eq!(answer.status, 202, "{}", answer.text);
        let data = answer.data();
        let reference = data[field].as_str().expect("a reference").to_owned();
        assert!(
            reference.starts_with(&format!("SHOP01-{marker}-")),
            "{reference}"
        );
        let mut expected = json!({
            field: reference,
            "paymentReference": payment_reference,
            "status": "received",
            "createdAt": "2026-06-21 00:00:00"
        });
        if let Some(amount) = shown {
            expected["amount"] = amount;
        }
        assert_eq!(data, expected);
        let again = shop
            .modify(kind, &payment_reference, amount)
            .key(kind)
            .send()
            .await;
        assert_eq!(again.header("idempotent-replayed"), Some("true"));
        assert_eq!(again.data(), data);
        app.clock.advance(Duration::from_millis(1));
    }
}

#[tokio::test]
async fn a_partial_capture_closes_the_reservation_and_can_be_refunded() {
    let app = TestApp::start().await;
    let shop = app.shop();
    let payment_reference = shop.reservation().await;
    assert_eq!(
        shop.refund(&payment_reference, 1).send().await.message(),
        "The payment is authorised and cannot be refunded."
    );
    assert_eq!(
        shop.modify("capture", &payment_reference, Some(4_500))
            .send()
            .await
            .status,
        202
    );
    for kind in ["capture", "cancel", "extend"] {
        let amount = (kind == "capture").then_some(1);
        let refused = shop.modify(kind, &payment_reference, amount).send().await;
        assert_eq!(refused.status, 400, "{kind}");
        let message = refused.message();
        assert!(message.starts_with("The payment is captured"), "{message}");
    }
    let too_much = shop.refund(&payment_reference, 4_501).send().await;
    assert_eq!(too_much.status, 400, "what was not captured is released");
    assert_eq!(
        shop.refund(&payment_reference, 4_500).send().await.status,
        202
    );
    let told = app.told("SHOP01").await;
    assert_eq!(
        codes(&told),
        [
            code("AUTHORISATION", "success"),
            code("CAPTURE", "success"),
            code("REFUND", "success")
        ]
    );
    assert_eq!(told[1]["data"]["amount"]["value"], 4_500);
}

#[tokio::test]
async fn too_much_is_accepted_and_then_fails_by_webhook() {
    let app = TestApp::start().await;
    let shop = app.shop();
    let payment_reference = shop.reservation().await;
    let accepted = shop
        .modify("capture", &payment_reference, Some(15_001))
        .send()
        .await;
    assert_eq!(accepted.status, 202);
    assert_eq!(accepted.data()["status"], "received");
    let told = app.told("SHOP01").await;
    assert_eq!(
        codes(&told),
        [code("AUTHORISATION", "success"), code("CAPTURE", "failure")]
    );
    assert_eq!(
        told[1]["data"]["reason"],
        "The amount exceeds what is authorised"
    );
    let capture = shop
        .modify("capture", &payment_reference, Some(15_000))
        .send()
        .await;
    assert_eq!(capture.status, 202, "the reservation is as it was");
}

#[tokio::test]
async fn a_reservation_runs_out_to_the_tick_and_is_told_once() {
    let app = TestApp::start().await;
    let shop = app.shop();
    let payment_reference = shop.reservation().await;
    app.clock.advance(27 * DAY);
    assert_eq!(
        shop.modify("extend", &payment_reference, None)
            .send()
            .await
            .status,
        202
    );
    app.clock.advance(28 * DAY - Duration::from_micros(100));
    app.stack.sweep(Environment::Test, 0).await.expect("swept");
    let before = app.told("SHOP01").await;
    assert_eq!(
        codes(&before),
        [
            code("AUTHORISATION", "success"),
            code("EXTENSION", "success")
        ]
    );
    app.clock.advance(Duration::from_micros(100));
    // At once on requests, whether or not anybody made it a fact.
    for (kind, amount, done) in EACH_KIND {
        let refused = shop.modify(kind, &payment_reference, amount).send().await;
        assert_eq!(refused.status, 400);
        assert_eq!(
            refused.message(),
            format!("The payment is expired and cannot be {done}.")
        );
    }
    for _ in 0..3 {
        app.stack.sweep(Environment::Test, 0).await.expect("swept");
        app.settle().await;
    }
    let after = app.told("SHOP01").await;
    assert_eq!(
        codes(&after)[2..],
        [code("AUTHORISATION_EXPIRED", "success")]
    );
    assert_eq!(after[2]["createdAt"], "2026-08-15 00:00:00");
}

#[tokio::test]
async fn only_reservations_are_captured_cancelled_or_extended() {
    let app = TestApp::start().await;
    let shop = app.shop();
    let (_, payment_reference) = shop.paid_session().await;
    for (kind, amount, done) in EACH_KIND {
        let refused = shop.modify(kind, &payment_reference, amount).send().await;
        assert_eq!(refused.status, 400);
        assert_eq!(
            refused.message(),
            format!("The payment is not a pre-authorisation and cannot be {done}.")
        );
        let unknown = shop.modify(kind, "SHOP01-PXTT-1", amount).send().await;
        assert_eq!(unknown.error(), (404, Some(10404)));
        let other = Shop::demo(app.client(), "SHOP02", "test");
        let foreign = other.modify(kind, &payment_reference, amount).send().await;
        assert_eq!(foreign.error(), (403, Some(11008)));
    }
}
