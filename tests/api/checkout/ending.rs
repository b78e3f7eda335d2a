//! How a session ends, and where the customer goes then.

use std::time::Duration;

use serde_json::{Value, json};
use tests::TestApp;

use super::{next_address, session, session_of, status};

#[tokio::test]
async fn a_paid_session_sends_the_customer_back_with_signed_data() {
    let app = TestApp::start().await;
    let shop = app.shop();
    let (session_id, url) = session(&shop).await;
    let page = shop.pay(&url, "Test User").await;
    assert_eq!(page.status, 200);
    let next = next_address(&page).expect("an address");
    let token = next
        .strip_prefix("https://tu-sistema.com/pago-ok?data=")
        .expect("urlOk with data");

    let mut validation = jsonwebtoken::Validation::new(jsonwebtoken::Algorithm::HS256);
    // The test's clock stands still in June 2026, whatever the day is.
    validation.validate_exp = false;
    let claims: Value = shared::jwt::verify(token, shop.client_secret.as_bytes(), &validation)
        .expect("our signature");
    let payment_reference = shop.query(&session_id).await.data()["paymentReference"].clone();
    let expected = json!({
        "iss": app.stack.base_url(),
        "iat": 1_782_000_000,
        "exp": 1_782_003_600,
        "webcode": "SHOP01",
        "environment": "test",
        "sessionId": session_id,
        "paymentReference": payment_reference,
        "amount": { "value": 15000, "currency": "EUR" },
        "status": "completed",
        "paymentStatus": "AUTHORISED",
        "isPreAuth": false,
        "customReference": "ORD-2026-12345",
        "description": "Pedido #12345 - Servicio premium"
    });
    assert_eq!(claims, expected);
    assert!(shared::jwt::verify::<Value>(token, b"another secret", &validation).is_err());

    // For a minute the page goes on by itself; then it links to the same address, for an hour.
    app.clock.advance(Duration::from_secs(59));
    assert_eq!(next_address(&shop.open(&url).await), Some(next.clone()));
    app.clock.advance(Duration::from_secs(1));
    let page = shop.open(&url).await;
    assert_eq!(next_address(&page), None);
    assert!(
        page.text.contains(&format!("href=\"{next}\"")),
        "{}",
        page.text
    );
    app.clock.advance(Duration::from_secs(3539));
    assert!(shop.open(&url).await.text.contains(&next));
    app.clock.advance(Duration::from_secs(1));
    let late = shop.open(&url).await;
    assert!(
        !late.text.contains("data=") && late.text.contains("https://tu-sistema.com/pago-ok"),
        "{}",
        late.text
    );
}

#[tokio::test]
async fn giving_up_leads_back_to_the_shop() {
    let app = TestApp::start().await;
    let shop = app.shop();
    let (session_id, url) = session(&shop).await;
    let page = shop.submit(&url, &[("action", "cancel")]).await;
    assert_eq!(
        next_address(&page).as_deref(),
        Some("https://tu-sistema.com/pago-error")
    );
    assert_eq!(status(&shop, &session_id).await, "cancelled");
    let (session_id, url) = session(&shop).await;
    shop.pay(&url, "DECLINED").await;
    shop.submit(&url, &[("action", "cancel")]).await;
    assert_eq!(status(&shop, &session_id).await, "failed");
}

#[tokio::test]
async fn a_reservation_is_called_one() {
    let app = TestApp::start().await;
    let shop = app.shop();
    let mut body = shop.session_body();
    body["isPreAuth"] = json!(true);
    let (_, url) = session_of(&shop, &body).await;
    let page = shop.open(&url).await;
    for text in [
        "Preautorizar 150,00\u{a0}€",
        "El importe se retiene ahora en su tarjeta.",
    ] {
        assert!(page.text.contains(text), "{text}: {}", page.text);
    }
    let page = shop.pay(&url, "Test User").await;
    assert!(
        page.text
            .contains("Se han retenido 150,00\u{a0}€ en su tarjeta para Demo shop SHOP01.")
    );
}

#[tokio::test]
async fn customers_go_to_the_sessions_own_addresses_whatever_is_in_them() {
    let app = TestApp::start().await;
    let shop = app.shop();
    let mut body = shop.session_body();
    body["urlOk"] =
        json!("https://tu-sistema.com/ok?a=1&b='%22><script>;url=https://evil.example#top");
    body["urlKo"] = json!("https://tu-sistema.com/ko?a=';url=https://evil.example&b=%22");
    let (_, url) = session_of(&shop, &body).await;
    let page = shop.submit(&url, &[("action", "cancel")]).await;
    assert_eq!(next_address(&page).as_deref(), body["urlKo"].as_str());
    assert_eq!(
        page.text.matches("<script").count() + page.text.matches("http-equiv").count(),
        1
    );
    let (_, url) = session_of(&shop, &body).await;
    let page = shop.pay(&url, "Test User").await;
    let next = next_address(&page).expect("an address");
    let next = url::Url::parse(&next).expect("an address");
    assert_eq!(
        (next.host_str(), next.fragment()),
        (Some("tu-sistema.com"), Some("top"))
    );
    let names: Vec<_> = next
        .query_pairs()
        .map(|(name, _)| name.into_owned())
        .collect();
    assert_eq!(names, ["a", "b", "data"]);
    assert!(!page.text.contains("<script"), "{}", page.text);
}
