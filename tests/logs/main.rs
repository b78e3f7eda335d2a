//! What is logged in a full run: never a key, a secret, a card, a name, or what a customer typed.

use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};

use local::{Options, Stack};
use shared::domain::environment::Environment;
use tests::{Client, Receiver, Shop};

/// Collects what is logged.
#[derive(Clone, Default)]
struct Collected(Arc<Mutex<Vec<u8>>>);

impl Write for Collected {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Collected {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap_or_else(PoisonError::into_inner)).into_owned()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_secret_is_logged_even_at_debug_level() {
    let collected = Collected::default();
    let writer = collected.clone();
    tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_max_level(tracing::Level::DEBUG)
        .with_writer(move || writer.clone())
        .init();

    let stack = Stack::start(Options::default())
        .await
        .expect("the stack starts");
    let shop = Shop::demo(Client::new(stack.base_url()), "SHOP01", "test");
    let receiver = Receiver::start().await;
    receiver.answer(&[500]);
    local::demo::point_webhook(stack.app(), "SHOP01", Environment::Test, &receiver.url)
        .await
        .expect("a merchant");

    let created = shop
        .create_session()
        .key("a-very-own-idempotency-key")
        .send()
        .await
        .data();
    let payment_url = created["paymentUrl"].as_str().expect("a text");
    shop.open(payment_url).await;
    shop.pay(payment_url, "declined").await;
    let page = shop.pay(payment_url, "Zacharias Holdername").await;
    let session = shop
        .query(created["sessionId"].as_str().expect("a text"))
        .await
        .data();
    let payment_reference = session["paymentReference"].as_str().expect("paid");
    assert_eq!(
        shop.refund(payment_reference, 5_000).send().await.status,
        202
    );
    assert_eq!(
        shop.refund(payment_reference, 50_000).send().await.status,
        400
    );
    assert_eq!(
        shop.create_session()
            .header("x-api-key", "pk_test_somebodys-guess")
            .send()
            .await
            .status,
        403
    );
    assert_eq!(
        shop.create_session()
            .body("{\"broken\": 4111111111111111")
            .send()
            .await
            .status,
        400
    );
    stack.settle().await.expect("nothing fails on the way");

    let log = collected.text();
    for line in [
        "\"answered\"",
        "\"refused\"",
        "\"attempt made\"",
        "\"traceId\"",
        "\"webcode\":\"SHOP01\"",
    ] {
        assert!(log.contains(line), "the log has {line}");
    }
    let token = payment_url.rsplit('/').next().expect("a token");
    let data = page
        .text
        .split("data=")
        .nth(1)
        .and_then(|rest| rest.split('"').next())
        .expect("data");
    for secret in [
        shop.api_key.as_str(),
        shop.client_secret.as_str(),
        "somebodys-guess",
        "a-very-own-idempotency-key",
        "4111",
        "737",
        "Zacharias",
        "Holdername",
        token,
        data,
        "local-page-token-key",
        "local-sealing-key",
        "v1=",
    ] {
        let found = log
            .lines()
            .find(|line| line.contains(secret) && !is_a_number_of_something_else(line, secret));
        assert!(found.is_none(), "the log has {secret}: {found:?}");
    }
    stack.shutdown().await;
}

/// Digits of a CVC also occur in times, references and ids.
fn is_a_number_of_something_else(line: &str, digits: &str) -> bool {
    digits.bytes().all(|b| b.is_ascii_digit()) && {
        let alone = |text: &str| {
            text.split(|c: char| !c.is_ascii_alphanumeric() && c != '-' && c != '.')
                .any(|word| word == digits)
        };
        !alone(line) && !line.contains("4111 1111") && !line.contains("41111111")
    }
}
