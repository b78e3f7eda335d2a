//! Each fault on each call to the database of each endpoint: the request ends in its documented answer, and a retry with the
//! same key in the one right effect.

use std::time::Duration;

use serde_json::json;
use tests::{Answer, Fault, Shop, TestApp};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Endpoint {
    Create,
    Refund,
    Capture,
    Cancel,
    Extend,
    Pos,
    Query,
    Sessions,
    Modifications,
    Terminals,
}

use Endpoint::{
    Cancel, Capture, Create, Extend, Modifications, Pos, Query, Refund, Sessions, Terminals,
};

const WRITES: [Endpoint; 6] = [Create, Refund, Capture, Cancel, Extend, Pos];
const READS: [Endpoint; 4] = [Query, Sessions, Modifications, Terminals];

/// What a request is about.
struct Subject {
    session_id: String,
    payment_reference: String,
}

async fn subject(endpoint: Endpoint, app: &TestApp, shop: &Shop) -> Subject {
    // A time of its own for each, so that none is found by another's reference.
    app.clock.advance(Duration::from_millis(1));
    let mut body = shop.session_body();
    body["isPreAuth"] = json!(matches!(endpoint, Capture | Cancel | Extend));
    let (session_id, payment_reference) = shop.paid(&body).await;
    app.clock.advance(Duration::from_millis(1));
    Subject {
        session_id,
        payment_reference,
    }
}

async fn send(endpoint: Endpoint, shop: &Shop, subject: &Subject) -> Answer {
    let payment = &subject.payment_reference;
    let call = match endpoint {
        Create => shop.create_session(),
        Refund => shop.refund(payment, 10_000),
        Capture => shop.modify("capture", payment, Some(10_000)),
        Cancel => shop.modify("cancel", payment, None),
        Extend => shop.modify("extend", payment, None),
        Pos => {
            let body = json!({
                "webcode": "SHOP01", "poiId": "V400m-TEST-000001", "amount": { "value": 500, "currency": "EUR" }
            });
            shop.post("/pos/payment", &body)
        }
        Query => return shop.query(&subject.session_id).await,
        Sessions => return shop.get("/payment/sessions", &[("limit", "3")]).await,
        Modifications => return shop.get("/payment/modifications", &[("limit", "3")]).await,
        Terminals => return shop.get("/pos/terminals", &[]).await,
    };
    call.key(&format!("key-{payment}")).send().await
}

fn documented(endpoint: Endpoint) -> u16 {
    match endpoint {
        Create => 201,
        Refund | Capture | Cancel | Extend => 202,
        Pos | Query | Sessions | Modifications | Terminals => 200,
    }
}

/// Modifications of the payment, as the list shows them.
async fn modifications(shop: &Shop, subject: &Subject) -> usize {
    let query = [("paymentReference", subject.payment_reference.as_str())];
    let answer = shop.get("/payment/modifications", &query).await;
    answer.json()["data"].as_array().map_or(0, Vec::len)
}

#[tokio::test]
async fn passing_faults_are_not_noticed_anywhere() {
    let app = TestApp::start().await;
    let shop = app.shop();
    for endpoint in WRITES.into_iter().chain(READS) {
        let first = subject(endpoint, &app, &shop).await;
        app.wire.take_calls();
        send(endpoint, &shop, &first).await;
        let calls = app.wire.take_calls().len();
        assert!(calls > 0, "{endpoint:?}");
        for fault in Fault::PASSING {
            for place in 0..calls {
                let case = format!("{endpoint:?}, {fault:?} at call {place} of {calls}");
                let subject = subject(endpoint, &app, &shop).await;
                app.wire.break_call(place, fault);
                let answer = send(endpoint, &shop, &subject).await;
                assert_eq!(
                    answer.status,
                    documented(endpoint),
                    "{case}: {}",
                    answer.text
                );
                assert!(app.wire.was_broken(), "{case}");
                app.wire.heal();
                if WRITES.contains(&endpoint) {
                    let again = send(endpoint, &shop, &subject).await;
                    assert_eq!(again.header("idempotent-replayed"), Some("true"), "{case}");
                    assert_eq!(again.data(), answer.data(), "{case}");
                }
                let expected = usize::from(matches!(endpoint, Refund | Capture | Cancel | Extend));
                assert_eq!(modifications(&shop, &subject).await, expected, "{case}");
            }
        }
    }
}

#[tokio::test]
async fn what_does_not_pass_is_answered_in_time_and_healed_by_the_retry() {
    // Each takes as long as a request may try: together.
    let cases = WRITES.into_iter().flat_map(|endpoint| {
        [Fault::Unsent, Fault::LostReply].map(|fault| never_passes(endpoint, fault))
    });
    futures_util::future::join_all(cases).await;
}

async fn never_passes(endpoint: Endpoint, fault: Fault) {
    let case = format!("{endpoint:?}, {fault:?}");
    let app = TestApp::start().await;
    let shop = app.shop();
    let subject = subject(endpoint, &app, &shop).await;
    app.wire.break_all("TransactWriteItems", fault);
    let failed = send(endpoint, &shop, &subject).await;
    assert_eq!(
        failed.error(),
        (500, Some(99001)),
        "{case}: {}",
        failed.text
    );
    app.wire.heal();
    // Longer than anybody counts as still being at it.
    app.clock.advance(Duration::from_secs(10));
    let retried = send(endpoint, &shop, &subject).await;
    assert_eq!(
        retried.status,
        documented(endpoint),
        "{case}: {}",
        retried.text
    );
    let again = send(endpoint, &shop, &subject).await;
    assert_eq!(again.data(), retried.data(), "{case}");
    let expected = usize::from(matches!(endpoint, Refund | Capture | Cancel | Extend));
    assert_eq!(modifications(&shop, &subject).await, expected, "{case}");
    app.settle().await;
    let told = app.stack.inbox(Some("SHOP01")).len();
    let of_subject = 1;
    let of_request = usize::from(endpoint != Create);
    assert_eq!(told, of_subject + of_request, "{case}");
}
