//! `/local`: the page of the local stack, and its buttons.

use http::Method;
use tests::{Answer, TestApp};

const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

async fn press(app: &TestApp, button: &str, fields: &str) -> Answer {
    let path = format!("/local/{button}");
    app.client()
        .send(Method::POST, &path, &[FORM], fields.to_owned())
        .await
}

async fn page(app: &TestApp) -> String {
    let answer = app.client().send(Method::GET, "/local", &[], "").await;
    assert_eq!(answer.status, 200);
    let policy = answer.headers["content-security-policy"].to_str();
    assert!(policy.is_ok_and(|policy| policy.starts_with("default-src 'none'")));
    answer.text
}

#[tokio::test]
async fn a_session_is_created_its_webhook_refused_and_sent_again() {
    let app = TestApp::start().await;
    let shop = app.shop();
    assert!(page(&app).await.contains("None has arrived yet"));
    let created = press(&app, "create-session", "webcode=SHOP01&value=1250").await;
    assert_eq!(created.status, 303);
    assert_eq!(created.headers["location"], "/local");
    let shown = page(&app).await;
    let url = shown
        .split("href=\"")
        .filter_map(|part| part.split('"').next())
        .find(|url| url.contains("/pay-external/"))
        .expect("a payment page");
    assert!(shop.pay(url, "Test User").await.status.is_success());

    assert_eq!(press(&app, "inbox-failures", "count=1").await.status, 303);
    app.settle().await;
    let shown = page(&app).await;
    for part in [
        "refused with 503",
        "signature right",
        "waiting",
        "1 attempt",
    ] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    let event = shown.split("name=\"event\" value=\"").nth(1);
    let event = event
        .and_then(|rest| rest.split('"').next())
        .expect("a delivery");
    let fields = format!("webcode=SHOP01&environment=test&event={event}");
    assert_eq!(press(&app, "resend", &fields).await.status, 303);
    app.settle().await;
    let shown = page(&app).await;
    assert!(shown.contains("delivered") && shown.contains("2 attempts"));
    assert_eq!(app.stack.inbox(Some("SHOP01")).len(), 2);
}

#[tokio::test]
async fn what_another_site_sends_or_makes_no_sense_is_refused() {
    let app = TestApp::start().await;
    for site in ["cross-site", "same-site", "none"] {
        let headers = [FORM, ("sec-fetch-site", site)];
        let path = "/local/create-session";
        let body = "webcode=SHOP01&value=1";
        let refused = app.client().send(Method::POST, path, &headers, body).await;
        assert_eq!(refused.status, 403, "{site}");
    }
    // A name that leads here is another site's.
    let headers = [FORM, ("host", "shop.example:9000")];
    let (path, body) = ("/local/create-session", "webcode=SHOP01&value=1");
    let refused = app.client().send(Method::POST, path, &headers, body).await;
    assert_eq!(refused.status, 403);
    for (button, fields) in [
        ("create-session", "webcode=NOBODY&value=1"),
        ("create-session", "webcode=SHOP01&value=x"),
        ("create-session", "webcode=SHOP01&value=0"),
        ("inbox-failures", "count=-1"),
        ("resend", "webcode=SHOP01&environment=test&event=../keys"),
        (
            "resend",
            "webcode=SHOP01&environment=test&event=evt_SHOP01-PXTT-1_1",
        ),
    ] {
        assert_eq!(press(&app, button, fields).await.status, 400, "{fields}");
    }
    let shown = page(&app).await;
    assert!(!shown.contains("Sessions created here"));
}
