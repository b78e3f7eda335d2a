//! The life of an API key.

use super::secrets::is_signed_with;
use super::*;

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
