//! The error catalogue, with what to do about each (error-handling.txt, *Error code catalog*).

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use shared::domain::idempotency::IdempotencyConflict;
use shared::http::ApiError;

/// The trace id of the examples.
const TRACE_ID: &str = "b2f3d36dc305249e8d1ebaa49ef616f1";

/// What every operation may answer.
pub(crate) fn everywhere() -> Vec<ApiError> {
    vec![
        ApiError::InvalidApiKey,
        ApiError::IpNotAllowed,
        ApiError::AccessDenied,
        ApiError::invalid("webcode is required."),
        ApiError::internal("an example"),
    ]
}

/// What an operation without a key may answer.
pub(crate) fn for_everybody() -> Vec<ApiError> {
    vec![
        ApiError::invalid("paymentId is required."),
        ApiError::internal("an example"),
    ]
}

/// What every operation may answer that heeds an `Idempotency-Key`.
pub(crate) fn of_keys() -> Vec<ApiError> {
    vec![
        ApiError::Idempotency(IdempotencyConflict::OtherRequest),
        ApiError::Idempotency(IdempotencyConflict::OtherEndpoint),
    ]
}

/// What every POST may answer.
pub(crate) fn of_posts() -> Vec<ApiError> {
    vec![ApiError::BodyTooLarge, ApiError::UnsupportedContentType]
}

/// What no operation answers, but an address or a method that there is not.
pub(crate) fn of_routes() -> Vec<ApiError> {
    vec![
        ApiError::NoSuchRoute,
        ApiError::MethodNotAllowed(String::new()),
    ]
}

/// What to do about an error.
pub(crate) fn advice(error: &ApiError) -> &'static str {
    match error {
        ApiError::InvalidApiKey => "Check the `X-API-KEY` header.",
        ApiError::IpNotAllowed => {
            "Call from an address on the key's list, or have the list changed."
        }
        ApiError::AccessDenied => {
            "Check that the key is of this environment and of this `webcode`, and that the session, payment or event is yours."
        }
        ApiError::Invalid(_) => "Correct what the message names. The same request will fail again.",
        ApiError::InvalidDate(_) => "Use ISO 8601, such as `2026-07-15T14:00:00Z`.",
        ApiError::InvalidCountryFormat => "Use ISO 3166-1 alpha-2, such as `ES`.",
        ApiError::CountryNotSupported => "Ask support for the list of countries.",
        ApiError::NotFound => {
            "Check the `sessionId`, `paymentReference` or `event_id`; below `/v3`, the service's name, and `paymentId` or `subscriptionToken`."
        }
        ApiError::NoSuchRoute => "Check the address.",
        ApiError::MethodNotAllowed(_) => "Use a method that the `Allow` header names.",
        ApiError::BodyTooLarge => "Send less.",
        ApiError::UnsupportedContentType => "Send JSON, and say so in `Content-Type`.",
        ApiError::Idempotency(IdempotencyConflict::OtherRequest) => {
            "Use a new key, or send the same body as the first time."
        }
        ApiError::Idempotency(IdempotencyConflict::OtherEndpoint) => {
            "Use another key for each endpoint."
        }
        ApiError::Idempotency(IdempotencyConflict::InProgress) => {
            "Ask again after the seconds of `Retry-After`."
        }
        ApiError::ProviderError => {
            "Try again in a few seconds, with a new `Idempotency-Key`. If it persists, tell support the `traceId`."
        }
        ApiError::ExternalService => {
            "Send the same request again, with the same `shopTransactionId` or `Idempotency-Key`: nothing happens twice. If it \
             persists, tell support the `traceId`."
        }
        ApiError::InProgress(_) => "Ask again after the seconds of `Retry-After`.",
        ApiError::TerminalUnreachable => "Check that the terminal is on and connected.",
        ApiError::TerminalBusy => {
            "Wait for the payment on it to end, 5 to 10 seconds, and try again."
        }
        // Of webhooks, and of management, which is not described here.
        ApiError::Conflict(_) => "Do what the message says.",
        ApiError::Unprocessable(_) => {
            "Have the endpoint of webhooks set or enabled, by whoever runs the service."
        }
        ApiError::Replayed(first) => advice(first),
        ApiError::Internal(_) => {
            "Retry with the same `Idempotency-Key`, where there is one, after 1, 2, 4, 8 seconds. If it persists, tell support the `traceId`."
        }
    }
}

/// Every error of the catalogue, once.
pub(crate) fn catalogue(operations: impl IntoIterator<Item = ApiError>) -> Vec<ApiError> {
    let mut known = BTreeMap::new();
    for error in operations.into_iter().chain(of_routes()) {
        let (status, code, message) = error.entry();
        // Of 12001 there are as many messages as there are rules.
        let message = match error {
            ApiError::Invalid(_) => String::new(),
            _ => message.into_owned(),
        };
        known
            .entry((code.unwrap_or_default(), status.as_u16(), message))
            .or_insert(error);
    }
    known.into_values().collect()
}

/// The responses to errors, by status: the standard body, with the codes that the status may have here.
pub(crate) fn responses(errors: &[ApiError]) -> Map<String, Value> {
    let mut by_status: BTreeMap<u16, Vec<&ApiError>> = BTreeMap::new();
    for error in errors {
        let (status, ..) = error.entry();
        by_status.entry(status.as_u16()).or_default().push(error);
    }
    by_status
        .into_iter()
        .map(|(status, errors)| (status.to_string(), response(status, &errors)))
        .collect()
}

fn response(status: u16, errors: &[&ApiError]) -> Value {
    let mut codes: Vec<u32> = errors.iter().filter_map(|error| error.entry().1).collect();
    codes.sort_unstable();
    codes.dedup();
    let mut detail = json!({ "statusCode": { "const": status } });
    if !codes.is_empty() {
        detail["code"] = json!({ "enum": codes });
    }
    // A status whose errors all have a code never comes without one.
    let required = if errors.iter().all(|error| error.entry().1.is_some()) {
        vec!["code"]
    } else {
        Vec::new()
    };
    let mut lines: Vec<String> = errors.iter().map(|error| line(error)).collect();
    lines.dedup();
    let examples: Map<String, Value> = errors
        .iter()
        .map(|error| {
            let body: Value = serde_json::from_str(&error.body(TRACE_ID)).unwrap_or_default();
            (name(error), json!({ "value": body }))
        })
        .collect();
    let mut headers = json!({ "X-Trace-Id": { "$ref": "#/components/headers/TraceId" } });
    let in_progress = |error: &&ApiError| {
        matches!(
            error,
            ApiError::Idempotency(IdempotencyConflict::InProgress) | ApiError::InProgress(_)
        )
    };
    if errors.iter().any(in_progress) {
        headers["Retry-After"] = json!({ "$ref": "#/components/headers/RetryAfter" });
    }
    json!({
        "description": lines.join("\n"),
        "headers": headers,
        "content": { "application/json": {
            "schema": {
                "allOf": [
                    { "$ref": "#/components/schemas/ErrorBody" },
                    { "properties": { "error": { "properties": detail, "required": required } } },
                ],
            },
            "examples": examples,
        }},
    })
}

/// `- 11001: Invalid or missing API key.`
fn line(error: &ApiError) -> String {
    let (_, code, message) = error.entry();
    let message = match error {
        ApiError::Invalid(_) => "A parameter is missing or wrong; the message names it.",
        _ => &message,
    };
    match code {
        Some(code) => format!("- {code}: {message}"),
        None => format!("- {message}"),
    }
}

/// The name of an error's example.
fn name(error: &ApiError) -> String {
    match error {
        ApiError::Idempotency(IdempotencyConflict::OtherRequest) => "otherRequest".to_owned(),
        ApiError::Idempotency(IdempotencyConflict::OtherEndpoint) => "otherEndpoint".to_owned(),
        ApiError::Idempotency(IdempotencyConflict::InProgress) => "inProgress".to_owned(),
        ApiError::InProgress(_) => "stillInProgress".to_owned(),
        _ => error
            .entry()
            .1
            .map_or_else(String::new, |code| code.to_string()),
    }
}
