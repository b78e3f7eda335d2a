//! Texts that merchants send, with their limits (contract README, *Limits*).

use std::net::IpAddr;

use url::{Host, Url};

use super::address::may_receive_events;
use super::api_key::Network;
use super::environment::Environment;

/// Why a text was refused, in words for the one who sent it; never with the text itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct InvalidText(&'static str);

/// Checks a free text: at most `max` characters, no control characters.
///
/// # Errors
/// [`InvalidText`] when it is too long or has a control character.
pub fn check_free_text(text: &str, max: usize) -> Result<(), InvalidText> {
    if text.chars().count() > max {
        return Err(InvalidText(match max {
            255 => "must have at most 255 characters",
            _ => "must have at most 100 characters",
        }));
    }
    if text.chars().any(char::is_control) {
        return Err(InvalidText("must not contain control characters"));
    }
    Ok(())
}

/// Checks an address to which a customer is sent back.
///
/// At most 1,024 characters, `https` (in Test also `http`), a host, and no user info.
///
/// # Errors
/// [`InvalidText`] naming what is wrong with it.
pub fn check_return_url(text: &str, environment: Environment) -> Result<(), InvalidText> {
    if text.chars().count() > 1024 {
        return Err(InvalidText("must have at most 1024 characters"));
    }
    if text.chars().any(|c| c.is_control() || c.is_whitespace()) {
        return Err(InvalidText("must be a valid URL"));
    }
    let url = Url::parse(text).map_err(|_| InvalidText("must be a valid URL with a protocol"))?;
    match (url.scheme(), environment) {
        ("https", _) | ("http", Environment::Test) => {}
        (_, Environment::Live) => return Err(InvalidText("must be an https URL")),
        (_, Environment::Test) => return Err(InvalidText("must be an https or http URL")),
    }
    // The parser forgives `https:shop.example`; a merchant who wrote that meant something else.
    let written_in_full = text
        .get(url.scheme().len()..)
        .is_some_and(|rest| rest.starts_with("://"));
    if !url.has_host() || !written_in_full {
        return Err(InvalidText("must be a valid URL with a host"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(InvalidText("must not contain user info"));
    }
    Ok(())
}

/// Checks an address that events are sent to (contract README, *Webhooks* and *Limits*).
///
/// At most 1,024 characters, `https`, a host, and no user info. Plain `http` is for this machine, where the operator allows that. A
/// literal address that may not receive events is refused here; what a name leads to is judged when it is connected to.
///
/// # Errors
/// [`InvalidText`] naming what is wrong with it.
pub fn check_webhook_url(text: &str, allowed: &[Network]) -> Result<(), InvalidText> {
    let address: Option<IpAddr> =
        Url::parse(text)
            .ok()
            .and_then(|url| match url.host()?.to_owned() {
                Host::Ipv4(address) => Some(address.into()),
                Host::Ipv6(address) => Some(address.into()),
                Host::Domain(_) => None,
            });
    let may = |is_https| move |address| may_receive_events(address, is_https, allowed);
    if !address.is_none_or(may(true)) {
        return Err(InvalidText("must not be a private address"));
    }
    let rules = if address.is_some_and(may(false)) {
        Environment::Test
    } else {
        Environment::Live
    };
    check_return_url(text, rules)
}

/// Checks a language tag: BCP-47 form, at most 10 characters (`es-ES`).
///
/// # Errors
/// [`InvalidText`] when it is not of that form.
pub fn check_locale(text: &str) -> Result<(), InvalidText> {
    let mut parts = text.split('-');
    let language = parts.next().unwrap_or_default();
    let well_formed = text.len() <= 10
        && (2..=3).contains(&language.len())
        && language.bytes().all(|b| b.is_ascii_alphabetic())
        && parts.all(|part| {
            (2..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric())
        });
    if well_formed {
        Ok(())
    } else {
        Err(InvalidText(
            "must be a BCP-47 language tag of at most 10 characters",
        ))
    }
}

/// Adds a query parameter to a return URL, keeping its own query and fragment.
#[must_use]
pub fn with_query_parameter(url: &str, name: &str, value: &str) -> String {
    Url::parse(url).map_or_else(
        |_| url.to_owned(),
        |mut url| {
            url.query_pairs_mut().append_pair(name, value);
            url.into()
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn return_urls_are_checked_by_environment() {
        for (url, live, test) in [
            ("https://shop.example/ok", true, true),
            ("https://shop.example/ok?a=1#b", true, true),
            ("http://localhost:8080/ok", false, true),
            ("javascript:alert(1)", false, false),
            ("https:shop.example", false, false),
            ("https://user:pw@shop.example/", false, false),
            ("https://user@shop.example/", false, false),
            ("//shop.example/ok", false, false),
            ("/ok", false, false),
            ("https://", false, false),
            ("https://shop.example/a b", false, false),
            ("https://shop.example/\n", false, false),
            ("", false, false),
        ] {
            assert_eq!(
                check_return_url(url, Environment::Live).is_ok(),
                live,
                "live {url}"
            );
            assert_eq!(
                check_return_url(url, Environment::Test).is_ok(),
                test,
                "test {url}"
            );
        }
        let long = format!("https://shop.example/{}", "a".repeat(1024));
        assert!(check_return_url(&long, Environment::Test).is_err());
    }

    #[test]
    fn webhooks_go_over_https_or_to_an_allowed_address() {
        let allowed = [Network::parse("127.0.0.0/8").expect("a range")];
        for (url, inside, outside) in [
            ("https://shop.example/hook?a=1", true, true),
            ("http://shop.example/hook", false, false),
            ("http://127.0.0.1:9000/hook", true, false),
            ("http://[::ffff:127.0.0.1]/hook", true, false),
            ("http://10.0.0.1/hook", false, false),
            ("http://user@127.0.0.1/hook", false, false),
            ("https://user:pw@shop.example/hook", false, false),
            ("ftp://127.0.0.1/hook", false, false),
            ("127.0.0.1", false, false),
            ("", false, false),
        ] {
            assert_eq!(check_webhook_url(url, &allowed).is_ok(), inside, "{url}");
            assert_eq!(check_webhook_url(url, &[]).is_ok(), outside, "{url}");
        }
        let private = [Network::parse("10.0.0.0/8").expect("a range")];
        assert!(check_webhook_url("https://10.0.0.1/hook", &private).is_ok());
        for url in ["http://10.0.0.1/hook", "https://127.0.0.1/hook"] {
            assert!(check_webhook_url(url, &private).is_err(), "{url}");
        }
    }

    #[test]
    fn limits_count_characters_not_bytes() {
        assert!(check_free_text(&"ñ".repeat(255), 255).is_ok());
        assert!(check_free_text(&"ñ".repeat(256), 255).is_err());
        assert!(check_free_text("a\u{0}b", 255).is_err());
    }

    #[test]
    fn locales_have_the_form_of_bcp_47() {
        for (locale, good) in [
            ("es-ES", true),
            ("en", true),
            ("zh-Hant-TW", true),
            ("cat", true),
            ("e", false),
            ("es_ES", false),
            ("es-", false),
            ("es-ES-valencia", false),
            ("", false),
        ] {
            assert_eq!(check_locale(locale).is_ok(), good, "{locale}");
        }
    }

    #[test]
    fn data_is_added_beside_a_query_and_before_a_fragment() {
        for (url, expected) in [
            (
                "https://shop.example/ok",
                "https://shop.example/ok?data=a.b%2Bc",
            ),
            (
                "https://shop.example/ok?id=1",
                "https://shop.example/ok?id=1&data=a.b%2Bc",
            ),
            (
                "https://shop.example/ok?id=1#top",
                "https://shop.example/ok?id=1&data=a.b%2Bc#top",
            ),
        ] {
            assert_eq!(with_query_parameter(url, "data", "a.b+c"), expected);
        }
    }
}
