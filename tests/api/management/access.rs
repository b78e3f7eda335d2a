//! Who may, and what is asked for wrongly.

use super::*;

#[tokio::test]
async fn nobody_but_an_operator_manages() {
    let app = TestApp::start().await;
    let made = of_a_new_merchant(&app).await.create_key().await.data();
    let api_key = text(&made["apiKey"]);
    for authorization in ["", "Bearer guess", &format!("Bearer {api_key}"), &api_key] {
        let stranger = operator(&app, "test").with_authorization(authorization);
        for (method, path) in [
            (Method::POST, ""),
            (Method::GET, "/SHOP03"),
            (Method::PATCH, "/SHOP03"),
            (Method::POST, "/SHOP03/test/keys"),
            (Method::GET, "/SHOP03/test/keys"),
            (Method::PATCH, "/SHOP03/test/keys/key_1"),
            (Method::DELETE, "/SHOP03/test/keys/key_1"),
            (Method::POST, "/SHOP03/test/keys/key_1/regenerate"),
            (Method::POST, "/SHOP03/test/secret/rotate"),
            (Method::GET, "/SHOP03/test/webhook"),
            (Method::PATCH, "/SHOP03/test/webhook"),
            (Method::GET, "/SHOP03/test/audit"),
            (Method::POST, "/SHOP03/test/webhook/ping"),
            (Method::GET, "/SHOP03/test/deliveries"),
            (Method::GET, "/SHOP03/test/deliveries/evt_SHOP03-PXTT-1_1"),
            (
                Method::POST,
                "/SHOP03/test/deliveries/evt_SHOP03-PXTT-1_1/resend",
            ),
            (Method::POST, "/SHOP03/test/deliveries/resend"),
        ] {
            let answer = stranger.send(method.clone(), path, &json!({})).await;
            assert_eq!(answer.status, 403, "{method} {path}");
            assert_eq!(answer.json(), json!({"message": "Forbidden"}));
        }
    }
    assert_eq!(operator(&app, "test").keys().await.len(), 1);
}

#[tokio::test]
async fn what_the_path_names_must_be_there() {
    let app = TestApp::start().await;
    let operator = of_a_new_merchant(&app).await;
    operator.create_key().await.expect_success();
    for (method, path) in [
        (Method::GET, "/NOBODY"),
        (Method::GET, "/shop03"),
        (Method::GET, "/%00"),
        (Method::GET, "/NOBODY/test/keys"),
        (Method::POST, "/NOBODY/test/keys"),
        (Method::GET, "/NOBODY/test/audit"),
        (Method::GET, "/NOBODY/test/webhook"),
        (Method::POST, "/NOBODY/test/secret/rotate"),
        (Method::GET, "/SHOP03/prod/keys"),
        (Method::POST, "/SHOP03/LIVE/keys"),
        (Method::DELETE, "/SHOP03/test/keys/key_0123456789abcdef"),
        (Method::DELETE, "/SHOP03/test/keys/%23"),
        (Method::DELETE, "/SHOP03/live/keys/key_1"),
    ] {
        let answer = operator.send(method.clone(), path, &NOTHING).await;
        assert_eq!(answer.error(), (404, Some(10404)), "{method} {path}");
    }
    // A key of one environment is not found in the other, nor below another merchant.
    let id = text(&operator.keys().await[0]["id"]);
    for path in [
        format!("/SHOP03/live/keys/{id}"),
        format!("/SHOP01/test/keys/{id}"),
    ] {
        let answer = operator.send(Method::DELETE, &path, &NOTHING).await;
        assert_eq!(answer.error(), (404, Some(10404)), "{path}");
    }
    assert_eq!(operator.keys().await.len(), 1);
}

#[tokio::test]
async fn hostile_bodies_are_refused_and_change_nothing() {
    let app = TestApp::start().await;
    let operator = of_a_new_merchant(&app).await;
    let id = text(&operator.create_key().await.data()["id"]);
    let key = format!("/SHOP03/test/keys/{id}");
    let before = operator.audit().await;
    let big = format!("{{\"name\": \"{}\"}}", "a".repeat(70_000));
    for (method, path, body, status) in [
        (Method::POST, "", json!({"webcode": "SHOP03"}), 400),
        (Method::POST, "", json!({"name": "Three"}), 400),
        (
            Method::POST,
            "",
            json!({"webcode": "shop#3", "name": "x"}),
            400,
        ),
        (
            Method::POST,
            "",
            json!({"webcode": ["SHOP04"], "name": "x"}),
            400,
        ),
        (
            Method::POST,
            "",
            json!({"webcode": "SHOP04", "name": ""}),
            400,
        ),
        (
            Method::POST,
            "",
            json!({"webcode": "SHOP04", "name": " "}),
            400,
        ),
        (
            Method::POST,
            "",
            json!({"webcode": "SHOP04", "name": "a\u{0}b"}),
            400,
        ),
        (
            Method::POST,
            "",
            json!({"webcode": "SHOP04", "name": "ñ".repeat(101)}),
            400,
        ),
        (Method::PATCH, "/SHOP03", json!({"name": null}), 400),
        (Method::PATCH, "/SHOP03", json!("{broken"), 400),
        (Method::PATCH, "/SHOP03", json!("[]"), 400),
        (Method::PATCH, "/SHOP03", json!(big), 413),
        (
            Method::POST,
            "/SHOP03/test/keys",
            json!({"ips": "::1"}),
            400,
        ),
        (
            Method::POST,
            "/SHOP03/test/keys",
            json!({"ips": vec!["::1"; 51]}),
            400,
        ),
        (
            Method::POST,
            "/SHOP03/test/keys",
            json!({"ips": ["10.0.0.0/40"]}),
            400,
        ),
        (Method::POST, "/SHOP03/test/keys", json!("nonsense"), 400),
        (Method::PATCH, key.as_str(), json!({}), 400),
        (Method::PATCH, key.as_str(), json!({"ips": [{}]}), 400),
        (
            Method::POST,
            "/SHOP03/test/secret/rotate",
            json!({"effectiveAt": 1}),
            400,
        ),
        (Method::PATCH, "/SHOP03/test/webhook", json!({}), 400),
        (
            Method::PATCH,
            "/SHOP03/test/webhook",
            json!({"enabled": "yes"}),
            400,
        ),
        (
            Method::PATCH,
            "/SHOP03/test/webhook",
            json!({"enabled": true}),
            400,
        ),
        (
            Method::PATCH,
            "/SHOP03/test/webhook",
            json!({"url": {}}),
            400,
        ),
    ] {
        let answer = operator.send(method.clone(), path, &body).await;
        assert_eq!(answer.error(), (status, Some(12001)), "{method} {path}");
    }
    assert_eq!(operator.audit().await, before);
    assert_eq!(operator.keys().await.len(), 1);
    let nobody = operator.send(Method::GET, "/SHOP04", &NOTHING).await;
    assert_eq!(nobody.error(), (404, Some(10404)));
}
