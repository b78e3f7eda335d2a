//! POST …/payment/refund

use futures_util::future::join_all;
use serde_json::json;
use shared::domain::payment::Payment;
use shared::domain::reference::Reference;
use shared::store::{self, Deadline, Key};
use tests::TestApp;

/// What the table holds of a payment.
async fn stored(app: &TestApp, payment_reference: &str) -> Payment {
    let key = Key::payment(&Reference::parse(payment_reference).expect("a reference"));
    let store = app
        .stack
        .app()
        .store(shared::domain::environment::Environment::Test);
    let deadline = Deadline::within(std::time::Duration::from_secs(5));
    let [item] = store
        .load([Some(key)], deadline)
        .await
        .expect("the database answers");
    store::read(item.expect("a payment")).expect("a payment")
}

#[tokio::test]
async fn the_documented_example_gives_the_documented_response() {
    let app = TestApp::start().await;
    let shop = app.shop();
    let (_, payment_reference) = shop.paid_session().await;
    let answer = shop
        .refund(&payment_reference, 5_000)
        .key("refund-order-12345")
        .send()
        .await;
    assert_eq!(answer.status, 202);
    let refund_reference = answer.data()["refundReference"]
        .as_str()
        .expect("a text")
        .to_owned();
    assert!(
        refund_reference.starts_with("SHOP01-RFXT-"),
        "{refund_reference}"
    );
    let expected = json!({
        "refundReference": refund_reference,
        "paymentReference": payment_reference,
        "amount": { "value": 5000, "currency": "EUR" },
        "status": "pending",
        "createdAt": "2026-06-21 00:00:00"
    });
    assert_eq!(answer.json(), json!({ "success": true, "data": expected }));
}

#[tokio::test]
async fn sixty_four_racing_refunds_leave_exactly_nothing() {
    let app = TestApp::start_in_real_time().await;
    let shop = app.shop();
    let (_, payment_reference) = shop.paid_session().await;
    // 15,000 is left, and 64 times 300 is 19,200: fifty of them fit, to the cent.
    let answers = join_all((0..64).map(|number| {
        let (shop, payment_reference) = (shop.clone(), payment_reference.clone());
        async move {
            shop.refund(&payment_reference, 300)
                .key(&format!("refund-{number}"))
                .send()
                .await
        }
    }))
    .await;
    let accepted = answers.iter().filter(|answer| answer.status == 202).count();
    let refused = answers
        .iter()
        .filter(|answer| answer.status == 400 && answer.error() == (400, Some(12001)))
        .count();
    assert_eq!((accepted, refused), (50, 14));
    let payment = stored(&app, &payment_reference).await;
    assert_eq!(
        (payment.left, payment.refunded, payment.modifications),
        (0, 15_000, 50)
    );
    assert_eq!(payment.journal.len(), 51);
    let mut references: Vec<_> = payment
        .journal
        .iter()
        .filter_map(|entry| entry.modification.clone())
        .collect();
    references.sort();
    references.dedup();
    assert_eq!(
        references.len(),
        50,
        "each refund has a reference of its own"
    );
}

#[tokio::test]
async fn what_cannot_be_refunded_says_why_and_changes_nothing() {
    let app = TestApp::start().await;
    let shop = app.shop();
    let (_, payment_reference) = shop.paid_session().await;
    let refund = |change: fn(&mut serde_json::Value)| {
        let mut body = shop.refund_body(&payment_reference, 100);
        change(&mut body);
        shop.post("/payment/refund", &body).send()
    };
    for (change, status, code) in [
        (
            (|body| body["amount"]["value"] = json!(15_001)) as fn(&mut serde_json::Value),
            400,
            12001,
        ),
        (|body| body["amount"]["currency"] = json!("GBP"), 400, 12001),
        (
            |body| body["reason"] = json!("customer request"),
            400,
            12001,
        ),
        (|body| body["reason"] = json!(null), 400, 12001),
        (|body| body["paymentReference"] = json!(null), 400, 12001),
        (|body| body["paymentReference"] = json!("P#1"), 400, 12001),
        (
            |body| body["paymentReference"] = json!("SHOP01-PXTT-00000000000000"),
            404,
            10404,
        ),
        (|body| body["webcode"] = json!("SHOP02"), 403, 11008),
    ] {
        let answer = refund(change).await;
        assert_eq!(answer.error(), (status, Some(code)), "{}", answer.text);
    }
    assert_eq!(stored(&app, &payment_reference).await.left, 15_000);
}

#[tokio::test]
async fn somebody_elses_payment_is_denied() {
    let app = TestApp::start().await;
    let (_, payment_reference) = app.shop().paid_session().await;
    let other = tests::Shop::demo(app.client(), "SHOP02", "test");
    assert_eq!(
        other.refund(&payment_reference, 100).send().await.error(),
        (403, Some(11008))
    );
}

#[tokio::test]
async fn a_reservation_and_a_refused_payment_cannot_be_refunded() {
    let app = TestApp::start().await;
    let shop = app.shop();
    let mut body = shop.session_body();
    body["isPreAuth"] = json!(true);
    let created = shop.post("/payment/session", &body).send().await.data();
    let (session_id, url) = (
        created["sessionId"].as_str().unwrap(),
        created["paymentUrl"].as_str().unwrap(),
    );
    shop.pay(url, "FRAUD").await;
    shop.pay(url, "Test User").await;
    let attempts = shop.query(session_id).await.data()["attempts"].clone();
    for (attempt, word) in [(0, "refused"), (1, "authorised")] {
        let reference = attempts[attempt]["paymentReference"]
            .as_str()
            .expect("a text");
        let answer = shop.refund(reference, 100).send().await;
        assert_eq!(answer.error(), (400, Some(12001)));
        assert!(
            answer.text.contains(word),
            "the message names the state: {}",
            answer.text
        );
    }
}

#[tokio::test]
async fn a_payment_takes_a_hundred_modifications() {
    let app = TestApp::start().await;
    let shop = app.shop();
    let (_, payment_reference) = shop.paid_session().await;
    for _ in 0..100 {
        assert_eq!(shop.refund(&payment_reference, 1).send().await.status, 202);
        // A tick has one reference: without this each would try all those before it.
        app.clock.advance(std::time::Duration::from_micros(100));
    }
    let answer = shop.refund(&payment_reference, 1).send().await;
    assert_eq!(answer.error(), (400, Some(12001)));
    assert!(answer.text.contains("100 modifications"), "{}", answer.text);
}
