//! The demo shop's return pages: where a customer of the tour lands, with the `data` read as a shop would read it.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use http::{HeaderValue, Response, header};
use http_body_util::Full;
use jsonwebtoken::{Algorithm, Validation};
use serde_json::Value;
use shared::app::App;
use shared::domain::client_secret::InForce;
use shared::domain::environment::Environment;
use url::form_urlencoded;

use crate::demo;

/// `urlOk`: shows what the customer brought, and whether the signature is right.
pub(super) async fn thanks(app: &App, query: Option<&str>) -> Response<Full<Bytes>> {
    let parameters = form_urlencoded::parse(query.unwrap_or_default().as_bytes());
    let data = parameters
        .into_iter()
        .find(|(name, _)| name == "data")
        .map(|(_, value)| value.into_owned());
    let claims = match &data {
        Some(data) => Some(read(app, data).await),
        None => None,
    };
    let body = match claims {
        None => "<p>There is no <code>data</code> in the address: trust nothing.</p>".to_owned(),
        Some(None) => {
            "<p>The signature of <code>data</code> is <strong>wrong</strong>: trust nothing.</p>"
                .to_owned()
        }
        Some(Some(claims)) => {
            let pretty = serde_json::to_string_pretty(&claims).unwrap_or_default();
            format!(
                "<p>The signature of <code>data</code> is right. It says:</p><pre>{}</pre>\
                 <p>The webhook is in <a href=\"/local/inbox\">the inbox</a>.</p>",
                escape(&pretty)
            )
        }
    };
    page("Thank you for your order", &body)
}

/// `urlKo`.
pub(super) fn sorry() -> Response<Full<Bytes>> {
    page(
        "Not paid",
        "<p>The payment failed, was cancelled, or ran out of time. Create a new session to try again.</p>",
    )
}

/// Reads `data` with the client secrets of the merchant that it names; `None` when the signature is wrong.
async fn read(app: &App, data: &str) -> Option<Value> {
    let (webcode, environment) = named(data)?;
    let secrets = demo::client_secrets(app, &webcode, environment).await?;
    verified(data, &secrets)
}

/// The merchant that `data` names, before anybody knows whether that is true.
fn named(data: &str) -> Option<(String, Environment)> {
    let claims = URL_SAFE_NO_PAD.decode(data.split('.').nth(1)?).ok()?;
    let named: Value = serde_json::from_slice(&claims).ok()?;
    let environment = Environment::find(named["environment"].as_str()?)?;
    Some((named["webcode"].as_str()?.to_owned(), environment))
}

fn verified(data: &str, secrets: &InForce<String>) -> Option<Value> {
    let validation = Validation::new(Algorithm::HS256);
    [Some(&secrets.signs), secrets.also_counts.as_ref()]
        .into_iter()
        .flatten()
        .find_map(|secret| shared::jwt::verify(data, secret.as_bytes(), &validation).ok())
}

fn page(title: &str, body: &str) -> Response<Full<Bytes>> {
    let html = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" \
         content=\"width=device-width,initial-scale=1\"><title>{title}</title><style>:root{{color-scheme:light dark;\
         font:16px/1.5 system-ui,sans-serif}}body{{max-width:40rem;margin:0 auto;padding:1.5rem 1rem}}\
         pre{{overflow:auto;padding:1rem;border:1px solid #8888}}</style></head>\
         <body><h1>{title}</h1>{body}<p><small>The demo shop of the local stack.</small></p></body></html>"
    );
    let mut response = Response::new(Full::new(Bytes::from(html)));
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("text/html; charset=utf-8"),
    );
    response
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_data_with_the_merchants_signature_is_believed() {
        let secrets = InForce {
            signs: "the new one".to_owned(),
            also_counts: Some("the old one".to_owned()),
        };
        let claims =
            json!({ "webcode": "SHOP01", "environment": "test", "exp": 99_999_999_999_u64 });
        let header = shared::jwt::hs256();
        for secret in ["the new one", "the old one"] {
            let signed = shared::jwt::sign(&header, &claims, secret.as_bytes()).expect("a token");
            assert_eq!(
                named(&signed),
                Some(("SHOP01".to_owned(), Environment::Test))
            );
            assert_eq!(verified(&signed, &secrets), Some(claims.clone()));
        }
        let forged = shared::jwt::sign(&header, &claims, b"another secret").expect("a token");
        for bad in ["", "a.b.c", forged.as_str()] {
            assert_eq!(verified(bad, &secrets), None);
        }
        assert_eq!(named("a.b.c"), None);
    }
}
