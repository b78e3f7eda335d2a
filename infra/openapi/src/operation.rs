//! One operation, as it is said once for Live and Test, and what OpenAPI makes of it.

use serde_json::{Map, Value, json};
use shared::domain::environment::Environment;
use shared::http::ApiError;

use crate::errors;

/// An operation of the API.
#[derive(Debug)]
pub(crate) struct Operation {
    pub(crate) method: Method,
    pub(crate) scope: Scope,
    /// As its scope has it.
    pub(crate) path: &'static str,
    /// Its name in generated clients; in Test, `InTest` follows.
    pub(crate) id: &'static str,
    pub(crate) tag: &'static str,
    pub(crate) summary: &'static str,
    /// Paragraphs, with Markdown's backticks.
    pub(crate) description: &'static str,
    /// In the path and in the query.
    pub(crate) parameters: &'static [Parameter],
    /// What is posted.
    pub(crate) body: Option<Body>,
    pub(crate) success: Success,
    /// What may go wrong beside what may go wrong everywhere.
    pub(crate) errors: fn() -> Vec<ApiError>,
}

/// Whose an operation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    /// There twice, below `/external/v1` and `/external/v1/test`. Whether an `Idempotency-Key` is heeded.
    Environments { idempotent: bool },
    /// There once: the API key says which environment is meant. Whether an `Idempotency-Key` is heeded.
    ByKey { idempotent: bool },
    /// There once, for everybody.
    Public,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Method {
    Get,
    Post,
    Delete,
}

impl Method {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Delete => "DELETE",
        }
    }
}

/// A parameter of the path or of the query.
#[derive(Debug)]
pub(crate) struct Parameter {
    pub(crate) name: &'static str,
    pub(crate) place: Place,
    pub(crate) required: bool,
    pub(crate) description: &'static str,
    /// The schema as JSON.
    pub(crate) schema: &'static str,
    pub(crate) example: &'static str,
}

impl Parameter {
    /// The Parameter Object.
    fn describe(&self) -> Value {
        let mut described = json!({
            "name": self.name,
            "in": match self.place { Place::Path => "path", Place::Query => "query" },
            "required": self.required,
            "description": self.description,
            "schema": json(self.schema),
        });
        if !self.example.is_empty() {
            // A number or a boolean is one; anything else is a text.
            described["example"] =
                serde_json::from_str(self.example).unwrap_or_else(|_| Value::from(self.example));
        }
        described
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Path,
    Query,
}

/// `webcode` of a query.
pub(crate) const WEBCODE: Parameter = Parameter {
    name: "webcode",
    place: Place::Query,
    required: true,
    description: "Your identifier. It must be that of the API key.",
    schema: r##"{"$ref": "#/components/schemas/Webcode"}"##,
    example: "SHOP01",
};

/// A parameter of a query that may be left out.
pub(crate) const fn optional(
    name: &'static str,
    description: &'static str,
    schema: &'static str,
    example: &'static str,
) -> Parameter {
    Parameter {
        name,
        place: Place::Query,
        required: false,
        description,
        schema,
        example,
    }
}

/// What every list takes (contract README, *Lists*).
pub(crate) const FROM: Parameter = optional(
    "from",
    "Created then or later: ISO 8601, UTC where it has no offset.",
    ISO_DATE,
    "2026-06-01",
);
pub(crate) const TO: Parameter = optional(
    "to",
    "Created before then: ISO 8601, UTC where it has no offset.",
    ISO_DATE,
    "2026-07-01T00:00:00Z",
);
pub(crate) const LIMIT: Parameter = optional(
    "limit",
    "Rows on a page. With a `status` a page may have fewer, and yet not be the last.",
    r#"{"type": "integer", "minimum": 1, "maximum": 100, "default": 20}"#,
    "20",
);
pub(crate) const CURSOR: Parameter = optional(
    "cursor",
    "`nextCursor` of the page before, with the same filters.",
    r#"{"type": "string"}"#,
    "",
);
const ISO_DATE: &str = r##"{"$ref": "#/components/schemas/IsoDate"}"##;

/// What is posted: the name of its schema, and an example as it is printed.
#[derive(Debug)]
pub(crate) struct Body {
    pub(crate) schema: &'static str,
    pub(crate) example: &'static str,
}

/// How it is answered when all is well.
#[derive(Debug)]
pub(crate) struct Success {
    pub(crate) status: u16,
    pub(crate) description: &'static str,
    /// The schema of `data`.
    pub(crate) data: Data,
    /// The whole answer, as it is printed.
    pub(crate) example: &'static str,
    /// What can be done next.
    pub(crate) links: &'static [Link],
}

/// What `data` of an answer is.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Data {
    /// An object.
    One(&'static str),
    /// All there are.
    All(&'static str),
    /// A page of a list.
    Page(&'static str),
    /// None: the answer itself is this.
    Bare(&'static str),
}

impl Data {
    pub(crate) const fn schema(self) -> &'static str {
        match self {
            Self::One(name) | Self::All(name) | Self::Page(name) | Self::Bare(name) => name,
        }
    }
}

/// From an answer to the operation that may follow.
#[derive(Debug)]
pub(crate) struct Link {
    pub(crate) name: &'static str,
    /// The operation's id, without `InTest`.
    pub(crate) to: &'static str,
    pub(crate) description: &'static str,
    /// Parameters and body, as JSON with runtime expressions.
    pub(crate) parameters: &'static str,
    pub(crate) body: Option<&'static str>,
}

/// JSON that stands in this package.
pub(crate) fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error} in {text}"))
}

fn reference(schema: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{schema}") })
}

impl Operation {
    /// The environments that it is told apart in.
    pub(crate) fn environments(&self) -> &'static [Environment] {
        match self.scope {
            Scope::Environments { .. } => &Environment::ALL,
            Scope::ByKey { .. } | Scope::Public => &[Environment::Live],
        }
    }

    /// Its whole path in an environment.
    pub(crate) fn path_in(&self, environment: Environment) -> String {
        match (self.scope, environment) {
            (Scope::Environments { .. }, Environment::Live) => format!("/external/v1{}", self.path),
            (Scope::Environments { .. }, Environment::Test) => {
                format!("/external/v1/test{}", self.path)
            }
            (Scope::ByKey { .. } | Scope::Public, _) => format!("/v3/{{external}}{}", self.path),
        }
    }

    /// Whether an `Idempotency-Key` is heeded.
    pub(crate) fn is_idempotent(&self) -> bool {
        match self.scope {
            Scope::Environments { idempotent } | Scope::ByKey { idempotent } => idempotent,
            Scope::Public => false,
        }
    }

    /// Everything that may go wrong.
    pub(crate) fn all_errors(&self) -> Vec<ApiError> {
        let mut errors = match self.scope {
            Scope::Public => errors::for_everybody(),
            Scope::Environments { .. } | Scope::ByKey { .. } => errors::everywhere(),
        };
        errors.extend((self.errors)());
        if self.is_idempotent() {
            errors.extend(errors::of_keys());
        }
        if self.body.is_some() {
            errors.extend(errors::of_posts());
        }
        errors
    }

    /// The Operation Object.
    pub(crate) fn describe(&self, environment: Environment) -> Value {
        let mut operation = json!({
            "operationId": id_in(self.id, environment),
            "tags": [self.tag],
            "summary": match environment {
                Environment::Live => self.summary.to_owned(),
                Environment::Test => format!("{} (Test)", self.summary),
            },
            "description": self.description,
            "parameters": self.parameters(),
            "responses": self.responses(environment),
        });
        if let Some(body) = &self.body {
            operation["requestBody"] = json!({
                "required": true,
                "content": { "application/json": {
                    "schema": reference(body.schema),
                    "examples": { "documented": { "value": json(body.example) } },
                }},
            });
        }
        if self.scope == Scope::Public {
            operation["security"] = json!([]);
        }
        operation
    }

    fn parameters(&self) -> Vec<Value> {
        let mut parameters: Vec<Value> = self.parameters.iter().map(Parameter::describe).collect();
        if self.is_idempotent() {
            parameters.push(json!({ "$ref": "#/components/parameters/IdempotencyKey" }));
        }
        parameters
    }

    fn responses(&self, environment: Environment) -> Map<String, Value> {
        let mut headers = json!({ "X-Trace-Id": { "$ref": "#/components/headers/TraceId" } });
        // A payment of `/v3` is repeated by its name.
        let is_repeated = match self.scope {
            Scope::Environments { idempotent } => idempotent,
            Scope::ByKey { .. } => self.body.is_some(),
            Scope::Public => false,
        };
        if is_repeated {
            headers["Idempotent-Replayed"] =
                json!({ "$ref": "#/components/headers/IdempotentReplayed" });
        }
        let array = |schema| json!({ "type": "array", "items": reference(schema) });
        let of_data = |required: &[&str], mut properties: Value| {
            properties["success"] = json!({ "const": true });
            json!({ "type": "object", "required": required, "properties": properties })
        };
        let schema = match self.success.data {
            Data::One(schema) => {
                of_data(&["success", "data"], json!({ "data": reference(schema) }))
            }
            Data::All(schema) => of_data(&["success", "data"], json!({ "data": array(schema) })),
            Data::Page(schema) => of_data(
                &["success", "data", "pagination"],
                json!({ "data": array(schema), "pagination": reference("Pagination") }),
            ),
            Data::Bare(schema) => reference(schema),
        };
        let mut success = json!({
            "description": self.success.description,
            "headers": headers,
            "content": { "application/json": {
                "schema": schema,
                "examples": { "documented": { "value": json(self.success.example) } },
            }},
        });
        for link in self.success.links {
            let mut described = json!({
                "operationId": id_in(link.to, environment),
                "description": link.description,
                "parameters": json(link.parameters),
            });
            if let Some(body) = link.body {
                described["requestBody"] = json(body);
            }
            success["links"][link.name] = described;
        }
        let mut responses = errors::responses(&self.all_errors());
        responses.insert(self.success.status.to_string(), success);
        responses
    }
}

fn id_in(id: &str, environment: Environment) -> String {
    match environment {
        Environment::Live => id.to_owned(),
        Environment::Test => format!("{id}InTest"),
    }
}
