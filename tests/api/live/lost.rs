//! What gets lost between us and an external service, and between us and the database.

use super::*;
use tests::{Fault, Operator, Reaction, Service};

/// A stack whose first demo merchant pays at a service of the test's own.
struct Scene {
    app: TestApp,
    service: Service,
    operator: Operator,
    shop: Shop,
}

impl Scene {
    /// With capabilities of the service.
    async fn with(capabilities: &str) -> Self {
        let service = Service::start().await;
        let services = format!(
            r#"{{"externalServices": [{{"externalService": "acme", "baseUrl": "{}", "timeoutSeconds": 5,
                "capabilities": {{{capabilities}}}}}]}}"#,
            service.url
        );
        let app = TestApp::start_with(&[("ExternalServices", &services)]).await;
        let operator = Operator::new(app.client(), "SHOP01", "live");
        let body = json!({ "externalService": "acme" });
        let assigned = operator.here(Method::PUT, "external-service", &body).await;
        assert_eq!(assigned.data()["externalService"], "acme");
        let shop = shop(&app);
        Self {
            app,
            service,
            operator,
            shop,
        }
    }

    /// A session that was paid at once: its payment's reference.
    async fn paid(&self) -> String {
        let (session_id, payment_url) = session(&self.shop, 15_000, false).await;
        self.shop.open(&payment_url).await.expect_success();
        let queried = self.shop.query(&session_id).await.data();
        queried["paymentReference"]
            .as_str()
            .expect("paid")
            .to_owned()
    }
}

#[tokio::test]
async fn a_lost_answer_is_found_by_asking_again_under_the_same_name() {
    let scene = Scene::with("").await;
    for reaction in [
        Reaction::Drop,
        Reaction::Garbage,
        Reaction::Answer(500, json!({})),
        Reaction::Answer(200, json!({ "result": "OK" })),
        Reaction::Answer(
            200,
            json!({ "result": "REDIRECT_TO_URL", "paymentId": "p", "redirectToUrl": "javascript:1" }),
        ),
    ] {
        let before = scene.service.charged().len();
        scene.service.react("/pay", reaction.clone());
        let (session_id, payment_url) = session(&scene.shop, 15_000, false).await;
        let page = scene.shop.open(&payment_url).await;
        assert!(
            page.text.contains("content=\"3\""),
            "{reaction:?}: {}",
            page.text
        );
        assert_eq!(
            scene.shop.query(&session_id).await.data()["status"],
            "pending"
        );
        // The customer waits, and the page asks again.
        scene.shop.open(&payment_url).await.expect_success();
        let completed = scene.shop.query(&session_id).await.data();
        assert_eq!(completed["status"], "completed", "{reaction:?}");
        assert_eq!(scene.service.charged().len(), before + 1, "{reaction:?}");
    }
    let asked = scene.service.asked_for("/pay");
    for pair in asked.chunks(2) {
        assert_eq!(pair[0].json(), pair[1].json(), "the very same request");
    }
}

#[tokio::test]
async fn a_lost_answer_is_found_though_the_customer_is_gone() {
    let scene = Scene::with("").await;
    scene.service.react("/pay", Reaction::Drop);
    let (session_id, payment_url) = session(&scene.shop, 15_000, false).await;
    scene.shop.open(&payment_url).await;
    pass(&scene.app, 16).await;
    assert_eq!(
        scene.shop.query(&session_id).await.data()["status"],
        "completed"
    );
    assert_eq!(scene.service.charged().len(), 1);
    assert_eq!(told(&scene.app).await, [event("AUTHORISATION", "success")]);
}

#[tokio::test]
async fn a_request_that_the_service_refuses_as_such_is_a_refused_attempt_only_the_first_time() {
    let scene = Scene::with("").await;
    scene
        .service
        .react("/pay", Reaction::Answer(401, json!({})));
    let (session_id, payment_url) = session(&scene.shop, 15_000, false).await;
    scene.shop.open(&payment_url).await.expect_success();
    let queried = scene.shop.query(&session_id).await.data();
    assert_eq!(queried["attempts"][0]["status"], "refused");

    scene.service.react("/pay", Reaction::Drop);
    scene
        .service
        .react("/pay", Reaction::Answer(401, json!({})));
    let (session_id, payment_url) = session(&scene.shop, 15_000, false).await;
    scene.shop.open(&payment_url).await.expect_success();
    scene.shop.open(&payment_url).await.expect_success();
    let queried = scene.shop.query(&session_id).await.data();
    assert_eq!(
        (&queried["status"], &queried["attempts"]),
        (&json!("pending"), &json!([]))
    );
    pass(&scene.app, 31).await;
    assert_eq!(
        scene.shop.query(&session_id).await.data()["status"],
        "completed"
    );
    assert_eq!(scene.service.charged().len(), 1);
}

#[tokio::test]
async fn each_fault_on_each_call_of_a_visit_ends_in_one_payment() {
    let scene = Scene::with("").await;
    let mut sessions = 0;
    for fault in Fault::PASSING {
        for call in 0.. {
            let (session_id, payment_url) = session(&scene.shop, 15_000, false).await;
            sessions += 1;
            scene.app.wire.break_call(call, fault);
            scene.shop.open(&payment_url).await;
            let was_broken = scene.app.wire.was_broken();
            scene.app.wire.heal();
            for _ in 0..3 {
                scene.shop.open(&payment_url).await;
                pass(&scene.app, 61).await;
            }
            let queried = scene.shop.query(&session_id).await.data();
            assert_eq!(queried["status"], "completed", "{fault:?} at {call}");
            assert_eq!(
                scene.service.charged().len(),
                sessions,
                "{fault:?} at {call}"
            );
            if !was_broken {
                break;
            }
        }
    }
    assert!(sessions > 15, "{sessions}");
}

#[tokio::test]
async fn each_fault_on_each_call_of_the_worker_ends_in_one_refund() {
    let scene = Scene::with(r#""idempotentRefunds": true"#).await;
    let mut refunds = 0;
    for fault in Fault::PASSING {
        for call in 0.. {
            let payment = scene.paid().await;
            scene.app.settle().await;
            scene
                .shop
                .refund(&payment, 100)
                .send()
                .await
                .expect_success();
            refunds += 1;
            scene.app.stack.pump_streams().await.expect("named");
            scene.app.wire.break_call(call, fault);
            // A message that failed comes again; here the sweep finds what it was about.
            if let Err(error) = scene.app.stack.pump_queues().await {
                assert!(scene.app.wire.was_broken(), "{error}");
            }
            let was_broken = scene.app.wire.was_broken();
            scene.app.wire.heal();
            for _ in 0..3 {
                pass(&scene.app, 181).await;
            }
            assert_eq!(
                modifications(&scene.shop).await[0],
                "success",
                "{fault:?} at {call}"
            );
            assert_eq!(
                scene.service.given_back().len(),
                refunds,
                "{fault:?} at {call}"
            );
            if !was_broken {
                break;
            }
        }
    }
    assert!(refunds > 15, "{refunds}");
}

#[tokio::test]
async fn a_refund_whose_outcome_is_unknown_is_not_asked_for_twice_and_an_operator_settles_it() {
    let scene = Scene::with("").await;
    let payment = scene.paid().await;
    scene.service.react("/refund", Reaction::Drop);
    let refund = scene.shop.refund(&payment, 15_000).send().await.data();
    scene.app.settle().await;
    for _ in 0..3 {
        scene
            .service
            .react("/status", Reaction::Answer(500, json!({})));
        pass(&scene.app, 90_000).await;
    }
    assert_eq!(modifications(&scene.shop).await, ["pending"]);
    assert_eq!(scene.service.asked_for("/refund").len(), 1);
    let reference = refund["refundReference"].as_str().expect("a text");
    let path = format!("modifications/{reference}/settle");
    let settle = |status: &'static str| {
        let (operator, path) = (&scene.operator, &path);
        async move {
            operator
                .here(Method::POST, path, &json!({ "status": status }))
                .await
        }
    };
    assert_eq!(settle("maybe").await.error(), (400, Some(12001)));
    assert_eq!(settle("success").await.data()["status"], "success");
    assert_eq!(settle("failed").await.error(), (409, Some(12001)));
    assert_eq!(modifications(&scene.shop).await, ["success"]);
    let events = told(&scene.app).await;
    assert_eq!(events[1], event("REFUND", "success"));
    assert!(scene.operator.audit().await.iter().any(|record| {
        record["action"] == "modification.settled" && record["target"] == reference
    }));
}

#[tokio::test]
async fn a_refund_whose_outcome_is_unknown_is_found_where_the_status_tells_of_it() {
    let scene = Scene::with("").await;
    let payment = scene.paid().await;
    scene.service.react("/refund", Reaction::Drop);
    scene
        .shop
        .refund(&payment, 15_000)
        .send()
        .await
        .expect_success();
    scene.app.settle().await;
    assert_eq!(modifications(&scene.shop).await, ["pending"]);
    reconcile(&scene.app).await;
    assert_eq!(modifications(&scene.shop).await, ["success"]);
    assert_eq!(scene.service.asked_for("/refund").len(), 1);
}

#[tokio::test]
async fn what_a_service_cannot_do_fails_and_says_so() {
    let scene = Scene::with(r#""capture": true"#).await;
    let (session_id, payment_url) = session(&scene.shop, 15_000, true).await;
    scene.shop.open(&payment_url).await.expect_success();
    let queried = scene.shop.query(&session_id).await.data();
    let payment = queried["paymentReference"]
        .as_str()
        .expect("paid")
        .to_owned();
    for kind in ["extend", "cancel"] {
        let asked = scene.shop.modify(kind, &payment, None).send().await;
        asked.expect_success();
        scene.app.settle().await;
    }
    let failed = |code, reason| event_because(code, "failure", reason);
    assert_eq!(
        told(&scene.app).await[1..],
        [
            failed("EXTENSION", "SERVICE_CANNOT_EXTEND"),
            failed("CANCELLATION", "SERVICE_CANNOT_CANCEL"),
        ]
    );
    assert!(
        scene
            .service
            .asked()
            .iter()
            .all(|asked| asked.target == "/v3/pay")
    );
}

#[tokio::test]
async fn nothing_is_reserved_at_a_service_that_cannot_capture() {
    let scene = Scene::with("").await;
    let (_, payment_url) = session(&scene.shop, 15_000, true).await;
    assert_eq!(scene.shop.open(&payment_url).await.status, 503);
    assert!(scene.service.asked().is_empty());
}

#[tokio::test]
async fn reconciling_what_is_only_late_does_not_hold_it_up() {
    let scene = Scene::with(r#""idempotentRefunds": true"#).await;
    let payment = scene.paid().await;
    for _ in 0..4 {
        let busy = Reaction::Answer(429, json!({}));
        scene.service.react("/refund", busy);
    }
    scene
        .shop
        .refund(&payment, 15_000)
        .send()
        .await
        .expect_success();
    scene.app.settle().await;
    for seconds in [6, 31, 121] {
        pass(&scene.app, seconds).await;
    }
    assert_eq!(scene.service.asked_for("/refund").len(), 4);
    for _ in 0..3 {
        reconcile(&scene.app).await;
    }
    pass(&scene.app, 601).await;
    assert_eq!(modifications(&scene.shop).await, ["success"]);
    assert_eq!(scene.service.given_back().len(), 1);
}

#[tokio::test]
async fn a_wrong_credential_is_no_verdict() {
    let scene = Scene::with(r#""idempotentRefunds": true"#).await;
    let payment = scene.paid().await;
    scene
        .service
        .react("/refund", Reaction::Answer(401, json!({})));
    scene
        .shop
        .refund(&payment, 15_000)
        .send()
        .await
        .expect_success();
    scene.app.settle().await;
    assert_eq!(modifications(&scene.shop).await, ["pending"]);
    pass(&scene.app, 6).await;
    assert_eq!(modifications(&scene.shop).await, ["success"]);
}

#[tokio::test]
async fn a_callback_is_not_acknowledged_while_the_service_does_not_say_how_it_stands() {
    let scene = Scene::with("").await;
    scene.paid().await;
    scene.service.set_status("pay-1", "FAILED");
    scene
        .service
        .react("/status", Reaction::Answer(500, json!({})));
    let callback = "/v3/acme/callback?paymentId=pay-1";
    let answer = look(&scene.app, callback).await;
    assert_eq!(answer.error(), (500, Some(13001)));
    assert_eq!(told(&scene.app).await.len(), 1);
    look(&scene.app, callback).await.expect_success();
    let events = told(&scene.app).await;
    assert_eq!(events[1], event("CHARGEBACK", "success"));
}

#[tokio::test]
async fn a_status_of_another_payment_is_not_believed() {
    let scene = Scene::with("").await;
    scene.service.react("/pay", Reaction::Result("PENDING"));
    let (session_id, payment_url) = session(&scene.shop, 15_000, false).await;
    scene.shop.open(&payment_url).await.expect_success();
    let lie = json!({ "status": "ACCEPTED", "paymentId": "pay-1", "shopTransactionId": "SHOP02-PXT-1", "providerName": "" });
    scene.service.react("/status", Reaction::Answer(200, lie));
    pass(&scene.app, 16).await;
    assert_eq!(
        scene.shop.query(&session_id).await.data()["status"],
        "pending"
    );
    let records = scene.operator.audit().await;
    assert_eq!(records[0]["action"], "processor.disagreed");
    scene.service.set_status("pay-1", "ACCEPTED");
    pass(&scene.app, 31).await;
    assert_eq!(
        scene.shop.query(&session_id).await.data()["status"],
        "completed"
    );
}

#[tokio::test]
async fn a_service_must_be_configured_to_be_assigned() {
    let scene = Scene::with("").await;
    let put = |body: Value| {
        let operator = &scene.operator;
        async move { operator.here(Method::PUT, "external-service", &body).await }
    };
    assert_eq!(
        put(json!({ "externalService": "nobody" })).await.error(),
        (400, Some(12001))
    );
    assert_eq!(put(json!({})).await.error(), (400, Some(12001)));
    let none = put(json!({ "externalService": null })).await.data();
    assert_eq!(none["externalService"], Value::Null);
    assert_eq!(none["available"], json!(["acme", "sandbox"]));
    let (_, payment_url) = session(&scene.shop, 15_000, false).await;
    assert_eq!(scene.shop.open(&payment_url).await.status, 503);
    let test = Operator::new(scene.app.client(), "SHOP01", "test");
    let refused = test
        .here(
            Method::PUT,
            "external-service",
            &json!({ "externalService": "acme" }),
        )
        .await;
    assert_eq!(refused.error(), (400, Some(12001)));
}
