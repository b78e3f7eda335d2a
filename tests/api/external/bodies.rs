//! What is refused before anything is asked: hostile and mistyped bodies.

use http::Method;
use serde_json::{Value, json};

use super::{Scene, pay_body};

#[tokio::test]
async fn a_wrong_field_is_named_and_nothing_is_asked() {
    let scene = Scene::with(r#""subscriptions": true"#).await;
    let long = "x".repeat(235);
    let large = "y".repeat(16 * 1024);
    for (field, value, message) in [
        ("amount", json!(null), "amount is required."),
        ("amount", json!(0), "amount must be"),
        ("amount", json!(-1), "amount must be"),
        ("amount", json!(1.5), "amount must be"),
        ("amount", json!("100"), "amount must be"),
        ("amount", json!(100_000_000), "amount must be"),
        ("amount", json!({ "value": 1 }), "amount must be"),
        ("currency", json!(null), "currency is required."),
        ("currency", json!("JPY"), "currency must be"),
        ("currency", json!(978), "currency must be"),
        (
            "shopTransactionId",
            json!(null),
            "shopTransactionId is required.",
        ),
        (
            "shopTransactionId",
            json!(""),
            "shopTransactionId must have",
        ),
        (
            "shopTransactionId",
            json!("a b"),
            "shopTransactionId must have",
        ),
        (
            "shopTransactionId",
            json!("ñ"),
            "shopTransactionId must have",
        ),
        (
            "shopTransactionId",
            json!(long),
            "shopTransactionId must have",
        ),
        ("shopTransactionId", json!(7), "shopTransactionId must be"),
        (
            "successRedirectUrl",
            json!("http://shop.example"),
            "successRedirectUrl must be",
        ),
        (
            "failureRedirectUrl",
            json!("javascript:alert(1)"),
            "failureRedirectUrl must be",
        ),
        (
            "providerData",
            json!("text"),
            "providerData must be an object.",
        ),
        (
            "providerData",
            json!([1]),
            "providerData must be an object.",
        ),
        (
            "providerData",
            json!({ "a": large }),
            "providerData must have at most",
        ),
    ] {
        let mut body = pay_body("ORD-1");
        body[field] = value.clone();
        let answer = scene.live.post("/pay", &body).await;
        assert_eq!(answer.error(), (400, Some(12001)), "{field} {value}");
        assert!(
            answer.message().starts_with(message),
            "{field}: {}",
            answer.message()
        );
    }
    for (info, message) in [
        (json!(null), "subscriptionInfo is required."),
        (json!("x"), "subscriptionInfo must be an object."),
        (
            json!({ "intervalCount": 1 }),
            "subscriptionInfo.interval must be",
        ),
        (
            json!({ "interval": "YEAR", "intervalCount": 1 }),
            "subscriptionInfo.interval must be",
        ),
        (
            json!({ "interval": "DAY" }),
            "subscriptionInfo.intervalCount must be",
        ),
        (
            json!({ "interval": "DAY", "intervalCount": 0 }),
            "subscriptionInfo.intervalCount must be",
        ),
        (
            json!({ "interval": "DAY", "intervalCount": 1001 }),
            "subscriptionInfo.intervalCount must be",
        ),
    ] {
        let mut body = pay_body("ORD-1");
        body["subscriptionInfo"] = info;
        let answer = scene.live.post("/subscription/schedule", &body).await;
        assert_eq!(answer.error(), (400, Some(12001)));
        assert!(
            answer.message().starts_with(message),
            "{}",
            answer.message()
        );
    }
    let mut body = pay_body("ORD-1");
    body["subscriptionInfo"] = json!({ "interval": "DAY", "intervalCount": 1 });
    let answer = scene.live.post("/subscription/pay", &body).await;
    assert_eq!(answer.message(), "subscriptionInfo.token is required.");
    assert!(scene.service.asked().is_empty());
}

#[tokio::test]
async fn a_body_that_is_none_is_refused() {
    let scene = Scene::start().await;
    let huge = format!("{{\"a\": \"{}\"}}", "x".repeat(64 * 1024));
    for (body, expected) in [
        ("", (400, Some(12001))),
        ("[]", (400, Some(12001))),
        ("{", (400, Some(12001))),
        ("{\"amount\": NaN}", (400, Some(12001))),
        (
            "{\"providerData\": {}, \"providerData\": {}}",
            (400, Some(12001)),
        ),
        (huge.as_str(), (413, Some(12001))),
    ] {
        for path in ["/pay", "/refund"] {
            let answer = scene
                .live
                .send(Method::POST, path, &[], body.to_owned())
                .await;
            assert_eq!(answer.error(), expected, "{path}");
        }
    }
    let headers = [("content-type", "text/plain")];
    let body = pay_body("ORD-1").to_string();
    let answer = scene.live.send(Method::POST, "/pay", &headers, body).await;
    assert_eq!(answer.error(), (415, Some(12001)));
    let deep = format!(
        "{{\"providerData\": {}{}}}",
        "[".repeat(20_000),
        "]".repeat(20_000)
    );
    let answer = scene.live.send(Method::POST, "/pay", &[], deep).await;
    assert_eq!(answer.error(), (400, Some(12001)));
    assert!(scene.service.asked().is_empty());
}

#[tokio::test]
async fn a_payment_id_that_is_none_is_refused() {
    let scene = Scene::start().await;
    for path in [
        "/status",
        "/check",
        "/callback",
        "/status?paymentId=",
        "/status?paymentId=a%20b",
        "/callback?paymentId=%00",
    ] {
        assert_eq!(
            scene.live.get(path).await.error(),
            (400, Some(12001)),
            "{path}"
        );
    }
    for body in [
        json!({}),
        json!({ "paymentId": 7 }),
        json!({ "paymentId": "" }),
        Value::Null,
    ] {
        let answer = scene.live.post("/status", &body).await;
        assert_eq!(answer.error(), (400, Some(12001)), "{body}");
    }
    let unknown = scene.live.status("nobody-knows-it").await;
    assert_eq!(unknown.error(), (404, Some(10404)));
    assert!(scene.service.asked().is_empty());
}
