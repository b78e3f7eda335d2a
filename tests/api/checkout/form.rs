//! Submitting the card form.

use std::time::Duration;

use futures_util::future::join_all;
use http::Method;
use tests::TestApp;

use super::{attempts, card_with, location, next_address, session, status};

#[tokio::test]
async fn the_form_is_checked_and_nothing_typed_comes_back_but_the_date() {
    let app = TestApp::start().await;
    let shop = app.shop();
    let (session_id, url) = session(&shop).await;
    let card = |field, value| match field {
        "holderName" => card_with(&[(field, value)]),
        _ => card_with(&[(field, value), ("holderName", "Zaphod B")]),
    };
    for (field, bad, id) in [
        ("cardNumber", "4111111111111112", "number-error"),
        ("expiry", "05/26", "expiry-error"),
        ("cvc", "98765", "cvc-error"),
        ("holderName", "<b", "holder-name-error"),
    ] {
        let page = shop.submit(&url, &card(field, bad)).await;
        assert_eq!(page.status, 422, "{field}");
        assert!(page.text.contains("<title>Error: "), "{field}");
        assert_eq!(page.text.matches("aria-invalid=\"true\"").count(), 1);
        assert_eq!(page.text.matches("autofocus").count(), 1);
        let complaint = page.text.split(&format!("id=\"{id}\">")).nth(1);
        assert!(
            complaint.is_some_and(|text| !text.starts_with('<')),
            "{field}"
        );
        for typed in ["411111111111111", "98765", "737", "Zaphod", "<b<", "&lt;b"] {
            assert!(!page.text.contains(typed), "{field}: {typed}");
        }
    }
    let page = shop.submit(&url, &card_with(&[("cvc", "1")])).await;
    assert!(
        page.text.contains("value=\"12/30\""),
        "the date is no secret"
    );
    let page = shop.submit(&url, &[("action", "pay")]).await;
    assert_eq!(page.text.matches("aria-invalid=\"true\"").count(), 4);
    assert!(page.text.contains("Hay 4 campos que revisar."));

    assert_eq!(
        attempts(&shop, &session_id).await,
        [""; 0],
        "a mistyped card is no attempt"
    );
    app.clock.advance(Duration::from_secs(300));
    assert_eq!(
        status(&shop, &session_id).await,
        "expired",
        "but it starts the clock, also for a browser that says nothing of its visit"
    );
}

#[tokio::test]
async fn what_is_no_form_of_ours_is_refused() {
    let app = TestApp::start().await;
    let shop = app.shop();
    let (session_id, url) = session(&shop).await;
    assert_eq!(
        shop.submit(&url, &card_with(&[("action", "steal")]))
            .await
            .status,
        400
    );
    assert_eq!(shop.submit(&url, &[]).await.status, 400);
    for (content_type, body, expected) in [
        ("application/json", "{}".to_owned(), 415),
        (
            "application/x-www-form-urlencoded; charset=utf-8",
            "action=%FF%FE".to_owned(),
            400,
        ),
        ("application/x-www-form-urlencoded", "a".repeat(70_000), 413),
    ] {
        let headers = [("content-type", content_type)];
        let answer = app.client().send(Method::POST, &url, &headers, body).await;
        assert_eq!(answer.status, expected);
    }
    assert_eq!(status(&shop, &session_id).await, "pending");
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
    let first = next_address(&pages[0]).expect("an address");
    assert!(
        pages
            .iter()
            .all(|page| page.status == 200 && next_address(page).as_ref() == Some(&first))
    );
    assert_eq!(attempts(&shop, &session_id).await, ["authorised"]);
    app.settle().await;
    assert_eq!(app.stack.inbox(Some("SHOP01")).len(), 1);
}

/// A double click, or a reload that the browser sends again.
#[tokio::test]
async fn a_form_counts_once_however_often_it_is_sent() {
    let app = TestApp::start().await;
    let shop = app.shop();
    let (session_id, url) = session(&shop).await;
    let form = card_with(&[("holderName", "DECLINED"), ("attempt", "0")]);
    let pages = join_all((0..16).map(|_| {
        let (shop, url, form) = (shop.clone(), url.clone(), form.clone());
        async move { shop.submit(&url, &form).await }
    }))
    .await;
    for page in pages {
        assert!(
            page.text.contains("No se ha aceptado el pago"),
            "{}",
            page.status
        );
    }
    assert_eq!(attempts(&shop, &session_id).await, ["refused"]);
    // The page that came back is a form of its own.
    let page = shop.submit(&url, &card_with(&[("attempt", "1")])).await;
    assert!(next_address(&page).is_some());
    assert_eq!(
        attempts(&shop, &session_id).await,
        ["refused", "authorised"]
    );
}

#[tokio::test]
async fn declined_cards_can_be_tried_again_ten_times() {
    let app = TestApp::start().await;
    let shop = app.shop();
    let (session_id, url) = session(&shop).await;
    for (name, advice) in [
        ("DECLINED", "Su banco ha rechazado el pago."),
        ("card_expired", "La tarjeta está caducada."),
        ("Invalid_Card", "El banco no reconoce este número"),
        ("NOT_ENOUGH_BALANCE", "No hay saldo suficiente"),
        ("CVC_DECLINED", "El código de seguridad no es correcto."),
        ("FRAUD", "Su banco ha rechazado el pago."),
        ("ERROR", "No se ha podido contactar con el banco."),
    ] {
        let page = shop.pay(&url, name).await;
        assert_eq!(page.status, 303, "{name}: a reload sends nothing again");
        assert!(location(&page, &url).is_some());
        // What the browser then gets, and whoever opens the page.
        for page in [page, shop.open(&url).await] {
            assert!(page.text.contains(advice), "{name}: {}", page.text);
            assert!(page.text.contains("Visa terminada en 1111, caduca 12/30"));
        }
    }
    shop.pay(&url, "DECLINED").await;
    shop.pay(&url, "DECLINED").await;
    assert_eq!(status(&shop, &session_id).await, "pending");
    let last = shop.pay(&url, "DECLINED").await;
    assert_eq!(
        next_address(&last).as_deref(),
        Some("https://tu-sistema.com/pago-error")
    );
    assert_eq!(status(&shop, &session_id).await, "failed");
    assert_eq!(attempts(&shop, &session_id).await.len(), 10);
    let told = app.told("SHOP01").await;
    let reasons: Vec<_> = told
        .iter()
        .filter_map(|body| body["data"]["reason"].as_str())
        .collect();
    for reason in [
        "Generic decline",
        "Expired card",
        "Invalid card number",
        "Not enough balance",
        "CVC declined",
        "Fraud detected",
        "Acquirer error",
    ] {
        assert!(reasons.contains(&reason), "{reason}: {reasons:?}");
    }
}

#[tokio::test]
async fn the_session_keeps_only_brand_last_digits_and_expiry_of_a_card() {
    let app = TestApp::start().await;
    let shop = app.shop();
    let (session_id, url) = session(&shop).await;
    shop.submit(
        &url,
        &card_with(&[("holderName", "Declined"), ("cvc", "987")]),
    )
    .await;
    shop.submit(
        &url,
        &card_with(&[
            ("cardNumber", "4000000000003220"),
            ("cvc", "987"),
            ("holderName", "Zaphod Beeblebrox"),
        ]),
    )
    .await;
    let kept = format!("{:?}", super::kept(&app, &session_id).await);
    for typed in [
        "4111111111111111",
        "4000000000003220",
        "987",
        "Beeblebrox",
        "Zaphod",
    ] {
        assert!(!kept.contains(typed), "{typed}");
    }
    for part in ["visa", "1111", "3220", "12/30"] {
        assert!(kept.contains(part), "{part}: {kept}");
    }
}

/// The form of another tab: what was typed there was not tried, and the customer hears of it.
#[tokio::test]
async fn another_card_in_an_outdated_form_is_not_tried_and_that_is_said() {
    let app = TestApp::start().await;
    let shop = app.shop();
    let (session_id, url) = session(&shop).await;
    shop.submit(
        &url,
        &card_with(&[("holderName", "DECLINED"), ("attempt", "0")]),
    )
    .await;
    let other = [("cardNumber", "5555555555554444"), ("attempt", "0")];
    let page = shop.submit(&url, &card_with(&other)).await;
    assert_eq!(page.status, 409);
    assert!(
        page.text.contains("No se ha probado su tarjeta"),
        "{}",
        page.text
    );
    assert!(!page.text.contains("No se ha aceptado el pago"));
    assert_eq!(attempts(&shop, &session_id).await, ["refused"]);
    let again = [
        ("cardNumber", "5555555555554444"),
        ("attempt", super::hidden(&page, "attempt")),
    ];
    assert!(next_address(&shop.submit(&url, &card_with(&again)).await).is_some());
}
