//! From a function's answer to an HTTP response.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderName, SET_COOKIE};
use http::{HeaderValue, Response, StatusCode};
use http_body_util::Full;
use serde_json::Value;

/// A JSON response of our own.
pub(crate) fn json(status: StatusCode, body: &Value) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(body.to_string())));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// A refusal as API Gateway words it.
pub(super) fn message(status: StatusCode, text: &str) -> Response<Full<Bytes>> {
    json(status, &serde_json::json!({ "message": text }))
}

/// The response that a function's answer describes.
///
/// # Errors
/// What is wrong with the answer.
pub(super) fn from_lambda(answer: &Value) -> Result<Response<Full<Bytes>>, String> {
    let status = answer["statusCode"]
        .as_u64()
        .and_then(|status| u16::try_from(status).ok());
    let status = status.and_then(|status| StatusCode::from_u16(status).ok());
    let status = status.ok_or("the answer has no statusCode")?;
    let mut response = Response::new(Full::new(body(answer)?));
    *response.status_mut() = status;
    for (name, value) in answer["headers"].as_object().into_iter().flatten() {
        let name = HeaderName::try_from(name).map_err(|error| error.to_string())?;
        response.headers_mut().insert(name, header_value(value)?);
    }
    for cookie in answer["cookies"].as_array().into_iter().flatten() {
        response
            .headers_mut()
            .append(SET_COOKIE, header_value(cookie)?);
    }
    let has_type = response.headers().contains_key(CONTENT_TYPE);
    if !has_type && answer["body"].is_string() {
        // What an HTTP API assumes.
        let assumed = HeaderValue::from_static("text/plain; charset=utf-8");
        response.headers_mut().insert(CONTENT_TYPE, assumed);
    }
    Ok(response)
}

fn body(answer: &Value) -> Result<Bytes, String> {
    let text = answer["body"].as_str().unwrap_or_default();
    if answer["isBase64Encoded"] == true {
        return STANDARD
            .decode(text)
            .map(Bytes::from)
            .map_err(|error| error.to_string());
    }
    Ok(Bytes::from(text.to_owned()))
}

fn header_value(value: &Value) -> Result<HeaderValue, String> {
    let text = value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned);
    HeaderValue::try_from(text).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt;
    use serde_json::json;

    use super::*;

    #[tokio::test]
    async fn an_answer_becomes_a_response() {
        let answer = json!({
            "statusCode": 201,
            "headers": {"content-type": "image/png", "x-number": 7},
            "cookies": ["a=1; Secure", "b=2"],
            "body": "AAH/",
            "isBase64Encoded": true,
        });
        let response = from_lambda(&answer).expect("the answer is in order");
        assert_eq!(response.status(), StatusCode::CREATED);
        assert_eq!(response.headers()["content-type"], "image/png");
        assert_eq!(response.headers()["x-number"], "7");
        let cookies: Vec<_> = response.headers().get_all(SET_COOKIE).iter().collect();
        assert_eq!(cookies, ["a=1; Secure", "b=2"]);
        let body = response
            .into_body()
            .collect()
            .await
            .expect("a body in memory")
            .to_bytes();
        assert_eq!(body.as_ref(), [0, 1, 255]);
    }

    #[test]
    fn an_answer_without_a_response_in_it_is_refused() {
        for answer in [
            json!({}),
            json!(null),
            json!({"statusCode": 99}),
            json!({"statusCode": "200"}),
        ] {
            assert!(from_lambda(&answer).is_err(), "{answer}");
        }
        let broken = json!({"statusCode": 200, "body": "?", "isBase64Encoded": true});
        assert!(from_lambda(&broken).is_err());
    }
}
