//! The simulated 3-D Secure step.

use std::time::Duration;

use futures_util::future::join_all;
use tests::{Answer, Shop, TestApp};

use super::{CHALLENGED, attempts, card_with, hidden, location, next_address, session, status};

async fn challenged(shop: &Shop, url: &str, holder_name: &str) -> Answer {
    let form = card_with(&[("cardNumber", CHALLENGED), ("holderName", holder_name)]);
    let page = shop.submit(url, &form).await;
    assert_eq!(page.status, 303);
    assert!(location(&page, url).is_some());
    page
}

async fn answer(shop: &Shop, url: &str, action: &str, challenge: &str) -> Answer {
    shop.submit(url, &[("action", action), ("challenge", challenge)])
        .await
}

#[tokio::test]
async fn a_customer_who_approves_has_paid_once() {
    let app = TestApp::start().await;
    let shop = app.shop();
    let (session_id, url) = session(&shop).await;
    let page = challenged(&shop, &url, "Test User").await;
    let challenge = hidden(&page, "challenge").to_owned();
    assert_eq!(
        attempts(&shop, &session_id).await,
        [""; 0],
        "it is no attempt yet"
    );
    let again = shop.open(&url).await;
    assert_eq!(
        hidden(&again, "challenge"),
        challenge,
        "a reload asks the same"
    );
    let pages = join_all((0..16).map(|_| answer(&shop, &url, "approve", &challenge))).await;
    for page in &pages {
        assert_eq!(page.status, 200);
        assert_eq!(next_address(page), next_address(&pages[0]));
    }
    assert!(next_address(&pages[0]).is_some_and(|next| next.contains("data=")));
    assert_eq!(attempts(&shop, &session_id).await, ["authorised"]);
    assert_eq!(app.told("SHOP01").await.len(), 1);
}

#[tokio::test]
async fn a_customer_who_rejects_may_try_again() {
    let app = TestApp::start().await;
    let shop = app.shop();
    let (session_id, url) = session(&shop).await;
    let page = challenged(&shop, &url, "Test User").await;
    let challenge = hidden(&page, "challenge").to_owned();
    let page = answer(&shop, &url, "reject", &challenge).await;
    assert!(
        page.text.contains("No ha confirmado el pago con su banco."),
        "{}",
        page.text
    );
    assert_eq!(attempts(&shop, &session_id).await, ["refused"]);
    let told = app.told("SHOP01").await;
    assert_eq!(
        told[0]["data"]["reason"],
        "3-D Secure authentication failed"
    );
    // An answer that comes late changes nothing.
    answer(&shop, &url, "approve", &challenge).await;
    assert_eq!(attempts(&shop, &session_id).await, ["refused"]);
    assert!(next_address(&shop.pay(&url, "Test User").await).is_some());
    assert_eq!(
        attempts(&shop, &session_id).await,
        ["refused", "authorised"]
    );
}

#[tokio::test]
async fn the_name_decides_after_the_challenge_too() {
    let app = TestApp::start().await;
    let shop = app.shop();
    let (session_id, url) = session(&shop).await;
    let page = challenged(&shop, &url, "not_enough_balance").await;
    let page = answer(&shop, &url, "approve", hidden(&page, "challenge")).await;
    assert!(
        page.text.contains("No hay saldo suficiente"),
        "{}",
        page.text
    );
    assert_eq!(attempts(&shop, &session_id).await, ["refused"]);
}

#[tokio::test]
async fn only_the_latest_challenge_can_be_answered() {
    let app = TestApp::start().await;
    let shop = app.shop();
    let (session_id, url) = session(&shop).await;
    let first = challenged(&shop, &url, "DECLINED").await;
    let second = challenged(&shop, &url, "Test User").await;
    let (first, second) = (hidden(&first, "challenge"), hidden(&second, "challenge"));
    assert_ne!(first, second);
    let third = challenged(&shop, &url, "Test User").await;
    assert_eq!(
        hidden(&third, "challenge"),
        second,
        "a double click asks once"
    );
    for stale in [first, "", "x"] {
        let page = answer(&shop, &url, "approve", stale).await;
        assert_eq!(
            (page.status.as_u16(), hidden(&page, "challenge")),
            (303, second)
        );
    }
    assert_eq!(attempts(&shop, &session_id).await, [""; 0]);
    // Another tab pays with a card that asks for nothing: that is the end of it.
    assert!(next_address(&shop.pay(&url, "Test User").await).is_some());
    answer(&shop, &url, "approve", second).await;
    assert_eq!(attempts(&shop, &session_id).await, ["authorised"]);
}

#[tokio::test]
async fn approving_and_rejecting_at_once_is_one_answer() {
    let app = TestApp::start().await;
    let shop = app.shop();
    let (session_id, url) = session(&shop).await;
    let page = challenged(&shop, &url, "Test User").await;
    let challenge = hidden(&page, "challenge");
    let answers = (0..32).map(|place| {
        let action = if place % 2 == 0 { "approve" } else { "reject" };
        answer(&shop, &url, action, challenge)
    });
    for page in join_all(answers).await {
        assert!(matches!(page.status.as_u16(), 200 | 303), "{}", page.status);
    }
    assert_eq!(attempts(&shop, &session_id).await.len(), 1);
}

#[tokio::test]
async fn a_challenge_ends_with_the_page() {
    let app = TestApp::start().await;
    let shop = app.shop();
    let (session_id, url) = session(&shop).await;
    let page = challenged(&shop, &url, "Test User").await;
    app.clock.advance(Duration::from_secs(300));
    let page = answer(&shop, &url, "approve", hidden(&page, "challenge")).await;
    assert_eq!(
        next_address(&page).as_deref(),
        Some("https://tu-sistema.com/pago-error")
    );
    assert_eq!(status(&shop, &session_id).await, "expired");
    app.settle().await;
    assert_eq!(attempts(&shop, &session_id).await, [""; 0]);
}

#[tokio::test]
async fn a_customer_may_give_up_instead_of_answering() {
    let app = TestApp::start().await;
    let shop = app.shop();
    let (session_id, url) = session(&shop).await;
    let page = challenged(&shop, &url, "Test User").await;
    assert!(page.text.contains("value=\"cancel\""));
    let page = shop.submit(&url, &[("action", "cancel")]).await;
    assert!(next_address(&page).is_some());
    assert_eq!(status(&shop, &session_id).await, "cancelled");
}

/// One tab asks, another is declined or gives up: an attempt or an end leaves nothing to answer.
#[tokio::test]
async fn nothing_is_asked_any_more_after_an_attempt_that_raced_the_question() {
    for _ in 0..12 {
        let app = TestApp::start().await;
        let shop = app.shop();
        let (session_id, url) = session(&shop).await;
        let asks = card_with(&[("cardNumber", CHALLENGED), ("attempt", "0")]);
        let declines = card_with(&[("holderName", "DECLINED"), ("attempt", "0")]);
        let (asking, declined) = (shop.submit(&url, &asks), shop.submit(&url, &declines));
        futures_util::future::join(asking, declined).await;
        let page = shop.open(&url).await;
        assert_eq!(attempts(&shop, &session_id).await, ["refused"]);
        assert!(
            page.text.contains("No se ha aceptado el pago"),
            "{}",
            page.text
        );
        let asks = card_with(&[("cardNumber", CHALLENGED)]);
        let (asking, ending) = (
            shop.submit(&url, &asks),
            shop.submit(&url, &[("action", "cancel")]),
        );
        futures_util::future::join(asking, ending).await;
        assert_eq!(status(&shop, &session_id).await, "failed");
        let kept = super::kept(&app, &session_id).await;
        assert!(!kept.contains_key("challenge"));
    }
}
