//! Checks a webhook's signature as a merchant would, from the contract alone and without our signing code.

use hmac::{Hmac, KeyInit, Mac};
use http::HeaderMap;
use sha2::Sha256;
use subtle::ConstantTimeEq;

/// Whether `X-Avirato-Signature` is `t={timestamp},v1={hmac}` for this body, this secret, and the time of
/// `X-Avirato-Timestamp` (contract README, *Webhooks*).
pub(super) fn is_valid(secret: &str, headers: &HeaderMap, body: &[u8]) -> bool {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let signature = text("x-avirato-signature").and_then(parse);
    let (Some(timestamp), Some((time, claimed))) = (text("x-avirato-timestamp"), signature) else {
        return false;
    };
    if timestamp != time {
        return false;
    }
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else {
        return false;
    };
    mac.update(time.as_bytes());
    mac.update(b".");
    mac.update(body);
    let expected: String = mac
        .finalize()
        .into_bytes()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    expected.as_bytes().ct_eq(claimed.as_bytes()).into()
}

/// `/^t=(\d+),v1=([a-f0-9]+)$/`
fn parse(signature: &str) -> Option<(&str, &str)> {
    let (time, hmac) = signature.strip_prefix("t=")?.split_once(",v1=")?;
    let is_time = !time.is_empty() && time.bytes().all(|byte| byte.is_ascii_digit());
    let is_hex = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    let is_hmac = !hmac.is_empty() && hmac.bytes().all(is_hex);
    (is_time && is_hmac).then_some((time, hmac))
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    // printf '1700000000.{"a":1}' | openssl dgst -sha256 -hmac cs_test_example
    const HMAC: &str = "efb09e8b9444109df6b52abf21ba0e7e08743ee747202ef54dfd7c09cbb2ebce";

    fn check(timestamp: &str, signature: &str, body: &str) -> bool {
        let value = |text| HeaderValue::from_str(text).expect("a header");
        let mut headers = HeaderMap::new();
        headers.insert("x-avirato-timestamp", value(timestamp));
        headers.insert("x-avirato-signature", value(signature));
        is_valid("cs_test_example", &headers, body.as_bytes())
    }

    #[test]
    fn only_the_right_signature_is_valid() {
        let body = r#"{"a":1}"#;
        let right = format!("t=1700000000,v1={HMAC}");
        assert!(check("1700000000", &right, body));
        assert!(!check("1700000000", &right, r#"{"a":2}"#), "another body");
        assert!(
            !check("1700000001", &right, body),
            "another time than it was signed with"
        );
        for wrong in [
            format!("t=1700000001,v1={HMAC}"),
            format!("t=1700000000,v1={}", HMAC.to_uppercase()),
            format!("t=1700000000,v1={HMAC},v1={HMAC}"),
            format!("v1={HMAC}"),
            format!("t=,v1={HMAC}"),
            "t=1700000000,v1=".to_owned(),
            String::new(),
        ] {
            assert!(!check("1700000000", &wrong, body), "{wrong}");
        }
        assert!(!is_valid(
            "cs_test_example",
            &HeaderMap::new(),
            body.as_bytes()
        ));
    }
}
