//! What operators do for merchants (docs/management.md).

use std::time::Duration;

use futures_util::future::{join, join_all};
use http::Method;
use jsonwebtoken::{Algorithm, Validation};
use serde_json::{Value, json};
use shared::domain::client_secret::InForce;
use shared::domain::environment::Environment;
use shared::domain::webcode::Webcode;
use shared::signature;
use shared::store::commit::CommitError;
use shared::store::{self, Deadline, MerchantConfig, Webhook};
use tests::{Fault, Operator, Receiver, TestApp};

const NOTHING: Value = Value::Null;

fn operator(app: &TestApp, environment: &'static str) -> Operator {
    Operator::new(app.client(), "SHOP03", environment)
}

/// An operator, in Test, of a merchant that was just created.
async fn of_a_new_merchant(app: &TestApp) -> Operator {
    let operator = operator(app, "test");
    assert_eq!(operator.create_merchant("Shop three").await.status, 201);
    operator
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

fn webcode() -> Webcode {
    Webcode::parse("SHOP03").expect("a webcode")
}

fn deadline() -> Deadline {
    Deadline::within(Duration::from_secs(5))
}

#[tokio::test]
async fn a_key_lives_from_its_creation_to_its_revocation() {
    let app = TestApp::start().await;
    let operator = of_a_new_merchant(&app).await;
    let made = operator.create_key().await.data();
    let (id, secret) = (text(&made["id"]), text(&made["clientSecret"]));
    let shop = operator.shop(&text(&made["apiKey"]), &secret);
    assert_eq!(shop.create_session().send().await.status, 201);
    assert_eq!(
        operator.keys().await,
        [json!({
            "id": id,
            "environment": "test",
            "endsWith": shop.api_key[shop.api_key.len() - 4..],
            "ips": [],
            "createdAt": "2026-06-21T00:00:00.000Z",
        })]
    );

    // Its addresses hold on the very next request.
    let key = format!("keys/{id}");
    let away = json!({ "ips": ["203.0.113.0/24", "2001:db8::1"] });
    let restricted = operator.here(Method::PATCH, &key, &away).await.data();
    assert_eq!(
        restricted["ips"],
        json!(["203.0.113.0/24", "2001:db8::1/128"])
    );
    assert_eq!(
        shop.create_session().send().await.error(),
        (403, Some(11002))
    );
    let near = json!({ "ips": ["203.0.113.0/24", "127.0.0.1"] });
    operator
        .here(Method::PATCH, &key, &near)
        .await
        .expect_success();
    assert_eq!(shop.create_session().send().await.status, 201);
    operator
        .here(Method::PATCH, &key, &away)
        .await
        .expect_success();

    // Another value keeps id and addresses, and the old one is worth nothing.
    app.clock.advance(Duration::from_secs(60));
    let regenerate = format!("{key}/regenerate");
    let again = operator.here(Method::POST, &regenerate, &NOTHING).await;
    let again = again.data();
    assert_eq!(again["id"], id);
    assert_eq!(again["ips"], restricted["ips"]);
    assert_eq!(again["regeneratedAt"], "2026-06-21T00:01:00.000Z");
    assert_eq!(again.get("clientSecret"), None);
    assert_eq!(
        shop.create_session().send().await.error(),
        (403, Some(11001))
    );
    let shop = shop.with_key(&text(&again["apiKey"]));
    assert_eq!(
        shop.create_session().send().await.error(),
        (403, Some(11002))
    );
    let anywhere = json!({ "ips": [] });
    operator
        .here(Method::PATCH, &key, &anywhere)
        .await
        .expect_success();
    assert_eq!(shop.create_session().send().await.status, 201);

    // Revoked, it fails on the very next request, for good.
    let revoked = operator.here(Method::DELETE, &key, &NOTHING).await.data();
    assert_eq!(revoked["revokedAt"], "2026-06-21T00:01:00.000Z");
    assert_eq!(
        shop.create_session().send().await.error(),
        (403, Some(11001))
    );
    assert!(operator.keys().await.is_empty());
    app.clock.advance(Duration::from_secs(60));
    let twice = operator.here(Method::DELETE, &key, &NOTHING).await.data();
    assert_eq!(twice, revoked, "it is revoked already");
    for (method, path) in [(Method::PATCH, &key), (Method::POST, &regenerate)] {
        let answer = operator.here(method, path, &anywhere).await;
        assert_eq!(answer.error(), (404, Some(10404)), "{path}");
    }
}

#[tokio::test]
async fn the_first_key_of_an_environment_makes_its_client_secret() {
    let app = TestApp::start().await;
    let test = of_a_new_merchant(&app).await;
    let live = operator(&app, "live");
    for (operator, environment) in [(&test, "test"), (&live, "live")] {
        let first = operator.create_key().await;
        assert_eq!(first.status, 201);
        assert_eq!(first.header("cache-control"), Some("no-store"));
        let first = first.data();
        assert!(text(&first["apiKey"]).starts_with(&format!("pk_{environment}_")));
        assert!(text(&first["clientSecret"]).starts_with(&format!("cs_{environment}_")));
        let second = operator.create_key().await.data();
        assert_eq!(second.get("clientSecret"), None);
        for made in [&first, &second] {
            let path = format!("keys/{}", text(&made["id"]));
            operator
                .here(Method::DELETE, &path, &NOTHING)
                .await
                .expect_success();
        }
        // Nor does the first one after all were revoked.
        let third = operator.create_key().await.data();
        assert_eq!(third.get("clientSecret"), None);
        assert_eq!(operator.keys().await.len(), 1, "{environment}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sixty_four_racing_first_keys_make_one_client_secret() {
    let app = TestApp::start_in_real_time().await;
    let operator = of_a_new_merchant(&app).await;
    let answers = join_all((0..64).map(|_| operator.create_key())).await;
    let made: Vec<Value> = answers.iter().map(tests::Answer::data).collect();
    let secrets: Vec<&Value> = made
        .iter()
        .filter_map(|made| made.get("clientSecret"))
        .collect();
    let [secret] = secrets.as_slice() else {
        panic!("one secret, and not {}", secrets.len())
    };
    assert_eq!(operator.keys().await.len(), 64);
    // It is the one that counts, whichever key is used.
    for made in [&made[0], &made[63]] {
        let shop = operator.shop(&text(&made["apiKey"]), &text(secret));
        let url = text(&shop.create_session().send().await.data()["paymentUrl"]);
        let page = shop.pay(&url, "Test User").await;
        assert!(is_signed_with(&page.text, &shop.client_secret));
    }
}

/// Whether the `data` that a page hands out is signed with a secret.
fn is_signed_with(page: &str, secret: &str) -> bool {
    let data = page.split("data=").nth(1).expect("data");
    let data = data.split('"').next().expect("its end");
    let mut validation = Validation::new(Algorithm::HS256);
    validation.validate_exp = false;
    shared::jwt::verify::<Value>(data, secret.as_bytes(), &validation).is_ok()
}

#[tokio::test]
async fn a_revocation_wins_over_a_regeneration_whoever_comes_first() {
    let app = TestApp::start_in_real_time().await;
    let operator = of_a_new_merchant(&app).await;
    for _ in 0..8 {
        let made = operator.create_key().await.data();
        let key = format!("keys/{}", text(&made["id"]));
        let regenerate = format!("{key}/regenerate");
        let (again, revoked) = join(
            operator.here(Method::POST, &regenerate, &NOTHING),
            operator.here(Method::DELETE, &key, &NOTHING),
        )
        .await;
        assert_eq!(revoked.status, 200, "{}", revoked.text);
        let mut values = vec![text(&made["apiKey"])];
        if again.status == 200 {
            values.push(text(&again.data()["apiKey"]));
        } else {
            assert_eq!(again.error(), (404, Some(10404)));
        }
        for api_key in values {
            let shop = operator.shop(&api_key, "");
            assert_eq!(
                shop.create_session().send().await.error(),
                (403, Some(11001))
            );
        }
    }
    assert!(operator.keys().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn racing_changes_are_recorded_as_one_chain() {
    let app = TestApp::start_in_real_time().await;
    let operator = of_a_new_merchant(&app).await;
    let made = operator.create_key().await.data();
    let key = format!("keys/{}", text(&made["id"]));
    let changes = (1..=16).map(|number| {
        let (operator, key) = (&operator, &key);
        async move {
            let body = json!({ "ips": [format!("203.0.113.{number}")] });
            operator
                .here(Method::PATCH, key, &body)
                .await
                .expect_success();
        }
    });
    join_all(changes).await;
    // Each change says what it found: what another one left, and nothing twice.
    let mut records = operator.audit().await;
    records.retain(|record| record["action"] == "key.restricted");
    assert_eq!(records.len(), 16);
    let mut ips = json!([]);
    while let Some(place) = records
        .iter()
        .position(|record| record["old"]["ips"] == ips)
    {
        ips = records.remove(place)["new"]["ips"].take();
    }
    assert!(records.is_empty(), "{records:?}");
    assert_eq!(operator.keys().await[0]["ips"], ips);
}

#[tokio::test]
async fn a_lost_reply_of_the_database_neither_doubles_nor_refuses_a_change() {
    for fault in [Fault::LostReply, Fault::Unsent, Fault::Conflict] {
        let app = TestApp::start().await;
        let operator = of_a_new_merchant(&app).await;
        app.wire.break_next("TransactWriteItems", fault);
        let made = operator.create_key().await.data();
        assert!(made["clientSecret"].is_string(), "{fault:?}");
        let key = format!("keys/{}", text(&made["id"]));
        let regenerate = format!("{key}/regenerate");
        app.wire.break_next("TransactWriteItems", fault);
        let again = operator.here(Method::POST, &regenerate, &NOTHING).await;
        let shop = operator.shop(&text(&again.data()["apiKey"]), "");
        assert_eq!(shop.create_session().send().await.status, 201, "{fault:?}");
        app.wire.break_next("TransactWriteItems", fault);
        let rotated = operator.here(Method::POST, "secret/rotate", &NOTHING).await;
        assert_eq!(rotated.status, 200, "{fault:?}");
        assert_eq!(operator.keys().await.len(), 1, "{fault:?}");
        assert_eq!(operator.audit().await.len(), 5, "{fault:?}");
        assert_eq!(app.wire.faults_left(), 0);
    }
}

#[tokio::test]
async fn a_merchant_is_created_once_and_completed_by_repeating_it() {
    let app = TestApp::start().await;
    let operator = operator(&app, "test");
    let missing = operator.send(Method::GET, "/SHOP03", &NOTHING).await;
    assert_eq!(missing.error(), (404, Some(10404)));

    // A first try was cut off between the two tables.
    let config = MerchantConfig {
        name: "Shop three".to_owned(),
    };
    let write = store::put_merchant(&webcode(), &config, None, "cut off").expect("mapped");
    let live = app.stack.app().store(Environment::Live);
    live.commit(&[write], "cut off", deadline())
        .await
        .expect("written");
    let half = operator.send(Method::GET, "/SHOP03", &NOTHING).await.data();
    assert_eq!(
        half,
        json!({"webcode": "SHOP03", "name": "Shop three", "complete": false})
    );
    assert_eq!(
        operator.create_key().await.error(),
        (404, Some(10404)),
        "Test has no such merchant yet"
    );

    assert_eq!(operator.create_merchant("Shop three").await.status, 201);
    let whole = json!({"webcode": "SHOP03", "name": "Shop three", "complete": true});
    let found = operator.send(Method::GET, "/SHOP03", &NOTHING).await.data();
    assert_eq!(found, whole);
    let twice = operator.create_merchant("Shop three").await;
    assert_eq!((twice.status.as_u16(), twice.data()), (200, whole));
    let other = operator.create_merchant("Another shop").await;
    assert_eq!(other.error(), (409, Some(12001)));

    let name = json!({ "name": "Shop 3" });
    let renamed = operator.send(Method::PATCH, "/SHOP03", &name).await.data();
    let found = operator.send(Method::GET, "/SHOP03", &NOTHING).await.data();
    assert_eq!(found, renamed);
    assert_eq!(found["name"], "Shop 3");
    let unknown = operator.send(Method::PATCH, "/SHOP04", &name).await;
    assert_eq!(unknown.error(), (404, Some(10404)));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_racing_creations_with_different_names_one_wins_in_both_environments() {
    let app = TestApp::start_in_real_time().await;
    let operator = operator(&app, "test");
    let names: Vec<String> = (0..16).map(|number| format!("Shop {number}")).collect();
    let answers = join_all(names.iter().map(|name| operator.create_merchant(name))).await;
    let created: Vec<Value> = answers
        .iter()
        .filter(|answer| answer.status == 201)
        .map(tests::Answer::data)
        .collect();
    let [created] = created.as_slice() else {
        panic!("one is created: {created:?}")
    };
    for answer in answers.iter().filter(|answer| answer.status != 201) {
        assert_eq!(answer.error(), (409, Some(12001)));
    }
    let found = operator.send(Method::GET, "/SHOP03", &NOTHING).await.data();
    assert_eq!(found["name"], created["name"]);
    assert_eq!(found["complete"], true);
}

#[tokio::test]
async fn racing_renames_agree_on_one_name_in_both_environments() {
    let app = TestApp::start_in_real_time().await;
    let operator = operator(&app, "test");
    assert_eq!(operator.create_merchant("Shop").await.status, 201);
    let names: Vec<Value> = (0..16)
        .map(|number| json!({ "name": format!("Shop {number}") }))
        .collect();
    let renames = names
        .iter()
        .map(|name| operator.send(Method::PATCH, "/SHOP03", name));
    for answer in join_all(renames).await {
        assert_eq!(answer.status, 200, "{}", answer.text);
    }
    let found = operator.send(Method::GET, "/SHOP03", &NOTHING).await.data();
    assert_eq!(found["complete"], true, "{found}");
}

#[tokio::test]
async fn an_address_that_cannot_be_delivered_to_is_refused_when_it_is_set() {
    let app = TestApp::start().await;
    let operator = of_a_new_merchant(&app).await;
    assert_eq!(operator.create_key().await.status, 201);
    for bad in [
        "https://señor.example/hook",
        "https://shop.example\\hook",
        "https://169.254.169.254/latest",
        "https://10.0.0.1/",
        "https://0x7f.1.2.3.4/",
        "http://shop.example/hook",
    ] {
        let refused = operator
            .here(Method::PATCH, "webhook", &json!({ "url": bad }))
            .await;
        assert_eq!(
            refused.error(),
            (400, Some(12001)),
            "{bad}: {}",
            refused.text
        );
    }
    let good = json!({ "url": "https://xn--seor-hqa.example/hook?key=1" });
    assert_eq!(
        operator.here(Method::PATCH, "webhook", &good).await.status,
        200
    );
}

#[tokio::test]
async fn a_webhook_needs_an_active_key() {
    let app = TestApp::start().await;
    let operator = of_a_new_merchant(&app).await;
    let receiver = Receiver::start().await;
    let set = json!({ "url": receiver.url });
    let refused = operator.here(Method::PATCH, "webhook", &set).await;
    assert_eq!(refused.error(), (422, Some(12001)));
    let none = json!({"url": null, "enabled": false});
    let shown = operator.here(Method::GET, "webhook", &NOTHING).await;
    assert_eq!(shown.data(), none);

    let made = operator.create_key().await.data();
    let shown = operator.here(Method::PATCH, "webhook", &set).await.data();
    assert_eq!(shown, json!({"url": receiver.url, "enabled": true}));
    let shop = operator.shop(&text(&made["apiKey"]), &text(&made["clientSecret"]));
    shop.paid_session().await;
    app.settle().await;
    assert_eq!(receiver.received().len(), 1);

    let off = json!({ "enabled": false });
    let shown = operator.here(Method::PATCH, "webhook", &off).await.data();
    assert_eq!(shown, json!({"url": receiver.url, "enabled": false}));
    shop.paid_session().await;
    app.settle().await;
    assert_eq!(receiver.received().len(), 1);

    // Without a key it can be disabled, and nothing else.
    let key = format!("keys/{}", text(&made["id"]));
    operator
        .here(Method::DELETE, &key, &NOTHING)
        .await
        .expect_success();
    for (body, status) in [(&off, 200), (&json!({"enabled": true}), 422), (&set, 422)] {
        let answer = operator.here(Method::PATCH, "webhook", body).await;
        assert_eq!(answer.status, status, "{body}");
    }
}

#[tokio::test]
async fn a_webhook_is_not_set_beside_the_revocation_of_the_last_key() {
    let app = TestApp::start().await;
    let operator = of_a_new_merchant(&app).await;
    let made = operator.create_key().await.data();
    let store = app.stack.app().store(Environment::Test);
    let entries = store.key_entries(&webcode(), deadline()).await;
    let entries = entries.expect("an answer");
    // The key was active when it was read, and is revoked before the webhook is written.
    let key = format!("keys/{}", text(&made["id"]));
    operator
        .here(Method::DELETE, &key, &NOTHING)
        .await
        .expect_success();
    let webhook = Webhook {
        url: "https://shop.example/".to_owned(),
        enabled: true,
    };
    let writes = [
        store::require_active_key(&webcode(), &entries[0]),
        store::put_webhook(&webcode(), &webhook, None, "late").expect("mapped"),
    ];
    let outcome = store.commit(&writes, "late", deadline()).await;
    let Err(CommitError::Refused(refusals)) = outcome else {
        panic!("refused: {outcome:?}")
    };
    assert!(refusals.of(0).is_some() && refusals.of(1).is_none());
    let shown = operator.here(Method::GET, "webhook", &NOTHING).await;
    assert_eq!(shown.data()["url"], Value::Null);
}

#[tokio::test]
async fn webhooks_go_to_https_or_to_a_network_that_the_operator_of_the_stack_allows() {
    let app = TestApp::start().await;
    let operator = of_a_new_merchant(&app).await;
    operator.create_key().await.expect_success();
    let long = format!("https://shop.example/{}", "a".repeat(1024));
    for (url, status) in [
        ("https://shop.example/hook?key=hunter2", 200),
        ("http://127.0.0.1:1/hook", 200),
        ("http://shop.example/hook", 400),
        ("http://10.0.0.1/hook", 400),
        ("https://me:hunter2@shop.example/hook", 400),
        ("javascript:alert(1)", 400),
        (long.as_str(), 400),
        ("", 400),
    ] {
        let body = json!({ "url": url });
        let answer = operator.here(Method::PATCH, "webhook", &body).await;
        assert_eq!(answer.status, status, "{url}");
    }
}

/// The headers of the last webhook of a payment that is made now, and whether they are those of a signature with these
/// secrets.
async fn signed_now(app: &TestApp, receiver: &Receiver, shop: &tests::Shop, secrets: [&str; 2]) {
    shop.paid_session().await;
    app.settle().await;
    let received = receiver.received();
    let webhook = received.last().expect("a webhook");
    let header = |name: &str| {
        let value = webhook.headers.get(name);
        value
            .and_then(|value| value.to_str().ok())
            .expect("a header")
    };
    let timestamp: u64 = header("webhook-timestamp").parse().expect("a number");
    let [signs, also] = secrets.map(str::to_owned);
    let expected = signature::avirato(&signs, timestamp, &webhook.body);
    assert_eq!(header("x-avirato-signature"), expected);
    assert_eq!(expected.matches("v1=").count(), 1);
    let secrets = InForce {
        signs,
        also_counts: Some(also).filter(|also| !also.is_empty()),
    };
    let id = header("webhook-id");
    let expected = signature::standard_webhooks(&secrets, id, timestamp, &webhook.body);
    assert_eq!(header("webhook-signature"), expected);
    let count = 1 + usize::from(secrets.also_counts.is_some());
    assert_eq!(expected.split(' ').count(), count);
}

#[tokio::test]
async fn a_rotated_secret_signs_at_once_and_the_old_one_counts_for_a_day() {
    let app = TestApp::start().await;
    let operator = of_a_new_merchant(&app).await;
    let early = operator.here(Method::POST, "secret/rotate", &NOTHING).await;
    assert_eq!(early.error(), (422, Some(12001)), "there is none yet");
    let made = operator.create_key().await.data();
    let receiver = Receiver::start().await;
    let set = json!({ "url": receiver.url });
    operator
        .here(Method::PATCH, "webhook", &set)
        .await
        .expect_success();
    let old = text(&made["clientSecret"]);
    let shop = operator.shop(&text(&made["apiKey"]), &old);
    signed_now(&app, &receiver, &shop, [&old, ""]).await;

    let rotated = operator.here(Method::POST, "secret/rotate", &NOTHING).await;
    let rotated = rotated.data();
    assert_eq!(rotated["effectiveAt"], "2026-06-21T00:00:00.000Z");
    let new = text(&rotated["clientSecret"]);
    assert!(new.starts_with("cs_test_") && new != old);
    signed_now(&app, &receiver, &shop, [&new, &old]).await;
    let url = text(&shop.create_session().send().await.data()["paymentUrl"]);
    let page = shop.pay(&url, "Test User").await;
    assert!(is_signed_with(&page.text, &new) && !is_signed_with(&page.text, &old));

    app.clock.advance(Duration::from_secs(24 * 60 * 60 - 1));
    signed_now(&app, &receiver, &shop, [&new, &old]).await;
    app.clock.advance(Duration::from_secs(1));
    signed_now(&app, &receiver, &shop, [&new, ""]).await;
}

#[tokio::test]
async fn a_planned_rotation_changes_nothing_before_its_time() {
    let app = TestApp::start().await;
    let operator = of_a_new_merchant(&app).await;
    let made = operator.create_key().await.data();
    let receiver = Receiver::start().await;
    let set = json!({ "url": receiver.url });
    operator
        .here(Method::PATCH, "webhook", &set)
        .await
        .expect_success();
    let old = text(&made["clientSecret"]);
    let shop = operator.shop(&text(&made["apiKey"]), &old);

    let plan = json!({ "effectiveAt": "2026-06-21T03:00:00+02:00" });
    let planned = operator.here(Method::POST, "secret/rotate", &plan).await;
    let planned = planned.data();
    assert_eq!(planned["effectiveAt"], "2026-06-21T01:00:00.000Z");
    let new = text(&planned["clientSecret"]);
    app.clock.advance(Duration::from_secs(60 * 60 - 1));
    signed_now(&app, &receiver, &shop, [&old, ""]).await;
    app.clock.advance(Duration::from_secs(1));
    signed_now(&app, &receiver, &shop, [&new, &old]).await;
    app.clock.advance(Duration::from_secs(24 * 60 * 60 - 1));
    signed_now(&app, &receiver, &shop, [&new, &old]).await;
    app.clock.advance(Duration::from_secs(1));
    signed_now(&app, &receiver, &shop, [&new, ""]).await;

    for (at, code) in [
        ("2026-06-22T01:00:00Z", 12001),
        ("2025-12-01T00:00:00Z", 12001),
        ("2027-06-21T00:00:00Z", 12001),
        ("2026-06-30", 12002),
        ("2026-06-30T00:00:00", 12002),
        ("tomorrow", 12002),
    ] {
        let body = json!({ "effectiveAt": at });
        let refused = operator.here(Method::POST, "secret/rotate", &body).await;
        assert_eq!(refused.error(), (400, Some(code)), "{at}");
    }
}

#[tokio::test]
async fn every_change_is_recorded_with_who_made_it_and_without_a_secret() {
    let app = TestApp::start().await;
    let operator = of_a_new_merchant(&app).await;
    let made = operator.create_key().await.data();
    let id = text(&made["id"]);
    let key = format!("keys/{id}");
    let again = operator
        .here(Method::POST, &format!("{key}/regenerate"), &NOTHING)
        .await
        .data();
    let rotated = operator
        .here(Method::POST, "secret/rotate", &NOTHING)
        .await
        .data();
    for (method, path, body) in [
        (Method::PATCH, key.as_str(), json!({"ips": ["127.0.0.0/8"]})),
        // Nothing changes, so nothing is recorded.
        (Method::PATCH, key.as_str(), json!({"ips": ["127.0.0.0/8"]})),
        (
            Method::PATCH,
            "webhook",
            json!({"url": "https://shop.example/hook?key=hunter2"}),
        ),
        (Method::PATCH, "webhook", json!({"enabled": false})),
        (Method::DELETE, key.as_str(), NOTHING),
        (Method::DELETE, key.as_str(), NOTHING),
    ] {
        app.clock.advance(Duration::from_secs(1));
        let answer = operator.here(method, path, &body).await;
        assert_eq!(answer.status, 200, "{path} {body}");
    }
    let name = json!({ "name": "Shop 3" });
    app.clock.advance(Duration::from_secs(1));
    operator
        .send(Method::PATCH, "/SHOP03", &name)
        .await
        .expect_success();

    let mut records = operator.audit().await;
    let expected_who = json!("arn:aws:iam::000000000000:user/local-operator");
    for record in &mut records {
        assert_eq!(record["who"], expected_who);
        assert_eq!(record["from"], "127.0.0.1");
        assert_eq!(text(&record["traceId"]).len(), 32);
    }
    let newest: Vec<Value> = records[..5]
        .iter()
        .map(|record| {
            json!([
                record["action"],
                record["target"],
                record["old"],
                record["new"]
            ])
        })
        .collect();
    let url = "https://shop.example/hook?…";
    assert_eq!(
        newest,
        [
            json!(["merchant.renamed", null, {"name": "Shop three"}, {"name": "Shop 3"}]),
            json!(["key.revoked", id, null, null]),
            json!(["webhook.changed", null, {"url": url, "enabled": true}, {"url": url, "enabled": false}]),
            json!(["webhook.changed", null, null, {"url": url, "enabled": true}]),
            json!(["key.restricted", id, {"ips": []}, {"ips": ["127.0.0.0/8"]}]),
        ]
    );
    // The clock stood still for the first ones.
    let mut oldest: Vec<String> = records[5..].iter().map(|r| text(&r["action"])).collect();
    oldest.sort();
    assert_eq!(
        oldest,
        [
            "key.created",
            "key.regenerated",
            "merchant.created",
            "secret.created",
            "secret.rotated"
        ]
    );
    // Live knows what happened there.
    let live = operator_actions(&app, "live").await;
    assert_eq!(live, ["merchant.renamed", "merchant.created"]);

    // Neither what is told nor what is stored has a key, a secret, or where one is found.
    let store = app.stack.app().store(Environment::Test);
    let stored = store.audit_records(&webcode(), None, 100, deadline()).await;
    let told = format!("{records:?} {:?}", stored.expect("records"));
    let entries = store.key_entries(&webcode(), deadline()).await;
    let hash = entries.expect("entries")[0].hash.as_str().to_owned();
    for secret in [
        &text(&made["apiKey"]),
        &text(&made["clientSecret"]),
        &text(&again["apiKey"]),
        &text(&rotated["clientSecret"]),
        &hash,
        "pk_test_",
        "cs_test_",
        "hunter2",
        "v1.",
    ] {
        assert!(!told.contains(secret), "{secret}");
    }
}

async fn operator_actions(app: &TestApp, environment: &'static str) -> Vec<String> {
    let records = operator(app, environment).audit().await;
    records.iter().map(|r| text(&r["action"])).collect()
}

#[tokio::test]
async fn audit_records_come_in_pages_newest_first() {
    let app = TestApp::start().await;
    let operator = of_a_new_merchant(&app).await;
    for number in 0..6 {
        app.clock.advance(Duration::from_secs(1));
        let name = json!({ "name": format!("Shop {number}") });
        operator
            .send(Method::PATCH, "/SHOP03", &name)
            .await
            .expect_success();
    }
    let (mut names, mut cursor, mut pages) = (Vec::new(), String::new(), 0);
    loop {
        let path = format!("audit?limit=3{cursor}");
        let answer = operator.here(Method::GET, &path, &NOTHING).await.json();
        for record in answer["data"].as_array().expect("a list") {
            names.push(text(&record["new"]["name"]));
        }
        pages += 1;
        assert_eq!(answer["pagination"]["limit"], 3);
        match answer["pagination"]["nextCursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(pages, 3);
    assert_eq!(
        names,
        [
            "Shop 5",
            "Shop 4",
            "Shop 3",
            "Shop 2",
            "Shop 1",
            "Shop 0",
            "Shop three"
        ]
    );
    for query in [
        "limit=0",
        "limit=101",
        "limit=x",
        "cursor=",
        "cursor=%00",
        "cursor=S0VZ",
    ] {
        let path = format!("audit?{query}");
        let refused = operator.here(Method::GET, &path, &NOTHING).await;
        assert_eq!(refused.error(), (400, Some(12001)), "{query}");
    }
}

#[tokio::test]
async fn nobody_but_an_operator_manages() {
    let app = TestApp::start().await;
    let made = of_a_new_merchant(&app).await.create_key().await.data();
    let api_key = text(&made["apiKey"]);
    for authorization in ["", "Bearer guess", &format!("Bearer {api_key}"), &api_key] {
        let stranger = operator(&app, "test").with_authorization(authorization);
        for (method, path) in [
            (Method::POST, ""),
            (Method::GET, "/SHOP03"),
            (Method::PATCH, "/SHOP03"),
            (Method::POST, "/SHOP03/test/keys"),
            (Method::GET, "/SHOP03/test/keys"),
            (Method::PATCH, "/SHOP03/test/keys/key_1"),
            (Method::DELETE, "/SHOP03/test/keys/key_1"),
            (Method::POST, "/SHOP03/test/keys/key_1/regenerate"),
            (Method::POST, "/SHOP03/test/secret/rotate"),
            (Method::GET, "/SHOP03/test/webhook"),
            (Method::PATCH, "/SHOP03/test/webhook"),
            (Method::GET, "/SHOP03/test/audit"),
        ] {
            let answer = stranger.send(method.clone(), path, &json!({})).await;
            assert_eq!(answer.status, 403, "{method} {path}");
            assert_eq!(answer.json(), json!({"message": "Forbidden"}));
        }
    }
    assert_eq!(operator(&app, "test").keys().await.len(), 1);
}

#[tokio::test]
async fn what_the_path_names_must_be_there() {
    let app = TestApp::start().await;
    let operator = of_a_new_merchant(&app).await;
    operator.create_key().await.expect_success();
    for (method, path) in [
        (Method::GET, "/NOBODY"),
        (Method::GET, "/shop03"),
        (Method::GET, "/%00"),
        (Method::GET, "/NOBODY/test/keys"),
        (Method::POST, "/NOBODY/test/keys"),
        (Method::GET, "/NOBODY/test/audit"),
        (Method::GET, "/NOBODY/test/webhook"),
        (Method::POST, "/NOBODY/test/secret/rotate"),
        (Method::GET, "/SHOP03/prod/keys"),
        (Method::POST, "/SHOP03/LIVE/keys"),
        (Method::DELETE, "/SHOP03/test/keys/key_0123456789abcdef"),
        (Method::DELETE, "/SHOP03/test/keys/%23"),
        (Method::DELETE, "/SHOP03/live/keys/key_1"),
    ] {
        let answer = operator.send(method.clone(), path, &NOTHING).await;
        assert_eq!(answer.error(), (404, Some(10404)), "{method} {path}");
    }
    // A key of one environment is not found in the other, nor below another merchant.
    let id = text(&operator.keys().await[0]["id"]);
    for path in [
        format!("/SHOP03/live/keys/{id}"),
        format!("/SHOP01/test/keys/{id}"),
    ] {
        let answer = operator.send(Method::DELETE, &path, &NOTHING).await;
        assert_eq!(answer.error(), (404, Some(10404)), "{path}");
    }
    assert_eq!(operator.keys().await.len(), 1);
}

#[tokio::test]
async fn hostile_bodies_are_refused_and_change_nothing() {
    let app = TestApp::start().await;
    let operator = of_a_new_merchant(&app).await;
    let id = text(&operator.create_key().await.data()["id"]);
    let key = format!("/SHOP03/test/keys/{id}");
    let before = operator.audit().await;
    let big = format!("{{\"name\": \"{}\"}}", "a".repeat(70_000));
    for (method, path, body, status) in [
        (Method::POST, "", json!({"webcode": "SHOP03"}), 400),
        (Method::POST, "", json!({"name": "Three"}), 400),
        (
            Method::POST,
            "",
            json!({"webcode": "shop#3", "name": "x"}),
            400,
        ),
        (
            Method::POST,
            "",
            json!({"webcode": ["SHOP04"], "name": "x"}),
            400,
        ),
        (
            Method::POST,
            "",
            json!({"webcode": "SHOP04", "name": ""}),
            400,
        ),
        (
            Method::POST,
            "",
            json!({"webcode": "SHOP04", "name": " "}),
            400,
        ),
        (
            Method::POST,
            "",
            json!({"webcode": "SHOP04", "name": "a\u{0}b"}),
            400,
        ),
        (
            Method::POST,
            "",
            json!({"webcode": "SHOP04", "name": "ñ".repeat(101)}),
            400,
        ),
        (Method::PATCH, "/SHOP03", json!({"name": null}), 400),
        (Method::PATCH, "/SHOP03", json!("{broken"), 400),
        (Method::PATCH, "/SHOP03", json!("[]"), 400),
        (Method::PATCH, "/SHOP03", json!(big), 413),
        (
            Method::POST,
            "/SHOP03/test/keys",
            json!({"ips": "::1"}),
            400,
        ),
        (
            Method::POST,
            "/SHOP03/test/keys",
            json!({"ips": vec!["::1"; 51]}),
            400,
        ),
        (
            Method::POST,
            "/SHOP03/test/keys",
            json!({"ips": ["10.0.0.0/40"]}),
            400,
        ),
        (Method::POST, "/SHOP03/test/keys", json!("nonsense"), 400),
        (Method::PATCH, key.as_str(), json!({}), 400),
        (Method::PATCH, key.as_str(), json!({"ips": [{}]}), 400),
        (
            Method::POST,
            "/SHOP03/test/secret/rotate",
            json!({"effectiveAt": 1}),
            400,
        ),
        (Method::PATCH, "/SHOP03/test/webhook", json!({}), 400),
        (
            Method::PATCH,
            "/SHOP03/test/webhook",
            json!({"enabled": "yes"}),
            400,
        ),
        (
            Method::PATCH,
            "/SHOP03/test/webhook",
            json!({"enabled": true}),
            400,
        ),
        (
            Method::PATCH,
            "/SHOP03/test/webhook",
            json!({"url": {}}),
            400,
        ),
    ] {
        let answer = operator.send(method.clone(), path, &body).await;
        assert_eq!(answer.error(), (status, Some(12001)), "{method} {path}");
    }
    assert_eq!(operator.audit().await, before);
    assert_eq!(operator.keys().await.len(), 1);
    let nobody = operator.send(Method::GET, "/SHOP04", &NOTHING).await;
    assert_eq!(nobody.error(), (404, Some(10404)));
}

#[tokio::test]
async fn the_demo_merchants_can_be_managed_too() {
    let app = TestApp::start().await;
    let shop = app.shop();
    let demo = Operator::new(app.client(), "SHOP01", "test");
    let keys = demo.keys().await;
    assert_eq!(keys[0]["id"], "key_demo_test");
    // The stack's own inbox checks with the secret that counts now.
    let rotated = demo.here(Method::POST, "secret/rotate", &NOTHING).await;
    assert_eq!(rotated.status, 200);
    shop.paid_session().await;
    app.settle().await;
    assert_eq!(app.stack.inbox(Some("SHOP01"))[0]["signatureValid"], true);
    demo.here(Method::DELETE, "keys/key_demo_test", &NOTHING)
        .await
        .expect_success();
    assert_eq!(
        shop.create_session().send().await.error(),
        (403, Some(11001))
    );
}
