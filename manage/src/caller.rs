//! How the API knows who asks. An operator: a token on this machine, where nothing else could; anywhere else AWS's signature, version 4.
//! A merchant: its API key.

use std::net::IpAddr;
use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    SignableBody, SignableRequest, SigningSettings, sign as sign_request,
};
use aws_sigv4::sign::v4;
use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderValue, Request};
use http_body_util::Full;
use url::{Host, Url};

use crate::arguments::Environment;
use crate::client::ClientError;

/// What the local stack takes from anybody.
const LOCAL_TOKEN: &str = "local-operator-token";

/// The service that API Gateway's IAM authorizer has signatures for.
const SERVICE: &str = "execute-api";

/// Who asks.
pub(crate) enum Caller {
    /// A merchant, with a key of one environment.
    Merchant {
        environment: Environment,
        api_key: String,
    },
    /// Somebody on this machine.
    Token(String),
    /// Somebody whom AWS knows.
    Signer {
        region: String,
        credentials: Credentials,
    },
}

impl Caller {
    /// Who asks at an address, as the environment says.
    pub(crate) fn find(
        url: &str,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, ClientError> {
        let filled = |name| variable(name).filter(|value| !value.is_empty());
        let parsed = Url::parse(url).map_err(|_| ClientError::Usage("--url is no address"))?;
        let is_here = is_loopback(&parsed);
        if !is_here && parsed.scheme() != "https" {
            return Err(ClientError::Usage(
                "--url must be https, unless it is this machine's",
            ));
        }
        // Also an empty one: who meant to ask as a merchant must not ask as an operator.
        if let Some(api_key) = variable("MERCHANT_API_KEY") {
            let environment = environment_of(&api_key)
                .ok_or(ClientError::Usage("MERCHANT_API_KEY is no API key"))?;
            return Ok(Self::Merchant {
                environment,
                api_key,
            });
        }
        if is_here {
            let token = filled("MANAGE_TOKEN");
            return Ok(Self::Token(token.unwrap_or_else(|| LOCAL_TOKEN.to_owned())));
        }
        let required = |name| filled(name).ok_or(ClientError::Missing(name));
        let credentials = Credentials::new(
            required("AWS_ACCESS_KEY_ID")?,
            required("AWS_SECRET_ACCESS_KEY")?,
            filled("AWS_SESSION_TOKEN"),
            None,
            "environment",
        );
        Ok(Self::Signer {
            region: required("AWS_REGION")?,
            credentials,
        })
    }

    /// The environment of a merchant's key; `None`: an operator asks.
    pub(crate) const fn merchants_environment(&self) -> Option<Environment> {
        match self {
            Self::Merchant { environment, .. } => Some(*environment),
            Self::Token(_) | Self::Signer { .. } => None,
        }
    }

    /// Adds to a request what tells who asks.
    pub(crate) fn sign(
        &self,
        request: &mut Request<Full<Bytes>>,
        body: &[u8],
    ) -> Result<(), ClientError> {
        match self {
            Self::Merchant { api_key, .. } => {
                let mut value = HeaderValue::try_from(api_key)
                    .map_err(|_| ClientError::Usage("MERCHANT_API_KEY cannot be sent"))?;
                value.set_sensitive(true);
                request.headers_mut().insert("x-api-key", value);
                Ok(())
            }
            Self::Token(token) => {
                let value = HeaderValue::try_from(format!("Bearer {token}"))
                    .map_err(|_| ClientError::Usage("MANAGE_TOKEN cannot be sent"))?;
                request.headers_mut().insert(AUTHORIZATION, value);
                Ok(())
            }
            Self::Signer {
                region,
                credentials,
            } => sign_at(request, body, region, credentials, now()),
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "a signature is of the moment in which it is made, and this program has no other use for a clock"
)]
fn now() -> SystemTime {
    SystemTime::now()
}

fn sign_at(
    request: &mut Request<Full<Bytes>>,
    body: &[u8],
    region: &str,
    credentials: &Credentials,
    time: SystemTime,
) -> Result<(), ClientError> {
    let unsigned = |error: &dyn std::error::Error| ClientError::Unsigned(error.to_string());
    let identity = credentials.clone().into();
    let parameters = v4::SigningParams::builder()
        .identity(&identity)
        .region(region)
        .name(SERVICE)
        .time(time)
        .settings(SigningSettings::default())
        .build()
        .map_err(|error| unsigned(&error))?
        .into();
    let content_type = request.headers().get(CONTENT_TYPE);
    let headers = content_type
        .and_then(|value| value.to_str().ok())
        .map(|value| (CONTENT_TYPE.as_str(), value));
    let signable = SignableRequest::new(
        request.method().as_str(),
        request.uri().to_string(),
        headers.into_iter(),
        SignableBody::Bytes(body),
    )
    .map_err(|error| unsigned(&error))?;
    let (instructions, _) = sign_request(signable, &parameters)
        .map_err(|error| unsigned(&error))?
        .into_parts();
    instructions.apply_to_request_http1x(request);
    Ok(())
}

/// The environment that a key's prefix names.
fn environment_of(api_key: &str) -> Option<Environment> {
    if api_key.starts_with("pk_live_") {
        Some(Environment::Live)
    } else if api_key.starts_with("pk_test_") {
        Some(Environment::Test)
    } else {
        None
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => IpAddr::V4(address).is_loopback(),
        Some(Host::Ipv6(address)) => IpAddr::V6(address).is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;

    fn find(url: &str, variables: &[(&str, &str)]) -> Result<Caller, ClientError> {
        Caller::find(url, |name| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn tokens_stay_on_this_machine() {
        let token = ("MANAGE_TOKEN", "mine");
        for url in [
            "http://127.0.0.1:9000",
            "http://localhost:1",
            "http://[::1]:1",
        ] {
            assert!(
                matches!(find(url, &[]), Ok(Caller::Token(token)) if token == LOCAL_TOKEN),
                "{url}"
            );
            assert!(matches!(find(url, &[token]), Ok(Caller::Token(token)) if token == "mine"));
        }
        for url in [
            "https://api.example",
            "https://127.0.0.1.example",
            "https://localhost.example",
        ] {
            assert!(matches!(
                find(url, &[token]),
                Err(ClientError::Missing("AWS_ACCESS_KEY_ID"))
            ));
        }
        let known = [
            ("AWS_ACCESS_KEY_ID", "a"),
            ("AWS_SECRET_ACCESS_KEY", "b"),
            ("AWS_REGION", "c"),
        ];
        assert!(matches!(
            find("https://api.example", &known),
            Ok(Caller::Signer { .. })
        ));
        for url in ["http://api.example", "ftp://api.example", "api", ""] {
            assert!(
                matches!(find(url, &known), Err(ClientError::Usage(_))),
                "{url}"
            );
        }
    }

    #[test]
    fn a_merchants_key_says_which_environment_is_meant() {
        let with = |url, key| find(url, &[("MERCHANT_API_KEY", key), ("MANAGE_TOKEN", "mine")]);
        for url in ["http://127.0.0.1:9000", "https://api.example"] {
            for (key, expected) in [
                ("pk_live_x", Environment::Live),
                ("pk_test_x", Environment::Test),
            ] {
                let caller = with(url, key).expect("a caller");
                assert_eq!(caller.merchants_environment(), Some(expected), "{url}");
            }
            for bad in ["sk_x", ""] {
                assert!(
                    matches!(with(url, bad), Err(ClientError::Usage(_))),
                    "{bad}"
                );
            }
        }
        // Nobody else shall read it on its way.
        let plain = with("http://api.example", "pk_test_x");
        assert!(matches!(plain, Err(ClientError::Usage(_))));
    }

    /// The expected value was calculated from AWS's description of the signature, without this crate.
    #[test]
    fn a_signature_is_the_one_that_aws_describes() {
        let body = br#"{"name":"Three"}"#;
        let mut request = Request::patch(
            "https://a1b2c3.execute-api.eu-west-1.amazonaws.com/manage/v1/merchants/SHOP03?limit=5",
        )
        .header(CONTENT_TYPE, "application/json")
        .body(Full::new(Bytes::from_static(body)))
        .expect("a request");
        let credentials = Credentials::new(
            "AKIDEXAMPLE",
            "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
            Some("the-session".to_owned()),
            None,
            "test",
        );
        let time = UNIX_EPOCH + Duration::from_secs(1_782_000_000);
        sign_at(&mut request, body, "eu-west-1", &credentials, time).expect("signed");
        assert_eq!(request.headers()["x-amz-date"], "20260621T000000Z");
        assert_eq!(request.headers()["x-amz-security-token"], "the-session");
        assert_eq!(
            request.headers()[AUTHORIZATION],
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260621/eu-west-1/execute-api/aws4_request, \
             SignedHeaders=content-type;host;x-amz-date;x-amz-security-token, Signature=d6c3f88e06d93ab11f42ed765a332f3a92730a2216aa44e6dd29ccc5b13946a0"
        );
    }
}
