//! GET …/payment/session/{sessionId}

use http::Method;
use serde_json::json;
use tests::TestApp;

#[tokio::test]
async fn a_pending_session_shows_what_was_sent_and_the_defaults() {
    let app = TestApp::start().await;
    let shop = app.shop();
    let created = shop.create_session().send().await.data();
    let session_id = created["sessionId"].as_str().expect("a text");
    let expected = json!({
        "sessionId": session_id,
        "status": "pending",
        "amount": { "value": 15000, "currency": "EUR" },
        "countryCode": "ES",
        "shopperLocale": "es-ES",
        "description": "Pedido #12345 - Servicio premium",
        "customReference": "ORD-2026-12345",
        "isPreAuth": false,
        "urlOk": "https://tu-sistema.com/pago-ok",
        "urlKo": "https://tu-sistema.com/pago-error",
        "createdAt": "2026-06-21 00:00:00",
        "attempts": []
    });
    assert_eq!(shop.query(session_id).await.data(), expected);
}

#[tokio::test]
async fn a_completed_session_shows_its_payment_and_all_attempts() {
    let app = TestApp::start().await;
    let shop = app.shop();
    let created = shop.create_session().send().await.data();
    let (session_id, url) = (
        created["sessionId"].as_str().unwrap(),
        created["paymentUrl"].as_str().unwrap(),
    );
    shop.pay(url, "declined").await;
    assert_eq!(shop.query(session_id).await.data()["status"], "pending");
    shop.pay(url, "Maria Lopez").await;
    let session = shop.query(session_id).await.data();
    assert_eq!(session["status"], "completed");
    assert_eq!(session["paymentStatus"], "AUTHORISED");
    assert_eq!(session["completedAt"], "2026-06-21 00:00:00");
    let attempts = session["attempts"].as_array().expect("a list");
    assert_eq!(attempts.len(), 2);
    assert_eq!(
        (&attempts[0]["status"], &attempts[1]["status"]),
        (&json!("refused"), &json!("authorised"))
    );
    assert_eq!(attempts[1]["paymentReference"], session["paymentReference"]);
    assert_ne!(attempts[0]["paymentReference"], session["paymentReference"]);
}

#[tokio::test]
async fn what_cannot_be_queried_says_why() {
    let app = TestApp::start().await;
    let shop = app.shop();
    let created = shop.create_session().send().await.data();
    let session_id = created["sessionId"].as_str().expect("a text");
    assert_eq!(
        shop.query("SHOP01-EXTT-00000000000000").await.error(),
        (404, Some(10404))
    );
    assert_eq!(shop.query("%F0%9F%92%B3").await.error(), (404, Some(10404)));
    let get = |path: String, key: String| {
        let client = app.client();
        async move {
            client
                .send(Method::GET, &path, &[("x-api-key", &key)], "")
                .await
        }
    };
    let path = format!("/external/v1/test/payment/session/{session_id}");
    assert_eq!(
        get(path.clone(), shop.api_key.clone()).await.error(),
        (400, Some(12001))
    );
    assert_eq!(
        get(format!("{path}?webcode=SHOP02"), shop.api_key.clone())
            .await
            .error(),
        (403, Some(11008))
    );
    let other = tests::Shop::demo(app.client(), "SHOP02", "test");
    assert_eq!(
        get(format!("{path}?webcode=SHOP02"), other.api_key)
            .await
            .error(),
        (403, Some(11008))
    );
}
