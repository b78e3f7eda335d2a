//! The document as a whole.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Value, json};
use utoipa::openapi::schema::{Components, ComponentsBuilder};

use crate::operation::{Method, Operation};
use crate::{operations, webhook};

/// What it is, in a line.
pub(crate) const SUMMARY: &str = "Payment sessions with a hosted payment page, modifications of payments, queries and signed \
                                  webhooks.";

/// What a stranger must know before the first request. Paragraphs, with Markdown's backticks.
pub(crate) const INTRODUCTION: &[&str] = &[
    "Every operation is there twice, but for external services: below `/external/v1` with real money (Live), and below `/external/v1/test` with \
     simulated payments (Test). The two share nothing: each has its own API keys, client secret and data.",
    "The API key is sent as `X-API-KEY`, and belongs to one `webcode`, which every request names.",
    "Amounts are integers in minor units: `15000` is 150.00. Times in bodies are `YYYY-MM-DD HH:MM:SS`, in UTC. Unknown \
     fields are ignored, and `null` is the same as absent.",
    "Send an `Idempotency-Key` with every POST that takes one: what makes something, or moves money. The same key with the same request gives the same answer again, with \
     `Idempotent-Replayed: true`, and nothing happens a second time; keys are kept for 7 days. With another request it is a 409.",
    "Every answer has an `X-Trace-Id`: tell it to support. What the gateway itself refuses (429 above the rate limit, 503) has a \
     body of its own, `{\"message\": …}`.",
];

/// An OpenAPI 3.1 document.
#[derive(Serialize)]
pub struct Document {
    openapi: &'static str,
    info: Value,
    servers: Value,
    security: Value,
    tags: Value,
    paths: BTreeMap<String, BTreeMap<&'static str, Value>>,
    webhooks: Value,
    components: AllComponents,
    /// The operations that `paths` are made of.
    #[serde(skip)]
    pub(crate) operations: Vec<Operation>,
}

/// What utoipa knows of components, and what it doesn't.
#[derive(Serialize)]
struct AllComponents {
    #[serde(flatten)]
    from_types: Components,
    #[serde(rename = "securitySchemes")]
    security_schemes: Value,
    parameters: Value,
    headers: Value,
}

impl std::fmt::Debug for Document {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.paths.keys()).finish()
    }
}

impl Document {
    /// The document of what the API is now.
    #[must_use]
    pub fn new() -> Self {
        let operations = operations::all();
        let mut paths: BTreeMap<String, BTreeMap<&'static str, Value>> = BTreeMap::new();
        for operation in &operations {
            let method = match operation.method {
                Method::Get => "get",
                Method::Post => "post",
                Method::Delete => "delete",
            };
            for environment in operation.environments().iter().copied() {
                paths
                    .entry(operation.path_in(environment))
                    .or_default()
                    .insert(method, operation.describe(environment));
            }
        }
        Self {
            openapi: "3.1.0",
            info: json!({
                "title": "Payments",
                "version": env!("CARGO_PKG_VERSION"),
                "summary": SUMMARY,
                "description": INTRODUCTION.join("\n\n"),
                "license": { "name": "MIT", "identifier": "MIT" },
            }),
            // Where the document itself was found: anybody may run the service.
            servers: json!([{ "url": "/", "description": "The service that this document came from." }]),
            security: json!([{ "ApiKey": [] }]),
            tags: tags(),
            paths,
            webhooks: json!({ "event": webhook::describe() }),
            components: AllComponents {
                from_types: from_types(),
                security_schemes: json!({ "ApiKey": {
                    "type": "apiKey", "in": "header", "name": "X-API-KEY",
                    "description": "`pk_live_…` for Live, `pk_test_…` for Test.",
                }}),
                parameters: json!({ "IdempotencyKey": {
                    "name": "Idempotency-Key", "in": "header", "required": false,
                    "description": "Makes a repeated request harmless. One key for each thing that is to happen once.",
                    "schema": { "type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$" },
                    "example": "order-12345-payment",
                }}),
                headers: json!({
                    "RetryAfter": {
                        "description": "Seconds to wait, while the first request with the same Idempotency-Key is still in progress; \
                                        absent otherwise.",
                        "schema": { "type": "string", "enum": ["1"] },
                    },
                    "TraceId": {
                        "description": "Ties the answer to the logs.",
                        "required": true,
                        "schema": { "type": "string", "pattern": "^[0-9a-f]{32}$" },
                    },
                    "IdempotentReplayed": {
                        "description": "`true` when the answer repeats that of an earlier request with the same Idempotency-Key; \
                                        absent otherwise.",
                        "schema": { "type": "string", "enum": ["true"] },
                    },
                }),
            },
            operations,
        }
    }

    /// The schemas of bodies.
    pub(crate) const fn components(&self) -> &Components {
        &self.components.from_types
    }
}

impl Default for Document {
    fn default() -> Self {
        Self::new()
    }
}

fn tags() -> Value {
    let webhooks = ("Webhooks", "What the service sends to you.");
    operations::TAGS
        .iter()
        .chain([&webhooks])
        .map(|(name, description)| json!({ "name": name, "description": description }))
        .collect()
}

fn from_types() -> Components {
    [
        shared::openapi::schemas,
        session::openapi::schemas,
        queries::openapi::schemas,
        webhooks::openapi::schemas,
        modifications::openapi::schemas,
        pos::openapi::schemas,
        external::openapi::schemas,
    ]
    .into_iter()
    .fold(ComponentsBuilder::new(), |components, add| add(components))
    .build()
}
