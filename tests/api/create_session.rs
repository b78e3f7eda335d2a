//! POST …/payment/session

use serde_json::{Value, json};
use tests::TestApp;

#[tokio::test]
async fn the_documented_example_gives_the_documented_response() {
    let app = TestApp::start().await;
    let answer = app
        .shop()
        .create_session()
        .key("test-order-12345-payment")
        .send()
        .await;
    assert_eq!(answer.status, 201);
    assert_eq!(answer.header("content-type"), Some("application/json"));
    let data = answer.data();
    let session_id = data["sessionId"].as_str().expect("a text");
    assert!(
        session_id.starts_with("SHOP01-EXTT-") && session_id.len() == "SHOP01-EXTT-".len() + 14,
        "{session_id}"
    );
    let payment_url = data["paymentUrl"].as_str().expect("a text");
    assert!(
        payment_url.starts_with(&format!("{}/pay-external/eyJ", app.stack.base_url())),
        "{payment_url}"
    );
    let expected = json!({
        "sessionId": session_id,
        "paymentUrl": payment_url,
        "status": "pending",
        "amount": { "value": 15000, "currency": "EUR" },
        "description": "Pedido #12345 - Servicio premium",
        "customReference": "ORD-2026-12345",
        "isPreAuth": false,
        "createdAt": "2026-06-21 00:00:00"
    });
    assert_eq!(answer.json(), json!({ "success": true, "data": expected }));
}

#[tokio::test]
async fn every_field_has_its_rule_and_its_code() {
    let app = TestApp::start().await;
    let shop = app.shop();
    let cases: [(&str, Value, u16, u64); 31] = [
        ("webcode", json!(null), 400, 12001),
        ("webcode", json!("shop01"), 400, 12001),
        ("webcode", json!(""), 400, 12001),
        ("webcode", json!(1), 400, 12001),
        ("webcode", json!("SHOP02"), 403, 11008),
        ("amount", json!(null), 400, 12001),
        ("amount", json!({"value": 0, "currency": "EUR"}), 400, 12001),
        (
            "amount",
            json!({"value": 100_000_000, "currency": "EUR"}),
            400,
            12001,
        ),
        (
            "amount",
            json!({"value": 10.5, "currency": "EUR"}),
            400,
            12001,
        ),
        (
            "amount",
            json!({"value": 100, "currency": "JPY"}),
            400,
            12001,
        ),
        ("urlOk", json!(null), 400, 12001),
        ("urlOk", json!("tu-sistema.com/pago-ok"), 400, 12001),
        ("urlOk", json!("javascript:alert(1)"), 400, 12001),
        ("urlKo", json!(null), 400, 12001),
        ("urlKo", json!("https://u:p@tu-sistema.com/"), 400, 12001),
        ("countryCode", json!("es"), 400, 12006),
        ("countryCode", json!("ESP"), 400, 12006),
        ("countryCode", json!(34), 400, 12006),
        ("countryCode", json!("BR"), 400, 12009),
        ("countryCode", json!("XX"), 400, 12009),
        ("shopperLocale", json!("es_ES"), 400, 12001),
        ("shopperLocale", json!("es-ES-valencia"), 400, 12001),
        ("deliverAt", json!("15/07/2026"), 400, 12002),
        ("deliverAt", json!("2026-02-30T00:00:00Z"), 400, 12002),
        ("deliverAt", json!(1_784_124_000), 400, 12002),
        ("description", json!("x".repeat(256)), 400, 12001),
        ("description", json!("a\u{0000}b"), 400, 12001),
        ("customReference", json!("x".repeat(101)), 400, 12001),
        ("customReference", json!({"a": 1}), 400, 12001),
        ("isPreAuth", json!("true"), 400, 12001),
        ("isPreAuth", json!(1), 400, 12001),
    ];
    for (field, value, status, code) in cases {
        let mut body = shop.session_body();
        body[field] = value.clone();
        let answer = shop.post("/payment/session", &body).send().await;
        assert_eq!(
            answer.error(),
            (status, Some(code)),
            "{field} {value}: {}",
            answer.text
        );
    }
}

#[tokio::test]
async fn limits_are_inclusive_and_unknown_fields_are_ignored() {
    let app = TestApp::start().await;
    let shop = app.shop();
    let mut body = shop.session_body();
    body["amount"]["value"] = json!(99_999_999);
    body["description"] = json!("ñ".repeat(255));
    body["customReference"] = json!("r".repeat(100));
    body["deliverAt"] = json!("2026-07-15T14:00:00Z");
    body["urlOk"] = json!("http://localhost:8080/ok");
    body["isPreAuth"] = json!(null);
    body["somethingElse"] = json!({ "a": [1, 2, 3] });
    assert_eq!(
        shop.post("/payment/session", &body).send().await.status,
        201
    );
}

#[tokio::test]
async fn hostile_bodies_get_a_clear_answer() {
    let app = TestApp::start().await;
    let shop = app.shop();
    let deep = "[".repeat(10_000);
    for body in [
        "",
        "{",
        "null",
        "[]",
        "\"text\"",
        "{\"webcode\":}",
        "\u{feff}{}",
        deep.as_str(),
    ] {
        let answer = shop.create_session().body(body).send().await;
        assert_eq!(answer.error(), (400, Some(12001)), "{body:.20}");
    }
    let large = format!("{{\"a\":\"{}\"}}", "x".repeat(64 * 1024));
    assert_eq!(
        shop.create_session().body(large).send().await.error(),
        (413, Some(12001))
    );
    let answer = shop
        .create_session()
        .header("content-type", "text/plain")
        .send()
        .await;
    assert_eq!(answer.error(), (415, Some(12001)));
    assert_eq!(
        shop.create_session()
            .without("content-type")
            .send()
            .await
            .error(),
        (415, Some(12001))
    );
    let answer = shop
        .create_session()
        .header("content-type", "application/json; charset=utf-8")
        .send()
        .await;
    assert_eq!(answer.status, 201);
}

#[tokio::test]
async fn checks_come_in_the_documented_order() {
    let app = TestApp::start().await;
    let shop = app.shop();
    let live_key = local::demo::merchants()[0]["live"]["apiKey"]
        .as_str()
        .expect("a text")
        .to_owned();
    let large = "x".repeat(64 * 1024 + 1);
    let unknown =
        shared::domain::api_key::generate(shared::domain::environment::Environment::Test, [9; 32]);
    // Size before the key; the key's form before its environment; the key before the body; the body before the webcode.
    assert_eq!(
        shop.create_session()
            .without("x-api-key")
            .body(large)
            .send()
            .await
            .error(),
        (413, Some(12001))
    );
    assert_eq!(
        shop.create_session()
            .without("x-api-key")
            .body("{")
            .send()
            .await
            .error(),
        (403, Some(11001))
    );
    assert_eq!(
        shop.create_session()
            .header("x-api-key", "pk_test_x")
            .send()
            .await
            .error(),
        (403, Some(11001))
    );
    assert_eq!(
        shop.create_session()
            .header("x-api-key", &live_key)
            .send()
            .await
            .error(),
        (403, Some(11008))
    );
    assert_eq!(
        shop.create_session()
            .header("x-api-key", &unknown)
            .body("{")
            .send()
            .await
            .error(),
        (403, Some(11001))
    );
    let others = json!({ "webcode": "SHOP02" });
    assert_eq!(
        shop.post("/payment/session", &others).send().await.error(),
        (400, Some(12001))
    );
}
