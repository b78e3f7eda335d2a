//! A whole stack: started, asked over HTTP, stopped, and started again.

use std::path::{Path, PathBuf};
use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use local::{Options, Stack, demo};
use serde_json::{Value, json};
use shared::clock::Clock;
use shared::domain::environment::Environment;
use shared::domain::time::Ticks;

/// A folder that goes when the test ends.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        Self(std::env::temp_dir().join(format!("stack-{}", uuid::Uuid::new_v4())))
    }

    fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // A test that failed earlier may have left nothing to remove.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

async fn start(options: Options) -> Stack {
    Stack::start(options).await.expect("the stack starts")
}

async fn ask(stack: &Stack, method: Method, path: &str, body: Value) -> (StatusCode, Value) {
    let api_key = demo::merchants()[0]["test"]["apiKey"]
        .as_str()
        .map(str::to_owned);
    let body = if body.is_null() {
        String::new()
    } else {
        body.to_string()
    };
    let request = Request::builder()
        .method(method)
        .uri(format!("{}{path}", stack.base_url()))
        .header("content-type", "application/json")
        .header("x-api-key", api_key.expect("the demo merchants have keys"))
        .body(Full::new(Bytes::from(body)))
        .expect("a request");
    let client = Client::builder(TokioExecutor::new()).build_http();
    let response = client.request(request).await.expect("the stack answers");
    let status = response.status();
    let body = response
        .into_body()
        .collect()
        .await
        .expect("a body")
        .to_bytes();
    (status, serde_json::from_slice(&body).unwrap_or_default())
}

/// Creates a session and gives its reference.
async fn create_session(stack: &Stack) -> String {
    let body = json!({
        "webcode": "SHOP01",
        "amount": {"value": 100, "currency": "EUR"},
        "urlOk": "https://shop.example/ok",
        "urlKo": "https://shop.example/ko",
        "countryCode": "ES",
    });
    let path = "/external/v1/test/payment/session";
    let (status, created) = ask(stack, Method::POST, path, body).await;
    assert_eq!(status, StatusCode::CREATED, "{created}");
    created["data"]["sessionId"]
        .as_str()
        .expect("a reference")
        .to_owned()
}

#[tokio::test]
async fn the_api_answers_and_so_does_everything_beside_it() {
    let stack = start(Options::default()).await;
    let session_id = create_session(&stack).await;
    let path = format!("/external/v1/test/payment/session/{session_id}?webcode=SHOP01");
    let (status, found) = ask(&stack, Method::GET, &path, Value::Null).await;
    assert_eq!(
        (status, &found["data"]["status"]),
        (StatusCode::OK, &json!("pending"))
    );
    for (method, path, expected) in [
        (Method::GET, "/local/health", StatusCode::OK),
        (Method::GET, "/local/demo", StatusCode::OK),
        (Method::GET, "/local/inbox", StatusCode::OK),
        (
            Method::DELETE,
            "/local/inbox?webcode=SHOP01",
            StatusCode::OK,
        ),
        (Method::GET, "/local/what", StatusCode::NOT_FOUND),
        (Method::PUT, "/local/webhook-url", StatusCode::BAD_REQUEST),
        (Method::PUT, "/local/clock", StatusCode::BAD_REQUEST),
        (Method::GET, "/what", StatusCode::NOT_FOUND),
        (
            Method::PUT,
            "/external/v1/payment/session",
            StatusCode::METHOD_NOT_ALLOWED,
        ),
        (Method::GET, "/what%25done", StatusCode::BAD_REQUEST),
    ] {
        let (status, answer) = ask(&stack, method, path, Value::Null).await;
        assert_eq!(status, expected, "{path}: {answer}");
    }
    stack.shutdown().await;
}

#[tokio::test]
async fn the_clock_can_be_moved_on_unless_it_is_the_systems() {
    let forward = json!({ "forwardSeconds": 3600 });
    let stack = start(Options {
        clock: Clock::movable(),
        ..Options::default()
    })
    .await;
    let before = Clock::system().now().plus(Duration::from_secs(3599));
    let (status, answer) = ask(&stack, Method::PUT, "/local/clock", forward.clone()).await;
    let now = answer["now"].as_str().and_then(Ticks::parse_instant);
    assert_eq!(status, StatusCode::OK, "{answer}");
    assert!(now.expect("a time") > before, "{answer}");
    for wrong in [
        json!({ "forwardSeconds": 0 }),
        json!({ "forwardSeconds": -1 }),
        json!({ "forwardSeconds": 1e9 }),
    ] {
        let (status, _) = ask(&stack, Method::PUT, "/local/clock", wrong).await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
    }
    stack.shutdown().await;
    let stack = start(Options::default()).await;
    let (status, _) = ask(&stack, Method::PUT, "/local/clock", forward).await;
    assert_eq!(status, StatusCode::CONFLICT);
    stack.shutdown().await;
}

#[tokio::test]
async fn more_than_ten_megabytes_are_refused() {
    let stack = start(Options::default()).await;
    let body = json!("x".repeat(10 * 1024 * 1024));
    let (status, answer) = ask(&stack, Method::POST, "/external/v1/payment/refund", body).await;
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(answer, json!({"message": "Request Entity Too Large"}));
}

#[tokio::test]
async fn nothing_moves_by_itself_unless_it_is_to() {
    let stack = start(Options::default()).await;
    stack.settle().await.expect("nothing fails");
    create_session(&stack).await;
    assert_eq!(stack.pump_streams().await.expect("nothing fails"), 1);
    assert_eq!(stack.pump_streams().await.expect("nothing fails"), 0);
    let swept = stack
        .sweep(Environment::Test, 0)
        .await
        .expect("the dispatcher sweeps");
    assert!(swept.is_object(), "{swept}");
    assert_eq!(
        stack
            .queue_depth("TestDeadLetterQueue")
            .await
            .expect("a depth")
            .visible,
        0
    );
    assert!(stack.inbox(None).is_empty());
}

#[tokio::test]
async fn data_survives_a_restart() {
    let folder = Folder::new();
    let options = || Options {
        data_dir: Some(folder.path().to_owned()),
        ..Options::default()
    };
    let stack = start(options()).await;
    let session_id = create_session(&stack).await;
    stack.settle().await.expect("nothing fails");
    let second = Stack::start(options())
        .await
        .expect_err("the folder is taken");
    assert!(
        second
            .to_string()
            .ends_with("is in use by another local stack"),
        "{second}"
    );
    stack.shutdown().await;

    let stack = start(Options {
        background: true,
        ..options()
    })
    .await;
    let path = format!("/external/v1/test/payment/session/{session_id}?webcode=SHOP01");
    let (status, found) = ask(&stack, Method::GET, &path, Value::Null).await;
    assert_eq!(
        (status, &found["data"]["sessionId"]),
        (StatusCode::OK, &json!(session_id))
    );
    let stopped = tokio::time::timeout(Duration::from_secs(5), stack.shutdown()).await;
    stopped.expect("a stack in the background stops in time");
}

#[tokio::test]
async fn a_taken_port_is_named() {
    let stack = start(Options {
        demo: false,
        ..Options::default()
    })
    .await;
    let port = stack
        .base_url()
        .rsplit(':')
        .next()
        .and_then(|port| port.parse().ok());
    let port = port.expect("the address ends in a port");
    let error = Stack::start(Options {
        port,
        ..Options::default()
    })
    .await
    .expect_err("it is taken");
    let expected = format!("cannot listen on 127.0.0.1:{port}");
    assert!(error.to_string().starts_with(&expected), "{error}");
}

#[tokio::test]
async fn a_function_is_invoked_by_its_package() {
    let stack = start(Options {
        demo: false,
        ..Options::default()
    })
    .await;
    let event = json!({
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": "/nowhere",
        "rawQueryString": "",
        "headers": {},
        "requestContext": {
            "http": {"method": "GET", "path": "/nowhere", "sourceIp": "198.51.100.7"},
            "stage": "$default",
        },
        "isBase64Encoded": false,
    });
    let answer = stack
        .invoke("fallback", event)
        .await
        .expect("the function answers");
    assert_eq!(answer["statusCode"], 404);
    stack
        .invoke("nobody", json!({}))
        .await
        .expect_err("there is no such function");
    let variables = stack
        .variables("session")
        .expect("there is such a function");
    assert_eq!(
        variables["AWS_ENDPOINT_URL_DYNAMODB"],
        stack.dynamodb_endpoint()
    );
}
