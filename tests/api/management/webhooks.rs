//! Where webhooks go.

use super::*;

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
    let by_operator = json!({"at": "2026-06-21T00:00:00.000Z", "because": "operator"});
    assert_eq!(
        shown,
        json!({"url": receiver.url, "enabled": false, "disabled": by_operator})
    );
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
    let webhook = Webhook::to("https://shop.example/".to_owned());
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
