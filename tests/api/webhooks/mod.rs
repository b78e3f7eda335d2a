//! From a change to the merchant.

mod attempts;
mod health;
mod page;
#[expect(unreachable_pub, reason = "it is for others to copy")]
/// The code in Rust of docs/webhooks.md, and nothing else.
mod verify;

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::{Value, json};
use shared::domain::client_secret::{ClientSecret, InForce};
use shared::domain::delivery::{Delivery, DeliveryState, ErrorClass};
use shared::domain::environment::Environment;
use shared::domain::event::EventId;
use shared::domain::reference::Reference;
use shared::domain::webcode::Webcode;
use shared::signature;
use shared::store::{self, Deadline, Key};
use tests::{Fault, Receiver, TestApp};

async fn delivery(app: &TestApp, event_id: &str) -> Delivery {
    let event = EventId::find(event_id).expect("an event");
    let deadline = Deadline::within(Duration::from_secs(5));
    let store = app.stack.app().store(Environment::Test);
    let [item] = store
        .load([Some(Key::delivery(&event, "default"))], deadline)
        .await
        .expect("an answer");
    store::read(item.expect("a delivery")).expect("a delivery")
}

async fn point_at(app: &TestApp, url: &str) {
    point_shop_at(app, "SHOP01", url).await;
}

async fn point_shop_at(app: &TestApp, webcode: &str, url: &str) {
    local::demo::point_webhook(app.stack.app(), webcode, Environment::Test, url)
        .await
        .expect("a demo merchant");
}

/// Lets time pass, and whatever fell due meanwhile be done.
async fn pass(app: &TestApp, duration: Duration) {
    app.clock.advance(duration);
    app.stack.sweep(Environment::Test, 0).await.expect("swept");
    app.settle().await;
}

/// A batch of Test's queue, of messages that name deliveries.
fn batch<'a>(event_ids: impl IntoIterator<Item = &'a str>) -> Value {
    let record = |(place, event_id): (usize, &str)| {
        let message = json!({ "delivery": { "event": event_id, "endpoint": "default" } });
        json!({
            "messageId": place.to_string(),
            "body": message.to_string(),
            "eventSource": "aws:sqs",
            "eventSourceARN": "arn:aws:sqs:us-east-1:000000000000:TestQueue",
            "attributes": {},
            "messageAttributes": {}
        })
    };
    let records: Vec<Value> = event_ids.into_iter().enumerate().map(record).collect();
    json!({ "Records": records })
}

#[tokio::test]
async fn a_payment_and_its_refund_are_told_with_their_numbers_and_signed() {
    let app = TestApp::start().await;
    let shop = app.shop();
    let (session_id, payment_reference) = shop.paid_session().await;
    let refund = shop.refund(&payment_reference, 5_000).send().await.data();
    app.settle().await;
    let mut inbox = app.stack.inbox(Some("SHOP01"));
    assert!(
        inbox.iter().all(|entry| entry["signatureValid"] == true),
        "{inbox:?}"
    );
    inbox.sort_by_key(|entry| entry["body"]["sequence"].as_u64());
    let bodies: Vec<&Value> = inbox.iter().map(|entry| &entry["body"]).collect();
    let authorisation = json!({
        "event_id": format!("evt_{payment_reference}_1"),
        "event_code": "AUTHORISATION",
        "result": "success",
        "environment": "test",
        "createdAt": "2026-06-21 00:00:00",
        "sequence": 1,
        "data": {
            "webcode": "SHOP01",
            "sessionId": session_id,
            "paymentReference": payment_reference,
            "paymentStatus": "AUTHORISED",
            "amount": { "value": 15000, "currency": "EUR" },
            "customReference": "ORD-2026-12345",
            "result": "success"
        }
    });
    let refunded = json!({
        "event_id": format!("evt_{payment_reference}_2"),
        "event_code": "REFUND",
        "result": "success",
        "environment": "test",
        "createdAt": "2026-06-21 00:00:00",
        "sequence": 2,
        "data": {
            "webcode": "SHOP01",
            "sessionId": session_id,
            "paymentReference": payment_reference,
            "modificationReference": refund["refundReference"],
            "paymentStatus": "AUTHORISED",
            "amount": { "value": 5000, "currency": "EUR" },
            "customReference": "ORD-2026-12345",
            "result": "success"
        }
    });
    assert_eq!(bodies, [&authorisation, &refunded]);
}

#[tokio::test]
async fn signatures_are_of_the_bytes_that_were_sent() {
    let app = TestApp::start().await;
    let shop = app.shop();
    let receiver = Receiver::start().await;
    point_at(&app, &receiver.url).await;
    shop.paid_session().await;
    app.settle().await;
    let received = receiver.received();
    let [webhook] = received.as_slice() else {
        panic!("one webhook: {received:?}")
    };
    let header = |name: &str| {
        webhook
            .headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .expect("a header")
    };
    let timestamp: u64 = header("x-avirato-timestamp").parse().expect("a number");
    assert_eq!(
        header("x-avirato-signature"),
        signature::avirato(&shop.client_secret, timestamp, &webhook.body)
    );
    let secrets = InForce {
        signs: shop.client_secret.clone(),
        also_counts: None,
    };
    let expected =
        signature::standard_webhooks(&secrets, header("webhook-id"), timestamp, &webhook.body);
    assert_eq!(header("webhook-signature"), expected);
    assert_eq!(header("webhook-timestamp"), header("x-avirato-timestamp"));
    assert_eq!(header("content-type"), "application/json");
}

#[tokio::test]
async fn a_receiver_that_fails_twice_gets_the_same_event_a_third_time() {
    let app = TestApp::start().await;
    let receiver = Receiver::start().await;
    receiver.answer(&[500, 302]);
    point_at(&app, &receiver.url).await;
    let (_, payment_reference) = app.shop().paid_session().await;
    let event_id = format!("evt_{payment_reference}_1");
    app.settle().await;
    assert_eq!(receiver.received().len(), 1);
    let waiting = delivery(&app, &event_id).await;
    assert_eq!(
        (waiting.state, waiting.attempts[0].status),
        (DeliveryState::Waiting, Some(500))
    );

    // The messages of the retries wait in the queue by the system's clock; the sweep finds what is due by ours.
    for (seconds, received) in [(6, 2), (360, 3)] {
        app.stack.sweep(Environment::Test, 0).await.expect("swept");
        app.settle().await;
        assert_eq!(
            receiver.received().len(),
            received - 1,
            "nothing before its time"
        );
        app.clock.advance(Duration::from_secs(seconds));
        app.stack.sweep(Environment::Test, 0).await.expect("swept");
        app.settle().await;
        assert_eq!(receiver.received().len(), received);
    }
    let received = receiver.received();
    assert!(
        received
            .iter()
            .all(|webhook| webhook.body == received[0].body),
        "byte for byte the same"
    );
    let delivered = delivery(&app, &event_id).await;
    let statuses: Vec<_> = delivered
        .attempts
        .iter()
        .map(|attempt| attempt.status)
        .collect();
    assert_eq!(
        (delivered.state, statuses),
        (
            DeliveryState::Delivered,
            vec![Some(500), Some(302), Some(200)]
        )
    );
    app.clock.advance(Duration::from_secs(7 * 24 * 3600));
    app.stack.sweep(Environment::Test, 0).await.expect("swept");
    app.settle().await;
    assert_eq!(receiver.received().len(), 3, "and never again");
}

#[tokio::test]
async fn a_delivery_that_fails_to_the_end_goes_to_the_dead_letter_queue() {
    let app = TestApp::start().await;
    let receiver = Receiver::start().await;
    receiver.answer(&[500; 20]);
    point_at(&app, &receiver.url).await;
    let (_, payment_reference) = app.shop().paid_session().await;
    app.settle().await;
    for _ in 0..9 {
        app.clock.advance(Duration::from_secs(12 * 3600));
        app.stack.sweep(Environment::Test, 0).await.expect("swept");
        app.settle().await;
    }
    assert_eq!(receiver.received().len(), 8);
    let failed = delivery(&app, &format!("evt_{payment_reference}_1")).await;
    assert_eq!((failed.state, failed.due_at), (DeliveryState::Failed, None));
    let depth = app
        .stack
        .queue_depth("TestDeadLetterQueue")
        .await
        .expect("a queue");
    assert_eq!(depth.visible, 1);
}

#[tokio::test]
async fn a_message_or_a_record_that_comes_twice_is_sent_once() {
    let app = TestApp::start().await;
    let (_, payment_reference) = app.shop().paid_session().await;
    app.settle().await;
    let event_id = format!("evt_{payment_reference}_1");
    let variables = app.stack.variables("webhook-worker").expect("a function");
    let message = json!({ "delivery": { "event": event_id, "endpoint": "default" } }).to_string();
    let record = |id: &str| {
        json!({
            "messageId": id,
            "body": message,
            "eventSource": "aws:sqs",
            "eventSourceARN": format!("arn:aws:sqs:us-east-1:000000000000:{}", variables["TEST_QUEUE_NAME"]),
            "attributes": {},
            "messageAttributes": {}
        })
    };
    let batch = json!({ "Records": [record("1"), record("2"), record("3")] });
    let answer = app
        .stack
        .invoke("webhook-worker", batch)
        .await
        .expect("an answer");
    assert_eq!(answer, json!({ "batchItemFailures": [] }));
    assert_eq!(app.stack.inbox(Some("SHOP01")).len(), 1);
}

#[tokio::test]
async fn a_delivery_that_cannot_be_read_is_left_and_comes_no_more() {
    let app = TestApp::start().await;
    let receiver = Receiver::start().await;
    receiver.answer(&[500, 500]);
    point_at(&app, &receiver.url).await;
    let shop = app.shop();
    let mut events = Vec::new();
    for _ in 0..2 {
        let (_, payment_reference) = shop.paid_session().await;
        events.push(format!("evt_{payment_reference}_1"));
        app.settle().await;
    }
    let spoiled = EventId::find(&events[0]).expect("an event");
    app.spoil("TestTable", &Key::delivery(&spoiled, "default"), "state")
        .await;
    // What waits there comes by the machine's clock: from here on the test's alone counts.
    app.stack.purge_queue("TestQueue").await.expect("a queue");
    // The other one is delivered, and this one is left for an hour each time, without a dead letter.
    for _ in 0..3 {
        pass(&app, Duration::from_secs(10)).await;
    }
    assert_eq!(receiver.received().len(), 3);
    for (minutes, due) in [(50, 0), (20, 1), (50, 0), (20, 1)] {
        app.clock.advance(Duration::from_secs(minutes * 60));
        let swept = app.stack.sweep(Environment::Test, 0).await.expect("swept");
        assert_eq!(swept["due"], due, "{minutes}");
        app.settle().await;
    }
    let dead = app.stack.queue_depth("TestDeadLetterQueue").await;
    assert_eq!(dead.expect("a queue").visible, 0);
    assert_eq!(receiver.received().len(), 3);
    // Lists have the rest.
    let listed = shop
        .get("/webhook/deliveries", &[("webcode", "SHOP01")])
        .await;
    let listed = listed.data();
    assert_eq!(listed.as_array().map(Vec::len), Some(1), "{listed}");
    assert_eq!(listed[0]["eventId"], events[1].as_str());
}

#[tokio::test]
async fn a_poison_message_fails_alone() {
    let app = TestApp::start().await;
    let (_, payment_reference) = app.shop().paid_session().await;
    app.stack.pump_streams().await.expect("dispatched");
    let good = json!({ "delivery": { "event": format!("evt_{payment_reference}_1"), "endpoint": "default" } });
    let arn = "arn:aws:sqs:us-east-1:000000000000:TestQueue";
    let record = |id: &str, body: &str| json!({ "messageId": id, "body": body, "eventSourceARN": arn, "attributes": {}, "messageAttributes": {} });
    let batch = json!({ "Records": [
        record("broken", "{"),
        record("strange", "{\"delivery\":{\"event\":\"evt_x\",\"endpoint\":\"default\"}}"),
        record("good", &good.to_string()),
    ] });
    let answer = app
        .stack
        .invoke("webhook-worker", batch)
        .await
        .expect("an answer");
    assert_eq!(
        answer,
        json!({ "batchItemFailures": [{ "itemIdentifier": "broken" }, { "itemIdentifier": "strange" }] })
    );
    assert_eq!(app.stack.inbox(Some("SHOP01")).len(), 1);
}

/// Which of Test's records failed, of those that a function gets.
async fn dispatch(app: &TestApp, records: &[Value]) -> Value {
    let batch = json!({ "Records": records });
    let answer = app.stack.invoke("dispatcher", batch).await;
    answer.expect("an answer")["batchItemFailures"].clone()
}

/// A record of Test's stream, of a payment as it is in the table.
async fn record(app: &TestApp, payment_reference: &str, sequence: &str) -> Value {
    let reference = Reference::parse(payment_reference).expect("a reference");
    let store = app.stack.app().store(Environment::Test);
    let deadline = Deadline::within(Duration::from_secs(5));
    let key = Key::payment(&reference);
    let pk = key.pk().to_owned();
    let [item] = store.load([Some(key)], deadline).await.expect("an answer");
    let item = serde_dynamo::Item::from(item.expect("a payment"));
    json!({
        "eventID": sequence,
        "eventName": "INSERT",
        "eventSourceARN": "arn:aws:dynamodb:us-east-1:000000000000:table/TestTable/stream/now",
        "dynamodb": {
            "Keys": { "pk": { "S": pk } },
            "NewImage": item,
            "SequenceNumber": sequence,
        },
    })
}

#[tokio::test]
async fn a_record_that_cannot_be_read_holds_nobody_up_and_one_that_can_is_never_passed_over() {
    let app = TestApp::start().await;
    let mut records = Vec::new();
    for sequence in ["1", "2", "3", "4"] {
        app.clock.advance(Duration::from_millis(1));
        let (_, payment_reference) = app.shop().paid_session().await;
        records.push(record(&app, &payment_reference, sequence).await);
    }
    // Nonsense of three kinds: in what tells the events, in when it is due, and no record at all.
    records[0]["dynamodb"]["NewImage"]["journal"] = json!({ "S": "nonsense" });
    records[1]["dynamodb"]["NewImage"]["dueAt"] = json!({ "S": "nonsense" });
    records[2]["dynamodb"]["NewImage"] = json!("nonsense");
    // As long as the queue is away, what makes sense comes again.
    app.wire.break_all("SendMessageBatch", Fault::Internal);
    let failed = dispatch(&app, &records).await;
    assert_eq!(failed, json!([{ "itemIdentifier": "4" }]));
    app.wire.heal();
    assert_eq!(dispatch(&app, &records).await, json!([]));
    app.stack.pump_queues().await.expect("delivered");
    let told = app.stack.inbox(Some("SHOP01"));
    assert_eq!(told.len(), 1, "{told:?}");
    // What is still in the table, and here it is what it was, tells what was passed over.
    app.settle().await;
    assert_eq!(app.stack.inbox(Some("SHOP01")).len(), 4);
}

#[tokio::test]
async fn what_was_read_before_and_makes_no_sense_any_more_hides_no_event() {
    let app = TestApp::start().await;
    let (_, payment_reference) = app.shop().paid_session().await;
    let mut changed = record(&app, &payment_reference, "1").await;
    changed["eventName"] = json!("MODIFY");
    changed["dynamodb"]["OldImage"] = changed["dynamodb"]["NewImage"].clone();
    changed["dynamodb"]["OldImage"]["journal"] = json!({ "S": "nonsense" });
    assert_eq!(dispatch(&app, &[changed]).await, json!([]));
    app.stack.pump_queues().await.expect("delivered");
    assert_eq!(app.stack.inbox(Some("SHOP01")).len(), 1);
    app.settle().await;
    assert_eq!(app.stack.inbox(Some("SHOP01")).len(), 1, "once");
}

#[tokio::test]
async fn a_receiver_that_is_gone_leaves_no_dead_letter() {
    let app = TestApp::start().await;
    let receiver = Receiver::start().await;
    receiver.answer(&[410]);
    point_at(&app, &receiver.url).await;
    let (_, payment_reference) = app.shop().paid_session().await;
    app.settle().await;
    let failed = delivery(&app, &format!("evt_{payment_reference}_1")).await;
    assert_eq!(failed.state, DeliveryState::Failed);
    let depth = app.stack.queue_depth("TestDeadLetterQueue").await;
    assert_eq!(depth.expect("a queue").visible, 0);
}

#[tokio::test]
async fn a_lost_message_is_only_a_delay() {
    let app = TestApp::start().await;
    app.shop().paid_session().await;
    // The delivery is written, its message is on the queue, and the queue loses it.
    app.stack.pump_streams().await.expect("dispatched");
    app.stack.purge_queue("TestQueue").await.expect("a queue");
    app.settle().await;
    assert!(app.stack.inbox(Some("SHOP01")).is_empty());
    for (seconds, named) in [(119, 0), (1, 1)] {
        app.clock.advance(Duration::from_secs(seconds));
        app.stack
            .sweep(Environment::Test, 120)
            .await
            .expect("swept");
        let depth = app.stack.queue_depth("TestQueue").await.expect("a queue");
        assert_eq!(depth.visible, named, "overdue by two minutes, not sooner");
    }
    app.settle().await;
    assert_eq!(app.stack.inbox(Some("SHOP01")).len(), 1, "and sent once");
}

#[tokio::test]
async fn a_page_whose_time_is_over_is_told_once() {
    let app = TestApp::start().await;
    let shop = app.shop();
    let created = shop.create_session().send().await.data();
    shop.open(created["paymentUrl"].as_str().expect("a text"))
        .await;
    app.settle().await;
    assert!(app.stack.inbox(Some("SHOP01")).is_empty());
    app.clock.advance(Duration::from_secs(300));
    for _ in 0..3 {
        app.stack.sweep(Environment::Test, 0).await.expect("swept");
        app.settle().await;
    }
    let inbox = app.stack.inbox(Some("SHOP01"));
    assert_eq!(inbox.len(), 1);
    assert_eq!(inbox[0]["body"]["event_code"], "SESSION_EXPIRED");
    assert_eq!(
        inbox[0]["body"]["event_id"],
        format!("evt_{}_1", created["sessionId"].as_str().expect("a text"))
    );
}

#[tokio::test]
async fn refused_attempts_are_told_too() {
    let app = TestApp::start().await;
    let shop = app.shop();
    let created = shop.create_session().send().await.data();
    shop.pay(
        created["paymentUrl"].as_str().expect("a text"),
        "NOT_ENOUGH_BALANCE",
    )
    .await;
    app.settle().await;
    let inbox = app.stack.inbox(Some("SHOP01"));
    assert_eq!(inbox.len(), 1);
    let body = &inbox[0]["body"];
    assert_eq!(
        (&body["event_code"], &body["result"]),
        (&json!("AUTHORISATION"), &json!("failure"))
    );
    assert_eq!(body["data"]["reason"], "Not enough balance");
}

#[tokio::test]
async fn a_dispatcher_that_dies_between_two_lines_forgets_nothing() {
    // At the same time, because each tries for as long as it may.
    join_all([
        // The delivery is not written; it is written, and its writer never learns of it.
        dies_of("PutItem", Fault::Unsent),
        dies_of("PutItem", Fault::LostReply),
        // It is not put on the queue; it is, and nobody knows.
        dies_of("SendMessageBatch", Fault::Unsent),
        dies_of("SendMessageBatch", Fault::LostReply),
    ])
    .await;
}

async fn dies_of(operation: &str, fault: Fault) {
    let app = TestApp::start().await;
    app.shop().paid_session().await;
    app.wire.break_all(operation, fault);
    app.stack
        .pump_streams()
        .await
        .expect_err("the dispatcher fails");
    app.wire.heal();
    // The same records are read again.
    app.settle().await;
    let inbox = app.stack.inbox(Some("SHOP01"));
    assert_eq!(inbox.len(), 1, "{operation} {fault:?}");
}

#[tokio::test]
async fn a_secret_that_cannot_be_opened_is_a_failed_attempt() {
    let app = TestApp::start().await;
    let shop = app.shop();
    let (_, payment_reference) = shop.paid_session().await;
    let (environment, webcode) = (
        Environment::Test,
        Webcode::parse("SHOP01").expect("a webcode"),
    );
    let store = app.stack.app().store(environment);
    let sealed = "v1.another-key.c2VhbGVk".to_owned();
    let secret = ClientSecret::first(sealed);
    let write = store::replace_client_secret(&webcode, &secret, "test").expect("mapped");
    let deadline = Deadline::within(Duration::from_secs(5));
    store
        .commit(&[write], "test", deadline)
        .await
        .expect("written");
    app.settle().await;
    let waiting = delivery(&app, &format!("evt_{payment_reference}_1")).await;
    assert_eq!(
        waiting.state,
        DeliveryState::Waiting,
        "it will be tried again"
    );
    let error = waiting.attempts[0].error;
    assert_eq!(error, Some(ErrorClass::SecretUnusable));
    for _ in 0..9 {
        app.clock.advance(Duration::from_secs(12 * 3600));
        app.stack.sweep(environment, 0).await.expect("swept");
        app.settle().await;
    }
    let failed = delivery(&app, &format!("evt_{payment_reference}_1")).await;
    assert_eq!(
        (failed.state, failed.attempts.len()),
        (DeliveryState::Failed, 8)
    );
    assert!(app.stack.inbox(Some("SHOP01")).is_empty());
}
