//! What the page is made of: headers, languages, weight, and values that are shown and not obeyed.

use http::Method;
use serde_json::json;
use tests::{Answer, Operator, TestApp};

use super::{CHALLENGED, card_with, session, session_of};

/// The most that a page may weigh on its way, in bytes.
const BYTES_MAX: usize = 20 * 1024;

#[tokio::test]
async fn the_page_is_locked_down() {
    let app = TestApp::start().await;
    let shop = app.shop();
    let mut body = shop.session_body();
    body["description"] = json!("<img src=x onerror=alert(1)>\"'&</title><script>");
    let (_, url) = session_of(&shop, &body).await;
    let page = shop.open(&url).await;
    assert!(
        page.text
            .contains("&lt;img src=x onerror=alert(1)&gt;&quot;'&amp;&lt;/title&gt;"),
        "{}",
        page.text
    );
    assert!(!page.text.contains("<img"));
    assert_eq!(page.text.matches("<script").count(), 1, "ours");
    // Every answer, whatever it is.
    let altered = format!("{url}x");
    let (_, other) = session(&shop).await;
    let (_, third) = session(&shop).await;
    for (answer, expected) in [
        (page, 200),
        (shop.open(&altered).await, 404),
        (shop.submit(&url, &[]).await, 400),
        (shop.submit(&url, &[("action", "pay")]).await, 422),
        (shop.pay(&url, "DECLINED").await, 303),
        (shop.pay(&other, "Test User").await, 200),
        (shop.submit(&third, &[("action", "cancel")]).await, 200),
    ] {
        assert_eq!(answer.status, expected);
        is_locked_down(&answer);
    }
}

fn is_locked_down(page: &Answer) {
    let policy = page.header("content-security-policy").expect("a policy");
    for part in [
        "default-src 'none'",
        "frame-ancestors 'none'",
        "form-action 'self'",
        "base-uri 'none'",
        "script-src 'sha256-",
        "style-src 'sha256-",
    ] {
        assert!(policy.contains(part), "{part}: {policy}");
    }
    assert!(!policy.contains("unsafe"), "{policy}");
    for (name, value) in [
        ("cache-control", Some("no-store")),
        ("referrer-policy", Some("no-referrer")),
        ("strict-transport-security", Some("max-age=63072000")),
        ("x-frame-options", Some("DENY")),
        ("x-content-type-options", Some("nosniff")),
        ("set-cookie", None),
    ] {
        assert_eq!(page.header(name), value, "{} {name}", page.status);
    }
}

#[tokio::test]
async fn nothing_is_loaded_from_anywhere() {
    let app = TestApp::start().await;
    let shop = app.shop();
    let (_, url) = session(&shop).await;
    let page = shop.open(&url).await;
    for reference in [
        "src=", "@import", "url(", "<link", "https:", "<img", "<iframe", "fetch(",
    ] {
        assert!(!page.text.contains(reference), "{reference}: {}", page.text);
    }
}

#[tokio::test]
async fn a_merchants_name_is_shown_and_not_obeyed() {
    let app = TestApp::start().await;
    let operator = Operator::new(app.client(), "SHOP01", "test");
    let name = json!({ "name": "Café <script>alert(1)</script> & \"Söhne\" مقهى" });
    operator
        .send(Method::PATCH, "/SHOP01", &name)
        .await
        .expect_success();
    let shop = app.shop();
    let (_, url) = session(&shop).await;
    for page in [shop.open(&url).await, shop.pay(&url, "Test User").await] {
        assert!(
            page.text
                .contains("Café &lt;script&gt;alert(1)&lt;/script&gt; &amp; "),
            "{}",
            page.text
        );
        assert!(!page.text.contains("<script>alert"));
    }
}

#[tokio::test]
async fn every_language_has_its_page() {
    let app = TestApp::start().await;
    let shop = app.shop();
    for (locale, language, pay) in [
        ("es-ES", "es", "Pagar 150,00\u{a0}€"),
        ("es-MX", "es", "Pagar EUR\u{a0}150.00"),
        ("en-GB", "en", "Pay €150.00"),
        ("fr-FR", "fr", "Payer 150,00\u{a0}€"),
        ("de-AT", "de", "€\u{a0}150,00 bezahlen"),
        ("it", "it", "Paga 150,00\u{a0}€"),
        ("pt-BR", "pt-PT", "Pagar €\u{a0}150,00"),
        ("ca-ES", "ca", "Paga 150,00\u{a0}€"),
        ("nl-NL", "es", "Pagar 150,00\u{a0}€"),
    ] {
        app.clock.advance(std::time::Duration::from_secs(1));
        let mut body = shop.session_body();
        body["shopperLocale"] = json!(locale);
        let (_, url) = session_of(&shop, &body).await;
        let page = shop.open(&url).await;
        assert!(
            page.text.contains(&format!("<html lang=\"{language}\">")),
            "{locale}"
        );
        assert!(page.text.contains(pay), "{locale}: {}", page.text);
    }
}

#[tokio::test]
async fn every_page_is_light_and_compressed() {
    let app = TestApp::start().await;
    let shop = app.shop();
    let mut body = shop.session_body();
    body["description"] = json!("€".repeat(255));
    let (_, url) = session_of(&shop, &body).await;
    let headers = [
        ("content-type", "application/x-www-form-urlencoded"),
        ("accept-encoding", "gzip, deflate, br, zstd"),
        ("sec-fetch-dest", "document"),
    ];
    let encoded = |fields: &[(&str, &str)]| {
        form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .finish()
    };
    let declined = card_with(&[("holderName", "CVC_DECLINED")]);
    let challenged = card_with(&[("cardNumber", CHALLENGED)]);
    for (name, method, body) in [
        ("form", Method::GET, String::new()),
        ("mistyped", Method::POST, encoded(&[("action", "pay")])),
        ("declined", Method::POST, encoded(&declined)),
        ("challenge", Method::POST, encoded(&challenged)),
        ("paid", Method::POST, encoded(&super::CARD)),
    ] {
        let answer = app.client().send(method, &url, &headers, body).await;
        assert_eq!(answer.header("content-encoding"), Some("gzip"), "{name}");
        assert!(answer.bytes.starts_with(&[0x1f, 0x8b]), "{name}");
        assert!(
            answer.bytes.len() <= BYTES_MAX,
            "{name}: {} bytes",
            answer.bytes.len()
        );
    }
}
