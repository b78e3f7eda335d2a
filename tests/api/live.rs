//! Live leaves modifications to a processor: what a request holds, and what settling it does.

use std::time::Duration;

use shared::domain::environment::Environment;
use shared::domain::modification::{Modification, ModificationStatus};
use shared::domain::payment::{Payment, Requested, Verdict};
use shared::domain::reference::Reference;
use shared::store::commit::CommitError;
use shared::store::{self, Deadline, Key};
use tests::{Shop, TestApp};

use crate::contract::live_payment;

/// Settles a modification as a processor's worker will: both items in one write.
async fn settle(
    app: &TestApp,
    modification: &str,
    verdict: Verdict<'_>,
) -> Result<(), CommitError> {
    let (store, now) = (app.stack.app().store(Environment::Live), app.clock.now());
    let deadline = Deadline::within(Duration::from_secs(5));
    let reference = Reference::parse(modification).expect("a reference");
    let [item] = store
        .load([Some(Key::modification(&reference))], deadline)
        .await
        .expect("an answer");
    let modification: Modification = store::read(item.expect("there")).expect("a modification");
    let [item] = store
        .load(
            [Some(Key::payment(&modification.payment_reference))],
            deadline,
        )
        .await
        .expect("an answer");
    let before: Payment = store::read(item.expect("there")).expect("a payment");
    let requested = Requested {
        kind: modification.kind,
        amount: modification.amount,
        reference,
    };
    let mut after = before.clone();
    let status = after.settle(&requested, verdict, now);
    // As the first verdict left it; a second one must not get through.
    let unsettled = Modification {
        status: modification.kind.initial_status(),
        ..modification
    };
    let writes = [
        store::settle_modification(&unsettled, status, now, "settle").expect("mapped"),
        store::change_payment(&before, &after, now, "settle").expect("mapped"),
    ];
    store
        .commit(&writes, &format!("{now}-settle"), deadline)
        .await
}

async fn statuses(shop: &Shop) -> Vec<String> {
    let rows = shop.get("/payment/modifications", &[]).await.data();
    let rows = rows.as_array().expect("a list").iter();
    rows.map(|row| row["status"].as_str().expect("a text").to_owned())
        .collect()
}

#[tokio::test]
async fn a_refund_that_fails_gives_its_amount_back_once() {
    let app = TestApp::start().await;
    let live = Shop::demo(app.client(), "SHOP01", "live");
    let payment = live_payment(&app, false, 15_000).await;
    let refund = live.refund(&payment, 15_000).send().await.data();
    assert_eq!(refund["status"], "pending");
    assert_eq!(
        live.refund(&payment, 1).send().await.status,
        400,
        "it is held"
    );
    app.settle().await;
    let told = app.stack.inbox(Some("SHOP01")).len();
    let reference = refund["refundReference"].as_str().expect("a text");
    settle(&app, reference, Verdict::Failure("the bank says no"))
        .await
        .expect("settled");
    assert_eq!(statuses(&live).await, ["failed"]);
    app.clock.advance(Duration::from_secs(1));
    let again = settle(&app, reference, Verdict::Failure("the bank says no")).await;
    assert!(matches!(again, Err(CommitError::Refused(_))), "{again:?}");
    app.settle().await;
    let inbox = app.stack.inbox(Some("SHOP01"));
    assert_eq!(inbox.len(), told + 1, "told once");
    let body = &inbox[0]["body"];
    assert_eq!(
        (
            &body["event_code"],
            &body["result"],
            &body["data"]["reason"]
        ),
        (
            &"REFUND".into(),
            &"failure".into(),
            &"the bank says no".into()
        )
    );
    assert_eq!(live.refund(&payment, 15_001).send().await.status, 400);
    assert_eq!(
        live.refund(&payment, 15_000).send().await.status,
        202,
        "given back, once"
    );
}

#[tokio::test]
async fn one_capture_or_cancellation_is_open_at_a_time() {
    let app = TestApp::start().await;
    let live = Shop::demo(app.client(), "SHOP01", "live");
    let payment = live_payment(&app, true, 15_000).await;
    let cancel = live.modify("cancel", &payment, None).send().await.data();
    let refused = live.modify("capture", &payment, Some(1)).send().await;
    assert_eq!(refused.error(), (400, Some(12001)));
    assert_eq!(
        refused.message(),
        "A capture or cancellation of the payment is still in progress."
    );
    // What was asked for in time is settled, however late the processor answers.
    app.clock.advance(Duration::from_secs(29 * 24 * 60 * 60));
    app.stack.sweep(Environment::Live, 0).await.expect("swept");
    app.settle().await;
    let reference = cancel["cancelReference"].as_str().expect("a text");
    settle(&app, reference, Verdict::Failure("too late"))
        .await
        .expect("settled");
    assert_eq!(
        statuses(&live).await,
        [ModificationStatus::Failed].map(|_| "failed")
    );
    // Only now it runs out.
    let late = live.modify("capture", &payment, Some(1)).send().await;
    assert_eq!(
        late.message(),
        "The payment is expired and cannot be captured."
    );
    for _ in 0..2 {
        app.stack.sweep(Environment::Live, 0).await.expect("swept");
        app.settle().await;
    }
    let codes: Vec<_> = app
        .stack
        .inbox(Some("SHOP01"))
        .iter()
        .map(|entry| entry["body"]["event_code"].clone())
        .collect();
    assert!(codes.contains(&"AUTHORISATION_EXPIRED".into()), "{codes:?}");
}
