//! What no route matches (contract README, *Unknown route*).

use http::Method;
use tests::TestApp;

#[tokio::test]
async fn an_unknown_address_is_not_found_in_the_standard_body() {
    let app = TestApp::start().await;
    for path in [
        "/",
        "/external/v1/payment",
        "/external/v2/payment/session",
        "/external/v1/payment/session/",
    ] {
        let answer = app.client().send(Method::GET, path, &[], "").await;
        assert_eq!(answer.error(), (404, Some(10404)), "{path}");
    }
}

#[tokio::test]
async fn a_wrong_method_names_the_right_ones() {
    let app = TestApp::start().await;
    for (method, path, allow) in [
        (Method::GET, "/external/v1/payment/session", "POST"),
        (Method::DELETE, "/external/v1/test/payment/refund", "POST"),
        (
            Method::POST,
            "/external/v1/test/payment/session/SHOP01-EXTT-1",
            "GET",
        ),
        (Method::PUT, "/pay-external/token", "GET, HEAD, POST"),
    ] {
        let answer = app.client().send(method, path, &[], "").await;
        assert_eq!(answer.error(), (405, Some(10404)), "{path}");
        assert_eq!(answer.header("allow"), Some(allow), "{path}");
    }
}

#[tokio::test]
async fn the_trace_id_is_the_one_of_x_ray() {
    let app = TestApp::start().await;
    let header = (
        "x-amzn-trace-id",
        "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1",
    );
    let answer = app.client().send(Method::GET, "/", &[header], "").await;
    assert_eq!(answer.error(), (404, Some(10404)));
    assert_eq!(
        answer.header("x-trace-id"),
        Some("5759e988bd862e3fe1be46a994272793")
    );
}
