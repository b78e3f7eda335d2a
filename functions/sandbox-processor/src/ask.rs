//! What a request brings: who sent it, its body, the payment that it names.

use serde::de::DeserializeOwned;
use serde_json::Value;
use sha2::{Digest, Sha256};
use shared::config::SecretText;
use shared::domain::external::is_name;
use shared::http::ApiRequest;
use subtle::ConstantTimeEq;

use crate::answer::Refusal;

/// Whether a request has the key.
pub(crate) fn is_admitted(request: &ApiRequest, key: &SecretText) -> bool {
    let presented = request
        .header("authorization")
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map_or("", |(_, key)| key.trim_start());
    // Of digests, because a comparison takes no longer for a longer key.
    let digest = |key: &str| Sha256::digest(key.as_bytes());
    digest(presented).ct_eq(&digest(key.expose())).into()
}

/// The body as what an endpoint wants.
pub(crate) fn body<T: DeserializeOwned>(request: &ApiRequest) -> Result<T, Refusal> {
    request.check_size()?;
    let object = Value::Object(request.json()?);
    serde_json::from_value(object).map_err(|error| Refusal::invalid(error.to_string()))
}

/// The `Idempotency-Key`, if there is one.
pub(crate) fn idempotency_key(request: &ApiRequest) -> Result<Option<String>, Refusal> {
    let Some(_) = request.idempotency_key()? else {
        return Ok(None);
    };
    Ok(request.header("idempotency-key").map(str::to_owned))
}

/// The `paymentId` of a request that only names one: in the query, or in a body that is JSON or a form.
pub(crate) fn payment_id(request: &ApiRequest) -> Result<String, Refusal> {
    request.check_size()?;
    let named = match request.query_parameter("paymentId") {
        Some(named) => Some(named),
        None if request.body().is_empty() => None,
        None => payment_id_of_body(request)?,
    };
    let named = named.ok_or_else(|| Refusal::invalid("paymentId is required"))?;
    // What cannot be a name names nothing.
    if is_name(&named) {
        Ok(named)
    } else {
        Err(Refusal::NotFound)
    }
}

fn payment_id_of_body(request: &ApiRequest) -> Result<Option<String>, Refusal> {
    let content_type = request.header("content-type").unwrap_or_default();
    let media_type = content_type.split(';').next().unwrap_or_default().trim();
    if media_type.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        return Ok(field(request.body(), "paymentId"));
    }
    match request.json()?.get("paymentId") {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(named)) => Ok(Some(named.clone())),
        Some(_) => Err(Refusal::invalid("paymentId must be a string")),
    }
}

/// A field of a form.
pub(crate) fn field(form: &[u8], name: &str) -> Option<String> {
    form_urlencoded::parse(form)
        .find(|(found, _)| found == name)
        .map(|(_, value)| value.into_owned())
}

/// Where this request came to, without a slash at its end: API Gateway says both parts itself. The sandbox cannot be told its own
/// address, because it is part of what it would be told in.
pub(crate) fn origin(request: &ApiRequest) -> String {
    let scheme = match request.header("x-forwarded-proto") {
        Some("http") => "http",
        _ => "https",
    };
    let domain = request.domain_name.as_deref().unwrap_or_default();
    format!("{scheme}://{domain}")
}
