//! The fault mode: what goes wrong, and what stays right all the same.

use std::time::{Duration, Instant};

use http::Method;
use serde_json::{Value, json};
use tests::sandbox::{at_terminal, online, text};
use tests::{Answer, Sandbox, TestApp};

use super::{charged, result};

async fn set(sandbox: &Sandbox, faults: &Value) -> Answer {
    let body = faults.to_string();
    sandbox.send(Method::PUT, "/faults", &[], body).await
}

async fn always(sandbox: &Sandbox, fault: &str) {
    let faults = json!({ "faults": [fault], "perMille": 1_000, "seed": 5, "lateMs": 30 });
    set(sandbox, &faults).await.expect_success();
}

async fn never(sandbox: &Sandbox) {
    let none = json!({ "faults": [], "perMille": 0 });
    set(sandbox, &none).await.expect_success();
}

/// How many of many payments are in the books, and their answers.
async fn paid(app: &TestApp, fault: &str) -> (usize, Vec<Answer>) {
    let sandbox = app.sandbox();
    always(&sandbox, fault).await;
    let mut answers = Vec::new();
    for number in 0..24 {
        let body = at_terminal(&format!("POS-{number}"), 100);
        answers.push(sandbox.pay(&body).await);
    }
    (sandbox.ledger().await.len(), answers)
}

#[tokio::test]
async fn settings_are_kept_and_shown() {
    let app = TestApp::start().await;
    let sandbox = app.sandbox();
    let none = json!({ "faults": [], "perMille": 0, "seed": 0, "lateMs": 12_000 });
    assert_eq!(sandbox.get("/faults").await.json(), none);
    let some = json!({
        "faults": ["drop", "twice", "late", "500", "garbage"], "perMille": 300, "seed": 7, "lateMs": 50,
    });
    assert_eq!(set(&sandbox, &some).await.json(), some);
    assert_eq!(sandbox.get("/faults").await.json(), some);
    for bad in [
        json!({}),
        json!({ "faults": ["fire"], "perMille": 1 }),
        json!({ "faults": ["drop"], "perMille": 1_001 }),
        json!({ "faults": ["drop"], "perMille": -1 }),
        json!({ "faults": ["late"], "perMille": 1, "lateMs": 20_001 }),
        json!({ "faults": [], "perMille": 0, "surprise": true }),
    ] {
        assert_eq!(set(&sandbox, &bad).await.status, 400, "{bad}");
    }
    assert_eq!(sandbox.get("/faults").await.json(), some);
}

#[tokio::test]
async fn a_lost_answer_was_carried_out_or_not() {
    let app = TestApp::start().await;
    for (fault, status) in [("drop", 504), ("500", 500)] {
        let app = if fault == "drop" {
            &app
        } else {
            &TestApp::start().await
        };
        let (made, answers) = paid(app, fault).await;
        assert!(answers.iter().all(|answer| answer.status == status));
        assert!((1..24).contains(&made), "{fault}: {made} of 24");
        // Asked again, each is made once.
        let sandbox = app.sandbox();
        never(&sandbox).await;
        for number in 0..24 {
            let again = sandbox
                .pay(&at_terminal(&format!("POS-{number}"), 100))
                .await;
            assert_eq!(result(&again), "OK");
        }
        assert_eq!(sandbox.ledger().await.len(), 24);
    }
}

#[tokio::test]
async fn what_is_carried_out_twice_is_done_once() {
    let app = TestApp::start().await;
    let (made, answers) = paid(&app, "twice").await;
    assert_eq!(made, 24);
    assert!(answers.iter().all(|answer| result(answer) == "OK"));
    let sandbox = app.sandbox();
    let payment_id = text(&answers[0].json(), "paymentId");
    assert_eq!(result(&sandbox.refund(&payment_id, "r-1", 60).await), "OK");
    let rows = sandbox.ledger().await;
    let row = rows
        .iter()
        .find(|row| row["paymentId"] == payment_id.as_str());
    assert_eq!(row.expect("it is there")["refunded"], 60);
}

#[tokio::test]
async fn garbage_is_no_answer_and_the_payment_is_made() {
    let app = TestApp::start().await;
    let (made, answers) = paid(&app, "garbage").await;
    assert_eq!(made, 24);
    let mut broken = 0;
    for answer in &answers {
        assert_eq!(answer.status, 200);
        let body = answer.json();
        assert!(body["paymentId"].is_null(), "{}", answer.text);
        broken += usize::from(body.is_null());
    }
    assert!((1..24).contains(&broken), "{broken} of 24 break off");
}

#[tokio::test]
async fn a_late_answer_is_a_good_one() {
    let app = TestApp::start().await;
    let sandbox = app.sandbox();
    always(&sandbox, "late").await;
    let began = Instant::now();
    let answer = sandbox.pay(&at_terminal("POS-1", 100)).await;
    assert!(began.elapsed() >= Duration::from_millis(30));
    assert_eq!(result(&answer), "OK");
}

#[tokio::test]
async fn pages_books_and_settings_have_no_faults() {
    let app = TestApp::start().await;
    let sandbox = app.sandbox();
    let paid = sandbox.pay(&online("ORD-1", 1_000)).await.json();
    always(&sandbox, "500").await;
    let page = text(&paid, "redirectToUrl");
    let shown = app.client().send(Method::GET, &page, &[], "").await;
    assert_eq!(shown.status, 200);
    assert_eq!(sandbox.answer_page(&page, "approve").await.status, 303);
    assert_eq!(sandbox.get("/ledger").await.status, 200);
    assert_eq!(sandbox.get("/faults").await.status, 200);
    assert_eq!(sandbox.get("/terminals").await.status, 500);
    let stranger = sandbox.with_authorization("Bearer nobody");
    assert_eq!(stranger.get("/terminals").await.status, 401);
}

/// Whoever asks again until there is a good answer charges and refunds everything once, whatever goes wrong.
#[tokio::test]
async fn persistence_comes_through_all_faults_together() {
    let app = TestApp::start().await;
    let sandbox = app.sandbox();
    let faults = json!({
        "faults": ["drop", "twice", "late", "500", "garbage"], "perMille": 500, "seed": 11, "lateMs": 1,
    });
    set(&sandbox, &faults).await.expect_success();
    for number in 0..20 {
        let body = at_terminal(&format!("POS-{number}"), 1_000);
        let payment_id = loop {
            let answer = sandbox.pay(&body).await;
            if let (200, Some(name)) = (answer.status.as_u16(), answer.json()["paymentId"].as_str())
            {
                break name.to_owned();
            }
        };
        while sandbox.refund(&payment_id, "r-1", 250).await.json()["result"] != "OK" {}
    }
    let ledger = sandbox.ledger().await;
    assert_eq!(ledger.len(), 20);
    for row in ledger {
        assert_eq!(
            (&row["captured"], &row["refunded"]),
            (&json!(1_000), &json!(250))
        );
    }
}

/// The same seed, set anew, gives the same faults in the same order.
#[tokio::test]
async fn faults_can_be_repeated() {
    let app = TestApp::start().await;
    let sandbox = app.sandbox();
    let payment_id = charged(&sandbox, "POS-1", 100).await;
    let faults = json!({ "faults": ["500", "garbage"], "perMille": 500, "seed": 3 });
    let mut runs = Vec::new();
    for _ in 0..2 {
        set(&sandbox, &faults).await.expect_success();
        let mut run = Vec::new();
        for _ in 0..30 {
            let answer = sandbox
                .get(&format!("/status?paymentId={payment_id}"))
                .await;
            run.push((answer.status.as_u16(), answer.text));
        }
        runs.push(run);
    }
    assert_eq!(runs[0], runs[1]);
    assert!(runs[0].iter().any(|(status, _)| *status == 500));
}
