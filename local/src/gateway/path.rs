//! How an HTTP API reads a path.
//!
//! It hands functions a decoded path, decodes it twice, cuts it at a question mark that the first decoding
//! brought to light, and refuses what cannot be decoded. Strange as that is, a function that is to stand it in
//! the cloud should meet it here.

/// The path as functions see it, or nothing if API Gateway refuses it.
pub(super) fn decode(path: &str) -> Option<String> {
    let once = percent_decoded(path)?;
    let cut = once.split('?').next().unwrap_or_default();
    percent_decoded(cut)
}

fn percent_decoded(text: &str) -> Option<String> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'%' => hex_digit(bytes.next()?)? * 16 + hex_digit(bytes.next()?)?,
            byte => byte,
        });
    }
    String::from_utf8(decoded).ok()
}

fn hex_digit(byte: u8) -> Option<u8> {
    let digit = char::from(byte).to_digit(16)?;
    u8::try_from(digit).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_decoded_as_api_gateway_does_it() {
        for (path, expected) in [
            ("/capture/plain", Some("/capture/plain")),
            ("/capture/space%20value", Some("/capture/space value")),
            ("/capture/plus+value", Some("/capture/plus+value")),
            ("/capture/question%3Fvalue", Some("/capture/question")),
            ("/capture/percent%25done", None),
            ("/capture/hash%23value", Some("/capture/hash#value")),
            ("/capture/slash%2Fvalue", Some("/capture/slash/value")),
            ("/capture/unicode-%CE%BB", Some("/capture/unicode-λ")),
            ("/capture/literal%252Fvalue", Some("/capture/literal/value")),
            ("/capture/literal%253Fvalue", Some("/capture/literal?value")),
            ("/capture/cut%2", None),
            ("/capture/not-utf8%FF", None),
        ] {
            assert_eq!(decode(path).as_deref(), expected, "{path}");
        }
    }
}
