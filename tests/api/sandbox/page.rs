//! The hosted page.

use std::time::Duration;

use futures_util::future::join_all;
use http::Method;
use serde_json::json;
use tests::TestApp;
use tests::sandbox::{online, text};

#[tokio::test]
async fn a_customer_approves_or_declines_and_goes_back_to_the_shop() {
    let app = TestApp::start().await;
    let sandbox = app.sandbox();
    for (answer, status, url) in [
        ("approve", "ACCEPTED", "https://shop.example/ok?order=1"),
        ("decline", "FAILED", "https://shop.example/ko"),
    ] {
        let paid = sandbox.pay(&online(answer, 12_345)).await.json();
        let page = text(&paid, "redirectToUrl");
        let shown = app.client().send(Method::GET, &page, &[], "").await;
        assert_eq!(shown.status, 200);
        assert!(shown.text.contains("123.45 EUR"), "{}", shown.text);
        assert!(shown.text.contains("Sandbox"));
        let policy = shown.header("content-security-policy").expect("a policy");
        assert!(!policy.contains("unsafe") && policy.starts_with("default-src 'none'"));
        for answered in [answer, "approve", "decline"] {
            // Whatever comes after the first answer changes nothing.
            let submitted = sandbox.answer_page(&page, answered).await;
            assert_eq!(submitted.status, 303);
            assert_eq!(submitted.header("location"), Some(url));
        }
        let payment_id = text(&paid, "paymentId");
        assert_eq!(sandbox.status(&payment_id).await["status"], status);
        let decided = app.client().send(Method::GET, &page, &[], "").await;
        assert!(!decided.text.contains("<form"), "{}", decided.text);
        assert!(decided.text.contains(url), "{}", decided.text);
    }
}

#[tokio::test]
async fn a_page_without_a_way_back_shows_how_it_ended() {
    let app = TestApp::start().await;
    let sandbox = app.sandbox();
    let mut body = online("ORD-1", 1_000);
    body["successRedirectUrl"] = json!(null);
    let page = text(&sandbox.pay(&body).await.json(), "redirectToUrl");
    let submitted = sandbox.answer_page(&page, "approve").await;
    assert_eq!(submitted.status, 303);
    let name = page.rsplit('/').next();
    assert_eq!(submitted.header("location"), name);
    let shown = app.client().send(Method::GET, &page, &[], "").await;
    assert!(shown.text.contains("Payment approved"), "{}", shown.text);
}

#[tokio::test]
async fn nobody_finds_a_page_without_its_whole_address() {
    let app = TestApp::start().await;
    let sandbox = app.sandbox();
    let paid = sandbox.pay(&online("ORD-1", 1_000)).await.json();
    let (page, payment_id) = (text(&paid, "redirectToUrl"), text(&paid, "paymentId"));
    let short = &page[..page.len() - 1];
    let base = "/sandbox-processor/page";
    for address in [
        short.to_owned(),
        format!("{page}0"),
        format!("{base}/{payment_id}"),
        format!("{base}/{payment_id}."),
        format!("{base}/{payment_id}.%00"),
        format!("{base}/..."),
        format!("{base}/x.y"),
    ] {
        for method in [Method::GET, Method::POST] {
            let headers = [("content-type", "application/x-www-form-urlencoded")];
            let answer = app
                .client()
                .send(method, &address, &headers, "answer=approve")
                .await;
            assert_eq!(answer.status, 404, "{address}");
        }
    }
    assert_eq!(sandbox.status(&payment_id).await["status"], "PENDING");
}

#[tokio::test]
async fn a_submit_that_says_neither_yes_nor_no_changes_nothing() {
    let app = TestApp::start().await;
    let sandbox = app.sandbox();
    let paid = sandbox.pay(&online("ORD-1", 1_000)).await.json();
    let page = text(&paid, "redirectToUrl");
    let long = "x".repeat(70_000);
    for (answer, status) in [
        ("", 400),
        ("APPROVE", 400),
        ("%FF", 400),
        (long.as_str(), 413),
    ] {
        let submitted = sandbox.answer_page(&page, answer).await;
        assert_eq!(submitted.status, status);
        assert!(submitted.text.contains("<h1>"), "{}", submitted.text);
    }
    let payment_id = text(&paid, "paymentId");
    assert_eq!(sandbox.status(&payment_id).await["status"], "PENDING");
}

#[tokio::test]
async fn a_page_is_over_after_fifteen_minutes() {
    let app = TestApp::start().await;
    let sandbox = app.sandbox();
    for (early, status, result) in [(true, "ACCEPTED", "OK"), (false, "FAILED", "KO")] {
        let body = online(status, 1_000);
        let paid = sandbox.pay(&body).await.json();
        let page = text(&paid, "redirectToUrl");
        let tick = Duration::from_micros(100);
        let fifteen_minutes = Duration::from_secs(15 * 60);
        app.clock
            .advance(fifteen_minutes - if early { tick } else { Duration::ZERO });
        let shown = app.client().send(Method::GET, &page, &[], "").await;
        assert_eq!(shown.text.contains("<form"), early);
        let submitted = sandbox.answer_page(&page, "approve").await;
        assert_eq!(submitted.status, 303);
        let payment_id = text(&paid, "paymentId");
        assert_eq!(sandbox.status(&payment_id).await["status"], status);
        assert_eq!(sandbox.pay(&body).await.json()["result"], result);
    }
}

#[tokio::test]
async fn a_yes_that_takes_time_is_pending_and_the_customer_goes_on() {
    let app = TestApp::start().await;
    let sandbox = app.sandbox();
    let paid = sandbox.pay(&online("ORD-1", 606)).await.json();
    let submitted = sandbox
        .answer_page(&text(&paid, "redirectToUrl"), "approve")
        .await;
    let ok = Some("https://shop.example/ok?order=1");
    assert_eq!(submitted.header("location"), ok);
    let payment_id = text(&paid, "paymentId");
    assert_eq!(sandbox.status(&payment_id).await["status"], "PENDING");
    app.clock.advance(Duration::from_secs(30));
    assert_eq!(sandbox.status(&payment_id).await["status"], "ACCEPTED");
}

#[tokio::test]
async fn of_many_answers_at_once_one_counts() {
    let app = TestApp::start().await;
    let sandbox = app.sandbox();
    let paid = sandbox.pay(&online("ORD-1", 1_000)).await.json();
    let page = text(&paid, "redirectToUrl");
    let answers = join_all((0..64).map(|number| {
        let answer = if number % 2 == 0 {
            "approve"
        } else {
            "decline"
        };
        sandbox.answer_page(&page, answer)
    }))
    .await;
    let first = answers[0].header("location");
    for answer in &answers {
        assert_eq!(
            (answer.status.as_u16(), answer.header("location")),
            (303, first)
        );
    }
    let status = sandbox.status(&text(&paid, "paymentId")).await;
    let expected = if first == Some("https://shop.example/ko") {
        "FAILED"
    } else {
        "ACCEPTED"
    };
    assert_eq!(status["status"], expected);
}
