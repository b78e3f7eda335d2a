//! `POST /pay`, and where a payment stands then.

use std::time::Duration;

use futures_util::future::join_all;
use http::Method;
use serde_json::{Value, json};
use tests::TestApp;
use tests::sandbox::{at_terminal, online, text};

#[tokio::test]
async fn a_payment_online_sends_the_customer_to_the_page() {
    let app = TestApp::start().await;
    let sandbox = app.sandbox();
    let answer = sandbox.pay(&online("ORD-1", 1_000)).await;
    assert_eq!(answer.status, 200);
    let answer = answer.json();
    assert_eq!(answer["result"], "REDIRECT_TO_URL");
    assert_eq!(answer["resultDescription"], "");
    let payment_id = text(&answer, "paymentId");
    let page = format!(
        "{}/sandbox-processor/page/{payment_id}.",
        app.stack.base_url()
    );
    assert!(
        text(&answer, "redirectToUrl").starts_with(&page),
        "{answer}"
    );
    let status = sandbox.status(&payment_id).await;
    let expected = json!({
        "status": "PENDING", "paymentId": payment_id, "shopTransactionId": "ORD-1", "providerName": "sandbox",
    });
    assert_eq!(status, expected);
}

#[tokio::test]
async fn the_same_transaction_is_the_same_payment() {
    let app = TestApp::start().await;
    let sandbox = app.sandbox();
    let first = sandbox.pay(&online("ORD-1", 1_000)).await.json();
    let again = sandbox.pay(&online("ORD-1", 1_000)).await.json();
    assert_eq!(first, again);
    for (field, value) in [
        ("amount", json!(1_001)),
        ("currency", json!("GBP")),
        ("providerData", json!({ "preAuth": true })),
    ] {
        let mut other = online("ORD-1", 1_000);
        other[field] = value;
        let answer = sandbox.pay(&other).await;
        assert_eq!(answer.status, 409, "{field}: {}", answer.text);
    }
    let url = text(&first, "redirectToUrl");
    sandbox.answer_page(&url, "decline").await;
    let decided = sandbox.pay(&online("ORD-1", 1_000)).await.json();
    let expected = json!({
        "result": "KO", "resultDescription": "DECLINED", "paymentId": first["paymentId"],
    });
    assert_eq!(decided, expected);
    assert_eq!(sandbox.ledger().await.len(), 1);
}

#[tokio::test]
async fn amounts_decide_at_once_later_and_never_too_early() {
    let app = TestApp::start().await;
    let sandbox = app.sandbox();
    for (amount, result, reason, early, late) in [
        (1_601, "OK", "", "ACCEPTED", "ACCEPTED"),
        (1_602, "KO", "DECLINED", "FAILED", "FAILED"),
        (1_603, "PENDING", "", "PENDING", "ACCEPTED"),
        (1_604, "PENDING", "", "PENDING", "FAILED"),
    ] {
        let body = online(&format!("ORD-{amount}"), amount);
        let answer = sandbox.pay(&body).await.json();
        assert_eq!(answer["result"], result, "{amount}");
        assert_eq!(answer["resultDescription"], reason, "{amount}");
        let payment_id = text(&answer, "paymentId");
        app.clock
            .advance(Duration::from_secs(30) - Duration::from_micros(100));
        assert_eq!(
            sandbox.status(&payment_id).await["status"],
            early,
            "{amount}"
        );
        app.clock.advance(Duration::from_micros(100));
        assert_eq!(
            sandbox.status(&payment_id).await["status"],
            late,
            "{amount}"
        );
    }
}

#[tokio::test]
async fn a_terminal_answers_by_the_amount() {
    let app = TestApp::start().await;
    let sandbox = app.sandbox();
    for (amount, reason) in [
        (1_000, None),
        (1_601, None),
        (124, Some("NOT_ENOUGH_BALANCE")),
        (125, Some("BLOCKED_CARD")),
        (126, Some("CARD_EXPIRED")),
        (127, Some("INVALID_PIN")),
        (128, Some("DECLINED")),
        (131, Some("PROVIDER_ERROR")),
        (132, Some("TERMINAL_UNREACHABLE")),
        (133, Some("TERMINAL_BUSY")),
    ] {
        let body = at_terminal(&format!("POS-{amount}"), amount);
        let answer = sandbox.pay(&body).await.json();
        let result = if reason.is_some() { "KO" } else { "OK" };
        assert_eq!(answer["result"], result, "{amount}");
        assert_eq!(answer["resultDescription"], reason.unwrap_or_default());
    }
    for poi_id in ["V400m-SBX-000104", "nowhere"] {
        let mut body = at_terminal(poi_id, 1_000);
        body["providerData"]["poiId"] = json!(poi_id);
        let answer = sandbox.pay(&body).await.json();
        assert_eq!(answer["resultDescription"], "TERMINAL_UNREACHABLE");
        let sums = &sandbox.status(&text(&answer, "paymentId")).await["status"];
        assert_eq!(sums, "FAILED");
    }
}

/// 134: the terminal takes longer than anybody waits, and the money is taken.
#[tokio::test]
async fn an_answer_that_comes_too_late_is_lost_and_the_payment_accepted() {
    let app = TestApp::start().await;
    let sandbox = app.sandbox();
    let body = at_terminal("POS-1", 134);
    let first = sandbox.pay(&body).await;
    assert_eq!((first.status.as_u16(), first.text.as_str()), (504, ""));
    let again = sandbox.pay(&body).await.json();
    assert_eq!(again["result"], "OK");
    let payment_id = text(&again, "paymentId");
    assert_eq!(sandbox.status(&payment_id).await["status"], "ACCEPTED");
    let ledger = sandbox.ledger().await;
    assert_eq!((ledger.len(), &ledger[0]["captured"]), (1, &json!(134)));
}

#[tokio::test]
async fn status_and_check_are_asked_in_the_query_in_json_and_in_a_form() {
    let app = TestApp::start().await;
    let sandbox = app.sandbox();
    let answer = sandbox.pay(&at_terminal("POS-1", 1_000)).await.json();
    let payment_id = text(&answer, "paymentId");
    let expected = sandbox.status(&payment_id).await;
    assert_eq!(expected["status"], "ACCEPTED");
    let json = json!({ "paymentId": payment_id }).to_string();
    let form = format!("x=1&paymentId={payment_id}");
    for path in ["/status", "/check", "/callback"] {
        let query = format!("{path}?paymentId={payment_id}");
        for answer in [
            sandbox.get(&query).await,
            sandbox.send(Method::POST, &query, &[], "").await,
            sandbox.send(Method::POST, path, &[], json.as_str()).await,
            sandbox
                .send(
                    Method::POST,
                    path,
                    &[(
                        "content-type",
                        "application/x-www-form-urlencoded; charset=utf-8",
                    )],
                    form.as_str(),
                )
                .await,
        ] {
            assert_eq!(answer.status, 200, "{path}");
            assert_eq!(answer.json(), expected, "{path}");
        }
    }
}

#[tokio::test]
async fn equal_requests_at_once_make_one_payment() {
    let app = TestApp::start().await;
    let sandbox = app.sandbox();
    for body in [online("ORD-1", 1_000), at_terminal("POS-1", 1_000)] {
        let answers = join_all((0..64).map(|_| sandbox.pay(&body))).await;
        let first = answers[0].json();
        for answer in answers {
            answer.expect_success();
            assert_eq!(answer.json(), first);
        }
    }
    let mut names: Vec<Value> = sandbox
        .ledger()
        .await
        .iter()
        .map(|row| row["shopTransactionId"].clone())
        .collect();
    names.sort_by_key(ToString::to_string);
    assert_eq!(names, ["ORD-1", "POS-1"]);
}
