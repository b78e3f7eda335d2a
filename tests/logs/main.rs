//! What is logged in a full run: never a key, a secret, a card, a name, or what a customer typed.

use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};

use http::Method;
use local::{Options, Stack};
use serde_json::{Value, json};
use shared::domain::environment::Environment;
use tests::{Client, Operator, Receiver, Sandbox, Shop};

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
    // Mistyped, and asked for 3-D Secure.
    for number in ["4111 1111 1111 1112", "4000 0000 0000 3220"] {
        let card = [
            ("action", "pay"),
            ("cardNumber", number),
            ("expiry", "12/30"),
            ("cvc", "7371"),
            ("holderName", "Zacharias Holdername"),
        ];
        shop.submit(payment_url, &card).await;
        shop.submit(
            payment_url,
            &[card[0], card[1], card[2], ("cvc", "737"), card[4]],
        )
        .await;
    }
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
    let cursor = modify_list_and_charge(&shop).await;
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
    let managed = managed(Client::new(stack.base_url())).await;
    dispatch_nonsense(&stack).await;
    let unrecorded = charged_for_nobody(&stack).await;
    stack.settle().await.expect("nothing fails on the way");

    let log = collected.text();
    for line in [
        "\"answered\"",
        "\"refused\"",
        "\"attempt made\"",
        "\"traceId\"",
        "\"webcode\":\"SHOP01\"",
        "\"POST /manage/v1/merchants/{webcode}/{environment}/keys\"",
        "\"webcode\":\"SHOP03\"",
        // What the metric filter of RecordUnreadableAlarm counts (template.yaml).
        "\"record\":\"unreadable\",\"item\":\"P#SHOP01-PXTT-17820000000000\"",
        // What that of ForwardedPaymentAlarm counts.
        "\"forwarded\":\"unrecorded\"",
        &format!("\"paymentId\":\"{unrecorded}\""),
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
        "3220",
        "Zacharias",
        "Holdername",
        token,
        data,
        "local-page-token-key",
        "local-sealing-key",
        "v1=",
        "Mesa de Eleonora",
        "ORD-of-Eleonora",
        cursor.as_str(),
    ]
    .into_iter()
    .chain(managed.iter().map(String::as_str))
    {
        let found = log
            .lines()
            .find(|line| line.contains(secret) && !is_a_number_of_something_else(line, secret));
        assert!(found.is_none(), "the log has {secret}: {found:?}");
    }
    stack.shutdown().await;
}

/// A record that cannot be read, with something personal where it makes no sense.
async fn dispatch_nonsense(stack: &Stack) {
    let pk = json!({ "S": "P#SHOP01-PXTT-17820000000000" });
    let record = json!({
        "eventSourceARN": "arn:aws:dynamodb:us-east-1:000000000000:table/TestTable/stream/now",
        "dynamodb": {
            "Keys": { "pk": pk },
            "NewImage": { "pk": pk, "amount": { "S": "Mesa de Eleonora" }, "state": { "S": "ORD-of-Eleonora" } },
            "SequenceNumber": "1",
        },
    });
    let batch = json!({ "Records": [record] });
    let answer = stack.invoke("dispatcher", batch).await.expect("an answer");
    assert_eq!(answer, json!({ "batchItemFailures": [] }));
}

/// A payment of a subscription that nobody here has, as the sandbox calls back for it. Gives its name.
async fn charged_for_nobody(stack: &Stack) -> String {
    let variables = stack.variables("sandbox-processor").expect("a function");
    let client = Client::new(stack.base_url());
    let sandbox = Sandbox::new(client.clone(), &variables["SANDBOX_PROCESSOR_KEY"]);
    let mut body = tests::sandbox::online("test:SHOP01:LOST-1", 601);
    body["subscriptionInfo"] = json!({ "interval": "DAY", "intervalCount": 1 });
    let begun = sandbox.post("/subscription/schedule", &body).await.json();
    let payment_id = tests::sandbox::text(&begun, "paymentId");
    let path = format!("/v3/sandbox/callback?paymentId={payment_id}");
    let answer = client.send(Method::GET, &path, &[], "").await;
    assert_eq!(answer.error(), (404, Some(10404)));
    payment_id
}

/// A reservation that is prolonged, taken and given back, a payment at a terminal, and a list with a filter. Gives the list's
/// cursor.
async fn modify_list_and_charge(shop: &Shop) -> String {
    let payment = shop.reservation().await;
    for (kind, amount) in [
        ("extend", None),
        ("capture", Some(50_000)),
        ("cancel", None),
    ] {
        let answer = shop.modify(kind, &payment, amount).send().await;
        assert_eq!(answer.status, 202, "{}", answer.text);
    }
    for value in [1_000, 1_131] {
        let body = serde_json::json!({
            "webcode": "SHOP01",
            "poiId": "V400m-TEST-000001",
            "amount": { "value": value, "currency": "EUR" },
            "description": "Mesa de Eleonora",
            "customReference": "ORD-of-Eleonora"
        });
        shop.post("/pos/payment", &body).send().await;
    }
    for _ in 0..2 {
        let mut body = shop.session_body();
        body["customReference"] = "ORD-of-Eleonora".into();
        shop.post("/payment/session", &body).send().await;
    }
    let query = [("customReference", "ORD-of-Eleonora"), ("limit", "1")];
    let first = shop.get("/payment/sessions", &query).await.json();
    let cursor = first["pagination"]["nextCursor"]
        .as_str()
        .expect("another page");
    let query = [query[0], query[1], ("cursor", cursor)];
    assert_eq!(shop.get("/payment/sessions", &query).await.status, 200);
    cursor.to_owned()
}

/// Every key and secret that management makes for a merchant, and what it is given that is nobody's business.
async fn managed(client: Client) -> Vec<String> {
    let operator = Operator::new(client, "SHOP03", "test");
    operator
        .create_merchant("A very own name")
        .await
        .expect_success();
    let made = operator.create_key().await.data();
    let key = format!("keys/{}", made["id"].as_str().expect("a text"));
    let regenerate = format!("{key}/regenerate");
    let hook = json!({ "url": "https://shop.example/hook?password=hunter2" });
    let guess = json!("{\"broken\": \"cs_test_somebodys-other-guess\"");
    let mut secrets = vec![
        "A very own name".to_owned(),
        "hunter2".to_owned(),
        "somebodys-other-guess".to_owned(),
        local::OPERATOR_TOKEN.to_owned(),
        "somebodys-token".to_owned(),
    ];
    for (method, path, body) in [
        (Method::POST, regenerate.as_str(), &Value::Null),
        (Method::POST, "secret/rotate", &Value::Null),
        (Method::PATCH, "webhook", &hook),
        (Method::PATCH, "webhook", &guess),
        (Method::GET, "webhook", &Value::Null),
        (Method::GET, "keys", &Value::Null),
        (Method::GET, "audit", &Value::Null),
        (Method::DELETE, key.as_str(), &Value::Null),
    ] {
        let answer = operator.here(method, path, body).await.json();
        secrets.extend(made_secrets(&answer["data"]));
    }
    let stranger = operator.with_authorization("Bearer somebodys-token");
    assert_eq!(stranger.create_key().await.status, 403);
    secrets.extend(made_secrets(&made));
    assert_eq!(secrets.len(), 5 + 4, "two keys and two secrets");
    secrets
}

fn made_secrets(data: &Value) -> Vec<String> {
    ["apiKey", "clientSecret"]
        .iter()
        .filter_map(|name| data.get(name)?.as_str().map(str::to_owned))
        .collect()
}

/// A line without how long something took, which can be any number.
fn without_durations(line: &str) -> String {
    let mut parts = line.split("\"duration_ms\":");
    let mut kept = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        kept.push_str(part.trim_start_matches(|c: char| c.is_ascii_digit()));
    }
    kept
}

/// Digits of a CVC also occur in times, references and ids.
fn is_a_number_of_something_else(line: &str, digits: &str) -> bool {
    let line = &without_durations(line);
    digits.bytes().all(|b| b.is_ascii_digit()) && {
        let alone = |text: &str| {
            text.split(|c: char| !c.is_ascii_alphanumeric() && c != '-' && c != '.')
                .any(|word| word == digits)
        };
        !alone(line) && !line.contains("4111 1111") && !line.contains("41111111")
    }
}
