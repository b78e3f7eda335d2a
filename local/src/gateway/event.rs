//! The event: version 2.0 of API Gateway's payload for HTTP APIs.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::HeaderMap;
use http::header::{self, HeaderName};
use http::request::Parts;
use serde_json::{Map, Value, json};
use shared::clock::Clock;
use shared::domain::time::Ticks;
use shared::entropy::Entropy;

use super::operator;
use super::route::Found;
use crate::engines::ACCOUNT;

const TRACE_ID: &str = "x-amzn-trace-id";

/// What came over the wire.
pub(super) struct Arrival<'a> {
    pub(super) head: &'a Parts,
    pub(super) body: &'a Bytes,
    pub(super) peer: SocketAddr,
}

/// What the gateway itself knows of every request.
pub(crate) struct Stamp {
    /// Tells when it came.
    pub(crate) clock: Clock,
    /// Makes the ids of requests and traces.
    pub(crate) entropy: Entropy,
    /// Where the gateway listens.
    pub(crate) address: SocketAddr,
}

impl Stamp {
    /// The event of a request.
    pub(super) fn event(
        &self,
        arrival: &Arrival<'_>,
        path: &str,
        found: &Found<'_>,
        request_id: &str,
    ) -> Value {
        let Arrival { head, body, peer } = arrival;
        let now = self.clock.now();
        let route_key = found.route.key.to_string();
        let query = head.uri.query().unwrap_or_default();
        let user_agent = text_of(&head.headers, &header::USER_AGENT);
        let mut event = json!({
            "version": "2.0",
            "routeKey": route_key,
            "rawPath": path,
            "rawQueryString": query,
            "headers": self.headers(&head.headers, *peer, now),
            "requestContext": {
                "accountId": ACCOUNT,
                "apiId": "local",
                "domainName": self.domain(&head.headers),
                "domainPrefix": "local",
                "http": {
                    "method": head.method.as_str(),
                    "path": path,
                    "protocol": format!("{:?}", head.version),
                    "sourceIp": peer.ip().to_string(),
                    "userAgent": user_agent,
                },
                "requestId": request_id,
                "routeKey": route_key,
                "stage": "$default",
                "time": common_log_time(now),
                "timeEpoch": now.get() / 10,
            },
            "isBase64Encoded": false,
        });
        if found.route.iam {
            event["requestContext"]["authorizer"] = operator::authorizer();
        }
        if let Some(event) = event.as_object_mut() {
            add_optional_parts(event, head, found, query);
            add_body(event, &head.headers, body);
        }
        event
    }

    /// The host as the client names it, for a function that makes links from it.
    fn domain(&self, headers: &HeaderMap) -> String {
        match text_of(headers, &header::HOST) {
            host if host.is_empty() => self.address.to_string(),
            host => host,
        }
    }

    /// Lower-case names, duplicates joined by commas, cookies apart, and what the gateway itself adds.
    fn headers(
        &self,
        headers: &HeaderMap,
        peer: SocketAddr,
        now: Ticks,
    ) -> BTreeMap<String, String> {
        let mut joined: BTreeMap<String, String> = headers
            .keys()
            .filter(|name| **name != header::COOKIE)
            .map(|name| (name.as_str().to_owned(), text_of(headers, name)))
            .collect();
        let forwarded = joined.entry("x-forwarded-for".to_owned()).or_default();
        if !forwarded.is_empty() {
            forwarded.push_str(", ");
        }
        forwarded.push_str(&peer.ip().to_string());
        joined.insert(
            "x-forwarded-port".to_owned(),
            self.address.port().to_string(),
        );
        joined.insert("x-forwarded-proto".to_owned(), "http".to_owned());
        let trace = joined
            .get(TRACE_ID)
            .filter(|trace| trace.starts_with("Root=1-"));
        if trace.is_none() {
            joined.insert(TRACE_ID.to_owned(), self.trace_id(now));
        }
        joined
    }

    /// `Root=1-{time}-{96 random bits}`
    fn trace_id(&self, now: Ticks) -> String {
        let random = self.entropy.uuid().simple().to_string();
        format!("Root=1-{:08x}-{}", now.unix_seconds(), &random[..24])
    }
}

fn add_optional_parts(
    event: &mut Map<String, Value>,
    head: &Parts,
    found: &Found<'_>,
    query: &str,
) {
    let cookies: Vec<_> = head
        .headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .map(str::trim)
        .filter(|cookie| !cookie.is_empty())
        .collect();
    if !cookies.is_empty() {
        event.insert("cookies".to_owned(), cookies.into());
    }
    if !query.is_empty() {
        event.insert(
            "queryStringParameters".to_owned(),
            json!(query_parameters(query)),
        );
    }
    if !found.parameters.is_empty() {
        event.insert("pathParameters".to_owned(), json!(found.parameters));
    }
}

/// Text for the few types that an HTTP API takes for text, base64 for all others: for forms too, and for
/// bodies without a type.
fn add_body(event: &mut Map<String, Value>, headers: &HeaderMap, body: &Bytes) {
    if body.is_empty() {
        return;
    }
    let content_type = text_of(headers, &header::CONTENT_TYPE).to_ascii_lowercase();
    let kind = content_type.split(';').next().unwrap_or_default().trim();
    let is_text = kind.starts_with("text/")
        || matches!(
            kind,
            "application/json" | "application/xml" | "application/javascript"
        );
    let encoded = if is_text {
        String::from_utf8_lossy(body).into_owned()
    } else {
        STANDARD.encode(body)
    };
    event.insert("isBase64Encoded".to_owned(), (!is_text).into());
    event.insert("body".to_owned(), encoded.into());
}

/// Every value of a header, joined by commas.
fn text_of(headers: &HeaderMap, name: &HeaderName) -> String {
    let values = headers.get_all(name).iter();
    let values: Vec<_> = values
        .map(|value| String::from_utf8_lossy(value.as_bytes()))
        .collect();
    values.join(",")
}

/// Decoded, duplicates joined by commas.
fn query_parameters(query: &str) -> BTreeMap<String, String> {
    let mut parameters = BTreeMap::<String, String>::new();
    for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
        let known = parameters.entry(name.into_owned());
        known
            .and_modify(|known| *known = format!("{known},{value}"))
            .or_insert_with(|| value.to_string());
    }
    parameters
}

/// `12/Mar/2020:19:03:58 +0000`
fn common_log_time(now: Ticks) -> String {
    let seconds = i64::try_from(now.unix_seconds()).unwrap_or_default();
    let time = jiff::Timestamp::from_second(seconds).unwrap_or_default();
    time.strftime("%d/%b/%Y:%H:%M:%S +0000").to_string()
}

#[cfg(test)]
mod tests {
    use template::{Route, RouteKey};

    use super::*;
    use crate::gateway::RouteTable;

    fn event(request: http::Request<&'static [u8]>, path: &str) -> Value {
        let stamp = Stamp {
            clock: Clock::manual(Ticks::new(15_833_483_386_680)),
            entropy: Entropy::seeded(7),
            address: SocketAddr::from(([127, 0, 0, 1], 9000)),
        };
        let route = Route {
            api: None,
            key: RouteKey::Path {
                method: None,
                path: "/pets/{id}".to_owned(),
            },
            package: "pets".to_owned(),
            iam: false,
        };
        let routes = RouteTable::new([&route]);
        let found = routes
            .find(request.method(), path)
            .expect("the route takes it");
        let (head, body) = request.into_parts();
        let body = Bytes::from_static(body);
        let peer = SocketAddr::from(([127, 0, 0, 2], 40_000));
        stamp.event(
            &Arrival {
                head: &head,
                body: &body,
                peer,
            },
            path,
            &found,
            "the-request",
        )
    }

    fn with_type(content_type: Option<&str>, body: &'static [u8]) -> Value {
        let mut request = http::Request::post("/pets/1");
        if let Some(content_type) = content_type {
            request = request.header("content-type", content_type);
        }
        event(request.body(body).expect("a request"), "/pets/1")
    }

    #[test]
    fn an_event_is_what_api_gateway_would_send() {
        let request = http::Request::post("/pets/a%20b?x=1&y=a+b&x=%26")
            .header("Host", "localhost:9000")
            .header("User-Agent", "curl/8")
            .header("X-Many", "one")
            .header("X-Many", "two")
            .header("Cookie", "a=1; b=2")
            .header("Cookie", "c=3")
            .header("Content-Type", "application/json")
            .header(
                "X-Amzn-Trace-Id",
                "Root=1-5e68f1d2-000000000000000000000001",
            )
            .header("X-Forwarded-For", "198.51.100.7")
            .body(br#"{"a":1}"#.as_slice())
            .expect("a request");
        let expected = json!({
            "version": "2.0",
            "routeKey": "ANY /pets/{id}",
            "rawPath": "/pets/a b",
            "rawQueryString": "x=1&y=a+b&x=%26",
            "cookies": ["a=1", "b=2", "c=3"],
            "headers": {
                "content-type": "application/json",
                "host": "localhost:9000",
                "user-agent": "curl/8",
                "x-amzn-trace-id": "Root=1-5e68f1d2-000000000000000000000001",
                "x-forwarded-for": "198.51.100.7, 127.0.0.2",
                "x-forwarded-port": "9000",
                "x-forwarded-proto": "http",
                "x-many": "one,two",
            },
            "queryStringParameters": {"x": "1,&", "y": "a b"},
            "pathParameters": {"id": "a b"},
            "requestContext": {
                "accountId": "000000000000",
                "apiId": "local",
                "domainName": "localhost:9000",
                "domainPrefix": "local",
                "http": {
                    "method": "POST",
                    "path": "/pets/a b",
                    "protocol": "HTTP/1.1",
                    "sourceIp": "127.0.0.2",
                    "userAgent": "curl/8",
                },
                "requestId": "the-request",
                "routeKey": "ANY /pets/{id}",
                "stage": "$default",
                "time": "04/Mar/2020:18:58:58 +0000",
                "timeEpoch": 1_583_348_338_668_u64,
            },
            "body": "{\"a\":1}",
            "isBase64Encoded": false,
        });
        assert_eq!(event(request, "/pets/a b"), expected);
    }

    #[test]
    fn only_text_comes_as_text() {
        for (content_type, expected) in [
            (Some("application/json; charset=utf-8"), "hi"),
            (Some("TEXT/PLAIN"), "hi"),
            (Some("application/x-www-form-urlencoded"), "aGk="),
            (Some("application/octet-stream"), "aGk="),
            (None, "aGk="),
        ] {
            let event = with_type(content_type, b"hi");
            assert_eq!(event["body"], expected, "{content_type:?}");
            assert_eq!(
                event["isBase64Encoded"],
                expected == "aGk=",
                "{content_type:?}"
            );
        }
        let empty = with_type(Some("application/json"), b"");
        assert_eq!(empty.get("body"), None);
    }

    #[test]
    fn a_trace_is_begun_unless_there_is_one() {
        let event = with_type(None, b"");
        let trace = event["headers"][TRACE_ID].as_str().expect("there is one");
        assert!(trace.starts_with("Root=1-5e5ffa72-"), "{trace}");
        assert_eq!(trace.len(), "Root=1-5e5ffa72-".len() + 24);
    }
}
