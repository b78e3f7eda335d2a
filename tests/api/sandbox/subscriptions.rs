//! `/subscription/…`.

use std::time::Duration;

use futures_util::future::join_all;
use http::Method;
use serde_json::{Value, json};
use tests::sandbox::{online, text};
use tests::{Receiver, Sandbox, TestApp};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

fn daily(name: &str, amount: u64) -> Value {
    let mut body = online(name, amount);
    body["subscriptionInfo"] = json!({ "interval": "DAY", "intervalCount": 1 });
    body
}

async fn standing(sandbox: &Sandbox, token: &str) -> String {
    let answer = sandbox.get(&format!("/subscription/status/{token}")).await;
    answer.expect_success();
    assert_eq!(answer.json()["subscriptionToken"], token);
    text(&answer.json(), "status")
}

/// How many charges the ledger has of each outcome, as `(accepted, failed)`, and their sum.
async fn charges(sandbox: &Sandbox) -> (usize, usize, u64) {
    let ledger = sandbox.ledger().await;
    let of = |status| ledger.iter().filter(|row| row["status"] == status).count();
    let sum = ledger
        .iter()
        .filter_map(|row| row["captured"].as_u64())
        .sum();
    (of("ACCEPTED"), of("FAILED"), sum)
}

#[tokio::test]
async fn a_scheduled_subscription_is_charged_each_day_until_its_charges_are_made() {
    let app = TestApp::start().await;
    let (sandbox, receiver) = (app.sandbox(), Receiver::start().await);
    let mut body = daily("SUB-1", 1_000);
    body["callbackUrl"] = json!(receiver.url);
    body["subscriptionInfo"]["expiresAfter"] = json!(4);
    let first = sandbox.post("/subscription/schedule", &body).await.json();
    assert_eq!(first["result"], "REDIRECT_TO_URL");
    let again = sandbox.post("/subscription/schedule", &body).await.json();
    assert_eq!(first, again);
    let token = text(&first, "subscriptionToken");
    assert_eq!(standing(&sandbox, &token).await, "PENDING");
    sandbox
        .answer_page(&text(&first, "redirectToUrl"), "approve")
        .await;
    assert_eq!(standing(&sandbox, &token).await, "ACTIVE");
    app.tick_sandbox().await;
    assert_eq!(receiver.received().len(), 1);

    app.clock.advance(DAY - Duration::from_micros(100));
    app.tick_sandbox().await;
    assert_eq!(charges(&sandbox).await, (1, 0, 1_000));
    app.clock.advance(Duration::from_micros(100));
    for _ in 0..2 {
        app.tick_sandbox().await;
        assert_eq!(charges(&sandbox).await, (2, 0, 2_000));
        assert_eq!(receiver.received().len(), 2);
    }
    // Nobody looked for a week: what is left is made at once, each charge once, and no more than were to be.
    app.clock.advance(7 * DAY);
    join_all([app.tick_sandbox(), app.tick_sandbox()]).await;
    app.tick_sandbox().await;
    assert_eq!(charges(&sandbox).await, (4, 0, 4_000));
    assert_eq!(standing(&sandbox, &token).await, "EXPIRED");
    let mut made: Vec<(String, String)> = sandbox
        .ledger()
        .await
        .iter()
        .map(|row| {
            assert_eq!(row["subscriptionToken"], token.as_str());
            (text(row, "shopTransactionId"), text(row, "createdAt"))
        })
        .collect();
    made.sort();
    let expected = [
        ("SUB-1", "2026-06-21T00:00:00.000Z"),
        ("SUB-1-1", "2026-06-22T00:00:00.000Z"),
        ("SUB-1-2", "2026-06-23T00:00:00.000Z"),
        ("SUB-1-3", "2026-06-24T00:00:00.000Z"),
    ];
    assert_eq!(made, expected.map(|(a, b)| (a.to_owned(), b.to_owned())));
    let mut told: Vec<String> = receiver
        .received()
        .into_iter()
        .map(|one| one.target)
        .collect();
    told.sort();
    told.dedup();
    assert_eq!(told.len(), 4, "each payment is told of");
}

#[tokio::test]
async fn charges_that_fail_are_past_due_until_the_subscription_is_changed() {
    let app = TestApp::start().await;
    let sandbox = app.sandbox();
    let first = sandbox
        .post("/subscription/schedule", &daily("SUB-1", 1_610))
        .await
        .json();
    assert_eq!(first["result"], "OK");
    let token = text(&first, "subscriptionToken");
    assert_eq!(standing(&sandbox, &token).await, "ACTIVE");
    app.clock.advance(DAY);
    app.tick_sandbox().await;
    assert_eq!(standing(&sandbox, &token).await, "PAST_DUE");
    assert_eq!(charges(&sandbox).await, (1, 1, 1_610));
    let path = format!("/subscription/update/{token}");
    let answer = sandbox.post(&path, &json!({ "amount": 500 })).await.json();
    let expected = json!({ "result": "OK", "resultDescription": "", "subscriptionToken": token });
    assert_eq!(answer, expected);
    app.clock.advance(DAY);
    app.tick_sandbox().await;
    assert_eq!(standing(&sandbox, &token).await, "ACTIVE");
    assert_eq!(charges(&sandbox).await, (2, 1, 2_110));
    for bad in [
        json!({ "amount": 0 }),
        json!({ "currency": "JPY" }),
        json!({ "subscriptionInfo": { "interval": "YEAR", "intervalCount": 1 } }),
        json!({ "subscriptionInfo": { "interval": "DAY", "intervalCount": 0 } }),
    ] {
        assert_eq!(sandbox.post(&path, &bad).await.status, 400, "{bad}");
    }
}

#[tokio::test]
async fn a_subscription_whose_first_payment_fails_never_begins() {
    let app = TestApp::start().await;
    let sandbox = app.sandbox();
    let refused = sandbox
        .post("/subscription/schedule", &daily("SUB-1", 602))
        .await
        .json();
    let unanswered = sandbox
        .post("/subscription/schedule", &daily("SUB-2", 1_000))
        .await
        .json();
    assert_eq!(refused["result"], "KO");
    app.clock.advance(10 * DAY);
    app.tick_sandbox().await;
    for first in [refused, unanswered] {
        let token = text(&first, "subscriptionToken");
        assert_eq!(standing(&sandbox, &token).await, "CANCELED");
    }
    assert_eq!(charges(&sandbox).await, (0, 2, 0));
}

#[tokio::test]
async fn a_subscription_that_was_ended_is_charged_no_more() {
    let app = TestApp::start().await;
    let sandbox = app.sandbox();
    let first = sandbox
        .post("/subscription/schedule", &daily("SUB-1", 601))
        .await
        .json();
    let token = text(&first, "subscriptionToken");
    let path = format!("/subscription/expire/{token}");
    for _ in 0..2 {
        let answer = sandbox.send(Method::DELETE, &path, &[], "").await.json();
        let expected =
            json!({ "result": "OK", "resultDescription": "", "subscriptionToken": token });
        assert_eq!(answer, expected);
    }
    assert_eq!(standing(&sandbox, &token).await, "CANCELED");
    app.clock.advance(10 * DAY);
    app.tick_sandbox().await;
    assert_eq!(charges(&sandbox).await, (1, 0, 601));
    let update = format!("/subscription/update/{token}");
    let answer = sandbox.post(&update, &json!({ "amount": 5 })).await.json();
    assert_eq!(answer["result"], "KO");
}

#[tokio::test]
async fn a_manual_subscription_is_charged_when_somebody_asks() {
    let app = TestApp::start().await;
    let sandbox = app.sandbox();
    let mut body = daily("SUB-1", 601);
    body["subscriptionInfo"]["expiresAfter"] = json!(3);
    let first = sandbox.post("/subscription/start", &body).await.json();
    let token = text(&first, "subscriptionToken");
    app.clock.advance(3 * DAY);
    app.tick_sandbox().await;
    assert_eq!(charges(&sandbox).await, (1, 0, 601));
    let charge = |name: &str, amount: u64| {
        let mut body = daily(name, amount);
        body["subscriptionInfo"]["token"] = json!(token);
        body
    };
    // Nobody is there, so no page is shown.
    let paid = join_all((0..8).map(|_| async {
        let body = charge("SUB-1-A", 1_000);
        sandbox.post("/subscription/pay", &body).await.json()
    }))
    .await;
    assert_eq!(paid[0]["result"], "OK");
    assert_eq!(paid[0]["subscriptionToken"], token.as_str());
    assert!(paid.iter().all(|one| *one == paid[0]), "{paid:?}");
    assert_eq!(charges(&sandbox).await, (2, 0, 1_601));
    app.clock.advance(DAY);
    let body = charge("SUB-1-B", 1_602);
    let refused = sandbox.post("/subscription/pay", &body).await.json();
    assert_eq!(refused["result"], "KO");
    assert_eq!(standing(&sandbox, &token).await, "EXPIRED");
    let late = sandbox
        .post("/subscription/pay", &charge("SUB-1-C", 1))
        .await;
    assert_eq!(late.json()["result"], "KO");
    // What was charged before is answered as ever.
    let again = sandbox
        .post("/subscription/pay", &charge("SUB-1-A", 1_000))
        .await;
    assert_eq!(again.json(), paid[0]);
    assert_eq!(charges(&sandbox).await, (2, 1, 1_601));
}

#[tokio::test]
async fn what_is_asked_wrongly_of_subscriptions_is_refused() {
    let app = TestApp::start().await;
    let sandbox = app.sandbox();
    for (path, change, status) in [
        ("schedule", json!({ "subscriptionInfo": null }), 400),
        (
            "schedule",
            json!({ "subscriptionInfo": { "interval": "DAY", "intervalCount": -1 } }),
            400,
        ),
        (
            "schedule",
            json!({ "subscriptionInfo": { "interval": "DAY", "intervalCount": 0 } }),
            400,
        ),
        (
            "start",
            json!({ "subscriptionInfo": { "interval": "day", "intervalCount": 1 } }),
            400,
        ),
        (
            "start",
            json!({ "shopTransactionId": "x".repeat(244) }),
            400,
        ),
        (
            "start",
            json!({ "providerData": { "channel": "pos", "poiId": "V400m-SBX-000101" } }),
            400,
        ),
        ("start", json!({ "providerData": { "preAuth": true } }), 400),
        ("pay", json!({}), 400),
        (
            "pay",
            json!({ "subscriptionInfo": { "token": "sub_1", "interval": "DAY", "intervalCount": 1 } }),
            404,
        ),
        ("update/sub_1", json!({}), 404),
    ] {
        let mut body = daily("SUB-1", 601);
        for (name, value) in change.as_object().expect("fields") {
            body[name] = value.clone();
        }
        let answer = sandbox.post(&format!("/subscription/{path}"), &body).await;
        assert_eq!(answer.status, status, "{path} {change}: {}", answer.text);
    }
    assert_eq!(charges(&sandbox).await, (0, 0, 0));
    let missing = sandbox.get("/subscription/status/sub_1").await;
    assert_eq!(missing.status, 404);
    let path = "/subscription/expire/sub_1";
    assert_eq!(
        sandbox.send(Method::DELETE, path, &[], "").await.status,
        404
    );
    // One name is one thing.
    sandbox.pay(&online("ORD-1", 601)).await.expect_success();
    let body = daily("ORD-1", 601);
    assert_eq!(sandbox.post("/subscription/start", &body).await.status, 409);
    let body = daily("SUB-1", 601);
    sandbox
        .post("/subscription/start", &body)
        .await
        .expect_success();
    assert_eq!(
        sandbox.post("/subscription/schedule", &body).await.status,
        409
    );
    let scheduled = daily("SUB-2", 601);
    let first = sandbox
        .post("/subscription/schedule", &scheduled)
        .await
        .json();
    let mut body = daily("SUB-2-A", 601);
    body["subscriptionInfo"]["token"] = first["subscriptionToken"].clone();
    let answer = sandbox.post("/subscription/pay", &body).await.json();
    assert_eq!(answer["result"], "KO");
}
