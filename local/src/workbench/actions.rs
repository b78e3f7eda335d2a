//! The buttons of the page, each a request to the service as anybody would send it.

use std::net::IpAddr;

use bytes::Bytes;
use http::request::Parts;
use http::uri::Authority;
use http::{HeaderValue, Method, Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::{Value, json};
use url::form_urlencoded;

use crate::demo;
use crate::gateway::OPERATOR_TOKEN;

/// Sends requests to the service.
pub(crate) struct Service {
    url: String,
    /// Where the workbench is, which is elsewhere when the functions run under `cargo lambda watch`.
    workbench_url: String,
    client: Client<HttpConnector, Full<Bytes>>,
}

/// The fields of a form.
pub(super) struct Form(Vec<(String, String)>);

impl Form {
    pub(super) fn read(body: &Bytes) -> Self {
        Self(form_urlencoded::parse(body).into_owned().collect())
    }

    /// A field, empty when it is not there.
    pub(super) fn text(&self, name: &str) -> &str {
        let found = self.0.iter().find(|(found, _)| found == name);
        found.map_or("", |(_, value)| value)
    }
}

/// Whether a form was sent by the page itself: browsers tell where one comes from, and another site's is none of ours. Nor is
/// one to a name: it may be another site's, and lead here since a moment ago (DNS rebinding).
pub(super) fn is_our_own(head: &Parts) -> bool {
    let site = head.headers.get("sec-fetch-site");
    let host = head.headers.get("host").map(HeaderValue::as_bytes);
    let host = host.and_then(|host| Authority::try_from(host).ok());
    let host = host.as_ref().or(head.uri.authority());
    site.is_none_or(|site| site == "same-origin") && host.is_some_and(is_no_name)
}

fn is_no_name(host: &Authority) -> bool {
    let host = host.host();
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || address.parse::<IpAddr>().is_ok()
}

impl Service {
    /// The service at an address, and the workbench at another one or the same, without a slash at their ends.
    pub(crate) fn at(url: &str, workbench_url: &str) -> Self {
        Self {
            url: url.to_owned(),
            workbench_url: workbench_url.to_owned(),
            client: Client::builder(TokioExecutor::new()).build_http(),
        }
    }

    /// Creates a session of a demo merchant. Gives its id, and where it is paid.
    pub(super) async fn create_session(&self, form: &Form) -> Result<(String, String), String> {
        let webcode = form.text("webcode");
        let merchants = demo::merchants();
        let merchants = merchants.as_array().into_iter().flatten();
        let merchant = merchants
            .into_iter()
            .find(|merchant| merchant["webcode"] == webcode)
            .ok_or("There is no such demo merchant.")?;
        let value: u64 = form
            .text("value")
            .parse()
            .map_err(|_| "The amount is a number of cents.")?;
        let shop = format!("{}/local/shop", self.workbench_url);
        let body = json!({
            "webcode": webcode,
            "amount": { "value": value, "currency": "EUR" },
            "urlOk": format!("{shop}/ok"),
            "urlKo": format!("{shop}/ko"),
        });
        let api_key = merchant["test"]["apiKey"].as_str().unwrap_or_default();
        let path = "/external/v1/test/payment/session";
        let answer = self.post(path, ("x-api-key", api_key), &body).await?;
        let text = |name: &str| answer["data"][name].as_str().map(str::to_owned);
        text("sessionId")
            .zip(text("paymentUrl"))
            .ok_or_else(|| answer["error"]["message"].to_string())
    }

    /// Sends a delivery again.
    pub(super) async fn resend(&self, form: &Form) -> Result<(), String> {
        let parts = ["webcode", "environment", "event"].map(|name| form.text(name));
        let is_plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-');
        if parts
            .iter()
            .any(|part| part.is_empty() || !part.bytes().all(is_plain))
        {
            return Err("A delivery is named by webcode, environment and event.".to_owned());
        }
        let [webcode, environment, event] = parts;
        let path =
            format!("/manage/v1/merchants/{webcode}/{environment}/deliveries/{event}/resend");
        let token = format!("Bearer {OPERATOR_TOKEN}");
        let answer = self
            .post(&path, ("authorization", &token), &json!({}))
            .await?;
        if answer["success"] == true {
            Ok(())
        } else {
            Err(answer["error"]["message"].to_string())
        }
    }

    async fn post(&self, path: &str, header: (&str, &str), body: &Value) -> Result<Value, String> {
        let request = Request::builder()
            .method(Method::POST)
            .uri(format!("{}{path}", self.url))
            .header("content-type", "application/json")
            .header(header.0, header.1)
            .body(Full::from(body.to_string()))
            .map_err(|error| error.to_string())?;
        let answer = self.client.request(request).await;
        let answer = answer.map_err(|error| error.to_string())?;
        let body = answer.into_body().collect().await;
        let body = body.map_err(|error| error.to_string())?.to_bytes();
        serde_json::from_slice(&body).map_err(|error| error.to_string())
    }
}

/// The status of what a button could not do.
pub(super) const NOT_DONE: StatusCode = StatusCode::BAD_REQUEST;
