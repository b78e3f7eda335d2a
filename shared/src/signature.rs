//! Signatures of webhooks: the contract's own, and Standard Webhooks beside it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::domain::api_key::hex;

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
/// keyed with the secret's bytes.
#[must_use]
pub fn standard_webhooks(secret: &str, id: &str, timestamp: u64, body: &str) -> String {
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
    fn signatures_are_byte_exact() {
        // Made with: printf '1700000000.{"a":1}' | openssl dgst -sha256 -hmac cs_test_example
        assert_eq!(
            avirato("cs_test_example", 1_700_000_000, r#"{"a":1}"#),
            "t=1700000000,v1=efb09e8b9444109df6b52abf21ba0e7e08743ee747202ef54dfd7c09cbb2ebce"
        );
        assert_eq!(
            standard_webhooks("cs_test_example", "evt_1", 1_700_000_000, r#"{"a":1}"#),
            "v1,LiQOvlw0ArdM75v9ExxAGKpbGBQ/retHAqxxwKhCbro="
        );
    }
}
