//! Races, each with 64 requests at once. A few rounds of each in a run of the tests; `RACES=50 cargo test -p tests --test races`
//! makes fifty.

use std::collections::HashSet;
use std::time::Duration;

use futures_util::future::{BoxFuture, FutureExt, join, join_all};
use serde_json::{Value, json};
use shared::domain::environment::Environment;
use shared::domain::time::Ticks;
use tests::{Answer, Shop, TestApp};

/// Requests at once.
const AT_ONCE: usize = 64;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const TICK: Duration = Duration::from_micros(100);

/// How often each race is run.
#[expect(
    clippy::disallowed_methods,
    reason = "a test's own setting, which no function reads"
)]
fn rounds() -> usize {
    std::env::var("RACES")
        .ok()
        .and_then(|rounds| rounds.parse().ok())
        .unwrap_or(3)
}

/// How many webhooks tell that.
fn count(told: &[Value], code: &str, result: &str) -> usize {
    told.iter()
        .filter(|body| body["event_code"] == code && body["result"] == result)
        .count()
}

/// Only what the documents allow.
fn accepted(answer: &Answer) -> bool {
    assert!(
        matches!(answer.status.as_u16(), 202 | 400),
        "{}",
        answer.text
    );
    answer.status == 202
}

/// Sends one kind of request and another by turns, all at once. Answers how many of each were accepted.
async fn against<'a>(
    one: impl Fn(usize) -> BoxFuture<'a, Answer>,
    other: impl Fn(usize) -> BoxFuture<'a, Answer>,
) -> (usize, usize) {
    let answers = join_all((0..AT_ONCE).map(|number| {
        let answer = if number % 2 == 0 {
            one(number)
        } else {
            other(number)
        };
        async move { (number % 2 == 0, accepted(&answer.await)) }
    }))
    .await;
    let of = |which| {
        answers
            .iter()
            .filter(|(kind, accepted)| *kind == which && *accepted)
            .count()
    };
    (of(true), of(false))
}

fn modify<'a>(
    shop: &'a Shop,
    kind: &'a str,
    payment_reference: &'a str,
    value: Option<u64>,
) -> BoxFuture<'a, Answer> {
    shop.modify(kind, payment_reference, value).send().boxed()
}

#[tokio::test]
async fn create_with_one_key_makes_one_session() {
    for _ in 0..rounds() {
        let app = TestApp::start_in_real_time().await;
        let shop = app.shop();
        let answers = join_all((0..AT_ONCE).map(|_| shop.create_session().key("one").send())).await;
        let bodies: HashSet<String> = answers
            .iter()
            .map(|answer| {
                assert_eq!(answer.status, 201, "{}", answer.text);
                answer.text.clone()
            })
            .collect();
        assert_eq!(bodies.len(), 1);
        let listed = shop.get("/payment/sessions", &[]).await.json();
        assert_eq!(listed["data"].as_array().map(Vec::len), Some(1));
    }
}

#[tokio::test]
async fn refunds_against_captures_give_back_no_more_than_was_taken() {
    for _ in 0..rounds() {
        let app = TestApp::start_in_real_time().await;
        let shop = app.shop();
        let payment = shop.reservation().await;
        let (captures, refunds) = against(
            |_| modify(&shop, "capture", &payment, Some(1_000)),
            |_| shop.refund(&payment, 300).send().boxed(),
        )
        .await;
        assert_eq!(captures, 1);
        assert!(refunds <= 3, "{refunds}");
        for _ in refunds..3 {
            assert!(accepted(&shop.refund(&payment, 300).send().await));
        }
        assert!(!accepted(&shop.refund(&payment, 101).send().await));
        assert!(accepted(&shop.refund(&payment, 100).send().await));
        let told = app.told("SHOP01").await;
        assert_eq!(
            (
                count(&told, "CAPTURE", "success"),
                count(&told, "REFUND", "success")
            ),
            (1, 4)
        );
    }
}

#[tokio::test]
async fn of_cancellations_and_captures_one_wins() {
    for _ in 0..rounds() {
        let app = TestApp::start_in_real_time().await;
        let shop = app.shop();
        let payment = shop.reservation().await;
        let (cancelled, captured) = against(
            |_| modify(&shop, "cancel", &payment, None),
            |_| modify(&shop, "capture", &payment, Some(15_000)),
        )
        .await;
        assert_eq!(cancelled + captured, 1);
        let told = app.told("SHOP01").await;
        assert_eq!(count(&told, "CANCELLATION", "success"), cancelled);
        assert_eq!(count(&told, "CAPTURE", "success"), captured);
        assert_eq!(told.len(), 2, "{told:?}");
    }
}

/// Lets the time come, in the middle of other things, and sweeps and delivers until it is a fact.
async fn time_comes(app: &TestApp, end: Ticks) {
    for number in 0..4 {
        if number == 1 && app.clock.now() < end {
            app.clock.advance(TICK);
        }
        app.stack.sweep(Environment::Test, 0).await.expect("swept");
        app.settle().await;
    }
}

#[tokio::test]
async fn an_extension_against_the_end_wins_or_loses_and_never_both() {
    for _ in 0..rounds() {
        let app = TestApp::start().await;
        let shop = app.shop();
        let payment = shop.reservation().await;
        let end = app.clock.now().plus(28 * DAY);
        app.clock.advance(28 * DAY - TICK);
        let message = json!({ "payment": payment }).to_string();
        let batch = json!({ "Records": [{
            "messageId": "1", "body": message, "attributes": {}, "messageAttributes": {},
            "eventSourceARN": "arn:aws:sqs:us-east-1:000000000000:TestProcessorQueue"
        }] });
        let extensions = join_all((0..AT_ONCE).map(|number| {
            let (app, shop, payment, batch) = (&app, &shop, &payment, batch.clone());
            async move {
                if number % 2 == 0 {
                    return accepted(&shop.modify("extend", payment, None).send().await);
                }
                if number == AT_ONCE / 2 + 1 {
                    app.clock.advance(TICK);
                }
                let answer = app.stack.invoke("processor-worker", batch).await;
                assert_eq!(
                    answer.expect("an answer"),
                    json!({ "batchItemFailures": [] })
                );
                false
            }
        }))
        .await;
        time_comes(&app, end).await;
        let extended = extensions.iter().filter(|accepted| **accepted).count();
        let told = app.told("SHOP01").await;
        assert_eq!(count(&told, "EXTENSION", "success"), extended);
        assert_eq!(
            count(&told, "AUTHORISATION_EXPIRED", "success"),
            usize::from(extended == 0)
        );
        let captured = accepted(&shop.modify("capture", &payment, Some(1)).send().await);
        assert_eq!(captured, extended > 0);
    }
}

#[tokio::test]
async fn a_payment_against_the_end_of_the_page_wins_or_loses_and_never_both() {
    for _ in 0..rounds() {
        let app = TestApp::start().await;
        let shop = app.shop();
        let created = shop.create_session().send().await.data();
        let url = created["paymentUrl"].as_str().expect("a text");
        shop.open(url).await;
        let end = app.clock.now().plus(Duration::from_secs(300));
        app.clock.advance(Duration::from_secs(300) - TICK);
        let attempts = join_all((0..AT_ONCE).map(|_| async {
            let page = shop.pay(url, "Test User").await;
            assert_eq!(page.status, 200, "{}", page.text);
            page.text.contains("pago-ok?data=")
        }));
        let (pages, ()) = join(attempts, time_comes(&app, end)).await;
        let session_id = created["sessionId"].as_str().expect("a text");
        let session = shop.query(session_id).await.data();
        let paid = session["status"] == "completed";
        assert!(paid || session["status"] == "expired", "{session}");
        assert!(
            pages.iter().all(|sent_on| *sent_on == paid),
            "{session} {pages:?}"
        );
        let told = app.told("SHOP01").await;
        assert_eq!(count(&told, "AUTHORISATION", "success"), usize::from(paid));
        assert_eq!(
            count(&told, "SESSION_EXPIRED", "failure"),
            usize::from(!paid)
        );
        assert_eq!(told.len(), 1, "{told:?}");
    }
}

#[tokio::test]
async fn a_terminal_takes_one_payment_at_a_time() {
    for _ in 0..rounds() {
        let app = TestApp::start_in_real_time().await;
        let shop = app.shop();
        let body = json!({
            "webcode": "SHOP01",
            "poiId": "V400m-TEST-000001",
            "amount": { "value": 1_000, "currency": "EUR" }
        });
        let answers = join_all((0..AT_ONCE).map(|number| {
            // Two by two with one key.
            let key = format!("pos-{}", number / 2);
            shop.post("/pos/payment", &body).key(&key).send()
        }))
        .await;
        let charged: HashSet<String> = answers
            .iter()
            .filter(|answer| {
                let busy = matches!(answer.status.as_u16(), 409)
                    && matches!(answer.error().1, Some(13005) | None);
                assert!(busy || answer.status == 200, "{}", answer.text);
                !busy
            })
            .map(|answer| answer.data()["posPaymentId"].to_string())
            .collect();
        assert!(!charged.is_empty());
        let told = app.told("SHOP01").await;
        assert_eq!(count(&told, "AUTHORISATION", "success"), charged.len());
        assert_eq!(told.len(), charged.len());
    }
}
