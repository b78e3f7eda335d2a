//! Creating and naming merchants.

use super::*;

#[tokio::test]
async fn a_merchant_is_created_once_and_completed_by_repeating_it() {
    let app = TestApp::start().await;
    let operator = operator(&app, "test");
    let missing = operator.send(Method::GET, "/SHOP03", &NOTHING).await;
    assert_eq!(missing.error(), (404, Some(10404)));

    // A first try was cut off between the two tables.
    let config = MerchantConfig {
        name: "Shop three".to_owned(),
        external_service: None,
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
    // In each round one of them writes and all others begin anew: all rounds must fit into a request's time on a slow machine.
    let names: Vec<Value> = (0..8)
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
