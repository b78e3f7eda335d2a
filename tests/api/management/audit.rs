//! Who changed what.

use super::*;

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
