//! A request to the API, as API Gateway handed it over.

use std::net::IpAddr;
use std::sync::OnceLock;

use lambda_http::request::RequestContext;
use lambda_http::{Body, Request, RequestExt};

use super::error::ApiError;
use crate::domain::api_key::PresentedKey;
use crate::domain::environment::Environment;
use crate::domain::idempotency::IdempotencyKey;
use crate::domain::webcode::Webcode;
use crate::entropy::Entropy;

/// The largest body that the API takes (contract README, *Unknown route*).
pub const BODY_BYTES_MAX: usize = 64 * 1024;

/// Routes of the Test environment begin so; all others are Live's.
const TEST_PREFIX: &str = "/external/v1/test/";

/// A request, with what API Gateway knows of its sender.
pub struct ApiRequest {
    /// The environment that its route belongs to.
    pub environment: Environment,
    /// 32 hex digits that tie together logs, error bodies and the caller's report.
    pub trace_id: String,
    /// The caller's address, as API Gateway saw it: never from a header.
    pub source_ip: Option<IpAddr>,
    /// The domain that the caller used, as API Gateway knows it.
    pub domain_name: Option<String>,
    request: Request,
    /// Who was admitted, for the log.
    caller: OnceLock<LoggedCaller>,
}

/// Who sent a request, as the log names it.
#[derive(Debug)]
pub(super) struct LoggedCaller {
    /// The API key's id, never the key; an operator has none.
    pub(super) key: Option<String>,
    pub(super) webcode: Webcode,
}

impl ApiRequest {
    /// Reads what API Gateway sent.
    #[must_use]
    pub fn new(request: Request, entropy: &Entropy) -> Self {
        let environment = if request.uri().path().starts_with(TEST_PREFIX) {
            Environment::Test
        } else {
            Environment::Live
        };
        Self::of(request, environment, entropy)
    }

    /// The same for a route that belongs to both environments: the API key says which is meant. Whoever has none that could be
    /// one gets no further than Live's door.
    #[must_use]
    pub fn by_key(request: Request, entropy: &Entropy) -> Self {
        let presented = request.headers().get("x-api-key");
        let environment = presented
            .and_then(|key| PresentedKey::parse(key.to_str().ok()?).ok())
            .map_or(Environment::Live, |key| key.environment);
        Self::of(request, environment, entropy)
    }

    fn of(request: Request, environment: Environment, entropy: &Entropy) -> Self {
        let trace_id = trace_id(&request, entropy);
        let (source_ip, domain_name) = match request.request_context_ref() {
            Some(RequestContext::ApiGatewayV2(context)) => (
                context
                    .http
                    .source_ip
                    .as_deref()
                    .and_then(|address| address.parse().ok()),
                context.domain_name.clone(),
            ),
            _ => (None, None),
        };
        Self {
            environment,
            trace_id,
            source_ip,
            domain_name,
            request,
            caller: OnceLock::new(),
        }
    }

    /// Notes who was admitted. Once: a request has one caller.
    pub(super) fn note_caller(&self, key: &str, webcode: &Webcode) {
        self.caller.get_or_init(|| LoggedCaller {
            key: Some(key.to_owned()),
            webcode: webcode.clone(),
        });
    }

    /// Notes the merchant that an operator's request is about.
    pub fn note_merchant(&self, webcode: &Webcode) {
        self.caller.get_or_init(|| LoggedCaller {
            key: None,
            webcode: webcode.clone(),
        });
    }

    /// Who was admitted.
    pub(super) fn caller(&self) -> Option<&LoggedCaller> {
        self.caller.get()
    }

    /// The ARN that signed the request, where the route demands that AWS knows the caller. `None` is a caller whom nobody knows.
    #[must_use]
    pub fn signed_by(&self) -> Option<&str> {
        match self.request.request_context_ref()? {
            RequestContext::ApiGatewayV2(context) => {
                let iam = context.authorizer.as_ref()?.iam.as_ref()?;
                iam.user_arn.as_deref().filter(|arn| !arn.is_empty())
            }
            _ => None,
        }
    }

    /// The path, as it came.
    #[must_use]
    pub fn path(&self) -> &str {
        self.request.uri().path()
    }

    /// The last part of the path: as a relative address it leads to the same page under whatever domain and path it was reached.
    #[must_use]
    pub fn path_name(&self) -> Option<&str> {
        self.path().rsplit('/').next()
    }

    /// The method.
    #[must_use]
    pub fn method(&self) -> &http::Method {
        self.request.method()
    }

    /// Whether the method is GET.
    #[must_use]
    pub fn is_get(&self) -> bool {
        self.request.method() == http::Method::GET
    }

    /// A header's value, if it is text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.request.headers().get(name)?.to_str().ok()
    }

    /// A variable of the path.
    #[must_use]
    pub fn path_variable(&self, name: &str) -> Option<String> {
        self.request
            .path_parameters_ref()?
            .first(name)
            .map(str::to_owned)
    }

    /// A parameter of the query.
    #[must_use]
    pub fn query_parameter(&self, name: &str) -> Option<String> {
        self.request
            .query_string_parameters_ref()?
            .first(name)
            .map(str::to_owned)
    }

    /// `limit` of a list: 1 to 100, and 20 when nobody says (contract README, *Lists*).
    ///
    /// # Errors
    /// 12001 when it is anything else.
    pub fn limit(&self) -> Result<usize, ApiError> {
        let Some(text) = self.query_parameter("limit") else {
            return Ok(20);
        };
        let plain = text.bytes().all(|b| b.is_ascii_digit());
        match text.parse() {
            Ok(limit @ 1..=100) if plain => Ok(limit),
            _ => Err(ApiError::invalid("limit must be an integer from 1 to 100.")),
        }
    }

    /// The body's bytes.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        match self.request.body() {
            Body::Text(text) => text.as_bytes(),
            Body::Binary(bytes) => bytes,
            _ => &[],
        }
    }

    /// Refuses a body that is larger than the API takes: the first check of all.
    ///
    /// # Errors
    /// [`ApiError::BodyTooLarge`]
    pub fn check_size(&self) -> Result<(), ApiError> {
        if self.body().len() > BODY_BYTES_MAX {
            Err(ApiError::BodyTooLarge)
        } else {
            Ok(())
        }
    }

    /// What the body is said to be, without its parameters, in lower case; nothing where nobody says.
    #[must_use]
    pub fn media_type(&self) -> String {
        let content_type = self.header("content-type").unwrap_or_default();
        let media_type = content_type.split(';').next().unwrap_or_default();
        media_type.trim().to_ascii_lowercase()
    }

    /// The body as a JSON object.
    ///
    /// # Errors
    /// 12001, with 415 when the content type is wrong.
    pub fn json(&self) -> Result<serde_json::Map<String, serde_json::Value>, ApiError> {
        if self.media_type() != "application/json" {
            return Err(ApiError::UnsupportedContentType);
        }
        match serde_json::from_slice(self.body()) {
            Ok(serde_json::Value::Object(object)) => Ok(object),
            Ok(_) => Err(ApiError::invalid("The body must be a JSON object.")),
            Err(_) => Err(ApiError::invalid("The body is not valid JSON.")),
        }
    }

    /// The `Idempotency-Key` header, if there is one.
    ///
    /// # Errors
    /// 12001 when it is not a usable key.
    pub fn idempotency_key(&self) -> Result<Option<IdempotencyKey>, ApiError> {
        let Some(value) = self.request.headers().get("idempotency-key") else {
            return Ok(None);
        };
        let key = value
            .to_str()
            .ok()
            .and_then(|text| IdempotencyKey::parse(text).ok());
        key.map(Some).ok_or_else(|| {
            ApiError::invalid("Idempotency-Key must have 1 to 255 visible ASCII characters.")
        })
    }

    /// Where the service is reached: as configured, or else as this request came.
    #[must_use]
    pub fn base_url(&self, configured: Option<&str>) -> String {
        match (configured, &self.domain_name) {
            (Some(url), _) => url.to_owned(),
            (None, Some(domain)) => format!("https://{domain}"),
            (None, None) => String::new(),
        }
    }
}

/// The X-Ray trace id without its punctuation (`Root=1-5759e988-bd862e3fe1be46a994272793`), or a fresh one.
fn trace_id(request: &Request, entropy: &Entropy) -> String {
    request
        .headers()
        .get("x-amzn-trace-id")
        .and_then(|header| header.to_str().ok())
        .and_then(|header| {
            header
                .split(';')
                .find_map(|part| part.trim().strip_prefix("Root=1-"))
        })
        .map(|root| root.replace('-', ""))
        .filter(|id| id.len() == 32 && id.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')))
        .unwrap_or_else(|| entropy.uuid().simple().to_string())
}
