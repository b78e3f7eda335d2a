//! Attempts: when they are made, what ends them, and what is kept of them (contract README, *Delivery*).

use shared::domain::delivery::ANSWER_KEPT_BYTES;
use tests::Shop;

use super::*;

#[tokio::test]
async fn a_delivery_that_fails_is_tried_at_the_documented_times_and_then_no_more() {
    let app = TestApp::start().await;
    let receiver = Receiver::start().await;
    receiver.answer(&[503; 9]);
    point_at(&app, &receiver.url).await;
    let (_, payment_reference) = app.shop().paid_session().await;
    let event_id = format!("evt_{payment_reference}_1");
    app.settle().await;
    // 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 10 h.
    let plan = [5, 300, 1_800, 7_200, 18_000, 36_000, 36_000].map(Duration::from_secs);
    let mut shares = Vec::new();
    for (number, planned) in (1..).zip(plan) {
        let waiting = delivery(&app, &event_id).await;
        assert_eq!(waiting.attempts.len(), number);
        let now = app.clock.now();
        let delay = waiting.due_at.expect("another attempt").since(now);
        let spread = planned * 4 / 5..=planned * 6 / 5;
        assert!(spread.contains(&delay), "after {number}: {delay:?}");
        shares.push(delay.as_millis() * 1_000 / planned.as_millis());
        // A message may come two seconds early, by the difference of two clocks.
        let early = Duration::from_secs(3);
        pass(&app, delay - early).await;
        assert_eq!(receiver.received().len(), number, "nothing before its time");
        pass(&app, early).await;
        assert_eq!(receiver.received().len(), number + 1);
    }
    let failed = delivery(&app, &event_id).await;
    assert_eq!(
        (failed.state, failed.due_at, failed.ended_at),
        (DeliveryState::Failed, None, Some(app.clock.now()))
    );
    for _ in 0..4 {
        pass(&app, Duration::from_secs(3 * 24 * 3600)).await;
    }
    assert_eq!(receiver.received().len(), 8, "and never again");
    shares.sort_unstable();
    shares.dedup();
    assert!(shares.len() > 3, "each by chance: {shares:?}");
}

#[tokio::test]
async fn a_receiver_that_asks_for_time_gets_it_within_bounds() {
    let app = TestApp::start().await;
    let receiver = Receiver::start().await;
    point_at(&app, &receiver.url).await;
    // Half a minute after the scenario's begin, as a date.
    let date = "Sun, 21 Jun 2026 00:00:30 GMT";
    for (asked, least, most) in [
        ("7", 7, 7),
        ("10", 10, 10),
        ("3600", 10, 12),
        (date, 10, 12),
        ("soon", 4, 6),
    ] {
        receiver.answer_with(429, &[("retry-after", asked)], "");
        let (_, payment_reference) = app.shop().paid_session().await;
        app.settle().await;
        let waiting = delivery(&app, &format!("evt_{payment_reference}_1")).await;
        let delay = waiting.due_at.expect("another attempt");
        let seconds = delay.since(app.clock.now()).as_secs();
        assert!((least..=most).contains(&seconds), "{asked}: {seconds}");
        app.clock.advance(Duration::from_millis(1));
    }
}

#[tokio::test]
async fn of_an_answer_the_first_kibibyte_is_kept() {
    let app = TestApp::start().await;
    let receiver = Receiver::start().await;
    point_at(&app, &receiver.url).await;
    receiver.answer_with(500, &[], &"x".repeat(1024 * 1024));
    let (_, payment_reference) = app.shop().paid_session().await;
    let event_id = format!("evt_{payment_reference}_1");
    app.settle().await;
    let waiting = delivery(&app, &event_id).await;
    assert_eq!(waiting.attempts[0].status, Some(500));
    assert_eq!(waiting.attempts[0].error, None);
    let kept = waiting.last_answer.expect("an answer");
    assert_eq!(kept, "x".repeat(ANSWER_KEPT_BYTES));

    receiver.answer_with(200, &[], "thank you");
    pass(&app, Duration::from_secs(6)).await;
    let delivered = delivery(&app, &event_id).await;
    assert_eq!(delivered.state, DeliveryState::Delivered);
    assert_eq!(delivered.last_answer.as_deref(), Some("thank you"));
}

#[tokio::test]
async fn what_has_no_answer_is_told_by_its_class() {
    let app = TestApp::start().await;
    // Nobody listens there any more.
    let url = Receiver::start().await.url.clone();
    point_at(&app, &url).await;
    let (_, payment_reference) = app.shop().paid_session().await;
    app.settle().await;
    let waiting = delivery(&app, &format!("evt_{payment_reference}_1")).await;
    let attempt = &waiting.attempts[0];
    assert_eq!(
        (attempt.status, attempt.error),
        (None, Some(ErrorClass::NoConnection))
    );
    assert_eq!(waiting.last_answer, None);
}

#[tokio::test]
async fn a_slow_receiver_delays_nobody_else_in_its_batch() {
    let app = TestApp::start().await;
    let (slow, quick) = (Receiver::start().await, Receiver::start().await);
    point_shop_at(&app, "SHOP01", &slow.url).await;
    point_shop_at(&app, "SHOP02", &quick.url).await;
    let mut event_ids = Vec::new();
    for webcode in ["SHOP01", "SHOP02"] {
        let shop = Shop::demo(app.client(), webcode, "test");
        event_ids.push(format!("evt_{}_1", shop.paid_session().await.1));
    }
    app.stack.pump_streams().await.expect("dispatched");
    slow.hold(true);
    let event = batch(event_ids.iter().map(String::as_str));
    let answers = async {
        slow.wait_for(1).await;
        quick.wait_for(1).await;
        // The quick one's outcome is recorded while the slow one still thinks.
        while delivery(&app, &event_ids[1]).await.state != DeliveryState::Delivered {
            tokio::task::yield_now().await;
        }
        let thinking = delivery(&app, &event_ids[0]).await;
        assert_eq!(thinking.state, DeliveryState::Sending);
        slow.hold(false);
    };
    let (answer, ()) = tokio::join!(app.stack.invoke("webhook-worker", event), answers);
    let answer = answer.expect("an answer");
    assert_eq!(answer, json!({ "batchItemFailures": [] }));
    let delivered = delivery(&app, &event_ids[0]).await;
    assert_eq!(delivered.state, DeliveryState::Delivered);
}

#[tokio::test]
async fn messages_that_come_in_another_order_and_twice_are_sent_once_each_with_their_numbers() {
    let app = TestApp::start().await;
    let receiver = Receiver::start().await;
    point_at(&app, &receiver.url).await;
    let shop = app.shop();
    let (_, payment_reference) = shop.paid_session().await;
    shop.refund(&payment_reference, 5_000)
        .send()
        .await
        .expect_success();
    app.stack.pump_streams().await.expect("dispatched");
    let event_ids = [2, 1, 2, 1].map(|sequence| format!("evt_{payment_reference}_{sequence}"));
    for event_id in &event_ids {
        let message = batch([event_id.as_str()]);
        let answer = app.stack.invoke("webhook-worker", message).await;
        assert_eq!(
            answer.expect("an answer"),
            json!({ "batchItemFailures": [] })
        );
    }
    app.settle().await;
    let sequences: Vec<Value> = receiver
        .received()
        .iter()
        .map(|webhook| {
            let body: Value = serde_json::from_str(&webhook.body).expect("JSON");
            body["sequence"].clone()
        })
        .collect();
    assert_eq!(sequences, [2, 1]);
}
