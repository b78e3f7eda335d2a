//! Requests as API Gateway hands them over: version 2.0 of its payload for HTTP APIs.

use bytes::Bytes;
use serde_json::{Map, Value, json};

use crate::Failure;
use crate::seed::{Seed, WEBCODE};

/// Refunds that one payment takes: few, as in a shop, so that the payment stays below 1 KB.
const REFUNDS_PER_PAYMENT: usize = 3;

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Work {
    /// Create a session, with an idempotency key of its own.
    Create,
    /// Create a session, without a key.
    CreateWithoutKey,
    /// Repeat a request to create a session.
    Replay,
    /// Query a session that was paid.
    Query,
    /// Refund a cent, with an idempotency key of its own.
    Refund,
    /// Show the payment page.
    Page,
    /// Something that no route takes.
    Unknown,
}

/// Makes events, each of them good for one request.
pub(crate) struct Events {
    seed: Seed,
    session_id: String,
    payment: String,
    refunds: usize,
    page: String,
}

impl Events {
    pub(crate) async fn new(seed: Seed) -> Result<Self, Failure> {
        let (session_id, page) = (seed.paid_session().await?.to_string(), seed.page().await?);
        Ok(Self {
            seed,
            session_id,
            payment: String::new(),
            refunds: 0,
            page,
        })
    }

    /// Where the API key is kept, for the floors.
    pub(crate) fn api_key_at(&self) -> &str {
        &self.seed.api_key_at
    }

    /// The event of one more request.
    pub(crate) async fn next(&mut self, work: Work) -> Result<Bytes, Failure> {
        let fresh = || uuid::Uuid::new_v4().to_string();
        let event = match work {
            Work::Create => self.create(Some(&fresh())),
            Work::CreateWithoutKey => self.create(None),
            Work::Replay => self.create(Some("the-same-key-again-and-again-0000001")),
            Work::Query => self.query(),
            Work::Refund => self.refund(&fresh()).await?,
            Work::Page => self.page(),
            Work::Unknown => self.event(
                "GET",
                "$default",
                "/external/v1/no-such-thing",
                json!({}),
                json!({}),
            ),
        };
        Ok(serde_json::to_vec(&event)?.into())
    }

    fn create(&self, key: Option<&str>) -> Value {
        let body = json!({
            "webcode": WEBCODE,
            "amount": {"value": 15_000, "currency": "EUR"},
            "urlOk": "https://shop.example/orders/2026-000123/paid",
            "urlKo": "https://shop.example/orders/2026-000123/not-paid",
            "countryCode": "ES",
            "shopperLocale": "es-ES",
            "deliverAt": "2026-07-15T14:00:00Z",
            "description": "Two nights, double room with breakfast",
            "customReference": "2026-000123",
        });
        self.post("/external/v1/test/payment/session", key, &body)
    }

    async fn refund(&mut self, key: &str) -> Result<Value, Failure> {
        if self.refunds.is_multiple_of(REFUNDS_PER_PAYMENT) {
            self.payment = self.seed.payment().await?.to_string();
        }
        self.refunds += 1;
        let body = json!({
            "webcode": WEBCODE,
            "paymentReference": self.payment,
            "amount": {"value": 1, "currency": "EUR"},
            "reason": "CUSTOMER REQUEST",
        });
        Ok(self.post("/external/v1/test/payment/refund", Some(key), &body))
    }

    fn query(&self) -> Value {
        let path = format!("/external/v1/test/payment/session/{}", self.session_id);
        let rest = json!({
            "rawQueryString": format!("webcode={WEBCODE}"),
            "queryStringParameters": {"webcode": WEBCODE},
            "pathParameters": {"sessionId": self.session_id},
        });
        self.event(
            "GET",
            "GET /external/v1/test/payment/session/{sessionId}",
            &path,
            json!({}),
            rest,
        )
    }

    fn page(&self) -> Value {
        let token = self.page.rsplit('/').next();
        let rest = json!({"pathParameters": {"token": token}});
        self.event(
            "GET",
            "GET /pay-external/{token}",
            &self.page,
            json!({}),
            rest,
        )
    }

    fn post(&self, path: &str, key: Option<&str>, body: &Value) -> Value {
        let body = body.to_string();
        let mut headers =
            json!({"content-type": "application/json", "content-length": body.len().to_string()});
        if let Some(key) = key {
            headers["idempotency-key"] = key.into();
        }
        self.event(
            "POST",
            &format!("POST {path}"),
            path,
            headers,
            json!({"body": body}),
        )
    }

    fn event(
        &self,
        method: &str,
        route: &str,
        path: &str,
        more_headers: Value,
        rest: Value,
    ) -> Value {
        let mut headers = json!({
            "accept": "application/json",
            "accept-encoding": "gzip, deflate",
            "host": "api.example.com",
            "user-agent": "shop/1.0",
            "x-amzn-trace-id": "Root=1-6553f100-0123456789abcdef01234567",
            "x-api-key": self.seed.api_key,
            "x-forwarded-for": "203.0.113.7",
            "x-forwarded-port": "443",
            "x-forwarded-proto": "https",
        });
        extend(&mut headers, more_headers);
        let mut event = json!({
            "version": "2.0",
            "routeKey": route,
            "rawPath": path,
            "rawQueryString": "",
            "headers": headers,
            "requestContext": {
                "accountId": "000000000000",
                "apiId": "a1b2c3d4e5",
                "domainName": "api.example.com",
                "domainPrefix": "api",
                "http": {
                    "method": method,
                    "path": path,
                    "protocol": "HTTP/1.1",
                    "sourceIp": "203.0.113.7",
                    "userAgent": "shop/1.0",
                },
                "requestId": "JKJaXmPLvHcESHA=",
                "routeKey": route,
                "stage": "$default",
                "time": "14/Nov/2026:22:13:20 +0000",
                "timeEpoch": 1_794_694_400_000_u64,
            },
            "isBase64Encoded": false,
        });
        extend(&mut event, rest);
        event
    }
}

fn extend(object: &mut Value, with: Value) {
    if let (Value::Object(object), Value::Object(with)) = (object, with) {
        object.extend::<Map<_, _>>(with);
    }
}

/// What a function answered: its status and its body.
pub(crate) fn answer_of(response: &[u8]) -> Result<(u64, Value), Failure> {
    let response: Value = serde_json::from_slice(response)?;
    let status = response["statusCode"]
        .as_u64()
        .ok_or("an answer without a status")?;
    let body = response["body"].as_str().unwrap_or_default();
    Ok((status, serde_json::from_str(body).unwrap_or_default()))
}
