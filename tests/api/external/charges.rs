//! Charges that a service makes by itself, for subscriptions that were scheduled.

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::{Value, json};
use shared::domain::environment::Environment;
use tests::sandbox::text;
use tests::{Answer, Fault, Reaction, Receiver, Shop, TestApp};

use super::{Caller, Scene, pay_body};

/// `acme` has subscriptions.
async fn scene() -> Scene {
    Scene::with(r#""subscriptions": true"#).await
}

async fn scheduled(caller: &Caller, name: &str) -> String {
    let mut body = pay_body(name);
    body["subscriptionInfo"] = json!({ "interval": "MONTH", "intervalCount": 1 });
    let answer = caller.post("/subscription/schedule", &body).await;
    answer.expect_success();
    text(&answer.json(), "subscriptionToken")
}

async fn called_back(caller: &Caller, payment_id: &str) -> Answer {
    let path = format!("/callback?paymentId={payment_id}");
    caller.get(&path).await
}

fn told(payment_id: &str, name: &str, token: &str, status: &str) -> Value {
    json!({
        "status": status, "paymentId": payment_id, "shopTransactionId": name, "providerName": "acme",
        "subscriptionCharge": { "subscriptionToken": token, "amount": 990, "currency": "EUR" },
    })
}

#[tokio::test]
async fn a_charge_that_nobody_asked_for_is_recorded_told_and_can_be_refunded() {
    let scene = scene().await;
    let token = scheduled(&scene.live, "SUB-1").await;
    let payment_id = scene.service.charge(&token, "SHOP01:SUB-1-1", 990);
    let answer = called_back(&scene.live, &payment_id).await;
    assert_eq!((answer.status.as_u16(), answer.text.as_str()), (200, "{}"));
    let expected = told(&payment_id, "SUB-1-1", &token, "ACCEPTED");
    assert_eq!(scene.told(), std::slice::from_ref(&expected));
    assert_eq!(scene.receiver.received()[0].headers["x-webcode"], "SHOP01");
    assert_eq!(scene.live.status(&payment_id).await.json(), expected);
    // To nobody else.
    let stranger = scene.stranger("live", "acme").await;
    let answer = stranger.status(&payment_id).await;
    assert_eq!(answer.error(), (404, Some(10404)));
    // No more than was charged goes back.
    let refund =
        |amount: u64| json!({ "amount": amount, "currency": "EUR", "paymentId": payment_id });
    let refused = scene.live.post("/refund", &refund(991)).await;
    assert_eq!(refused.error(), (400, Some(12001)));
    let refunded = scene.live.post("/refund", &refund(990)).await;
    assert_eq!(refunded.json(), json!({ "result": "OK" }));
    assert_eq!(scene.service.given_back()[0].amount, 990);
    // A chargeback is news like that of any payment.
    scene.service.set_status(&payment_id, "FAILED");
    scene.app.clock.advance(Duration::from_secs(2));
    assert_eq!(called_back(&scene.live, &payment_id).await.status, 200);
    assert_eq!(
        scene.told()[1..],
        [told(&payment_id, "SUB-1-1", &token, "FAILED")]
    );
    // Its name is taken.
    let answer = scene.live.pay("SUB-1-1").await;
    assert_eq!(answer.status, 409, "{}", answer.text);
}

#[tokio::test]
async fn a_charge_is_recorded_once_however_often_and_together_it_is_told() {
    let scene = scene().await;
    let token = scheduled(&scene.live, "SUB-1").await;
    let payment_id = scene.service.charge(&token, "SHOP01:SUB-1-1", 990);
    // Where the machine is busy, the service may not be heard in time: it calls again then, as it should.
    let calls = (0..64).map(|_| async {
        loop {
            let answer = called_back(&scene.live, &payment_id).await;
            match answer.status.as_u16() {
                200 => break,
                502 => assert_eq!(answer.error(), (502, Some(13001))),
                _ => panic!("{} {}", answer.status, answer.text),
            }
        }
    });
    tokio::time::timeout(Duration::from_secs(60), join_all(calls))
        .await
        .expect("each is heard");
    scene
        .later(Environment::Live, Duration::from_secs(90))
        .await;
    let expected = told(&payment_id, "SUB-1-1", &token, "ACCEPTED");
    let all = scene.told();
    assert!(all.iter().all(|one| *one == expected), "{all:?}");
    let mut ids: Vec<_> = scene.receiver.received();
    ids.dedup_by_key(|one| one.headers["x-notification-id"].clone());
    assert_eq!(ids.len(), 1, "one notification");
}

#[tokio::test]
async fn a_pending_charge_is_looked_at_until_it_has_ended() {
    let scene = scene().await;
    let token = scheduled(&scene.live, "SUB-1").await;
    let payment_id = scene.service.charge(&token, "SHOP01:SUB-1-1", 990);
    scene.service.set_status(&payment_id, "PENDING");
    assert_eq!(called_back(&scene.live, &payment_id).await.status, 200);
    assert!(scene.told().is_empty());
    scene.service.set_status(&payment_id, "FAILED");
    scene
        .later(Environment::Live, Duration::from_secs(75))
        .await;
    let expected = told(&payment_id, "SUB-1-1", &token, "FAILED");
    assert_eq!(scene.told(), [expected]);
}

#[tokio::test]
async fn what_is_no_charge_of_a_subscription_is_nobodys() {
    let scene = scene().await;
    let token = scheduled(&scene.live, "SUB-1").await;
    // A name that another payment has; one that was answered KO without a name of the service's.
    scene.live.paid("ORD-1").await;
    let refused = json!({ "result": "KO", "resultDescription": "" });
    scene.service.react("/pay", Reaction::Answer(200, refused));
    assert_eq!(scene.live.pay("ORD-2").await.json()["result"], "KO");
    // Of a subscription that is not known here, not named after the merchant, of another environment, and without an amount.
    let unknown = [
        ("sub-99", "SHOP01:SUB-1-1", 990),
        ("sub-99", "SUB-1-1", 990),
        (token.as_str(), "SUB-1-1", 990),
        (&token, "SHOP02:SUB-1-1", 990),
        (&token, "test:SHOP01:SUB-1-1", 990),
        (&token, "SHOP01:", 990),
        (&token, "SHOP01:SUB-1", 990),
        (&token, "SHOP01:ORD-1", 990),
        (&token, "SHOP01:ORD-2", 990),
        (&token, "SHOP01:SUB-1-1", 0),
    ];
    for (token, name, amount) in unknown {
        let payment_id = scene.service.charge(token, name, amount);
        let answer = called_back(&scene.live, &payment_id).await;
        assert_eq!(answer.error(), (404, Some(10404)), "{name}");
        let answer = scene.live.status(&payment_id).await;
        assert_eq!(answer.error(), (404, Some(10404)), "{name}");
    }
    // Of no subscription, and of one of which it makes no sense.
    let payment_id = scene.service.charge(&token, "SHOP01:SUB-1-1", 990);
    let status = |charge: Value| {
        let mut body = json!({
            "status": "ACCEPTED", "paymentId": payment_id, "shopTransactionId": "SHOP01:SUB-1-1",
        });
        if !charge.is_null() {
            body["subscriptionCharge"] = charge;
        }
        Reaction::Answer(200, body)
    };
    for charge in [
        Value::Null,
        json!({}),
        json!("sub-1"),
        json!({ "subscriptionToken": token }),
        json!({ "subscriptionToken": token, "amount": 9.9, "currency": "EUR" }),
        json!({ "subscriptionToken": token, "amount": 990, "currency": "CHF" }),
    ] {
        scene.service.react("/status", status(charge.clone()));
        let answer = called_back(&scene.live, &payment_id).await;
        assert_eq!(answer.error(), (404, Some(10404)), "{charge}");
    }
    assert!(scene.told().is_empty());
    // A service that cannot be asked, or does not know us, is to call again.
    for reaction in [
        Reaction::Drop,
        Reaction::Garbage,
        Reaction::Answer(500, json!({})),
        Reaction::Answer(401, json!({})),
        Reaction::Answer(429, json!({})),
    ] {
        scene.service.react("/status", reaction);
        let answer = called_back(&scene.live, &payment_id).await;
        assert_eq!(answer.error(), (502, Some(13001)));
    }
    assert_eq!(called_back(&scene.live, &payment_id).await.status, 200);
}

#[tokio::test]
async fn a_name_that_a_refused_request_left_free_is_a_charges() {
    let scene = scene().await;
    let token = scheduled(&scene.live, "SUB-1").await;
    scene
        .service
        .react("/pay", Reaction::Answer(400, json!({})));
    let refused = scene.live.pay("SUB-1-1").await;
    assert_eq!(refused.error(), (400, Some(12001)));
    let payment_id = scene.service.charge(&token, "SHOP01:SUB-1-1", 990);
    assert_eq!(called_back(&scene.live, &payment_id).await.status, 200);
    let expected = told(&payment_id, "SUB-1-1", &token, "ACCEPTED");
    assert_eq!(scene.live.status(&payment_id).await.json(), expected);
    assert_eq!(scene.live.pay("SUB-1-1").await.status, 409);
}

#[tokio::test]
async fn an_answer_that_was_overtaken_undoes_nothing() {
    let scene = scene().await;
    let token = scheduled(&scene.live, "SUB-1").await;
    let payment_id = scene.service.charge(&token, "SHOP01:SUB-1-1", 990);
    // The service takes its time to say ACCEPTED; meanwhile the charge is taken back, and that is told.
    let asked = scene.service.asked().len();
    scene.service.hold(true);
    let accepted = json!({
        "status": "ACCEPTED", "paymentId": payment_id, "shopTransactionId": "SHOP01:SUB-1-1",
        "subscriptionCharge": { "subscriptionToken": token, "amount": 990, "currency": "EUR" },
    });
    scene
        .service
        .react("/status", Reaction::Answer(200, accepted));
    let (first, second) = tokio::join!(called_back(&scene.live, &payment_id), async {
        scene.service.wait_for(asked + 1).await;
        scene.service.set_status(&payment_id, "FAILED");
        scene.app.clock.advance(Duration::from_millis(100));
        let second = called_back(&scene.live, &payment_id);
        let (second, ()) = tokio::join!(second, async {
            scene.service.wait_for(asked + 2).await;
            scene.service.hold(false);
        });
        second
    });
    assert_eq!((first.status.as_u16(), second.status.as_u16()), (200, 200));
    let expected = told(&payment_id, "SUB-1-1", &token, "FAILED");
    assert_eq!(scene.live.status(&payment_id).await.json(), expected);
    scene
        .later(Environment::Live, Duration::from_secs(90))
        .await;
    assert_eq!(scene.told().last(), Some(&expected));
}

#[tokio::test]
async fn an_answer_under_way_is_not_taken_for_a_charge() {
    let scene = scene().await;
    scene
        .service
        .react("/subscription/schedule", Reaction::Drop);
    let mut body = pay_body("SUB-1");
    body["subscriptionInfo"] = json!({ "interval": "MONTH", "intervalCount": 1 });
    let lost = scene.live.post("/subscription/schedule", &body).await;
    assert_eq!(lost.error(), (502, Some(13001)));
    let first = scene.service.charged()[0].clone();
    let answer = called_back(&scene.live, &first.payment_id).await;
    assert_eq!(answer.error(), (404, Some(10404)), "its caller asks again");
    let token = scheduled(&scene.live, "SUB-1").await;
    assert_eq!(first.token.as_deref(), Some(token.as_str()));
    // The same for a charge that was asked for: the subscription is known, and the charge's answer is lost.
    scene.service.react("/subscription/pay", Reaction::Drop);
    let mut charge = pay_body("SUB-1-A");
    charge["subscriptionInfo"] = json!({ "interval": "MONTH", "intervalCount": 1, "token": token });
    let lost = scene.live.post("/subscription/pay", &charge).await;
    assert_eq!(lost.error(), (502, Some(13001)));
    let asked_for = scene.service.charged()[1].payment_id.clone();
    let answer = called_back(&scene.live, &asked_for).await;
    assert_eq!(answer.error(), (404, Some(10404)));
    let again = scene.live.post("/subscription/pay", &charge).await;
    again.expect_success();
    assert_eq!(text(&again.json(), "paymentId"), asked_for);
    let mut expected = told(&asked_for, "SUB-1-A", &token, "ACCEPTED");
    expected["subscriptionCharge"]["amount"] = charge["amount"].clone();
    assert_eq!(scene.live.status(&asked_for).await.json(), expected);
}

#[tokio::test]
async fn each_fault_on_each_call_leaves_one_charge_that_is_told() {
    let scene = scene().await;
    let token = scheduled(&scene.live, "SUB-1").await;
    let mut number = 0;
    for fault in Fault::PASSING {
        for call in 0.. {
            number += 1;
            let name = format!("SUB-1-{number}");
            let payment_id = scene.service.charge(&token, &format!("SHOP01:{name}"), 990);
            scene.app.wire.break_call(call, fault);
            let answer = called_back(&scene.live, &payment_id).await;
            let was_broken = scene.app.wire.was_broken();
            scene.app.wire.heal();
            assert_eq!(answer.status, 200, "{fault:?} at {call}: {}", answer.text);
            let expected = told(&payment_id, &name, &token, "ACCEPTED");
            assert_eq!(scene.live.status(&payment_id).await.json(), expected);
            assert_eq!(scene.told().len(), number, "{fault:?} at {call}");
            if !was_broken {
                break;
            }
        }
    }
    assert!(number > 15, "{number}");
}

#[tokio::test]
async fn the_sandboxs_charges_come_by_themselves() {
    let receiver = Receiver::start().await;
    let app = TestApp::start_with(&[("PaymentCallbackUrl", &receiver.url)]).await;
    let caller = Caller {
        client: app.client(),
        api_key: Shop::demo(app.client(), "SHOP01", "test").api_key,
        external: "sandbox",
    };
    let mut body = pay_body("SUB-1");
    body["subscriptionInfo"] = json!({ "interval": "DAY", "intervalCount": 1 });
    let answer = caller.post("/subscription/schedule", &body).await;
    answer.expect_success();
    let (token, page) = (
        text(&answer.json(), "subscriptionToken"),
        text(&answer.json(), "redirectToUrl"),
    );
    app.sandbox().answer_page(&page, "approve").await;
    app.tick_sandbox().await;
    app.settle().await;
    for _ in 0..3 {
        app.clock.advance(Duration::from_secs(24 * 60 * 60));
        app.tick_sandbox().await;
        app.settle().await;
    }
    let bodies: Vec<Value> = receiver
        .received()
        .iter()
        .map(|one| serde_json::from_str(&one.body).expect("JSON"))
        .collect();
    let names: Vec<&str> = bodies
        .iter()
        .filter_map(|one| one["shopTransactionId"].as_str())
        .collect();
    assert_eq!(names, ["SUB-1", "SUB-1-1", "SUB-1-2", "SUB-1-3"]);
    for charge in &bodies[1..] {
        let expected = json!({
            "subscriptionToken": token, "amount": body["amount"], "currency": body["currency"],
        });
        assert_eq!(charge["subscriptionCharge"], expected);
        assert_eq!(
            caller.status(&text(charge, "paymentId")).await.json(),
            *charge
        );
    }
}
