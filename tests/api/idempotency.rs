//! One effect for one key (authentication.txt, *Idempotency*).

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::json;
use tests::TestApp;

#[tokio::test]
async fn the_same_key_twice_gives_the_same_response_once() {
    let app = TestApp::start().await;
    let shop = app.shop();
    let first = shop.create_session().key("order-1").send().await;
    app.clock.advance(Duration::from_secs(3600));
    let second = shop.create_session().key("order-1").send().await;
    assert_eq!(
        (first.status, first.header("idempotent-replayed")),
        (http::StatusCode::CREATED, None)
    );
    assert_eq!(
        (second.status, second.header("idempotent-replayed")),
        (http::StatusCode::CREATED, Some("true"))
    );
    assert_eq!(first.text, second.text);
}

#[tokio::test]
async fn sixty_four_at_once_make_one_session() {
    let app = TestApp::start().await;
    let shop = app.shop();
    let answers = join_all((0..64).map(|_| {
        let shop = shop.clone();
        async move { shop.create_session().key("order-1").send().await }
    }))
    .await;
    assert!(
        answers
            .iter()
            .all(|answer| answer.status == 201 && answer.text == answers[0].text)
    );
    let firsts = answers
        .iter()
        .filter(|answer| answer.header("idempotent-replayed").is_none())
        .count();
    assert_eq!(firsts, 1);
}

#[tokio::test]
async fn sixty_four_equal_refunds_are_one() {
    let app = TestApp::start().await;
    let shop = app.shop();
    let (_, payment_reference) = shop.paid_session().await;
    let answers = join_all((0..64).map(|_| {
        let (shop, payment_reference) = (shop.clone(), payment_reference.clone());
        async move {
            shop.refund(&payment_reference, 10_000)
                .key("refund-1")
                .send()
                .await
        }
    }))
    .await;
    assert!(
        answers
            .iter()
            .all(|answer| answer.status == 202 && answer.text == answers[0].text)
    );
    assert_eq!(
        shop.refund(&payment_reference, 5_001).send().await.status,
        400
    );
    assert_eq!(
        shop.refund(&payment_reference, 5_000).send().await.status,
        202
    );
}

#[tokio::test]
async fn another_body_or_another_endpoint_is_a_conflict() {
    let app = TestApp::start().await;
    let shop = app.shop();
    let (_, payment_reference) = shop.paid_session().await;
    assert_eq!(
        shop.create_session().key("order-1").send().await.status,
        201
    );
    let mut body = shop.session_body();
    body["amount"]["value"] = json!(99_999);
    let answer = shop
        .post("/payment/session", &body)
        .key("order-1")
        .send()
        .await;
    assert_eq!(answer.error(), (409, None));
    assert_eq!(
        answer.json()["error"]["message"],
        "Idempotency key reused with a different request body."
    );
    let answer = shop
        .refund(&payment_reference, 100)
        .key("order-1")
        .send()
        .await;
    assert_eq!(answer.error(), (409, None));
    assert_eq!(
        answer.json()["error"]["message"],
        "Idempotency key already used for a different endpoint."
    );
}

#[tokio::test]
async fn white_space_order_and_spelled_out_defaults_do_not_count() {
    let app = TestApp::start().await;
    let shop = app.shop();
    let first = shop.create_session().key("order-1").send().await;
    let mut body = shop.session_body();
    body["countryCode"] = json!("ES");
    body["shopperLocale"] = json!("es-ES");
    body["isPreAuth"] = json!(false);
    body["unknown"] = json!(1);
    let pretty = serde_json::to_string_pretty(&body).expect("JSON");
    let second = shop
        .create_session()
        .body(pretty)
        .key("order-1")
        .send()
        .await;
    assert_eq!(first.text, second.text);
}

#[tokio::test]
async fn a_refused_request_does_not_use_up_its_key() {
    let app = TestApp::start().await;
    let shop = app.shop();
    let (_, payment_reference) = shop.paid_session().await;
    assert_eq!(
        shop.refund(&payment_reference, 15_001)
            .key("refund-1")
            .send()
            .await
            .status,
        400
    );
    assert_eq!(
        shop.refund(&payment_reference, 15_000)
            .key("refund-1")
            .send()
            .await
            .status,
        202
    );
}

#[tokio::test]
async fn keys_are_the_merchants_own_and_forgotten_after_seven_days() {
    let app = TestApp::start().await;
    let shop = app.shop();
    let other = tests::Shop::demo(app.client(), "SHOP02", "test");
    let first = shop.create_session().key("order-1").send().await;
    assert_eq!(
        other
            .create_session()
            .key("order-1")
            .send()
            .await
            .header("idempotent-replayed"),
        None
    );
    let seven_days = Duration::from_secs(7 * 24 * 3600);
    app.clock.advance(seven_days - Duration::from_micros(100));
    assert_eq!(
        shop.create_session().key("order-1").send().await.text,
        first.text
    );
    app.clock.advance(Duration::from_micros(100));
    let later = shop.create_session().key("order-1").send().await;
    assert_eq!(
        (later.status, later.header("idempotent-replayed")),
        (http::StatusCode::CREATED, None)
    );
    assert_ne!(later.text, first.text);
}

#[tokio::test]
async fn a_key_that_is_none_is_told_so() {
    let app = TestApp::start().await;
    let shop = app.shop();
    for key in ["", "a b", &"k".repeat(256)] {
        assert_eq!(
            shop.create_session().key(key).send().await.error(),
            (400, Some(12001)),
            "{key:.10}"
        );
    }
    assert_eq!(
        shop.create_session()
            .key(&"k".repeat(255))
            .send()
            .await
            .status,
        201
    );
}
