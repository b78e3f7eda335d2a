//! POST /payment/capture, /payment/cancel and /payment/extend: what becomes of a pre-authorisation.

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::{Value, json};
use shared::domain::environment::Environment;
use tests::{Shop, TestApp};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// The webhooks of a merchant so far, in the order of their events.
async fn told(app: &TestApp) -> Vec<Value> {
    app.settle().await;
    let mut bodies: Vec<Value> = app
        .stack
        .inbox(Some("SHOP01"))
        .iter()
        .map(|entry| entry["body"].clone())
        .collect();
    bodies.sort_by_key(|body| body["sequence"].as_u64());
    bodies
}

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
    let told = told(&app).await;
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
    let told = told(&app).await;
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
    let before = told(&app).await;
    assert_eq!(
        codes(&before),
        [
            code("AUTHORISATION", "success"),
            code("EXTENSION", "success")
        ]
    );
    app.clock.advance(Duration::from_micros(100));
    // At once on requests, whether or not anybody made it a fact.
    for (kind, amount, done) in [
        ("capture", Some(1), "captured"),
        ("cancel", None, "cancelled"),
        ("extend", None, "extended"),
    ] {
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
    let after = told(&app).await;
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
    for (kind, amount, done) in [
        ("capture", Some(1), "captured"),
        ("cancel", None, "cancelled"),
        ("extend", None, "extended"),
    ] {
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

/// Sends the same kinds of request at once, thirty-two of each, and answers how many of each were accepted.
async fn race(shop: &Shop, payment_reference: &str, kinds: [(&str, Option<u64>); 2]) -> [usize; 2] {
    let answers = join_all((0..64).map(|number| {
        let (kind, amount) = kinds[number % 2];
        async move {
            let answer = shop.modify(kind, payment_reference, amount).send().await;
            assert!(
                matches!(answer.status.as_u16(), 202 | 400),
                "{}",
                answer.text
            );
            (number % 2, answer.status == 202)
        }
    }))
    .await;
    [0, 1].map(|which| {
        answers
            .iter()
            .filter(|(kind, accepted)| *kind == which && *accepted)
            .count()
    })
}

#[tokio::test]
async fn a_cancellation_and_a_capture_never_both_win() {
    for _ in 0..3 {
        let app = TestApp::start_in_real_time().await;
        let shop = app.shop();
        let payment_reference = shop.reservation().await;
        let kinds = [("cancel", None), ("capture", Some(15_000))];
        let [cancelled, captured] = race(&shop, &payment_reference, kinds).await;
        assert_eq!(cancelled + captured, 1);
        let told = told(&app).await;
        assert_eq!(told.len(), 2, "{told:?}");
    }
}

#[tokio::test]
async fn refunds_that_race_a_capture_take_no_more_than_was_captured() {
    for _ in 0..3 {
        let app = TestApp::start_in_real_time().await;
        let shop = app.shop();
        let payment_reference = shop.reservation().await;
        let capture = async {
            let answer = shop
                .modify("capture", &payment_reference, Some(1_000))
                .send()
                .await;
            assert_eq!(answer.status, 202, "{}", answer.text);
        };
        let refunds = join_all((0..63).map(|_| async {
            let answer = shop.refund(&payment_reference, 300).send().await;
            usize::from(answer.status == 202)
        }));
        let ((), refunds) = futures_util::future::join(capture, refunds).await;
        assert!(refunds.iter().sum::<usize>() <= 3, "{refunds:?}");
        let left = 3 - refunds.iter().sum::<usize>();
        for _ in 0..left {
            assert_eq!(
                shop.refund(&payment_reference, 300).send().await.status,
                202
            );
        }
        let over = shop.refund(&payment_reference, 101).send().await;
        assert_eq!(over.status, 400);
        assert_eq!(
            shop.refund(&payment_reference, 100).send().await.status,
            202
        );
    }
}
