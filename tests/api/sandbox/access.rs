//! Who may ask, and what is asked wrongly.

use http::Method;
use serde_json::{Value, json};
use tests::TestApp;
use tests::sandbox::online;

const API: [(&str, &str); 13] = [
    ("POST", "/pay"),
    ("GET", "/status?paymentId=x"),
    ("POST", "/check"),
    ("GET", "/callback?paymentId=x"),
    ("POST", "/callback"),
    ("POST", "/refund"),
    ("POST", "/capture"),
    ("POST", "/cancel"),
    ("POST", "/extend"),
    ("GET", "/terminals"),
    ("GET", "/ledger"),
    ("GET", "/nowhere"),
    ("PUT", "/pay"),
];

#[tokio::test]
async fn the_api_is_for_those_who_have_the_key() {
    let app = TestApp::start().await;
    let sandbox = app.sandbox();
    for authorization in [
        "",
        "Bearer",
        "Bearer ",
        "Bearer local-sandbox-key-not-for-any-cloud-00000",
        "Bearer local-sandbox-key-not-for-any-cloud-0000011",
        "Basic local-sandbox-key-not-for-any-cloud-000001",
        "local-sandbox-key-not-for-any-cloud-000001",
    ] {
        let stranger = sandbox.clone().with_authorization(authorization);
        for (method, path) in API {
            let method = Method::from_bytes(method.as_bytes()).expect("a method");
            let answer = stranger.send(method, path, &[], "{}").await;
            assert_eq!(answer.status, 401, "{authorization:?} {path}");
            assert_eq!(answer.json()["error"]["code"], "UNAUTHORIZED");
        }
    }
    let lower = sandbox
        .clone()
        .with_authorization("bearer local-sandbox-key-not-for-any-cloud-000001");
    assert_eq!(lower.get("/terminals").await.status, 200);
}

#[tokio::test]
async fn what_is_asked_wrongly_is_refused_in_json() {
    let app = TestApp::start().await;
    let sandbox = app.sandbox();
    let long = format!(r#"{{"a":"{}"}}"#, "x".repeat(70_000));
    let deep = "[".repeat(60_000);
    let good = online("ORD-1", 1_000).to_string();
    let form = [("content-type", "application/x-www-form-urlencoded")];
    for (method, path, headers, body, status) in [
        ("GET", "/nowhere", &[][..], "", 404),
        ("GET", "/pay", &[][..], "", 405),
        ("PUT", "/status", &[][..], "", 405),
        ("POST", "/pay", &[][..], "", 400),
        ("POST", "/pay", &[][..], "[]", 400),
        ("POST", "/pay", &[][..], "{}", 400),
        ("POST", "/pay", &[][..], r#"{"amount":1"#, 400),
        ("POST", "/pay", &[][..], "\u{0}", 400),
        ("POST", "/pay", &[][..], deep.as_str(), 400),
        ("POST", "/pay", &[][..], long.as_str(), 413),
        ("POST", "/pay", &form[..], good.as_str(), 415),
        ("POST", "/refund", &[][..], "{}", 400),
        (
            "POST",
            "/refund",
            &[][..],
            r#"{"amount":0,"currency":"EUR","paymentId":"x"}"#,
            400,
        ),
        (
            "POST",
            "/refund",
            &[][..],
            r#"{"amount":-1,"currency":"EUR","paymentId":"x"}"#,
            400,
        ),
        (
            "POST",
            "/refund",
            &[][..],
            r#"{"amount":1.0,"currency":"EUR","paymentId":"x"}"#,
            400,
        ),
        (
            "POST",
            "/refund",
            &[][..],
            r#"{"amount":1,"currency":"JPY","paymentId":"x"}"#,
            400,
        ),
        (
            "POST",
            "/refund",
            &[][..],
            r#"{"amount":1,"currency":"EUR","paymentId":"x"}"#,
            404,
        ),
        ("POST", "/cancel", &[][..], r#"{"paymentId":7}"#, 400),
        (
            "POST",
            "/capture",
            &[][..],
            r#"{"amount":1,"currency":"EUR","paymentId":""}"#,
            404,
        ),
        ("GET", "/status", &[][..], "", 400),
        ("GET", "/status?paymentId=", &[][..], "", 404),
        ("GET", "/status?paymentId=sbx_1", &[][..], "", 404),
        ("GET", "/status?paymentId=a%20b", &[][..], "", 404),
        ("POST", "/check", &[][..], "{}", 400),
        ("POST", "/check", &[][..], r#"{"paymentId":1}"#, 400),
        (
            "POST",
            "/check",
            &[("content-type", "text/plain")][..],
            "sbx_1",
            415,
        ),
        ("POST", "/callback", &form[..], "paymentId=sbx_1", 404),
        ("GET", "/ledger?limit=0", &[][..], "", 400),
        ("GET", "/ledger?limit=101", &[][..], "", 400),
        ("GET", "/ledger?cursor=x", &[][..], "", 400),
    ] {
        let method = Method::from_bytes(method.as_bytes()).expect("a method");
        let answer = sandbox.send(method, path, headers, body).await;
        let shown = &body[..body.len().min(80)];
        assert_eq!(answer.status, status, "{path} {shown}: {}", answer.text);
        let message = answer.json()["error"]["message"].clone();
        assert!(message.is_string(), "{path} {shown}: {}", answer.text);
    }
    assert_eq!(sandbox.ledger().await, Vec::<Value>::new());
}

#[tokio::test]
async fn a_payment_is_refused_whose_fields_are_not_in_order() {
    let app = TestApp::start().await;
    let sandbox = app.sandbox();
    for (field, value) in [
        ("amount", json!(0)),
        ("amount", json!(100_000_000)),
        ("amount", json!("1000")),
        ("amount", json!(null)),
        ("currency", json!("eur")),
        ("currency", json!(978)),
        ("shopTransactionId", json!("")),
        ("shopTransactionId", json!("x".repeat(256))),
        ("shopTransactionId", json!("line\nbreak")),
        ("callbackUrl", json!("javascript:alert(1)")),
        ("successRedirectUrl", json!("/relative")),
        ("failureRedirectUrl", json!("https://me:pw@shop.example/")),
        ("providerData", json!([])),
        ("providerData", json!({ "channel": "fax" })),
    ] {
        let mut body = online("ORD-1", 1_000);
        body[field] = value.clone();
        let answer = sandbox.pay(&body).await;
        assert_eq!(answer.status, 400, "{field} = {value}: {}", answer.text);
    }
    assert_eq!(sandbox.ledger().await, Vec::<Value>::new());
}

#[tokio::test]
async fn the_products_own_routes_know_nothing_of_the_sandbox() {
    let app = TestApp::start().await;
    for path in ["/sandbox-processor", "/sandbox-processorx/pay"] {
        let answer = app.client().send(Method::GET, path, &[], "").await;
        assert_eq!(answer.error(), (404, Some(10404)), "{path}");
    }
}
