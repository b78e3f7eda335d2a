//! The description of the API, as it is served.

use http::Method;
use tests::TestApp;

#[tokio::test]
async fn the_document_is_served_as_it_is_in_the_repository() {
    let app = TestApp::start().await;
    let answer = app
        .client()
        .send(Method::GET, "/openapi.json", &[], "")
        .await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.text, include_str!("../../infra/openapi.json"));
    let etag = answer.header("etag").expect("a tag");
    let known = [("if-none-match", etag)];
    let again = app
        .client()
        .send(Method::GET, "/openapi.json", &known, "")
        .await;
    assert_eq!((again.status.as_u16(), again.text.as_str()), (304, ""));
}

#[tokio::test]
async fn the_page_is_served_with_a_policy_that_lets_nothing_else_in() {
    let app = TestApp::start().await;
    let answer = app.client().send(Method::GET, "/docs", &[], "").await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.text, include_str!("../../infra/docs.html"));
    let policy = answer.header("content-security-policy").expect("a policy");
    assert!(
        policy.starts_with("default-src 'none'; style-src 'sha256-"),
        "{policy}"
    );
    let posted = app.client().send(Method::POST, "/docs", &[], "").await;
    assert_eq!(posted.error(), (405, Some(10404)));
}
