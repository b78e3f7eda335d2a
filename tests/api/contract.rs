//! The documents' examples: the documented request gives the documented response, field for field. Times, references and
//! addresses are compared by their pattern.

use serde_json::{Value, json};
use shared::domain::environment::Environment;
use shared::domain::money::{Currency, Money};
use shared::domain::payment::Payment;
use shared::domain::reference::{Marker, Reference};
use shared::domain::session::{Session, SessionStatus};
use shared::domain::webcode::Webcode;
use shared::store::{self, Deadline};
use tests::{Shop, TestApp};

/// Whether two texts have the same pattern: digits stand for digits.
fn alike(documented: &str, actual: &str) -> bool {
    if let Some((_, token)) = documented.split_once("/pay-external/") {
        return token.starts_with("eyJ")
            && actual
                .split_once("/pay-external/")
                .is_some_and(|(_, token)| {
                    token.starts_with("eyJ") && token.split('.').count() == 3
                });
    }
    documented.len() == actual.len()
        && documented
            .bytes()
            .zip(actual.bytes())
            .all(|(one, other)| one == other || one.is_ascii_digit() && other.is_ascii_digit())
}

/// Compares field for field; the field names of `by_pattern` are compared by their pattern.
fn compare(documented: &Value, actual: &Value, path: &str) {
    const BY_PATTERN: [&str; 8] = [
        "sessionId",
        "paymentUrl",
        "paymentReference",
        "refundReference",
        "captureReference",
        "cancelReference",
        "updateReference",
        "createdAt",
    ];
    match (documented, actual) {
        (Value::Object(documented), Value::Object(actual)) => {
            let names = |object: &serde_json::Map<String, Value>| {
                object.keys().cloned().collect::<Vec<_>>()
            };
            assert_eq!(names(documented), names(actual), "{path}");
            for (name, value) in documented {
                compare(value, &actual[name], &format!("{path}.{name}"));
            }
        }
        (Value::String(documented), Value::String(actual))
            if BY_PATTERN.iter().any(|name| path.ends_with(name)) =>
        {
            assert!(alike(documented, actual), "{path}: {documented} {actual}");
        }
        _ => assert_eq!(documented, actual, "{path}"),
    }
}

/// A payment in Live, where no processor makes one yet, under the documents' reference.
pub(crate) async fn live_payment(app: &TestApp, is_pre_auth: bool, value: u64) -> String {
    let webcode = Webcode::parse("SHOP01").expect("a webcode");
    let now = app.clock.now();
    let session = Session {
        session_id: Reference::new(&webcode, Marker::Session, Environment::Live, now),
        webcode: webcode.clone(),
        amount: Money {
            value,
            currency: Currency::Eur,
        },
        url_ok: "https://tu-sistema.com/pago-ok".to_owned(),
        url_ko: "https://tu-sistema.com/pago-error".to_owned(),
        country_code: "ES".to_owned(),
        shopper_locale: "es-ES".to_owned(),
        deliver_at: None,
        description: None,
        custom_reference: None,
        is_pre_auth,
        status: SessionStatus::Pending,
        attempts: Vec::new(),
        challenge: None,
        open_payment: None,
        opened_at: None,
        ended_at: None,
        payment_reference: None,
    };
    let reference = Reference::new(&webcode, Marker::Payment, Environment::Live, now);
    let payment = Payment::authorised(&session, reference.clone(), now);
    let write = store::create_payment(&payment, now, "test").expect("mapped");
    let deadline = Deadline::within(std::time::Duration::from_secs(5));
    let store = app.stack.app().store(Environment::Live);
    store
        .commit(&[write], "test", deadline)
        .await
        .expect("written");
    reference.as_str().to_owned()
}

fn text(json: &str) -> Value {
    serde_json::from_str(json).expect("an example")
}

// online-payments.txt, *Create payment session*.
const CREATE_LIVE: &str = r#"{"webcode": "SHOP01", "amount": {"value": 15000, "currency": "EUR"},
    "urlOk": "https://tu-sistema.com/pago-ok", "urlKo": "https://tu-sistema.com/pago-error",
    "countryCode": "ES", "shopperLocale": "es-ES", "description": "Pedido #12345 - Servicio premium",
    "customReference": "ORD-2026-12345", "isPreAuth": false}"#;
const CREATED_LIVE: &str = r##"{"success": true, "data": {"sessionId": "SHOP01-EXT-17195000001234",
    "paymentUrl": "https://aviratopayments.com/pay-external/eyJhbGciOi...", "status": "pending",
    "amount": {"value": 15000, "currency": "EUR"}, "description": "Pedido #12345 - Servicio premium",
    "customReference": "ORD-2026-12345", "isPreAuth": false, "createdAt": "2026-06-28 10:30:00"}}"##;
const CREATE_TEST: &str = r#"{"webcode": "SHOP01", "amount": {"value": 15000, "currency": "EUR"},
    "urlOk": "https://tu-sistema.com/pago-ok", "urlKo": "https://tu-sistema.com/pago-error",
    "description": "Pedido #12345 - Servicio premium", "customReference": "ORD-2026-12345"}"#;

#[tokio::test]
async fn online_payments() {
    let app = TestApp::start().await;
    let live = Shop::demo(app.client(), "SHOP01", "live");
    let call = live.post("/payment/session", &text(CREATE_LIVE));
    let answer = call.key("order-12345-payment").send().await;
    assert_eq!(answer.status, 201, "{}", answer.text);
    compare(&text(CREATED_LIVE), &answer.json(), "live");
    let test = app.shop();
    let call = test.post("/payment/session", &text(CREATE_TEST));
    let answer = call.key("test-order-12345-payment").send().await;
    assert_eq!(answer.status, 201, "{}", answer.text);
    compare(
        &text(&CREATED_LIVE.replace("-EXT-", "-EXTT-")),
        &answer.json(),
        "test",
    );
}

/// modifications.txt: the path, the request's own fields, the response, and the markers of its reference.
const MODIFICATIONS: [(&str, &str, &str, &str, &str); 4] = [
    (
        "refund",
        r#"{"amount": {"value": 5000, "currency": "EUR"}, "reason": "CUSTOMER REQUEST"}"#,
        r#"{"success": true, "data": {"refundReference": "SHOP01-RFX-17195234567890",
            "paymentReference": "SHOP01-PXT-17195123456789", "amount": {"value": 5000, "currency": "EUR"},
            "status": "pending", "createdAt": "2026-06-29 14:00:00"}}"#,
        "-RFX-",
        "-RFXT-",
    ),
    (
        "capture",
        r#"{"amount": {"value": 15000, "currency": "EUR"}}"#,
        r#"{"success": true, "data": {"captureReference": "SHOP01-CTX-17195345678901",
            "paymentReference": "SHOP01-PXT-17195123456789", "amount": {"value": 15000, "currency": "EUR"},
            "status": "received", "createdAt": "2026-06-29 15:00:00"}}"#,
        "-CTX-",
        "-CTXT-",
    ),
    (
        "cancel",
        "{}",
        r#"{"success": true, "data": {"cancelReference": "SHOP01-CAX-17195456789012",
            "paymentReference": "SHOP01-PXT-17195123456789", "status": "received",
            "createdAt": "2026-06-29 16:00:00"}}"#,
        "-CAX-",
        "-CAXT-",
    ),
    (
        "extend",
        "{}",
        r#"{"success": true, "data": {"updateReference": "SHOP01-UPX-17195567890123",
            "paymentReference": "SHOP01-PXT-17195123456789", "amount": {"value": 15000, "currency": "EUR"},
            "status": "received", "createdAt": "2026-06-29 17:00:00"}}"#,
        "-UPX-",
        "-UPXT-",
    ),
];

#[tokio::test]
async fn modifications() {
    let app = TestApp::start().await;
    let (live, test) = (Shop::demo(app.client(), "SHOP01", "live"), app.shop());
    for (kind, own, documented, live_marker, test_marker) in MODIFICATIONS {
        app.clock.advance(std::time::Duration::from_secs(1));
        let in_live = live_payment(&app, kind != "refund", 15_000).await;
        let in_test = if kind == "refund" {
            test.paid_session().await.1
        } else {
            test.reservation().await
        };
        for (shop, payment_reference, documented) in [
            (&live, in_live, documented.to_owned()),
            (
                &test,
                in_test,
                documented
                    .replace(live_marker, test_marker)
                    .replace("-PXT-", "-PXTT-"),
            ),
        ] {
            let mut body = text(own);
            body["webcode"] = json!("SHOP01");
            body["paymentReference"] = json!(payment_reference);
            let call = shop.post(&format!("/payment/{kind}"), &body);
            let answer = call.key(&format!("{kind}-12345")).send().await;
            assert_eq!(answer.status, 202, "{kind}: {}", answer.text);
            assert_eq!(answer.json()["data"]["paymentReference"], payment_reference);
            compare(&text(&documented), &answer.json(), kind);
        }
    }
}

/// error-handling.txt, *Example error response*; authentication.txt, *Idempotency conflicts (409)*.
#[tokio::test]
async fn errors_and_conflicts() {
    let app = TestApp::start().await;
    let shop = app.shop();
    let body = json!({
        "webcode": "SHOP01", "poiId": "V400m-TEST-000001", "amount": { "value": 133, "currency": "EUR" }
    });
    let busy = shop.post("/pos/payment", &body).send().await;
    let mut documented = text(
        r#"{"success": false, "error": {"message": "External device is busy.", "code": 13005,
            "statusCode": 409, "traceId": "b2f3d36dc305249e8d1ebaa49ef616f1"}}"#,
    );
    documented["error"]["traceId"] = busy.json()["error"]["traceId"].clone();
    assert_eq!(busy.json(), documented);

    let create = |value: u64| {
        let mut body = shop.session_body();
        body["amount"]["value"] = json!(value);
        let shop = shop.clone();
        async move {
            let call = shop.post("/payment/session", &body);
            call.key("order-12345-payment").send().await
        }
    };
    let first = create(10_000).await;
    let second = create(10_000).await;
    assert_eq!(second.text, first.text, "the same response");
    let third = create(99_999).await;
    assert_eq!(third.error(), (409, None), "no internal numeric code");
    assert_eq!(
        third.message(),
        "Idempotency key reused with a different request body."
    );
    let (_, payment_reference) = shop.paid_session().await;
    let other = shop
        .refund(&payment_reference, 1)
        .key("order-12345-payment")
        .send()
        .await;
    assert_eq!(
        other.message(),
        "Idempotency key already used for a different endpoint."
    );
}

/// Each code of error-handling.txt's catalogue, and what makes it.
#[tokio::test]
async fn every_code_of_the_catalogue_is_reached() {
    let app = TestApp::start().await;
    let shop = app.shop();
    let session = |field: &str, value: Value| {
        let mut body = shop.session_body();
        body[field] = value;
        shop.post("/payment/session", &body)
    };
    let pos = |value: u64| {
        let body = json!({
            "webcode": "SHOP01", "poiId": "V400m-TEST-000001", "amount": { "value": value, "currency": "EUR" }
        });
        shop.post("/pos/payment", &body)
    };
    let (elsewhere, _) = crate::environments::another_key(&app, 8, &["203.0.113.0/24"]).await;
    let mut reached = Vec::new();
    for (call, status, code) in [
        (shop.create_session().without("x-api-key"), 403, 11001),
        (elsewhere.create_session(), 403, 11002),
        (session("webcode", json!("SHOP02")), 403, 11008),
        (session("urlOk", json!("nowhere")), 400, 12001),
        (session("deliverAt", json!("15/07/2026")), 400, 12002),
        (session("countryCode", json!("Spain")), 400, 12006),
        (session("countryCode", json!("KP")), 400, 12009),
        (shop.refund("SHOP01-PXTT-1", 1), 404, 10404),
        (pos(131), 500, 13001),
        (pos(132), 502, 13004),
        (pos(133), 409, 13005),
    ] {
        let answer = call.send().await;
        assert_eq!(answer.error(), (status, Some(code)), "{}", answer.text);
        if status >= 500 {
            assert!(
                answer.message().starts_with("An error has occurred"),
                "{}",
                answer.text
            );
        }
        reached.push(code);
    }
    app.wire.break_all("BatchGetItem", tests::Fault::Internal);
    let internal = shop.create_session().send().await;
    assert_eq!(internal.error(), (500, Some(99001)));
    assert!(
        internal.message().starts_with("An error has occurred"),
        "{}",
        internal.text
    );
    reached.push(99001);
    reached.sort_unstable();
    let documented = [
        10404, 11001, 11002, 11008, 12001, 12002, 12006, 12009, 13001, 13004, 13005, 99001,
    ];
    assert_eq!(reached, documented);
}
