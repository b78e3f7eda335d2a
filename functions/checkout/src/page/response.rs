//! From a page to a response: locked down, uncached, and compressed by us, because API Gateway compresses nothing.

use std::io::{self, Write};
use std::sync::LazyLock;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::GzEncoder;
use http::{HeaderName, HeaderValue, Response, header};
use lambda_http::Body;
use sha2::{Digest, Sha256};
use shared::http::{ApiRequest, takes_gzip};

use super::{Next, Page, SCRIPT, STYLE};

impl Page {
    /// The response, with the headers that keep others from framing, caching or adding to it.
    pub(crate) fn into_response(self, request: &ApiRequest) -> Response<Body> {
        let html = self.html().into_string();
        let accepted = request.header("accept-encoding").unwrap_or_default();
        let zipped = takes_gzip(accepted).then(|| gzip(&html).ok()).flatten();
        let is_zipped = zipped.is_some();
        let mut response = Response::new(match zipped {
            _ if request.method() == http::Method::HEAD => Body::Empty,
            Some(zipped) => Body::Binary(zipped),
            None => Body::Text(html),
        });
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        for (name, value) in [
            (header::CONTENT_TYPE, "text/html; charset=utf-8"),
            (header::CACHE_CONTROL, "no-store"),
            (header::VARY, "accept-encoding"),
            (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
            (header::X_FRAME_OPTIONS, "DENY"),
            (header::REFERRER_POLICY, "no-referrer"),
            (header::STRICT_TRANSPORT_SECURITY, "max-age=63072000"),
            (
                HeaderName::from_static("permissions-policy"),
                "camera=(), geolocation=(), microphone=(), payment=()",
            ),
            (HeaderName::from_static("x-robots-tag"), "noindex, nofollow"),
        ] {
            headers.insert(name, HeaderValue::from_static(value));
        }
        if is_zipped {
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        }
        // Relative, so that it holds under whatever domain and path the page was reached.
        let location = match &self.next {
            Next::Itself => request.path_name(),
            Next::Processor(url) if self.status == http::StatusCode::SEE_OTHER => {
                Some(url.as_str())
            }
            Next::Processor(_) | Next::Shop(_) | Next::Again(_) | Next::Nowhere => None,
        };
        let policy = self.policy();
        for (name, value) in [
            (header::CONTENT_SECURITY_POLICY, Some(policy.as_str())),
            (header::LOCATION, location),
            (
                HeaderName::from_static("x-trace-id"),
                Some(request.trace_id.as_str()),
            ),
        ] {
            if let Some(value) = value.and_then(|value| HeaderValue::from_str(value).ok()) {
                headers.insert(name, value);
            }
        }
        response
    }

    /// Nothing is loaded from anywhere; our own style and script may run, by their hashes.
    fn policy(&self) -> String {
        static STYLE_HASH: LazyLock<String> = LazyLock::new(|| hash(STYLE));
        static SCRIPT_HASH: LazyLock<String> = LazyLock::new(|| hash(SCRIPT));
        let clock = self
            .clock_style()
            .map_or_else(String::new, |style| format!(" 'sha256-{}'", hash(&style)));
        format!(
            "default-src 'none'; style-src 'sha256-{}'{clock}; script-src 'sha256-{}'; form-action 'self'; \
             frame-ancestors 'none'; base-uri 'none'; require-trusted-types-for 'script'",
            *STYLE_HASH, *SCRIPT_HASH
        )
    }
}

fn hash(text: &str) -> String {
    STANDARD.encode(Sha256::digest(text))
}

fn gzip(html: &str) -> io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(html.len() / 2), Compression::default());
    encoder.write_all(html.as_bytes())?;
    encoder.finish()
}

#[cfg(test)]
mod tests {
    use http::StatusCode;
    use shared::domain::environment::Environment;
    use shared::domain::session::Session;

    use super::super::{Returned, View, card_form};
    use super::*;

    fn page() -> Page {
        let session: Session = serde_json::from_value(serde_json::json!({
            "sessionId": "SHOP01-EXTT-17195000001234", "webcode": "SHOP01",
            "amount": { "value": 1, "currency": "EUR" }, "urlOk": "https://a.example", "urlKo": "https://a.example",
            "countryCode": "ES", "shopperLocale": "es-ES", "isPreAuth": false, "status": "pending",
            "openedAt": 17_195_000_001_234_u64,
        }))
        .expect("a session");
        let view = View {
            session: &session,
            merchant: "Shop",
            now: session.session_id.created_at(),
            environment: Environment::Test,
        };
        card_form(view, &Returned::Nothing)
    }

    /// What stands between the opening and the closing tags of a name.
    fn inside<'a>(html: &'a str, tag: &str) -> Vec<&'a str> {
        html.split(&format!("<{tag}>"))
            .skip(1)
            .filter_map(|rest| rest.split(&format!("</{tag}>")).next())
            .collect()
    }

    #[test]
    fn the_policy_names_the_hashes_of_what_the_page_contains() {
        let page = page();
        let (html, policy) = (page.html().into_string(), page.policy());
        for (directive, tag, count) in [("style-src", "style", 2), ("script-src", "script", 1)] {
            let allowed = policy
                .split("; ")
                .find_map(|part| part.strip_prefix(directive))
                .expect("the directive");
            let found = inside(&html, tag);
            assert_eq!(found.len(), count, "{tag}");
            let hashes: String = found
                .iter()
                .map(|text| format!(" 'sha256-{}'", hash(text)))
                .collect();
            assert_eq!(allowed, hashes);
        }
        assert!(!policy.contains("unsafe"));
    }

    #[test]
    fn only_a_page_that_stays_is_sent_to_itself() {
        assert_eq!(page().see_other().status, StatusCode::SEE_OTHER);
        let mut leaving = page();
        leaving.next = Next::Shop("https://a.example".to_owned());
        assert_eq!(leaving.see_other().status, StatusCode::OK);
        let mut wrong = page();
        wrong.status = StatusCode::UNPROCESSABLE_ENTITY;
        assert_eq!(wrong.see_other().status, StatusCode::UNPROCESSABLE_ENTITY);
    }
}
