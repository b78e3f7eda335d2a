//! GET /payment/sessions and GET /payment/modifications

use std::time::Duration;

use serde_json::{Value, json};
use tests::{Answer, Shop, TestApp};

/// The names on a page, and the cursor of the next one.
fn page(answer: &Answer, name: &str) -> (Vec<String>, Option<String>) {
    assert_eq!(answer.status, 200, "{}", answer.text);
    let body = answer.json();
    let names = body["data"].as_array().expect("a list").iter();
    let names = names.map(|row| row[name].as_str().expect("a name").to_owned());
    let next = body["pagination"]["nextCursor"].as_str().map(str::to_owned);
    (names.collect(), next)
}

/// All pages, one after the other.
async fn all(shop: &Shop, path: &str, name: &str, query: &[(&str, &str)]) -> Vec<String> {
    let mut found = Vec::new();
    let mut cursor: Option<String> = None;
    for _ in 0..100 {
        let mut query = query.to_vec();
        if let Some(cursor) = &cursor {
            query.push(("cursor", cursor));
        }
        let (names, next) = page(&shop.get(path, &query).await, name);
        found.extend(names);
        cursor = next;
        if cursor.is_none() {
            return found;
        }
    }
    panic!("the list has no end");
}

/// Sessions made one after the other, newest first.
async fn sessions(app: &TestApp, shop: &Shop, count: usize, custom_reference: &str) -> Vec<String> {
    let mut made = Vec::new();
    for _ in 0..count {
        let mut body = shop.session_body();
        body["customReference"] = json!(custom_reference);
        let data = shop.post("/payment/session", &body).send().await.data();
        made.push(data["sessionId"].as_str().expect("a name").to_owned());
        // Not a multiple of the shards, so that all of them are used.
        app.clock.advance(Duration::from_micros(700));
    }
    made.reverse();
    made
}

#[tokio::test]
async fn a_list_is_complete_in_order_and_stable_while_rows_are_added() {
    let app = TestApp::start().await;
    let shop = app.shop();
    let made = sessions(&app, &shop, 23, "A").await;
    for limit in ["1", "4", "5", "23", "100"] {
        let found = all(&shop, "/payment/sessions", "sessionId", &[("limit", limit)]).await;
        assert_eq!(found, made, "{limit}");
    }
    let first = shop.get("/payment/sessions", &[]).await;
    let (names, next) = page(&first, "sessionId");
    assert_eq!(names, made[..20]);
    assert_eq!(first.json()["pagination"]["limit"], 20);
    sessions(&app, &shop, 9, "A").await;
    let cursor = next.expect("three are left");
    let (rest, end) = page(
        &shop.get("/payment/sessions", &[("cursor", &cursor)]).await,
        "sessionId",
    );
    assert_eq!((rest.as_slice(), end), (&made[20..], None));
    let row = first.json()["data"][0].clone();
    assert_eq!(row, shop.query(&made[0]).await.data());
}

#[tokio::test]
async fn filters_find_what_they_say() {
    let app = TestApp::start().await;
    let shop = app.shop();
    let early = sessions(&app, &shop, 6, "A").await;
    app.clock.advance(Duration::from_secs(3600));
    let late = sessions(&app, &shop, 6, "B").await;
    let list = |query: Vec<(&'static str, &'static str)>| {
        let shop = shop.clone();
        async move { all(&shop, "/payment/sessions", "sessionId", &query).await }
    };
    assert_eq!(
        list(vec![("customReference", "A"), ("limit", "4")]).await,
        early
    );
    assert_eq!(
        list(vec![("customReference", "C")]).await,
        Vec::<String>::new()
    );
    assert_eq!(list(vec![("from", "2026-06-21T01:00:00Z")]).await, late);
    assert_eq!(
        list(vec![("to", "2026-06-21T03:00:00+02:00"), ("limit", "4")]).await,
        early
    );
    let first = early.last().cloned().into_iter().collect::<Vec<_>>();
    // From is inclusive and to exclusive, to the tick.
    assert_eq!(list(vec![("to", "2026-06-21T00:00:00.0007Z")]).await, first);
    assert_eq!(
        list(vec![("to", "2026-06-21T00:00:00Z")]).await,
        Vec::<String>::new()
    );
    assert_eq!(
        list(vec![
            ("from", "2026-06-21"),
            ("to", "2026-06-21T00:00:00.0001Z")
        ])
        .await,
        first
    );
    assert_eq!(
        list(vec![("from", "2026-06-22"), ("to", "2026-06-21")]).await,
        Vec::<String>::new()
    );
    for far in ["2286-11-21", "2500-01-01", "9999-12-30"] {
        assert_eq!(list(vec![("to", far)]).await.len(), 12, "{far}");
        assert_eq!(
            list(vec![("from", far)]).await,
            Vec::<String>::new(),
            "{far}"
        );
    }
    // By the status that a query shows, whether or not anybody made it a fact.
    let url = shop.create_session().send().await.data();
    shop.open(url["paymentUrl"].as_str().expect("a text")).await;
    assert_eq!(
        list(vec![("status", "expired")]).await,
        Vec::<String>::new()
    );
    app.clock.advance(Duration::from_secs(300));
    assert_eq!(
        list(vec![("status", "expired")]).await,
        [url["sessionId"].as_str().expect("a text")]
    );
    assert_eq!(
        list(vec![("status", "pending"), ("limit", "5")])
            .await
            .len(),
        12
    );
}

#[tokio::test]
async fn a_filter_that_few_rows_pass_looks_at_no_more_than_five_hundred() {
    let app = TestApp::start().await;
    let shop = app.shop();
    let made = sessions(&app, &shop, 520, "A").await;
    let oldest = made.last().expect("one");
    let url = shop.create_session().send().await;
    drop(url);
    app.wire.take_calls();
    let answer = shop
        .get("/payment/sessions", &[("status", "completed")])
        .await;
    let (names, next) = page(&answer, "sessionId");
    assert_eq!(names, Vec::<String>::new());
    assert!(next.is_some(), "a short page, and a cursor");
    let calls = app.wire.take_calls();
    let reads: u64 = calls.iter().map(|call| call.read_tenths).sum();
    assert!(reads <= 6_500, "{reads} tenths of a unit for 500 rows");
    let found = all(
        &shop,
        "/payment/sessions",
        "sessionId",
        &[("status", "pending")],
    )
    .await;
    assert_eq!(found.last(), Some(oldest));
}

#[tokio::test]
async fn a_page_costs_what_is_on_it_and_not_what_there_is() {
    let app = TestApp::start().await;
    let shop = app.shop();
    sessions(&app, &shop, 20, "A").await;
    let mut costs = Vec::new();
    for _ in 0..2 {
        app.wire.take_calls();
        shop.get("/payment/sessions", &[("limit", "10")]).await;
        let calls = app.wire.take_calls();
        let operations: Vec<&str> = calls.iter().map(|call| call.operation.as_str()).collect();
        assert_eq!(
            operations,
            [
                "BatchGetItem",
                "Query",
                "Query",
                "Query",
                "Query",
                "BatchGetItem"
            ],
            "three trips: the shards are asked at the same time"
        );
        costs.push(calls.iter().map(|call| call.read_tenths).sum::<u64>());
        sessions(&app, &shop, 80, "A").await;
    }
    assert!(costs[1] <= costs[0] + 20, "{costs:?}");
}

#[tokio::test]
async fn cursors_are_sealed_and_bound_to_their_filters() {
    let app = TestApp::start().await;
    let shop = app.shop();
    sessions(&app, &shop, 3, "A").await;
    let (_, next) = page(
        &shop.get("/payment/sessions", &[("limit", "1")]).await,
        "sessionId",
    );
    let cursor = next.expect("two are left");
    let refused = |path: &'static str, query: Vec<(&'static str, String)>| {
        let shop = shop.clone();
        async move {
            let query: Vec<(&str, &str)> = query.iter().map(|(n, v)| (*n, v.as_str())).collect();
            shop.get(path, &query).await.error()
        }
    };
    let with = |more: &[(&'static str, &str)]| {
        let mut query = vec![("cursor", cursor.clone())];
        query.extend(
            more.iter()
                .map(|(name, value)| (*name, (*value).to_owned())),
        );
        query
    };
    assert_eq!(
        refused("/payment/sessions", with(&[("status", "pending")])).await,
        (400, Some(12001))
    );
    assert_eq!(
        refused("/payment/sessions", with(&[("from", "2026-01-01")])).await,
        (400, Some(12001))
    );
    assert_eq!(
        refused("/payment/modifications", with(&[])).await,
        (400, Some(12001))
    );
    for bad in ["", "x", &cursor[1..], &format!("{cursor}A")] {
        let query = vec![("cursor", bad.to_owned())];
        assert_eq!(
            refused("/payment/sessions", query).await,
            (400, Some(12001)),
            "{bad}"
        );
    }
    let other = Shop::demo(app.client(), "SHOP02", "test");
    let foreign = other.get("/payment/sessions", &[("cursor", &cursor)]).await;
    assert_eq!(foreign.error(), (400, Some(12001)));
    // The page may have another size.
    let larger = shop
        .get("/payment/sessions", &[("cursor", &cursor), ("limit", "50")])
        .await;
    assert_eq!(page(&larger, "sessionId").0.len(), 2);
}

#[tokio::test]
async fn bad_questions_are_told_which_part_is_bad() {
    let app = TestApp::start().await;
    let shop = app.shop();
    for (path, name, value, code) in [
        ("/payment/sessions", "limit", "0", 12001),
        ("/payment/sessions", "limit", "101", 12001),
        ("/payment/sessions", "limit", "+5", 12001),
        ("/payment/sessions", "limit", "ten", 12001),
        ("/payment/sessions", "limit", "-1", 12001),
        ("/payment/sessions", "limit", "", 12001),
        ("/payment/sessions", "limit", "1e1", 12001),
        ("/payment/sessions", "status", "PENDING", 12001),
        ("/payment/sessions", "customReference", "", 12001),
        ("/payment/sessions", "from", "yesterday", 12002),
        ("/payment/sessions", "to", "2026-13-01", 12002),
        ("/payment/modifications", "type", "refunds", 12001),
        ("/payment/modifications", "status", "completed", 12001),
        ("/payment/modifications", "paymentReference", "a b", 12001),
    ] {
        let answer = shop.get(path, &[(name, value)]).await;
        assert_eq!(answer.error(), (400, Some(code)), "{name}={value}");
        assert!(answer.message().starts_with(name), "{}", answer.message());
    }
}

#[tokio::test]
async fn modifications_are_listed_with_how_they_ended() {
    let app = TestApp::start().await;
    let shop = app.shop();
    let (_, paid) = shop.paid_session().await;
    app.clock.advance(Duration::from_millis(1));
    let reserved = shop.reservation().await;
    app.clock.advance(Duration::from_millis(1));
    let refund = shop.refund(&paid, 5_000).send().await.data();
    app.clock.advance(Duration::from_millis(1));
    shop.modify("capture", &reserved, Some(20_000)).send().await;
    app.clock.advance(Duration::from_millis(1));
    shop.modify("cancel", &reserved, None).send().await;
    let answer = shop.get("/payment/modifications", &[]).await;
    let rows = answer.json()["data"].clone();
    let summary: Vec<(&str, &str)> = rows
        .as_array()
        .expect("a list")
        .iter()
        .map(|row| {
            (
                row["type"].as_str().expect("a text"),
                row["status"].as_str().expect("a text"),
            )
        })
        .collect();
    assert_eq!(
        summary,
        [
            ("cancel", "success"),
            ("capture", "failed"),
            ("refund", "success")
        ]
    );
    assert_eq!(
        rows[2],
        json!({
            "modificationReference": refund["refundReference"],
            "type": "refund",
            "paymentReference": paid,
            "amount": { "value": 5000, "currency": "EUR" },
            "reason": "CUSTOMER REQUEST",
            "status": "success",
            "createdAt": "2026-06-21 00:00:00",
            "completedAt": "2026-06-21 00:00:00"
        })
    );
    for (query, count) in [
        (vec![("paymentReference", paid.as_str())], 1),
        (vec![("paymentReference", reserved.as_str())], 2),
        (
            vec![("paymentReference", reserved.as_str()), ("type", "cancel")],
            1,
        ),
        (vec![("type", "refund")], 1),
        (vec![("status", "failed")], 1),
        (vec![("status", "received")], 0),
        (vec![("paymentReference", "nothing")], 0),
    ] {
        let answer = shop.get("/payment/modifications", &query).await;
        let found = answer.json()["data"].as_array().map(Vec::len);
        assert_eq!(found, Some(count), "{query:?}");
    }
    let other = Shop::demo(app.client(), "SHOP02", "test");
    let foreign = other
        .get("/payment/modifications", &[("paymentReference", &paid)])
        .await;
    assert_eq!(foreign.json()["data"], Value::Array(Vec::new()));
}
