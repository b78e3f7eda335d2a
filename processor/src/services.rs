//! Which external services there are: `{"externalServices": [{"externalService", "baseUrl", …}]}`
//! (external-integration.txt; contract README, *External integration*), read once and refused with a clear error.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;
use shared::config::{ConfigError, ExternalConfig, SecretText};
use shared::domain::environment::Environment;
use url::{Host, Url};

/// A service is waited for so long, unless its configuration says otherwise.
const TIMEOUT: Duration = Duration::from_secs(10);

/// … and never longer than a payment at a terminal may take: API Gateway ends a request at 30 s.
const TIMEOUT_SECONDS_MAX: u64 = 25;

/// The name of the sandbox, which the configuration may not use.
pub const SANDBOX: &str = "sandbox";

/// What a service can do beside paying and refunding. What it cannot fails with a message that says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a switch of its own in the configuration"
)]
pub struct Capabilities {
    /// `POST /capture`
    pub capture: bool,
    /// `POST /cancel`, which voids too.
    pub cancel: bool,
    /// `POST /extend`
    pub extend: bool,
    /// A refund that is asked for again with the same `Idempotency-Key` is the same refund.
    pub idempotent_refunds: bool,
    /// `GET /terminals`, and payments at them.
    pub terminals: bool,
    /// `/subscription/…`
    pub subscriptions: bool,
}

impl Capabilities {
    const ALL: Self = Self {
        capture: true,
        cancel: true,
        extend: true,
        idempotent_refunds: true,
        terminals: true,
        subscriptions: true,
    };
}

/// An external service.
#[derive(Debug, Clone)]
pub struct Service {
    /// Its name: `{external}` in addresses.
    pub name: String,
    /// Where it is, without a slash at its end.
    pub base_url: String,
    /// What it knows us by, sent as `Authorization: Bearer`.
    pub credential: Option<SecretText>,
    /// How long an answer is waited for.
    pub timeout: Duration,
    /// What it can do.
    pub capabilities: Capabilities,
    /// Whether no real money moves there: the only services that Test reaches.
    pub is_sandbox: bool,
}

/// All of them.
#[derive(Debug, Clone, Default)]
pub struct Services(BTreeMap<String, Service>);

/// Credentials by their names in the secret.
type Credentials = BTreeMap<String, SecretText>;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Document {
    external_services: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Entry {
    external_service: String,
    base_url: String,
    /// The name of an entry of the secret that has all credentials.
    #[serde(default)]
    credential: Option<String>,
    #[serde(default)]
    timeout_seconds: Option<u64>,
    #[serde(default)]
    capabilities: Capabilities,
    #[serde(default)]
    sandbox: bool,
}

impl Services {
    /// The services of the configuration, with the credentials that they refer to, and the sandbox where it is deployed.
    ///
    /// # Errors
    /// [`ConfigError`]: which service is wrong, and why. No credential is ever part of it.
    pub fn of(config: &ExternalConfig) -> Result<Self, ConfigError> {
        let credentials = credentials(config.credentials.as_ref())?;
        Self::read(config, Some(&credentials))
    }

    /// The same for a function that calls none of them, and has no credentials.
    ///
    /// # Errors
    /// [`ConfigError`]: which service is wrong, and why.
    pub fn without_credentials(config: &ExternalConfig) -> Result<Self, ConfigError> {
        Self::read(config, None)
    }

    fn read(
        config: &ExternalConfig,
        credentials: Option<&Credentials>,
    ) -> Result<Self, ConfigError> {
        let mut services = BTreeMap::new();
        if let Some(text) = &config.services {
            let document: Document = serde_json::from_str(text)
                .map_err(|error| unusable(format!("is not as it should be: {error}")))?;
            for entry in document.external_services {
                let service = service(entry, credentials)?;
                let name = service.name.clone();
                if services.insert(name.clone(), service).is_some() {
                    return Err(unusable(format!("names {name} twice")));
                }
            }
        }
        if let Some(url) = &config.sandbox_url {
            let sandbox = Service {
                name: SANDBOX.to_owned(),
                base_url: url.trim_end_matches('/').to_owned(),
                credential: config.sandbox_key.clone(),
                timeout: TIMEOUT,
                capabilities: Capabilities::ALL,
                is_sandbox: true,
            };
            services.insert(SANDBOX.to_owned(), sandbox);
        }
        Ok(Self(services))
    }

    /// The service of that name.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<&Service> {
        self.0.get(name)
    }

    /// The service of that name, if an environment may reach it: Test reaches sandboxes only.
    #[must_use]
    pub fn find_in(&self, name: &str, environment: Environment) -> Option<&Service> {
        self.find(name)
            .filter(|service| environment == Environment::Live || service.is_sandbox)
    }

    /// The names of all, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}

fn service(entry: Entry, credentials: Option<&Credentials>) -> Result<Service, ConfigError> {
    let name = entry.external_service;
    let wrong =
        |problem: &str| unusable(format!("has a service that is wrong: {name:?} {problem}"));
    let is_named_well = (1..=32).contains(&name.len())
        && name
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    if !is_named_well {
        return Err(wrong("must have 1 to 32 characters of a-z, 0-9 and -"));
    }
    if name == SANDBOX {
        return Err(wrong("is the name of the sandbox that can be deployed"));
    }
    let url = Url::parse(&entry.base_url).map_err(|_| wrong("has a baseUrl that is none"))?;
    let is_this_machine = match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        _ => false,
    };
    if url.scheme() != "https" && !(url.scheme() == "http" && is_this_machine) {
        return Err(wrong("has a baseUrl that does not begin with https://"));
    }
    if !url.username().is_empty()
        || url.password().is_some()
        || url.query().is_some()
        || url.fragment().is_some()
    {
        return Err(wrong(
            "has a baseUrl with a user, a query or a fragment: credentials belong into the secret",
        ));
    }
    let timeout = match entry.timeout_seconds {
        None => TIMEOUT,
        Some(seconds @ 1..=TIMEOUT_SECONDS_MAX) => Duration::from_secs(seconds),
        Some(_) => return Err(wrong("must have timeoutSeconds from 1 to 25")),
    };
    let credential = match (&entry.credential, credentials) {
        (None, _) | (Some(_), None) => None,
        (Some(reference), Some(credentials)) => {
            let found = credentials.get(reference).cloned();
            Some(found.ok_or_else(|| {
                wrong("refers to a credential that EXTERNAL_SERVICE_CREDENTIALS does not have")
            })?)
        }
    };
    Ok(Service {
        base_url: entry.base_url.trim_end_matches('/').to_owned(),
        credential,
        timeout,
        capabilities: entry.capabilities,
        is_sandbox: entry.sandbox,
        name,
    })
}

fn credentials(secret: Option<&SecretText>) -> Result<BTreeMap<String, SecretText>, ConfigError> {
    let wrong = |problem: &str| ConfigError {
        name: "EXTERNAL_SERVICE_CREDENTIALS",
        problem: problem.to_owned(),
    };
    let Some(secret) = secret else {
        return Ok(BTreeMap::new());
    };
    // The parser's own message would show a part of the secret.
    let named: BTreeMap<String, String> = serde_json::from_str(secret.expose())
        .map_err(|_| wrong("is not a JSON object whose values are texts"))?;
    let usable =
        |secret: &String| !secret.is_empty() && secret.bytes().all(|b| b.is_ascii_graphic());
    if !named.values().all(usable) {
        return Err(wrong(
            "has a credential that is empty, or not visible ASCII",
        ));
    }
    let sealed = named.into_iter();
    Ok(sealed
        .map(|(name, secret)| (name, SecretText::new(secret)))
        .collect())
}

fn unusable(problem: String) -> ConfigError {
    ConfigError {
        name: "EXTERNAL_SERVICES",
        problem,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn services(document: &str, credentials: &str) -> Result<Services, ConfigError> {
        let credentials = Some(credentials).filter(|text| !text.is_empty());
        Services::of(&ExternalConfig {
            services: Some(document.to_owned()),
            credentials: credentials.map(|text| SecretText::new(text.to_owned())),
            ..ExternalConfig::default()
        })
    }

    #[test]
    fn the_contracts_configuration_is_read() {
        let services = services(
            r#"{"externalServices": [
                {"externalService": "acme", "baseUrl": "https://acme.example/v3/"},
                {"externalService": "bank", "baseUrl": "https://bank.example", "credential": "bank-1",
                 "timeoutSeconds": 20, "capabilities": {"capture": true, "idempotentRefunds": true}}]}"#,
            r#"{"bank-1": "s3cret"}"#,
        )
        .expect("good");
        assert_eq!(services.names().collect::<Vec<_>>(), ["acme", "bank"]);
        let acme = services.find("acme").expect("there");
        assert_eq!(acme.base_url, "https://acme.example/v3");
        assert_eq!(acme.capabilities, Capabilities::default());
        let bank = services.find_in("bank", Environment::Live).expect("there");
        assert_eq!(bank.timeout, Duration::from_secs(20));
        assert!(bank.capabilities.idempotent_refunds && !bank.capabilities.cancel);
        assert_eq!(
            bank.credential.as_ref().map(SecretText::expose),
            Some("s3cret")
        );
        assert!(!format!("{services:?}").contains("s3cret"));
        assert!(services.find_in("bank", Environment::Test).is_none());
    }

    #[test]
    fn test_reaches_the_sandbox() {
        let services = Services::of(&ExternalConfig {
            sandbox_url: Some("https://sandbox.example/sandbox-processor".to_owned()),
            ..ExternalConfig::default()
        })
        .expect("good");
        assert!(services.find_in(SANDBOX, Environment::Test).is_some());
        assert!(services.find_in(SANDBOX, Environment::Live).is_some());
        let none = Services::of(&ExternalConfig::default()).expect("good");
        assert_eq!(none.names().count(), 0);
    }

    #[test]
    fn what_is_wrong_is_said_and_no_secret_with_it() {
        let entry = |fields: &str| format!(r#"{{"externalServices": [{{{fields}}}]}}"#);
        let good = r#""externalService": "acme", "baseUrl": "https://acme.example""#;
        for (document, problem) in [
            ("[]".to_owned(), "is not as it should be"),
            (
                entry(r#""externalService": "acme""#),
                "missing field `baseUrl`",
            ),
            (
                entry(&format!(r#"{good}, "timeout": 3"#)),
                "unknown field `timeout`",
            ),
            (
                entry(&format!(r#"{good}, "capabilities": {{"voids": true}}"#)),
                "unknown field `voids`",
            ),
            (
                entry(&format!(r#"{good}, "timeoutSeconds": 26"#)),
                "from 1 to 25",
            ),
            (
                entry(&format!(r#"{good}, "timeoutSeconds": 0"#)),
                "from 1 to 25",
            ),
            (
                entry(&format!(r#"{good}, "credential": "no"}}, {{{good}"#)),
                "does not have",
            ),
            (entry(&format!("{good}}}, {{{good}")), "names acme twice"),
            (
                entry(r#""externalService": "Acme!", "baseUrl": "https://acme.example""#),
                "1 to 32 characters",
            ),
            (
                entry(r#""externalService": "sandbox", "baseUrl": "https://acme.example""#),
                "the name of the sandbox",
            ),
            (
                entry(r#""externalService": "acme", "baseUrl": "http://acme.example""#),
                "https://",
            ),
            (
                entry(r#""externalService": "acme", "baseUrl": "https://me:pw@acme.example""#),
                "belong into the secret",
            ),
            (
                entry(r#""externalService": "acme", "baseUrl": "https://acme.example?key=1""#),
                "belong into the secret",
            ),
            (
                entry(r#""externalService": "acme", "baseUrl": "acme""#),
                "that is none",
            ),
        ] {
            let error = services(&document, r#"{"bank": "s3cret"}"#).expect_err(&document);
            assert!(error.to_string().contains(problem), "{error}");
        }
        for secret in [
            "s3cret",
            r#"["s3cret"]"#,
            r#"{"a": "s3c\nret"}"#,
            r#"{"a": 1}"#,
        ] {
            let error = services(&entry(good), secret).expect_err(secret);
            assert_eq!(error.name, "EXTERNAL_SERVICE_CREDENTIALS");
            assert!(!error.to_string().contains("s3c"), "{error}");
        }
        let local = entry(r#""externalService": "acme", "baseUrl": "http://127.0.0.1:9000/x""#);
        assert!(
            services(&local, "").is_ok(),
            "this machine may go without TLS"
        );
    }
}
