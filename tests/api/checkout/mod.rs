//! /pay-external/{token}

mod challenge;
mod ending;
mod form;
mod page;
mod visiting;

use std::time::Duration;

use serde_json::Value;
use shared::domain::environment::Environment;
use shared::domain::reference::Reference;
use shared::store::{Deadline, Item, Key};
use tests::{Answer, Shop, TestApp};

/// A good card, as the form sends it.
const CARD: [(&str, &str); 5] = [
    ("action", "pay"),
    ("cardNumber", "4111111111111111"),
    ("expiry", "12/30"),
    ("cvc", "737"),
    ("holderName", "Test User"),
];

/// The card for which Test asks for 3-D Secure.
const CHALLENGED: &str = "4000 0000 0000 3220";

/// A new session: its id, and the address of its page.
async fn session(shop: &Shop) -> (String, String) {
    session_of(shop, &shop.session_body()).await
}

async fn session_of(shop: &Shop, body: &Value) -> (String, String) {
    let created = shop.post("/payment/session", body).send().await.data();
    let text = |name: &str| created[name].as_str().expect("a text").to_owned();
    (text("sessionId"), text("paymentUrl"))
}

/// A good card, but for some fields.
fn card_with<'a>(other: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut fields: Vec<_> = CARD
        .into_iter()
        .filter(|(name, _)| !other.iter().any(|(other, _)| other == name))
        .collect();
    fields.extend(other);
    fields
}

/// Attempts of a session, as status words.
async fn attempts(shop: &Shop, session_id: &str) -> Vec<String> {
    let queried = shop.query(session_id).await.data();
    let attempts = queried["attempts"].as_array().expect("a list");
    attempts
        .iter()
        .map(|attempt| attempt["status"].as_str().expect("a status").to_owned())
        .collect()
}

/// The status of a session.
async fn status(shop: &Shop, session_id: &str) -> String {
    let queried = shop.query(session_id).await.data();
    queried["status"].as_str().expect("a status").to_owned()
}

/// The address that a page goes on to by itself.
fn next_address(page: &Answer) -> Option<String> {
    let (_, rest) = page.text.split_once("content=\"0;url=")?;
    Some(rest.split('"').next()?.replace("&amp;", "&"))
}

/// Where a redirect leads to, as the browser reads it.
fn location<'a>(page: &'a Answer, url: &str) -> Option<&'a str> {
    let location = page.header("location")?;
    assert!(url.ends_with(&format!("/{location}")), "{location}");
    Some(location)
}

/// The value of a hidden field.
fn hidden<'a>(page: &'a Answer, name: &str) -> &'a str {
    let (_, rest) = page
        .text
        .split_once(&format!("name=\"{name}\" value=\""))
        .unwrap_or_else(|| panic!("{name} in {}", page.text));
    rest.split('"').next().expect("a value")
}

/// A session, as it is kept.
async fn kept(app: &TestApp, session_id: &str) -> Item {
    let reference = Reference::parse(session_id).expect("a reference");
    let store = app.stack.app().store(Environment::Test);
    let deadline = Deadline::within(Duration::from_secs(5));
    let [item] = store
        .load([Some(Key::session(&reference))], deadline)
        .await
        .expect("it is read");
    item.expect("the session")
}
