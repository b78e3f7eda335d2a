use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

pub fn is_signed(secret: &str, timestamp: &str, signature: &str, body: &[u8], now: u64) -> bool {
    let parts = signature
        .strip_prefix("t=")
        .and_then(|rest| rest.split_once(",v1="));
    let Some((time, claimed)) = parts else {
        return false;
    };
    let is_recent = time
        .parse()
        .is_ok_and(|time: u64| now.abs_diff(time) <= 300);
    if time != timestamp || !is_recent || claimed.len() != 64 {
        return false;
    }
    let is_hex = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    if !claimed.bytes().all(is_hex) {
        return false;
    }
    let bytes = (0..64)
        .step_by(2)
        .map(|at| u8::from_str_radix(&claimed[at..at + 2], 16));
    let Ok(bytes) = bytes.collect::<Result<Vec<u8>, _>>() else {
        return false;
    };
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else {
        return false;
    };
    mac.update(time.as_bytes());
    mac.update(b".");
    mac.update(body);
    mac.verify_slice(&bytes).is_ok()
}
