//! Sessions whose customers pay on the page of an external service.

use super::*;
use shared::domain::session::PAGE_OPEN_FOR;

#[tokio::test]
async fn a_customer_pays_at_the_service_and_the_shop_hears_of_it() {
    let app = TestApp::start().await;
    let (shop, sandbox) = (shop(&app), app.sandbox());
    let (session_id, payment_url) = session(&shop, 15_000, false).await;
    let service = location(&shop.open(&payment_url).await);
    assert!(service.contains("/sandbox-processor/page/"), "{service}");
    let open = shop.query(&session_id).await.data();
    assert_eq!(
        (&open["status"], &open["attempts"]),
        (&json!("pending"), &json!([]))
    );
    assert_eq!(
        location(&shop.open(&payment_url).await),
        service,
        "the same one"
    );

    let back = location(&sandbox.answer_page(&service, "approve").await);
    assert_eq!(back, format!("{payment_url}?returned=ok"));
    let page = shop.open(&back).await;
    page.expect_success();
    let refresh = "content=\"0;url=https://tu-sistema.com/pago-ok?data=";
    assert!(page.text.contains(refresh), "{}", page.text);
    let completed = shop.query(&session_id).await.data();
    assert_eq!(completed["status"], "completed");
    let reference = completed["paymentReference"].as_str().expect("paid");
    assert!(reference.starts_with("SHOP01-PXT-"), "{reference}");
    assert_eq!(completed["attempts"][0]["paymentReference"], reference);
    assert_eq!(told(&app).await, [event("AUTHORISATION", "success")]);
    let ledger = in_ledger(&sandbox, reference).await;
    assert_eq!(ledger.len(), 1);
    assert_eq!(ledger[0]["captured"], 15_000);
}

#[tokio::test]
async fn a_customer_who_was_refused_may_try_again_or_give_up() {
    let app = TestApp::start().await;
    let shop = shop(&app);
    let (session_id, payment_url) = session(&shop, 15_000, false).await;
    let page = pay(&app, &shop, &payment_url, "decline").await;
    page.expect_success();
    assert!(
        page.text.contains("name=\"action\" value=\"start\""),
        "{}",
        page.text
    );
    assert!(page.text.contains("name=\"attempt\" value=\"1\""));
    // Looking again starts nothing.
    shop.open(&payment_url).await.expect_success();
    let refused = shop.query(&session_id).await.data();
    assert_eq!(refused["status"], "pending");
    assert_eq!(refused["attempts"][0]["status"], "refused");

    // A form of before the refusal starts nothing either; a POST may not lead away by a redirect.
    let old = shop
        .submit(&payment_url, &[("action", "start"), ("attempt", "0")])
        .await;
    assert_eq!(old.status, 303);
    assert!(
        !old.header("location")
            .expect("a location")
            .contains("sandbox")
    );
    // From the address that the customer came back to, which is that of the form.
    let returned = format!("{payment_url}?returned=ko");
    let leaving = shop
        .submit(&returned, &[("action", "start"), ("attempt", "1")])
        .await;
    assert_eq!(leaving.status, 200);
    let service = leaving.text.split("0;url=").nth(1).expect("a refresh");
    let service = service.split('"').next().expect("an address");
    let back = location(&app.sandbox().answer_page(service, "approve").await);
    shop.open(&back).await.expect_success();
    let completed = shop.query(&session_id).await.data();
    assert_eq!(completed["status"], "completed");
    assert_eq!(completed["attempts"][1]["status"], "authorised");

    let (session_id, payment_url) = session(&shop, 15_000, false).await;
    pay(&app, &shop, &payment_url, "decline").await;
    let page = shop.submit(&payment_url, &[("action", "cancel")]).await;
    assert!(
        page.text.contains("https://tu-sistema.com/pago-error"),
        "{}",
        page.text
    );
    assert_eq!(shop.query(&session_id).await.data()["status"], "failed");
}

#[tokio::test]
async fn a_service_may_decide_at_once() {
    let app = TestApp::start().await;
    let shop = shop(&app);
    for (value, status, attempts) in [
        (10_601, "completed", json!(["authorised"])),
        (10_602, "pending", json!(["refused"])),
        (10_603, "pending", json!([])),
    ] {
        let (session_id, payment_url) = session(&shop, value, false).await;
        shop.open(&payment_url).await.expect_success();
        let found = shop.query(&session_id).await.data();
        let words: Value = found["attempts"]
            .as_array()
            .expect("a list")
            .iter()
            .map(|attempt| attempt["status"].clone())
            .collect();
        assert_eq!(
            (&found["status"], words),
            (&json!(status), attempts),
            "{value}"
        );
    }
}

#[tokio::test]
async fn what_is_pending_is_found_out_though_nobody_comes_back() {
    let app = TestApp::start().await;
    let shop = shop(&app);
    for (value, status) in [(10_603, "completed"), (10_604, "pending")] {
        let (session_id, payment_url) = session(&shop, value, false).await;
        let page = shop.open(&payment_url).await;
        assert!(
            page.text.contains("http-equiv=\"refresh\" content=\"3\""),
            "{}",
            page.text
        );
        pass(&app, 16).await;
        assert_eq!(shop.query(&session_id).await.data()["status"], "pending");
        pass(&app, 31).await;
        assert_eq!(
            shop.query(&session_id).await.data()["status"],
            status,
            "{value}"
        );
    }
    let codes: Vec<_> = told(&app).await;
    assert!(codes.contains(&event("AUTHORISATION", "success")));
    assert!(codes.contains(&event_because("AUTHORISATION", "failure", "DECLINED")));
}

#[tokio::test]
async fn a_session_with_an_open_payment_neither_expires_nor_is_cancelled() {
    let app = TestApp::start().await;
    let shop = shop(&app);
    let (session_id, payment_url) = session(&shop, 15_000, false).await;
    let service = location(&shop.open(&payment_url).await);
    pass(&app, PAGE_OPEN_FOR.as_secs() + 60).await;
    shop.submit(&payment_url, &[("action", "cancel")]).await;
    assert_eq!(shop.query(&session_id).await.data()["status"], "pending");
    // Late, and good.
    app.sandbox().answer_page(&service, "approve").await;
    pass(&app, 6 * 60 * 60).await;
    assert_eq!(shop.query(&session_id).await.data()["status"], "completed");

    let (session_id, payment_url) = session(&shop, 15_000, false).await;
    shop.open(&payment_url).await;
    // Nobody answers: the service gives up after a quarter of an hour, and then the time is long over.
    pass(&app, 16 * 60).await;
    pass(&app, 6 * 60 * 60).await;
    let failed = shop.query(&session_id).await.data();
    assert_eq!(failed["status"], "failed");
    assert_eq!(failed["attempts"][0]["status"], "refused");
    let events = told(&app).await;
    assert!(
        events.contains(&event("SESSION_FAILED", "failure")),
        "{events:?}"
    );
}

#[tokio::test]
async fn a_page_that_nobody_visits_starts_nothing() {
    let app = TestApp::start().await;
    let (shop, sandbox) = (shop(&app), app.sandbox());
    let (session_id, payment_url) = session(&shop, 15_000, false).await;
    let page = look(&app, &payment_url).await;
    page.expect_success();
    assert!(page.text.contains("name=\"action\" value=\"start\""));
    let head = app.client().send(Method::HEAD, &payment_url, &[], "").await;
    assert_eq!(head.status, 200);
    let prefetch = [("sec-fetch-dest", "document"), ("sec-purpose", "prefetch")];
    let prefetch = app
        .client()
        .send(Method::GET, &payment_url, &prefetch, "")
        .await;
    assert_eq!(prefetch.status, 503);
    assert_eq!(sandbox.ledger().await.len(), 0);
    for body in ["action=pay", "action=approve", "", "action=start&attempt=7"] {
        let headers = [("content-type", "application/x-www-form-urlencoded")];
        let answer = app
            .client()
            .send(Method::POST, &payment_url, &headers, body)
            .await;
        assert!(
            answer.status == 400 || answer.status == 303,
            "{body}: {}",
            answer.status
        );
    }
    assert_eq!(sandbox.ledger().await.len(), 0);
    assert_eq!(shop.query(&session_id).await.data()["status"], "pending");
}

#[tokio::test]
async fn sixty_four_visits_begin_one_payment() {
    let app = TestApp::start_in_real_time().await;
    let (shop, sandbox) = (shop(&app), app.sandbox());
    let (session_id, payment_url) = session(&shop, 15_000, false).await;
    let visits = (0..64).map(|_| shop.open(&payment_url));
    let visits = futures_util::future::join_all(visits).await;
    for visit in &visits {
        assert!(
            [200, 303].contains(&visit.status.as_u16()),
            "{}",
            visit.status
        );
    }
    assert_eq!(sandbox.ledger().await.len(), 1);
    let page = pay(&app, &shop, &payment_url, "approve").await;
    page.expect_success();
    let completed = shop.query(&session_id).await.data();
    assert_eq!(completed["status"], "completed");
    assert_eq!(completed["attempts"].as_array().expect("a list").len(), 1);
}

#[tokio::test]
async fn a_merchant_without_a_service_takes_no_payments() {
    let app = TestApp::start().await;
    let shop = Shop::demo(app.client(), "SHOP02", "live");
    let (_, payment_url) = session(&shop, 15_000, false).await;
    let page = shop.open(&payment_url).await;
    assert_eq!(page.status, 503);
    assert_eq!(app.sandbox().ledger().await.len(), 0);
}
