//! Signatures of webhooks: the contract's own, and Standard Webhooks beside it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::domain::api_key::hex;
use crate::domain::client_secret::InForce;

fn hmac(secret: &str, parts: [&[u8]; 3]) -> [u8; 32] {
    // HMAC takes keys of any length.
    let mut mac = match Hmac::<Sha256>::new_from_slice(secret.as_bytes()) {
        Ok(mac) => mac,
        Err(never) => unreachable!("{never}"),
    };
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

/// `X-Avirato-Signature`: `t={timestamp},v1={hmac}`, hmac = lower-case hex of HMAC-SHA256 over
/// `{timestamp}.{body}` (contract README, *Webhooks*). There is exactly one `v1`, always.
#[must_use]
pub fn avirato(secret: &str, timestamp: u64, body: &str) -> String {
    let time = timestamp.to_string();
    format!(
        "t={time},v1={}",
        hex(&hmac(secret, [time.as_bytes(), b".", body.as_bytes()]))
    )
}

/// `webhook-signature` of the Standard Webhooks specification: `v1,{base64}` over `{id}.{timestamp}.{body}`,
/// keyed with the secret's bytes. During a rotation's overlap there are two, with a space between them.
#[must_use]
pub fn standard_webhooks(
    secrets: &InForce<String>,
    id: &str,
    timestamp: u64,
    body: &str,
) -> String {
    let signs = standard_webhook(&secrets.signs, id, timestamp, body);
    match &secrets.also_counts {
        Some(secret) => format!("{signs} {}", standard_webhook(secret, id, timestamp, body)),
        None => signs,
    }
}

fn standard_webhook(secret: &str, id: &str, timestamp: u64, body: &str) -> String {
    let head = format!("{id}.{timestamp}");
    format!(
        "v1,{}",
        STANDARD.encode(hmac(secret, [head.as_bytes(), b".", body.as_bytes()]))
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_vectors_of_the_page_are_what_is_signed() {
        let page = include_str!("../../docs/webhooks.md");
        let json = page.split("```json\n").nth(1).expect("vectors");
        let json = json.split("```").next().expect("their end");
        let cases: Vec<serde_json::Value> = serde_json::from_str(json).expect("JSON");
        assert_eq!(cases.len(), 3);
        for case in cases {
            let text = |value: &serde_json::Value| value.as_str().map(str::to_owned);
            let header = |name: &str| text(&case["headers"][name]).expect(name);
            let secrets = InForce {
                signs: text(&case["secret"]).expect("a secret"),
                also_counts: text(&case["secretBefore"]),
            };
            let body = text(&case["body"]).expect("a body");
            let timestamp = header("X-Avirato-Timestamp").parse().expect("a number");
            assert_eq!(
                avirato(&secrets.signs, timestamp, &body),
                header("X-Avirato-Signature")
            );
            assert_eq!(header("webhook-timestamp"), timestamp.to_string());
            assert_eq!(
                standard_webhooks(&secrets, &header("webhook-id"), timestamp, &body),
                header("webhook-signature")
            );
        }
    }

    #[test]
    fn signatures_are_byte_exact() {
        // Made with: printf '1700000000.{"a":1}' | openssl dgst -sha256 -hmac cs_test_example
        assert_eq!(
            avirato("cs_test_example", 1_700_000_000, r#"{"a":1}"#),
            "t=1700000000,v1=efb09e8b9444109df6b52abf21ba0e7e08743ee747202ef54dfd7c09cbb2ebce"
        );
        let mut secrets = InForce {
            signs: "cs_test_example".to_owned(),
            also_counts: None,
        };
        assert_eq!(
            standard_webhooks(&secrets, "evt_1", 1_700_000_000, r#"{"a":1}"#),
            "v1,LiQOvlw0ArdM75v9ExxAGKpbGBQ/retHAqxxwKhCbro="
        );
        secrets.also_counts = Some("cs_test_example".to_owned());
        assert_eq!(
            standard_webhooks(&secrets, "evt_1", 1_700_000_000, r#"{"a":1}"#),
            "v1,LiQOvlw0ArdM75v9ExxAGKpbGBQ/retHAqxxwKhCbro= v1,LiQOvlw0ArdM75v9ExxAGKpbGBQ/retHAqxxwKhCbro="
        );
    }
}
