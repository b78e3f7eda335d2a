//! `GET /openapi.json` and `GET /docs`: the description of the API, for tools and for people. Both files are made by
//! `cargo run -p openapi` and compiled in; this function reads nothing.

use http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use lambda_http::{Body, Request};
use shared::entropy::Entropy;
use shared::http::{ApiRequest, takes_gzip};

/// A file, as it is served.
struct File {
    content_type: &'static str,
    plain: &'static str,
    /// The same, compressed when this function was built: API Gateway compresses nothing.
    gzip: &'static [u8],
    /// Of the plain file; the compressed one is another representation, with a tag of its own.
    etag: &'static str,
    policy: &'static str,
}

/// What build.rs made of infra/openapi.json and infra/docs.html.
mod built {
    use super::File;

    include!(concat!(env!("OUT_DIR"), "/files.rs"));
}

/// Answers with one of the two files.
pub async fn handler(entropy: &Entropy, request: Request) -> Response<Body> {
    let (headers, path) = (request.headers(), request.uri().path());
    let file = if path == "/docs" {
        &built::PAGE
    } else {
        // The template routes nothing else here.
        &built::DOCUMENT
    };
    let response = answer(file, headers);
    let trace_id = ApiRequest::new(request, entropy).trace_id;
    tracing::info!(
        traceId = trace_id,
        status = response.status().as_u16(),
        "answered"
    );
    with_trace_id(response, &trace_id)
}

fn answer(file: &File, headers: &HeaderMap) -> Response<Body> {
    let text = |name| {
        let value: Option<&HeaderValue> = headers.get(name);
        value.and_then(|value| value.to_str().ok()).unwrap_or("")
    };
    let zipped = takes_gzip(text(header::ACCEPT_ENCODING));
    let etag = if zipped {
        format!("\"{}-gzip\"", file.etag)
    } else {
        format!("\"{}\"", file.etag)
    };
    let known = text(header::IF_NONE_MATCH)
        .split(',')
        .map(|tag| tag.trim().trim_start_matches("W/"))
        .any(|tag| tag == etag || tag == "*");
    let mut response = match (known, zipped) {
        (true, _) => Response::new(Body::Empty),
        (false, true) => Response::new(Body::Binary(file.gzip.to_vec())),
        (false, false) => Response::new(Body::Text(file.plain.to_owned())),
    };
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_TYPE, file.content_type),
        // Asked for again after five minutes, and then mostly answered with 304.
        (header::CACHE_CONTROL, "public, max-age=300"),
        (header::VARY, "accept-encoding"),
        (header::CONTENT_SECURITY_POLICY, file.policy),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::STRICT_TRANSPORT_SECURITY, "max-age=63072000"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if let Ok(etag) = HeaderValue::from_str(&etag) {
        headers.insert(header::ETAG, etag);
    }
    if known {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
    } else if zipped {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    response
}

fn with_trace_id(mut response: Response<Body>, trace_id: &str) -> Response<Body> {
    if let Ok(value) = HeaderValue::from_str(trace_id) {
        response.headers_mut().insert("x-trace-id", value);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(path: &str, headers: &[(&'static str, &str)]) -> Response<Body> {
        let file = if path == "/docs" {
            &built::PAGE
        } else {
            &built::DOCUMENT
        };
        let headers = headers.iter().map(|(name, value)| {
            let value = HeaderValue::from_str(value).expect("a header");
            (header::HeaderName::from_static(name), value)
        });
        answer(file, &headers.collect())
    }

    fn header<'a>(response: &'a Response<Body>, name: &str) -> Option<&'a str> {
        response.headers().get(name)?.to_str().ok()
    }

    #[test]
    fn the_files_are_served_plain_or_compressed() {
        let plain = asked("/docs", &[]);
        assert_eq!(header(&plain, "content-encoding"), None);
        assert_eq!(
            header(&plain, "content-type"),
            Some("text/html; charset=utf-8")
        );
        assert!(matches!(plain.body(), Body::Text(text) if text.starts_with("<!doctype html>")));
        let zipped = asked("/openapi.json", &[("accept-encoding", "br, gzip;q=0.8")]);
        assert_eq!(header(&zipped, "content-encoding"), Some("gzip"));
        assert_eq!(header(&zipped, "content-type"), Some("application/json"));
        assert!(matches!(zipped.body(), Body::Binary(bytes) if bytes.starts_with(&[0x1f, 0x8b])));
    }

    #[test]
    fn what_is_known_already_is_not_sent_again() {
        let first = asked("/docs", &[]);
        let etag = header(&first, "etag").expect("a tag");
        let other = format!("\"x\", W/{etag}");
        for tags in [etag, other.as_str(), "*"] {
            let again = asked("/docs", &[("if-none-match", tags)]);
            assert_eq!(again.status(), StatusCode::NOT_MODIFIED, "{tags}");
            assert!(matches!(again.body(), Body::Empty));
            assert_eq!(header(&again, "etag"), Some(etag));
        }
        let changed = asked("/docs", &[("if-none-match", "\"x\"")]);
        assert_eq!(changed.status(), StatusCode::OK);
        // What is compressed is not the same bytes.
        let zipped = asked(
            "/docs",
            &[("if-none-match", etag), ("accept-encoding", "gzip")],
        );
        assert_eq!(zipped.status(), StatusCode::OK);
    }

    #[test]
    fn only_the_pages_own_style_may_be_used() {
        let page = asked("/docs", &[]);
        let policy = header(&page, "content-security-policy").expect("a policy");
        assert!(
            policy.starts_with("default-src 'none'; style-src 'sha256-"),
            "{policy}"
        );
        assert!(!policy.contains("unsafe"));
    }
}
