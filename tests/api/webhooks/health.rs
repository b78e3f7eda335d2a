//! Endpoints that are gone, fail for days, or hang.

use http::Method;
use shared::domain::health::{DISABLED_AFTER, HANGS_AFTER, Health, TRIED_FOR, Timeouts};
use shared::store::Webhook;
use tests::{Fault, Operator};

use super::*;

fn operator(app: &TestApp) -> Operator {
    Operator::new(app.client(), "SHOP01", "test")
}

fn webcode() -> Webcode {
    Webcode::parse("SHOP01").expect("a webcode")
}

async fn load(app: &TestApp, key: Key) -> Option<store::Item> {
    let store = app.stack.app().store(Environment::Test);
    let deadline = Deadline::within(Duration::from_secs(5));
    let [item] = store.load([Some(key)], deadline).await.expect("an answer");
    item
}

async fn webhook(app: &TestApp) -> Webhook {
    let found = load(app, Key::webhook(&webcode())).await;
    store::read(found.expect("an endpoint")).expect("mapped")
}

async fn health(app: &TestApp) -> Health {
    let found = load(app, Key::webhook_health(&webcode())).await;
    found.map_or_else(Health::default, |found| store::read(found).expect("mapped"))
}

async fn commit(app: &TestApp, write: store::Write, writer: &str) {
    let deadline = Deadline::within(Duration::from_secs(5));
    let store = app.stack.app().store(Environment::Test);
    let outcome = store.commit(&[write], writer, deadline).await;
    outcome.expect("written");
}

/// The endpoint's last five attempts timed out.
async fn hangs(app: &TestApp) {
    for number in 0..HANGS_AFTER {
        let (writer, now) = (format!("test {number}"), app.clock.now());
        let write = store::note_failure(&webcode(), Timeouts::OneMore, now, &writer);
        commit(app, write, &writer).await;
    }
    assert!(health(app).await.hangs());
}

/// A payment, and the id of its event.
async fn event(app: &TestApp) -> String {
    app.clock.advance(Duration::from_millis(1));
    format!("evt_{}_1", app.shop().paid_session().await.1)
}

async fn state(app: &TestApp, event_id: &str) -> DeliveryState {
    delivery(app, event_id).await.state
}

#[tokio::test]
async fn an_endpoint_that_is_gone_is_disabled_with_a_record_and_what_it_missed_can_be_told() {
    let app = TestApp::start().await;
    let receiver = Receiver::start().await;
    receiver.answer(&[500, 410]);
    point_at(&app, &receiver.url).await;
    let waiting = event(&app).await;
    app.settle().await;
    let last = event(&app).await;
    app.settle().await;
    assert!(!webhook(&app).await.enabled);
    assert_eq!(state(&app, &last).await, DeliveryState::Failed);

    // What waits, and what is new, comes to its end without a request.
    let new = event(&app).await;
    pass(&app, Duration::from_secs(10)).await;
    assert_eq!(receiver.received().len(), 2);
    for event_id in [&waiting, &new] {
        assert_eq!(state(&app, event_id).await, DeliveryState::Skipped);
    }
    let operator = operator(&app);
    let record = &operator.audit().await[0];
    assert_eq!(
        (&record["who"], &record["action"]),
        (&json!("service"), &json!("webhook.disabled"))
    );
    assert_eq!(record["new"]["because"], "gone");
    let shown = operator.here(Method::GET, "webhook", &Value::Null).await;
    assert_eq!(shown.data()["disabled"]["because"], "gone");

    app.clock.advance(Duration::from_secs(3600));
    let enable = json!({ "enabled": true });
    let enabled = operator.here(Method::PATCH, "webhook", &enable).await;
    let enabled = enabled.data();
    assert_eq!(enabled["enabled"], true);
    assert_eq!(
        (&enabled["missed"]["count"], &enabled["missed"]["isMore"]),
        (&json!(3), &json!(false))
    );
    assert_eq!(enabled.get("disabled"), None);
    event(&app).await;
    app.settle().await;
    assert_eq!(receiver.received().len(), 3);
}

#[tokio::test]
async fn an_endpoint_that_failed_everything_for_five_days_is_disabled() {
    let app = TestApp::start().await;
    let receiver = Receiver::start().await;
    receiver.answer(&[500; 40]);
    point_at(&app, &receiver.url).await;
    event(&app).await;
    app.settle().await;
    let since = health(&app).await.failing_since.expect("a failure");
    for _ in 0..10 {
        assert!(webhook(&app).await.enabled);
        pass(&app, DISABLED_AFTER / 10).await;
    }
    let last = event(&app).await;
    app.settle().await;
    let webhook = webhook(&app).await;
    let disabled = webhook.disabled.expect("disabled");
    assert_eq!((webhook.enabled, disabled.since), (false, since));
    let record = &operator(&app).audit().await[0];
    assert_eq!(record["new"]["because"], "failing");
    assert_eq!(record["old"]["enabled"], true);
    // Its last delivery waits for its next attempt, and finds nowhere to go.
    assert_eq!(state(&app, &last).await, DeliveryState::Waiting);
    pass(&app, Duration::from_secs(10)).await;
    assert_eq!(state(&app, &last).await, DeliveryState::Skipped);
}

#[tokio::test]
async fn one_success_in_five_days_keeps_an_endpoint() {
    let app = TestApp::start().await;
    let receiver = Receiver::start().await;
    receiver.answer(&[500; 8]);
    point_at(&app, &receiver.url).await;
    event(&app).await;
    for _ in 0..8 {
        pass(&app, Duration::from_secs(12 * 3600)).await;
    }
    assert_eq!(receiver.received().len(), 8);
    event(&app).await;
    app.settle().await;
    assert_eq!(health(&app).await, Health::default());
    receiver.answer(&[500]);
    pass(&app, DISABLED_AFTER).await;
    event(&app).await;
    app.settle().await;
    assert!(webhook(&app).await.enabled);
    assert_eq!(health(&app).await.failing_since, Some(app.clock.now()));
}

#[tokio::test]
async fn an_answer_to_an_address_that_is_no_more_disables_nothing() {
    let app = TestApp::start().await;
    let (old, new) = (Receiver::start().await, Receiver::start().await);
    old.answer(&[410]);
    old.hold(true);
    point_at(&app, &old.url).await;
    event(&app).await;
    let moved = async {
        old.wait_for(1).await;
        let body = json!({ "url": new.url });
        let changed = operator(&app).here(Method::PATCH, "webhook", &body).await;
        assert_eq!(changed.status, 200);
        old.hold(false);
    };
    tokio::join!(app.settle(), moved);
    let webhook = webhook(&app).await;
    assert_eq!((webhook.enabled, &webhook.url), (true, &new.url));
}

#[tokio::test]
async fn an_endpoint_that_is_well_costs_no_write_of_its_own() {
    let app = TestApp::start().await;
    event(&app).await;
    app.stack.pump_streams().await.expect("dispatched");
    app.wire.take_calls();
    app.stack.pump_queues().await.expect("delivered");
    let calls = app.wire.take_calls();
    let operations: Vec<&str> = calls.iter().map(|call| call.operation.as_str()).collect();
    // Read, claim, record.
    assert_eq!(operations, ["BatchGetItem", "UpdateItem", "UpdateItem"]);
}

#[tokio::test]
async fn an_endpoint_that_hangs_is_tried_with_one_delivery_at_a_time_until_one_succeeds() {
    let app = TestApp::start().await;
    let receiver = Receiver::start().await;
    point_at(&app, &receiver.url).await;
    hangs(&app).await;
    let mut event_ids = Vec::new();
    for _ in 0..6 {
        event_ids.push(event(&app).await);
    }
    app.stack.pump_streams().await.expect("dispatched");
    receiver.hold(true);
    let tried = async {
        receiver.wait_for(1).await;
        // The others went out of its way, and count it as no attempt.
        let is_far = |waiting: &Delivery| {
            let due_at = waiting.due_at.expect("due");
            due_at.since(app.clock.now()) > Duration::from_secs(15 * 60) && waiting.begun == 0
        };
        loop {
            let mut far = 0;
            for event_id in &event_ids {
                far += usize::from(is_far(&delivery(&app, event_id).await));
            }
            if far == 5 {
                break;
            }
            tokio::task::yield_now().await;
        }
        receiver.hold(false);
    };
    tokio::join!(app.settle(), tried);
    assert_eq!(receiver.received().len(), 1, "one at a time");
    assert_eq!(health(&app).await, Health::default());
    pass(&app, Duration::from_secs(30 * 60)).await;
    assert_eq!(receiver.received().len(), 6, "then all");
    for event_id in &event_ids {
        assert_eq!(state(&app, event_id).await, DeliveryState::Delivered);
    }
}

#[tokio::test]
async fn a_trial_that_is_refused_because_the_endpoint_is_well_again_is_no_trial_but_a_delivery() {
    let app = TestApp::start().await;
    let receiver = Receiver::start().await;
    point_at(&app, &receiver.url).await;
    hangs(&app).await;
    let event_id = event(&app).await;
    app.stack.pump_streams().await.expect("dispatched");
    // Between the reading that says that it hangs, and the trial.
    let trial = app.wire.hold_next("UpdateItem");
    let recovery = trial.meanwhile(async {
        let write = store::note_recovery(&webcode(), "recovered").expect("mapped");
        commit(&app, write, "recovered").await;
    });
    let message = batch([event_id.as_str()]);
    let (answer, ()) = tokio::join!(app.stack.invoke("webhook-worker", message), recovery);
    assert_eq!(
        answer.expect("an answer"),
        json!({ "batchItemFailures": [] })
    );
    assert_eq!(receiver.received().len(), 1);
    let delivered = delivery(&app, &event_id).await;
    assert_eq!(
        (delivered.state, delivered.begun),
        (DeliveryState::Delivered, 1)
    );
    assert_eq!(health(&app).await, Health::default());
}

#[tokio::test]
async fn a_trial_that_somebody_else_has_just_begun_is_left_to_them() {
    let app = TestApp::start().await;
    let receiver = Receiver::start().await;
    point_at(&app, &receiver.url).await;
    hangs(&app).await;
    let event_id = event(&app).await;
    app.stack.pump_streams().await.expect("dispatched");
    let trial = app.wire.hold_next("UpdateItem");
    let other = trial.meanwhile(async {
        let now = app.clock.now();
        let write = store::take_trial(&webcode(), now.plus(TRIED_FOR), now, "other");
        commit(&app, write, "other").await;
    });
    let message = batch([event_id.as_str()]);
    let (answer, ()) = tokio::join!(app.stack.invoke("webhook-worker", message), other);
    assert_eq!(
        answer.expect("an answer"),
        json!({ "batchItemFailures": [] })
    );
    assert_eq!(receiver.received().len(), 0);
    let waiting = delivery(&app, &event_id).await;
    assert_eq!(
        (waiting.state, waiting.begun),
        (DeliveryState::Waiting, 0),
        "it is no attempt"
    );
    assert!(
        waiting
            .due_at
            .is_some_and(|due_at| due_at > app.clock.now())
    );
}

#[tokio::test]
async fn whoever_dies_over_an_endpoint_that_hangs_holds_nobody_up_for_ever() {
    let app = TestApp::start().await;
    let receiver = Receiver::start().await;
    point_at(&app, &receiver.url).await;
    hangs(&app).await;
    let now = app.clock.now();
    let trial = store::take_trial(&webcode(), now.plus(TRIED_FOR), now, "dead");
    commit(&app, trial, "dead").await;
    event(&app).await;
    app.settle().await;
    assert_eq!(receiver.received().len(), 0);
    // It answers badly: it still hangs, and somebody else may try it.
    receiver.answer(&[500]);
    app.clock.advance(TRIED_FOR);
    event(&app).await;
    app.settle().await;
    assert_eq!(receiver.received().len(), 1);
    let health = health(&app).await;
    assert!(health.hangs() && health.is_free(app.clock.now()));
}

#[tokio::test]
async fn a_timeout_whose_note_had_a_lost_reply_counts_once() {
    let app = TestApp::start().await;
    let receiver = Receiver::start().await;
    receiver.hold(true);
    point_at(&app, &receiver.url).await;
    let event_id = event(&app).await;
    app.stack.pump_streams().await.expect("dispatched");
    // The note comes after the reading, the claim and the record.
    app.wire.take_calls();
    app.wire.break_call(3, Fault::LostReply);
    let message = batch([event_id.as_str()]);
    let answer = app.stack.invoke("webhook-worker", message).await;
    assert_eq!(
        answer.expect("an answer"),
        json!({ "batchItemFailures": [] })
    );
    let calls = app.wire.take_calls();
    let updates = calls.iter().filter(|call| call.operation == "UpdateItem");
    assert_eq!(updates.count(), 4, "the note was tried twice");
    assert_eq!(health(&app).await.timeouts, 1);
}

#[tokio::test]
async fn five_timeouts_make_an_endpoint_that_hangs() {
    let app = TestApp::start().await;
    let receiver = Receiver::start().await;
    receiver.hold(true);
    point_at(&app, &receiver.url).await;
    let mut event_ids = Vec::new();
    for _ in 0..8 {
        event_ids.push(event(&app).await);
    }
    app.stack.pump_streams().await.expect("dispatched");
    let message = batch(event_ids.iter().map(String::as_str));
    let answer = app.stack.invoke("webhook-worker", message).await;
    assert_eq!(
        answer.expect("an answer"),
        json!({ "batchItemFailures": [] })
    );
    for event_id in &event_ids {
        let waiting = delivery(&app, event_id).await;
        assert_eq!(waiting.attempts[0].error, Some(ErrorClass::Timeout));
    }
    let health = health(&app).await;
    assert_eq!(health.timeouts, HANGS_AFTER, "no more are counted");
}

#[tokio::test]
async fn without_an_endpoint_a_delivery_ends() {
    let app = TestApp::start().await;
    let operator = operator(&app);
    let off = json!({ "enabled": false });
    assert_eq!(
        operator.here(Method::PATCH, "webhook", &off).await.status,
        200
    );
    let event_id = event(&app).await;
    app.settle().await;
    let skipped = delivery(&app, &event_id).await;
    assert_eq!(
        (skipped.state, skipped.due_at),
        (DeliveryState::Skipped, None)
    );
    for _ in 0..3 {
        pass(&app, Duration::from_secs(24 * 3600)).await;
    }
    let depth = app.stack.queue_depth("TestQueue").await.expect("a queue");
    assert_eq!((depth.visible, depth.in_flight, depth.delayed), (0, 0, 0));
}
