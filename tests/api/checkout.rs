//! /pay-external/{token}

use std::time::Duration;

use futures_util::future::join_all;
use http::Method;
use serde_json::{Value, json};
use tests::{Shop, TestApp};

async fn session(shop: &Shop) -> (String, String) {
    let created = shop.create_session().send().await.data();
    let text = |name: &str| created[name].as_str().expect("a text").to_owned();
    (text("sessionId"), text("paymentUrl"))
}

/// The address that a page goes on to by itself.
fn next_address(html: &str) -> Option<String> {
    let (_, rest) = html.split_once(";url=")?;
    Some(rest.split('"').next()?.replace("&amp;", "&"))
}

#[tokio::test]
async fn a_paid_session_sends_the_customer_back_with_signed_data() {
    let app = TestApp::start().await;
    let shop = app.shop();
    let (session_id, url) = session(&shop).await;
    let page = shop.pay(&url, "Test User").await;
    assert_eq!(page.status, 200);
    let next = next_address(&page.text).expect("an address");
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
    assert_eq!(
        next_address(&shop.open(&url).await.text),
        Some(next.clone())
    );
    app.clock.advance(Duration::from_secs(1));
    let page = shop.open(&url).await;
    assert_eq!(next_address(&page.text), None);
    assert!(
        page.text.contains(&format!("<a href=\"{next}\">")),
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
async fn the_form_is_checked_and_nothing_typed_comes_back() {
    let app = TestApp::start().await;
    let shop = app.shop();
    let (session_id, url) = session(&shop).await;
    let good = [
        ("action", "pay"),
        ("cardNumber", "4111111111111111"),
        ("expiryMonth", "12"),
        ("expiryYear", "30"),
        ("cvc", "737"),
        ("holderName", "Test User"),
    ];
    for (field, bad) in [
        ("cardNumber", "4111111111111112"),
        ("expiryMonth", "13"),
        ("expiryYear", "25"),
        ("cvc", "12345"),
        ("holderName", "<b"),
        ("action", "steal"),
    ] {
        let fields = good.map(|(name, value)| {
            if name == field {
                (name, bad)
            } else {
                (name, value)
            }
        });
        let page = shop.submit(&url, &fields).await;
        assert_eq!(page.status, 422, "{field}");
        assert!(page.text.contains("role=\"alert\""), "{field}");
        assert!(
            !page.text.contains("411111111111111") && !page.text.contains("<b<"),
            "{field}: {}",
            page.text
        );
    }
    assert_eq!(
        shop.query(&session_id).await.data()["attempts"],
        json!([]),
        "a mistyped card is no attempt"
    );
    app.clock.advance(Duration::from_secs(300));
    assert_eq!(
        shop.query(&session_id).await.data()["status"],
        "expired",
        "but it starts the clock, also for a browser that says nothing of its visit"
    );
    let headers = [("content-type", "application/json")];
    assert_eq!(
        app.client()
            .send(Method::POST, &url, &headers, "{}")
            .await
            .status,
        415
    );
}

#[tokio::test]
async fn only_a_real_visit_starts_the_clock() {
    let app = TestApp::start().await;
    let shop = app.shop();
    let (session_id, url) = session(&shop).await;
    let document = ("sec-fetch-dest", "document");
    for (method, headers) in [
        (Method::HEAD, vec![document]),
        (Method::GET, vec![]),
        (Method::GET, vec![("sec-fetch-dest", "empty")]),
        (
            Method::GET,
            vec![document, ("sec-purpose", "prefetch;prerender")],
        ),
    ] {
        let page = app.client().send(method, &url, &headers, "").await;
        assert_eq!(page.status, 200);
        app.clock.advance(Duration::from_secs(3600));
        assert_eq!(shop.query(&session_id).await.data()["status"], "pending");
    }
    assert!(shop.open(&url).await.text.contains("5:00"));
    app.clock.advance(Duration::from_secs(100));
    assert!(
        shop.open(&url).await.text.contains("3:20"),
        "a second visit does not start it anew"
    );
    app.clock.advance(Duration::from_micros(199_999_900));
    assert_eq!(shop.query(&session_id).await.data()["status"], "pending");
    app.clock.advance(Duration::from_micros(100));
    assert_eq!(
        shop.query(&session_id).await.data()["status"],
        "expired",
        "to the tick"
    );
    let late = shop.pay(&url, "Test User").await;
    assert_eq!(
        next_address(&late.text).as_deref(),
        Some("https://tu-sistema.com/pago-error")
    );
    assert_eq!(shop.query(&session_id).await.data()["attempts"], json!([]));
}

#[tokio::test]
async fn sixty_four_submits_charge_once() {
    let app = TestApp::start().await;
    let shop = app.shop();
    let (session_id, url) = session(&shop).await;
    let pages = join_all((0..64).map(|_| {
        let (shop, url) = (shop.clone(), url.clone());
        async move { shop.pay(&url, "Test User").await }
    }))
    .await;
    let first = next_address(&pages[0].text).expect("an address");
    assert!(
        pages
            .iter()
            .all(|page| page.status == 200 && next_address(&page.text).as_ref() == Some(&first))
    );
    let attempts = shop.query(&session_id).await.data()["attempts"].clone();
    assert_eq!(attempts.as_array().map(Vec::len), Some(1));
    app.settle().await;
    assert_eq!(app.stack.inbox(Some("SHOP01")).len(), 1);
}

#[tokio::test]
async fn declined_cards_can_be_tried_again_ten_times() {
    let app = TestApp::start().await;
    let shop = app.shop();
    let (session_id, url) = session(&shop).await;
    for name in [
        "DECLINED",
        "card_expired",
        "Invalid_Card",
        "NOT_ENOUGH_BALANCE",
        "CVC_DECLINED",
        "FRAUD",
        "ERROR",
    ] {
        let page = shop.pay(&url, name).await;
        assert!(
            page.status == 200 && page.text.contains("declined"),
            "{name}"
        );
    }
    shop.pay(&url, "DECLINED").await;
    shop.pay(&url, "DECLINED").await;
    assert_eq!(shop.query(&session_id).await.data()["status"], "pending");
    let last = shop.pay(&url, "DECLINED").await;
    assert_eq!(
        next_address(&last.text).as_deref(),
        Some("https://tu-sistema.com/pago-error")
    );
    assert_eq!(shop.query(&session_id).await.data()["status"], "failed");
}

#[tokio::test]
async fn giving_up_leads_back_to_the_shop() {
    let app = TestApp::start().await;
    let shop = app.shop();
    let (session_id, url) = session(&shop).await;
    let page = shop.submit(&url, &[("action", "cancel")]).await;
    assert_eq!(
        next_address(&page.text).as_deref(),
        Some("https://tu-sistema.com/pago-error")
    );
    assert_eq!(shop.query(&session_id).await.data()["status"], "cancelled");
    let (session_id, url) = session(&shop).await;
    shop.pay(&url, "DECLINED").await;
    shop.submit(&url, &[("action", "cancel")]).await;
    assert_eq!(shop.query(&session_id).await.data()["status"], "failed");
}

#[tokio::test]
async fn the_page_is_locked_down() {
    let app = TestApp::start().await;
    let shop = app.shop();
    let mut body = shop.session_body();
    body["description"] = json!("<img src=x onerror=alert(1)>\"'&");
    let created = shop.post("/payment/session", &body).send().await.data();
    let page = shop
        .open(created["paymentUrl"].as_str().expect("a text"))
        .await;
    assert!(
        page.text
            .contains("&lt;img src=x onerror=alert(1)&gt;&quot;&#39;&amp;")
    );
    assert!(!page.text.contains("<img"));
    let policy = page.header("content-security-policy").expect("a policy");
    assert!(
        policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"),
        "{policy}"
    );
    assert!(!policy.contains("unsafe"), "{policy}");
    assert_eq!(page.header("cache-control"), Some("no-store"));
    assert_eq!(page.header("referrer-policy"), Some("no-referrer"));
    assert_eq!(page.header("set-cookie"), None);
}

#[tokio::test]
async fn an_altered_link_is_not_found() {
    let app = TestApp::start().await;
    let shop = app.shop();
    let (_, url) = session(&shop).await;
    let cut = &url[..url.len() - 3];
    for link in [cut, &format!("{}/pay-external/x", app.stack.base_url())] {
        assert_eq!(shop.open(link).await.status, 404);
        assert_eq!(shop.pay(link, "Test User").await.status, 404);
    }
}
