//! Rotating a client secret.

use jsonwebtoken::{Algorithm, Validation};
use shared::signature;

use super::*;

/// Whether the `data` that a page hands out is signed with a secret.
pub(super) fn is_signed_with(page: &str, secret: &str) -> bool {
    let data = page.split("data=").nth(1).expect("data");
    let data = data.split('"').next().expect("its end");
    let mut validation = Validation::new(Algorithm::HS256);
    validation.validate_exp = false;
    shared::jwt::verify::<Value>(data, secret.as_bytes(), &validation).is_ok()
}

/// The headers of the last webhook of a payment that is made now, and whether they are those of a signature with these
/// secrets.
async fn signed_now(app: &TestApp, receiver: &Receiver, shop: &tests::Shop, secrets: [&str; 2]) {
    shop.paid_session().await;
    app.settle().await;
    let received = receiver.received();
    let webhook = received.last().expect("a webhook");
    let header = |name: &str| {
        let value = webhook.headers.get(name);
        value
            .and_then(|value| value.to_str().ok())
            .expect("a header")
    };
    let timestamp: u64 = header("webhook-timestamp").parse().expect("a number");
    let [signs, also] = secrets.map(str::to_owned);
    let expected = signature::avirato(&signs, timestamp, &webhook.body);
    assert_eq!(header("x-avirato-signature"), expected);
    assert_eq!(expected.matches("v1=").count(), 1);
    let secrets = InForce {
        signs,
        also_counts: Some(also).filter(|also| !also.is_empty()),
    };
    let id = header("webhook-id");
    let expected = signature::standard_webhooks(&secrets, id, timestamp, &webhook.body);
    assert_eq!(header("webhook-signature"), expected);
    let count = 1 + usize::from(secrets.also_counts.is_some());
    assert_eq!(expected.split(' ').count(), count);
}

#[tokio::test]
async fn a_rotated_secret_signs_at_once_and_the_old_one_counts_for_a_day() {
    let app = TestApp::start().await;
    let operator = of_a_new_merchant(&app).await;
    let early = operator.here(Method::POST, "secret/rotate", &NOTHING).await;
    assert_eq!(early.error(), (422, Some(12001)), "there is none yet");
    let made = operator.create_key().await.data();
    let receiver = Receiver::start().await;
    let set = json!({ "url": receiver.url });
    operator
        .here(Method::PATCH, "webhook", &set)
        .await
        .expect_success();
    let old = text(&made["clientSecret"]);
    let shop = operator.shop(&text(&made["apiKey"]), &old);
    signed_now(&app, &receiver, &shop, [&old, ""]).await;

    let rotated = operator.here(Method::POST, "secret/rotate", &NOTHING).await;
    let rotated = rotated.data();
    assert_eq!(rotated["effectiveAt"], "2026-06-21T00:00:00.000Z");
    let new = text(&rotated["clientSecret"]);
    assert!(new.starts_with("cs_test_") && new != old);
    signed_now(&app, &receiver, &shop, [&new, &old]).await;
    let url = text(&shop.create_session().send().await.data()["paymentUrl"]);
    let page = shop.pay(&url, "Test User").await;
    assert!(is_signed_with(&page.text, &new) && !is_signed_with(&page.text, &old));

    app.clock.advance(Duration::from_secs(24 * 60 * 60 - 1));
    signed_now(&app, &receiver, &shop, [&new, &old]).await;
    app.clock.advance(Duration::from_secs(1));
    signed_now(&app, &receiver, &shop, [&new, ""]).await;
}

#[tokio::test]
async fn a_planned_rotation_changes_nothing_before_its_time() {
    let app = TestApp::start().await;
    let operator = of_a_new_merchant(&app).await;
    let made = operator.create_key().await.data();
    let receiver = Receiver::start().await;
    let set = json!({ "url": receiver.url });
    operator
        .here(Method::PATCH, "webhook", &set)
        .await
        .expect_success();
    let old = text(&made["clientSecret"]);
    let shop = operator.shop(&text(&made["apiKey"]), &old);

    let plan = json!({ "effectiveAt": "2026-06-21T03:00:00+02:00" });
    let planned = operator.here(Method::POST, "secret/rotate", &plan).await;
    let planned = planned.data();
    assert_eq!(planned["effectiveAt"], "2026-06-21T01:00:00.000Z");
    let new = text(&planned["clientSecret"]);
    app.clock.advance(Duration::from_secs(60 * 60 - 1));
    signed_now(&app, &receiver, &shop, [&old, ""]).await;
    app.clock.advance(Duration::from_secs(1));
    signed_now(&app, &receiver, &shop, [&new, &old]).await;
    app.clock.advance(Duration::from_secs(24 * 60 * 60 - 1));
    signed_now(&app, &receiver, &shop, [&new, &old]).await;
    app.clock.advance(Duration::from_secs(1));
    signed_now(&app, &receiver, &shop, [&new, ""]).await;

    for (at, code) in [
        ("2026-06-22T01:00:00Z", 12001),
        ("2025-12-01T00:00:00Z", 12001),
        ("2027-06-21T00:00:00Z", 12001),
        ("2026-06-30", 12002),
        ("2026-06-30T00:00:00", 12002),
        ("tomorrow", 12002),
    ] {
        let body = json!({ "effectiveAt": at });
        let refused = operator.here(Method::POST, "secret/rotate", &body).await;
        assert_eq!(refused.error(), (400, Some(code)), "{at}");
    }
}
