//! The sandbox processor as its callers know it (external-integration.txt; docs/sandbox-processor.md).

mod access;
mod callbacks;
mod faults;
mod ledger;
mod modifications;
mod page;
mod paying;
mod subscriptions;
mod terminals;

use serde_json::Value;
use tests::Sandbox;
use tests::sandbox::{at_terminal, online, text};

/// A payment whose page was approved: its name.
async fn approved(sandbox: &Sandbox, name: &str, amount: u64) -> String {
    let mut body = online(name, amount);
    body["providerData"] = Value::Null;
    approved_as(sandbox, &body).await
}

/// The same with a body of its own.
async fn approved_as(sandbox: &Sandbox, body: &Value) -> String {
    let answer = sandbox.pay(body).await.json();
    let url = text(&answer, "redirectToUrl");
    assert_eq!(sandbox.answer_page(&url, "approve").await.status, 303);
    text(&answer, "paymentId")
}

/// A payment at a terminal: its name.
async fn charged(sandbox: &Sandbox, name: &str, amount: u64) -> String {
    let answer = sandbox.pay(&at_terminal(name, amount)).await.json();
    text(&answer, "paymentId")
}

/// `result` of an answer that is a good one.
fn result(answer: &tests::Answer) -> String {
    answer.expect_success();
    text(&answer.json(), "result")
}
