//! What operators do for merchants (docs/management.md).

mod access;
mod audit;
mod deliveries;
mod keys;
mod merchants;
mod secrets;
mod webhooks;

use std::time::Duration;

use futures_util::future::{join, join_all};
use http::Method;
use serde_json::{Value, json};
use shared::domain::client_secret::InForce;
use shared::domain::environment::Environment;
use shared::domain::webcode::Webcode;
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
