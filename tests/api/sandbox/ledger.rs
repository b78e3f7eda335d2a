//! `GET /ledger`.

use std::collections::HashSet;

use serde_json::json;
use tests::TestApp;
use tests::sandbox::text;

use super::charged;

#[tokio::test]
async fn a_row_shows_all_the_money_of_a_payment() {
    let app = TestApp::start().await;
    let sandbox = app.sandbox();
    let payment_id = charged(&sandbox, "POS-1", 1_000).await;
    sandbox.refund(&payment_id, "r-1", 250).await;
    let expected = json!([{
        "paymentId": payment_id, "shopTransactionId": "POS-1", "status": "ACCEPTED", "channel": "pos",
        "preAuth": false, "amount": 1_000, "currency": "EUR", "authorised": 1_000, "captured": 1_000,
        "refunded": 250, "voided": 0, "chargedBack": 0, "createdAt": "2026-06-21T00:00:00.000Z",
    }]);
    assert_eq!(json!(sandbox.ledger().await), expected);
}

#[tokio::test]
async fn every_payment_is_on_one_page() {
    let app = TestApp::start().await;
    let sandbox = app.sandbox();
    for number in 0..23 {
        charged(&sandbox, &format!("POS-{number}"), 100).await;
    }
    let (mut seen, mut pages, mut path) = (HashSet::new(), 0, "/ledger?limit=5".to_owned());
    loop {
        let page = sandbox.get(&path).await.json();
        for row in page["payments"].as_array().expect("a list") {
            assert!(seen.insert(text(row, "shopTransactionId")), "{row}");
        }
        pages += 1;
        match page["nextCursor"].as_str() {
            Some(cursor) => path = format!("/ledger?limit=5&cursor={cursor}"),
            None => break,
        }
    }
    assert_eq!(seen.len(), 23);
    assert!((5..=6).contains(&pages), "{pages}");
}
