//! Deliveries: looked at, sent again, given up, tested, and derived again.

use shared::domain::event::EventId;
use shared::store::Key;
use tests::Shop;

use super::*;

const EVERYTHING: &str = "2020-01-01T00:00:00Z";

/// SHOP01 with a receiver, and its operator.
async fn shop(app: &TestApp) -> (Operator, Shop, Receiver) {
    let receiver = Receiver::start().await;
    local::demo::point_webhook(app.stack.app(), "SHOP01", Environment::Test, &receiver.url)
        .await
        .expect("a demo merchant");
    let operator = Operator::new(app.client(), "SHOP01", "test");
    (operator, app.shop(), receiver)
}

/// A payment whose event is delivered, or fails to the end.
async fn told(app: &TestApp, shop: &Shop, receiver: &Receiver, fails: bool) -> String {
    if fails {
        receiver.answer(&[500; 8]);
    }
    app.clock.advance(Duration::from_secs(1));
    let (_, payment_reference) = shop.paid_session().await;
    app.settle().await;
    for _ in 0..if fails { 8 } else { 0 } {
        sweep(app, Duration::from_secs(12 * 3600)).await;
    }
    format!("evt_{payment_reference}_1")
}

async fn sweep(app: &TestApp, duration: Duration) {
    app.clock.advance(duration);
    app.stack.sweep(Environment::Test, 0).await.expect("swept");
    app.settle().await;
}

async fn list(operator: &Operator, query: &str) -> Vec<String> {
    let path = format!("deliveries?{query}");
    let rows = operator.here(Method::GET, &path, &NOTHING).await.data();
    let rows = rows.as_array().expect("a list");
    rows.iter().map(|row| text(&row["eventId"])).collect()
}

async fn environment(app: &TestApp, method: Method, path: &str, body: &Value) -> Value {
    let operator = Operator::new(app.client(), "SHOP01", "test");
    let path = format!("/manage/v1/environments/test/{path}");
    operator.anywhere(method, &path, body).await.data()
}

#[tokio::test]
async fn deliveries_are_listed_by_state_and_time() {
    let app = TestApp::start().await;
    let (operator, shop, receiver) = shop(&app).await;
    let first = told(&app, &shop, &receiver, false).await;
    let failed = told(&app, &shop, &receiver, true).await;
    let middle = app.clock.now().iso();
    let last = told(&app, &shop, &receiver, false).await;
    assert_eq!(list(&operator, "").await, [&last[..], &failed, &first]);
    assert_eq!(list(&operator, "state=failed").await, [&failed[..]]);
    assert_eq!(
        list(&operator, "state=delivered").await,
        [&last[..], &first]
    );
    assert_eq!(
        list(&operator, &format!("from={middle}")).await,
        [&last[..]]
    );
    let to = format!("to={middle}&state=delivered");
    assert_eq!(list(&operator, &to).await, [&first[..]]);

    // Page by page.
    let mut cursor = String::new();
    for expected in [&last, &failed, &first] {
        let path = format!("deliveries?limit=1{cursor}");
        let answer = operator.here(Method::GET, &path, &NOTHING).await.json();
        assert_eq!(answer["data"][0]["eventId"], **expected);
        cursor = match answer["pagination"]["nextCursor"].as_str() {
            Some(next) => format!("&cursor={next}"),
            None => String::new(),
        };
    }
    assert_eq!(cursor, "", "that was all");
    for bad in ["state=lost", "from=yesterday", "limit=0", "cursor=abc"] {
        let path = format!("deliveries?{bad}");
        let refused = operator.here(Method::GET, &path, &NOTHING).await;
        assert_eq!(refused.status, 400, "{bad}");
    }
}

#[tokio::test]
async fn a_delivery_is_shown_with_its_attempts_to_the_operator_alone() {
    let app = TestApp::start().await;
    let (operator, shop, receiver) = shop(&app).await;
    receiver.answer_with(500, &[], "out of order");
    let event_id = told(&app, &shop, &receiver, false).await;
    let path = format!("deliveries/{event_id}");
    let shown = operator.here(Method::GET, &path, &NOTHING).await.data();
    assert_eq!(shown["state"], "waiting");
    assert_eq!(shown["eventCode"], "AUTHORISATION");
    assert_eq!(shown["made"][0]["status"], 500);
    assert_eq!(shown["lastAnswer"], "out of order");
    assert_eq!(shown["body"], receiver.received()[0].body);
    // Another merchant's path does not find it.
    let other = Operator::new(app.client(), "SHOP02", "test");
    for (operator, path) in [
        (&other, path.as_str()),
        (&operator, "deliveries/evt_SHOP01-PXTT-1_1"),
        (&operator, "deliveries/x"),
    ] {
        let missing = operator.here(Method::GET, path, &NOTHING).await;
        assert_eq!(missing.error(), (404, Some(10404)), "{path}");
    }
}

#[tokio::test]
async fn what_was_delivered_or_failed_is_sent_again_with_the_same_id_and_the_whole_plan() {
    let app = TestApp::start().await;
    let (operator, shop, receiver) = shop(&app).await;
    for fails in [false, true] {
        let event_id = told(&app, &shop, &receiver, fails).await;
        let before = receiver.received().len();
        receiver.answer(&[500]);
        let path = format!("deliveries/{event_id}/resend");
        let answer = operator.here(Method::POST, &path, &NOTHING).await;
        assert_eq!(
            (answer.status.as_u16(), &answer.data()["state"]),
            (202, &json!("waiting"))
        );
        app.settle().await;
        sweep(&app, Duration::from_secs(10)).await;
        let received = receiver.received();
        assert_eq!(
            received.len(),
            before + 2,
            "once, and again after it failed"
        );
        assert_eq!(received[before].body, received[before - 1].body);
        assert_eq!(list(&operator, "state=delivered").await[0], event_id);
        let record = &operator.audit().await[0];
        assert_eq!(
            (&record["action"], &record["target"]),
            (&json!("deliveries.resent"), &json!(event_id))
        );
    }
}

#[tokio::test]
async fn all_that_failed_between_two_times_is_sent_again_and_nothing_else() {
    let app = TestApp::start().await;
    let (operator, shop, receiver) = shop(&app).await;
    let old = told(&app, &shop, &receiver, true).await;
    // Without any success it would be disabled.
    told(&app, &shop, &receiver, false).await;
    let from = app.clock.now().iso();
    let failed = told(&app, &shop, &receiver, true).await;
    told(&app, &shop, &receiver, false).await;
    let to = app.clock.now().plus(Duration::from_secs(1)).iso();
    let before = receiver.received().len();
    let bounds = json!({ "from": from, "to": to });
    let answer = operator
        .here(Method::POST, "deliveries/resend", &bounds)
        .await;
    assert_eq!(
        (answer.status.as_u16(), answer.data()),
        (202, json!({ "resent": 1, "nextCursor": null }))
    );
    app.settle().await;
    assert_eq!(receiver.received().len(), before + 1);
    assert!(receiver.received()[before].body.contains(&failed));
    assert_eq!(list(&operator, "state=failed").await, [old]);
    for bad in [
        json!({}),
        json!({ "from": from }),
        json!({ "from": "x", "to": to }),
        json!({ "from": from, "to": to, "states": ["delivered"] }),
        json!({ "from": from, "to": to, "cursor": "x" }),
    ] {
        let refused = operator.here(Method::POST, "deliveries/resend", &bad).await;
        assert_eq!(refused.status, 400, "{bad}");
    }
}

#[tokio::test]
async fn what_was_missed_while_disabled_is_sent_on_request() {
    let app = TestApp::start().await;
    let (operator, shop, receiver) = shop(&app).await;
    let off = json!({ "enabled": false });
    operator
        .here(Method::PATCH, "webhook", &off)
        .await
        .expect_success();
    for _ in 0..3 {
        told(&app, &shop, &receiver, false).await;
    }
    let event_id = &list(&operator, "state=skipped").await[0];
    let path = format!("deliveries/{event_id}/resend");
    let bounds = json!({ "from": EVERYTHING, "to": app.clock.now().iso() });
    for path in [path.as_str(), "deliveries/resend", "webhook/ping"] {
        let refused = operator.here(Method::POST, path, &bounds).await;
        assert_eq!(
            refused.error(),
            (422, Some(12001)),
            "{path}: it would be skipped at once"
        );
    }
    let on = json!({ "enabled": true });
    let mut offer = operator.here(Method::PATCH, "webhook", &on).await.data()["missed"].clone();
    assert_eq!(offer["count"], 3);
    offer["states"] = json!(["failed", "skipped"]);
    // So that the newest record is the one of what follows.
    app.clock.advance(Duration::from_millis(1));
    let answer = operator
        .here(Method::POST, "deliveries/resend", &offer)
        .await;
    assert_eq!(answer.data()["resent"], 3);
    app.settle().await;
    assert_eq!(receiver.received().len(), 3);
    let record = &operator.audit().await[0];
    assert_eq!(record["action"], "deliveries.resent");
    assert_eq!(record["new"]["count"], 3);
    assert_eq!(record["new"]["madeTo"], offer["to"]);
}

#[tokio::test]
async fn what_was_sent_again_after_weeks_and_failed_is_missed_and_what_failed_before_is_not() {
    let app = TestApp::start().await;
    let (operator, shop, receiver) = shop(&app).await;
    let old = told(&app, &shop, &receiver, false).await;
    let before = told(&app, &shop, &receiver, true).await;
    told(&app, &shop, &receiver, false).await;
    app.clock.advance(Duration::from_secs(14 * 24 * 3600));
    let off = json!({ "enabled": false });
    let on = json!({ "enabled": true });
    let path = format!("deliveries/{old}/resend");
    // Sent again, it finds that the endpoint was disabled meanwhile.
    operator
        .here(Method::POST, &path, &NOTHING)
        .await
        .expect_success();
    operator
        .here(Method::PATCH, "webhook", &off)
        .await
        .expect_success();
    app.settle().await;
    assert_eq!(list(&operator, "state=skipped").await, [&old[..]]);
    assert_eq!(list(&operator, "state=failed").await, [&before[..]]);
    let mut offer = operator.here(Method::PATCH, "webhook", &on).await.data()["missed"].clone();
    assert_eq!(offer["count"], 1);
    offer["states"] = json!(["failed", "skipped"]);
    let answer = operator
        .here(Method::POST, "deliveries/resend", &offer)
        .await;
    assert_eq!(answer.data()["resent"], 1);
    assert_eq!(list(&operator, "state=failed").await, [&before[..]]);
}

#[tokio::test]
async fn a_ping_goes_the_way_of_every_event() {
    let app = TestApp::start().await;
    let (operator, _, receiver) = shop(&app).await;
    for _ in 0..2 {
        let answer = operator.here(Method::POST, "webhook/ping", &NOTHING).await;
        assert_eq!(answer.status, 202);
        let event_id = text(&answer.data()["eventId"]);
        app.settle().await;
        let received = receiver.received();
        let body: Value = serde_json::from_str(&received[received.len() - 1].body).expect("JSON");
        assert_eq!(
            body,
            json!({
                "event_id": event_id, "event_code": "PING", "result": "success", "environment": "test",
                "createdAt": "2026-06-21 00:00:00", "sequence": 1,
                "data": { "webcode": "SHOP01", "result": "success" }
            })
        );
        assert_eq!(list(&operator, "state=delivered").await[0], event_id);
    }
    assert_eq!(
        receiver.received().len(),
        2,
        "two of the same moment are two"
    );
}

#[tokio::test]
async fn what_was_given_up_is_looked_at_and_given_another_chance() {
    let app = TestApp::start().await;
    let (_, shop, receiver) = shop(&app).await;
    let event_id = told(&app, &shop, &receiver, true).await;
    let given_up = environment(&app, Method::GET, "dead-letters", &NOTHING).await;
    assert_eq!(given_up.as_array().map(Vec::len), Some(1), "{given_up}");
    assert_eq!(given_up[0]["names"]["delivery"]["event"], event_id);
    assert_eq!(given_up[0]["state"], "failed");
    // Looking takes nothing away.
    let again = environment(&app, Method::GET, "dead-letters", &NOTHING).await;
    assert_eq!(again, given_up);

    let before = receiver.received().len();
    let redriven = environment(&app, Method::POST, "dead-letters/redrive", &NOTHING).await;
    let expected = json!({"resent": 1, "named": 0, "done": 0, "left": 0, "nextCursor": null});
    assert_eq!(redriven, expected);
    let operator = Operator::new(app.client(), "SHOP01", "test");
    let record = &operator.audit().await[0];
    assert_eq!(record["action"], "deadLetters.redriven");
    assert_eq!(record["new"], json!({ "count": 1 }));
    let who = record["who"].as_str().unwrap_or_default();
    assert!(who.ends_with("user/local-operator"), "{record}");
    app.settle().await;
    assert_eq!(receiver.received().len(), before + 1);
    let none = environment(&app, Method::GET, "dead-letters", &NOTHING).await;
    assert_eq!(none, json!([]));
}

#[tokio::test]
async fn what_has_nowhere_to_go_stays_among_the_dead_letters() {
    let app = TestApp::start().await;
    let (operator, shop, receiver) = shop(&app).await;
    told(&app, &shop, &receiver, true).await;
    let off = json!({ "enabled": false });
    operator
        .here(Method::PATCH, "webhook", &off)
        .await
        .expect_success();
    let redriven = environment(&app, Method::POST, "dead-letters/redrive", &NOTHING).await;
    assert_eq!(
        (&redriven["resent"], &redriven["left"]),
        (&json!(0), &json!(1))
    );
    let given_up = environment(&app, Method::GET, "dead-letters", &NOTHING).await;
    assert_eq!(given_up.as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn a_delivery_that_cannot_be_read_is_left_and_keeps_no_other_from_its_chance() {
    let app = TestApp::start().await;
    let (_, shop, receiver) = shop(&app).await;
    let unreadable = told(&app, &shop, &receiver, true).await;
    // A success in between keeps the endpoint.
    told(&app, &shop, &receiver, false).await;
    let other = told(&app, &shop, &receiver, true).await;
    let event = EventId::find(&unreadable).expect("an event");
    app.spoil("TestTable", &Key::delivery(&event, "default"), "attempts")
        .await;
    for resent in [1, 0] {
        let redriven = environment(&app, Method::POST, "dead-letters/redrive", &NOTHING).await;
        let expected =
            json!({"resent": resent, "named": 0, "done": 0, "left": 1, "nextCursor": null});
        assert_eq!(redriven, expected);
    }
    let operator = Operator::new(app.client(), "SHOP01", "test");
    let path = format!("deliveries/{other}");
    let shown = operator.here(Method::GET, &path, &NOTHING).await.data();
    assert_eq!(shown["state"], "waiting", "its turn has come again");
    let given_up = environment(&app, Method::GET, "dead-letters", &NOTHING).await;
    assert_eq!(given_up.as_array().map(Vec::len), Some(1), "{given_up}");
    assert_eq!(given_up[0]["names"]["delivery"]["event"], unreadable);
    assert_eq!(given_up[0].get("state"), None);
}

/// Messages that nothing can be done for, and behind them one that can be sent again.
async fn behind_many(app: &TestApp) -> Receiver {
    let (_, shop, receiver) = shop(app).await;
    for number in 0..25 {
        app.give_up(&format!("nonsense {number}")).await;
    }
    told(app, &shop, &receiver, true).await;
    receiver
}

#[tokio::test]
async fn what_nothing_can_be_done_for_hides_nothing_from_those_who_go_on() {
    let app = TestApp::start().await;
    behind_many(&app).await;
    // Whoever takes two batches has used up the time of a request.
    let clock = app.clock.clone();
    let slow = move || assert!(clock.advance(Duration::from_secs(3)));
    app.wire.beside("ReceiveMessage", slow);
    let redrive = "dead-letters/redrive";
    let first = environment(&app, Method::POST, redrive, &NOTHING).await;
    assert_eq!((&first["resent"], &first["left"]), (&json!(0), &json!(20)));
    let cursor = json!({ "cursor": first["nextCursor"].as_str().expect("there is more") });
    let second = environment(&app, Method::POST, redrive, &cursor).await;
    let expected = json!({"resent": 1, "named": 0, "done": 0, "left": 5, "nextCursor": null});
    assert_eq!(second, expected);
    // Nothing came of what is left, and nothing is recorded of it.
    let audit = Operator::new(app.client(), "SHOP01", "test").audit().await;
    let records = audit.iter();
    let redriven = records.filter(|record| record["action"] == "deadLetters.redriven");
    assert_eq!(redriven.count(), 1);
    let depth = app.stack.queue_depth("TestDeadLetterQueue").await;
    let depth = depth.expect("a queue");
    assert_eq!(
        (depth.visible, depth.in_flight),
        (5, 20),
        "what was left shows again after the pass"
    );
}

#[tokio::test]
async fn a_pass_over_the_dead_letters_has_an_end() {
    let app = TestApp::start().await;
    behind_many(&app).await;
    let clock = app.clock.clone();
    let slow = move || assert!(clock.advance(Duration::from_secs(3)));
    app.wire.beside("ReceiveMessage", slow);
    let redrive = "dead-letters/redrive";
    let first = environment(&app, Method::POST, redrive, &NOTHING).await;
    let cursor = json!({ "cursor": first["nextCursor"].as_str().expect("there is more") });
    for number in 0..20 {
        app.give_up(&format!("more nonsense {number}")).await;
    }
    // By now what the first request left may be in sight again.
    app.clock.advance(Duration::from_secs(5 * 60));
    let last = environment(&app, Method::POST, redrive, &cursor).await;
    assert_eq!(last["nextCursor"], Value::Null, "although there is more");
    let operator = Operator::new(app.client(), "SHOP01", "test");
    let path = "/manage/v1/environments/test/dead-letters/redrive";
    for bad in ["", "x", "MQ", "OTk5OTk5OTk5OTk5OTk5OTk"] {
        let body = json!({ "cursor": bad });
        let refused = operator.anywhere(Method::POST, path, &body).await;
        let is_known = bad == "MQ";
        assert_eq!(refused.status == 400, !is_known, "{bad}: {}", refused.text);
    }
}

#[tokio::test]
async fn nothing_is_redriven_without_its_record() {
    let app = TestApp::start().await;
    let (_, shop, receiver) = shop(&app).await;
    told(&app, &shop, &receiver, true).await;
    let before = receiver.received().len();
    app.wire.break_all("PutItem", Fault::Internal);
    let operator = Operator::new(app.client(), "SHOP01", "test");
    let path = "/manage/v1/environments/test/dead-letters/redrive";
    let refused = operator.anywhere(Method::POST, path, &NOTHING).await;
    assert_eq!(refused.error(), (500, Some(99001)));
    app.wire.heal();
    app.settle().await;
    assert_eq!(receiver.received().len(), before);
    let given_up = environment(&app, Method::GET, "dead-letters", &NOTHING).await;
    assert_eq!(given_up.as_array().map(Vec::len), Some(1), "it is back");
}

#[tokio::test]
async fn deliveries_that_were_never_written_are_named_and_created_on_request() {
    let app = TestApp::start().await;
    let (_, shop, receiver) = shop(&app).await;
    let there = told(&app, &shop, &receiver, false).await;
    // As if the stream had forgotten them: the records are read, and their deliveries are gone.
    let mut lost = Vec::new();
    for _ in 0..3 {
        lost.push(told(&app, &shop, &receiver, false).await);
    }
    let created = shop.create_session().send().await.data();
    let payment_url = text(&created["paymentUrl"]);
    shop.open(&payment_url).await;
    shop.submit(&payment_url, &[("action", "cancel")]).await;
    app.settle().await;
    lost.push(format!("evt_{}_1", text(&created["sessionId"])));
    for event_id in &lost {
        let event = EventId::find(event_id).expect("an event");
        app.forget("TestTable", &Key::delivery(&event, "default"))
            .await;
    }
    let before = receiver.received().len();
    let found = environment(&app, Method::POST, "repair", &NOTHING).await;
    assert_eq!(
        found["missing"],
        json!([]),
        "what is young may be on its way"
    );

    app.clock.advance(Duration::from_secs(120));
    let found = environment(&app, Method::POST, "repair", &NOTHING).await;
    let mut missing: Vec<String> = found["missing"]
        .as_array()
        .expect("a list")
        .iter()
        .map(text)
        .collect();
    missing.sort();
    lost.sort();
    assert_eq!(missing, lost);
    assert!(!missing.contains(&there));
    assert_eq!(
        (&found["created"], &found["nextCursor"]),
        (&json!(0), &Value::Null)
    );
    app.settle().await;
    assert_eq!(receiver.received().len(), before, "named, and nothing else");

    let create = json!({ "create": true });
    let found = environment(&app, Method::POST, "repair", &create).await;
    assert_eq!(found["created"], 4);
    let operator = Operator::new(app.client(), "SHOP01", "test");
    let record = &operator.audit().await[0];
    assert_eq!(record["action"], "deliveries.repaired");
    assert_eq!(record["new"], json!({ "count": 4 }));
    app.settle().await;
    assert_eq!(receiver.received().len(), before + 4);
    let found = environment(&app, Method::POST, "repair", &create).await;
    assert_eq!(
        (&found["missing"], &found["created"]),
        (&json!([]), &json!(0))
    );
}

#[tokio::test]
async fn a_payment_that_cannot_be_read_is_named_and_keeps_no_other_from_its_repair() {
    let app = TestApp::start().await;
    let (_, shop, receiver) = shop(&app).await;
    let (spoiled, lost) = (
        told(&app, &shop, &receiver, false).await,
        told(&app, &shop, &receiver, false).await,
    );
    for event_id in [&spoiled, &lost] {
        let event = EventId::find(event_id).expect("an event");
        app.forget("TestTable", &Key::delivery(&event, "default"))
            .await;
    }
    let payment = EventId::find(&spoiled).expect("an event").reference;
    app.spoil("TestTable", &Key::payment(&payment), "journal")
        .await;
    app.settle().await;
    app.clock.advance(Duration::from_secs(120));
    let found = environment(&app, Method::POST, "repair", &json!({ "create": true })).await;
    assert_eq!(found["unreadable"], json!([format!("P#{payment}")]));
    assert_eq!(
        (&found["missing"], &found["created"]),
        (&json!([lost]), &json!(1))
    );
    assert_eq!(found["nextCursor"], Value::Null);
}
