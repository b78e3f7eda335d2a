//! The page for merchants, docs/webhooks.md: its code in Rust. That in other languages is run by tests/clients/snippets.py.

use super::verify::is_signed;
use super::*;

const PAGE: &str = include_str!("../../../docs/webhooks.md");
const CODE: &str = include_str!("verify.rs");

/// The first block of a language.
fn block(language: &str) -> &'static str {
    let block = PAGE.split_once(&format!("```{language}\n"));
    let block = block.and_then(|(_, rest)| rest.split_once("```"));
    block.expect("a block of the language").0
}

#[test]
fn the_code_on_the_page_accepts_what_is_signed_and_nothing_else() {
    assert_eq!(block("rust"), CODE, "the page has what is run here");
    let cases: Vec<Value> = serde_json::from_str(block("json")).expect("JSON");
    assert_eq!(cases.len(), 3);
    for case in &cases {
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        let (secret, body) = (text(&case["secret"]), text(&case["body"]));
        let sent = text(&case["headers"]["X-Avirato-Timestamp"]);
        let signature = text(&case["headers"]["X-Avirato-Signature"]);
        let now: u64 = sent.parse().expect("a number");
        let check = |secret: &str, sent: &str, signature: &str, body: &str, now| {
            is_signed(secret, sent, signature, body.as_bytes(), now)
        };
        for (late, expected) in [(0, true), (300, true), (301, false)] {
            assert_eq!(
                check(&secret, &sent, &signature, &body, now + late),
                expected
            );
            assert_eq!(
                check(&secret, &sent, &signature, &body, now - late),
                expected
            );
        }
        assert!(!check("cs_test_another", &sent, &signature, &body, now));
        assert!(!check(&secret, &sent, &signature, &format!("{body} "), now));
        let later = (now + 1).to_string();
        assert!(!check(&secret, &later, &signature, &body, now));
        for wrong in [
            "",
            "t=,v1=",
            &signature.to_uppercase(),
            &signature[..signature.len() - 2],
            &format!("{signature},v1=00"),
        ] {
            assert!(!check(&secret, &sent, wrong, &body, now), "{wrong}");
        }
    }
}
