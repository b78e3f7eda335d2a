//! The configuration of a function: its environment variables, read once, each through a look-up that is a
//! parameter, so that no test and no local stack touches the process's environment.

use crate::domain::api_key::Network;
use crate::domain::country::Countries;
use crate::domain::environment::Environment;

/// A variable that is missing or unusable. The value is never part of it: it may be a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("environment variable {name} {problem}")]
pub struct ConfigError {
    /// The variable.
    pub name: &'static str,
    /// What is wrong with it.
    pub problem: String,
}

/// A secret from the configuration. It has no `Display`, and its `Debug` shows nothing.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretText(String);

impl SecretText {
    /// Keeps a secret.
    #[must_use]
    pub const fn new(secret: String) -> Self {
        Self(secret)
    }

    /// The secret itself.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for SecretText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SecretText(..)")
    }
}

/// Where AWS is, and who we are there.
#[derive(Debug, Clone)]
pub struct AwsConfig {
    /// `AWS_REGION`
    pub region: String,
    /// `AWS_ACCESS_KEY_ID`; a Lambda's environment has the credentials of its role.
    pub access_key_id: String,
    /// `AWS_SECRET_ACCESS_KEY`
    pub secret_access_key: SecretText,
    /// `AWS_SESSION_TOKEN`
    pub session_token: Option<SecretText>,
    /// `AWS_ENDPOINT_URL_DYNAMODB`; absent in the cloud.
    pub dynamodb_endpoint: Option<String>,
    /// `AWS_ENDPOINT_URL_SQS`; absent in the cloud.
    pub sqs_endpoint: Option<String>,
    /// `AWS_CA_BUNDLE`: a PEM file that replaces the compiled-in trust roots.
    pub ca_bundle: Option<String>,
}

/// The tables.
#[derive(Debug, Clone)]
pub struct Tables {
    live: String,
    test: String,
}

impl Tables {
    /// The table of an environment.
    #[must_use]
    pub fn of(&self, environment: Environment) -> &str {
        match environment {
            Environment::Live => &self.live,
            Environment::Test => &self.test,
        }
    }
}

/// A pair of values, one for each environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PerEnvironment<T> {
    /// Live's.
    pub live: T,
    /// Test's.
    pub test: T,
}

impl<T> PerEnvironment<T> {
    /// The value of an environment.
    pub const fn of(&self, environment: Environment) -> &T {
        match environment {
            Environment::Live => &self.live,
            Environment::Test => &self.test,
        }
    }
}

/// What is said of external services, as it came: the functions that call them read it.
#[derive(Debug, Clone, Default)]
pub struct ExternalConfig {
    /// `EXTERNAL_SERVICES`: which there are.
    pub services: Option<String>,
    /// `EXTERNAL_SERVICE_CREDENTIALS`: what they know us by.
    pub credentials: Option<SecretText>,
    /// `SANDBOX_PROCESSOR_URL`: where the sandbox is, if it is deployed.
    pub sandbox_url: Option<String>,
    /// `SANDBOX_PROCESSOR_KEY`: what it knows us by.
    pub sandbox_key: Option<SecretText>,
    /// `PAYMENT_CALLBACK_URL`: who is told of changes of forwarded payments.
    pub payment_callback_url: Option<String>,
}

/// The configuration of any function. What only some of them have is an `Option` here, and demanded by those that
/// need it with [`Config::require`].
#[derive(Debug, Clone)]
pub struct Config {
    /// AWS itself.
    pub aws: AwsConfig,
    /// `LIVE_TABLE`, `TEST_TABLE`
    pub tables: Tables,
    /// `BASE_URL`: where the service is reached; absent: as the request came.
    pub base_url: Option<String>,
    /// `PAGE_TOKEN_KEY`: signs the tokens of payment pages.
    pub page_token_key: Option<SecretText>,
    /// `SEALING_KEY`: seals client secrets at rest.
    pub sealing_key: Option<SecretText>,
    /// `COUNTRIES`: the countries that sessions may name.
    pub countries: Countries,
    /// `LIVE_QUEUE_URL`, `TEST_QUEUE_URL`
    pub queue_urls: Option<PerEnvironment<String>>,
    /// `LIVE_DEAD_LETTER_QUEUE_URL`, `TEST_DEAD_LETTER_QUEUE_URL`
    pub dead_letter_queue_urls: Option<PerEnvironment<String>>,
    /// `LIVE_PROCESSOR_QUEUE_URL`, `TEST_PROCESSOR_QUEUE_URL`
    pub processor_queue_urls: Option<PerEnvironment<String>>,
    /// `LIVE_PROCESSOR_QUEUE_NAME`, `TEST_PROCESSOR_QUEUE_NAME`
    pub processor_queue_names: Option<PerEnvironment<String>>,
    /// `LIVE_QUEUE_NAME`, `TEST_QUEUE_NAME`
    pub queue_names: Option<PerEnvironment<String>>,
    /// `WEBHOOK_ALLOWED_NETWORKS`: networks that are not public and that webhooks may go to.
    pub webhook_allowed_networks: Vec<Network>,
    /// External services.
    pub external: ExternalConfig,
    /// `SANDBOX_TABLE`: the sandbox processor's own.
    pub sandbox_table: Option<String>,
}

impl Config {
    /// The configuration of this process.
    ///
    /// # Errors
    /// [`ConfigError`] naming the first variable that is missing or unusable.
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one place that reads the process's environment"
    )]
    pub fn from_env() -> Result<Self, ConfigError> {
        Self::from_lookup(|name| std::env::var(name).ok())
    }

    /// The configuration as some look-up knows it. An empty variable counts as absent.
    ///
    /// # Errors
    /// [`ConfigError`] naming the first variable that is missing or unusable.
    pub fn from_lookup(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let find = |name: &str| lookup(name).filter(|value| !value.is_empty());
        let required = |name| find(name).ok_or_else(|| missing(name));
        let pair = |live, test| {
            Some(PerEnvironment {
                live: find(live)?,
                test: find(test)?,
            })
        };
        Ok(Self {
            aws: AwsConfig {
                region: required("AWS_REGION")?,
                access_key_id: required("AWS_ACCESS_KEY_ID")?,
                secret_access_key: SecretText(required("AWS_SECRET_ACCESS_KEY")?),
                session_token: find("AWS_SESSION_TOKEN").map(SecretText),
                dynamodb_endpoint: find("AWS_ENDPOINT_URL_DYNAMODB"),
                sqs_endpoint: find("AWS_ENDPOINT_URL_SQS"),
                ca_bundle: find("AWS_CA_BUNDLE"),
            },
            tables: Tables {
                live: required("LIVE_TABLE")?,
                test: required("TEST_TABLE")?,
            },
            base_url: find("BASE_URL").map(|url| url.trim_end_matches('/').to_owned()),
            page_token_key: find("PAGE_TOKEN_KEY")
                .map(|text| long_enough("PAGE_TOKEN_KEY", text))
                .transpose()?,
            sealing_key: find("SEALING_KEY")
                .map(|text| long_enough("SEALING_KEY", text))
                .transpose()?,
            countries: Countries::parse(&find("COUNTRIES").unwrap_or_default())
                .map_err(|error| unusable("COUNTRIES", &error))?,
            queue_urls: pair("LIVE_QUEUE_URL", "TEST_QUEUE_URL"),
            dead_letter_queue_urls: pair(
                "LIVE_DEAD_LETTER_QUEUE_URL",
                "TEST_DEAD_LETTER_QUEUE_URL",
            ),
            processor_queue_urls: pair("LIVE_PROCESSOR_QUEUE_URL", "TEST_PROCESSOR_QUEUE_URL"),
            processor_queue_names: pair("LIVE_PROCESSOR_QUEUE_NAME", "TEST_PROCESSOR_QUEUE_NAME"),
            queue_names: pair("LIVE_QUEUE_NAME", "TEST_QUEUE_NAME"),
            webhook_allowed_networks: find("WEBHOOK_ALLOWED_NETWORKS")
                .unwrap_or_default()
                .split(',')
                .map(str::trim)
                .filter(|text| !text.is_empty())
                .map(Network::parse)
                .collect::<Result<_, _>>()
                .map_err(|error| unusable("WEBHOOK_ALLOWED_NETWORKS", &error))?,
            external: ExternalConfig {
                services: find("EXTERNAL_SERVICES"),
                credentials: find("EXTERNAL_SERVICE_CREDENTIALS").map(SecretText),
                sandbox_url: find("SANDBOX_PROCESSOR_URL"),
                sandbox_key: find("SANDBOX_PROCESSOR_KEY").map(SecretText),
                payment_callback_url: find("PAYMENT_CALLBACK_URL"),
            },
            sandbox_table: find("SANDBOX_TABLE"),
        })
    }

    /// Demands a value that only some functions have.
    ///
    /// # Errors
    /// [`ConfigError`] when it is absent.
    pub fn require<T>(value: Option<T>, name: &'static str) -> Result<T, ConfigError> {
        value.ok_or_else(|| missing(name))
    }
}

fn missing(name: &'static str) -> ConfigError {
    ConfigError {
        name,
        problem: "is not set".to_owned(),
    }
}

fn unusable(name: &'static str, error: &dyn std::error::Error) -> ConfigError {
    ConfigError {
        name,
        problem: format!("is unusable: {error}"),
    }
}

/// Both kinds of key have at least 256 bits when they are random base62 of this length.
fn long_enough(name: &'static str, text: String) -> Result<SecretText, ConfigError> {
    if text.len() < 32 {
        return Err(ConfigError {
            name,
            problem: "has fewer than 32 characters".to_owned(),
        });
    }
    Ok(SecretText(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lookup(name: &str) -> Option<String> {
        let value = match name {
            "AWS_REGION" => "eu-west-1",
            "AWS_ACCESS_KEY_ID" | "AWS_SECRET_ACCESS_KEY" => "local",
            "LIVE_TABLE" => "Live",
            "TEST_TABLE" => "Test",
            "BASE_URL" => "https://pay.example/",
            _ => return None,
        };
        Some(value.to_owned())
    }

    #[test]
    fn a_missing_variable_is_named() {
        let config = Config::from_lookup(lookup).expect("complete");
        assert_eq!(config.tables.of(Environment::Test), "Test");
        assert_eq!(config.base_url.as_deref(), Some("https://pay.example"));
        let error = Config::from_lookup(|name| lookup(name).filter(|_| name != "TEST_TABLE"));
        assert_eq!(
            error.err().map(|error| error.to_string()),
            Some("environment variable TEST_TABLE is not set".to_owned())
        );
    }

    #[test]
    fn an_unusable_variable_is_named_without_its_value() {
        for (name, value) in [
            ("SEALING_KEY", "short-secret"),
            ("COUNTRIES", "Spain"),
            ("WEBHOOK_ALLOWED_NETWORKS", "x/8"),
        ] {
            let error = Config::from_lookup(|asked| {
                if asked == name {
                    Some(value.to_owned())
                } else {
                    lookup(asked)
                }
            })
            .expect_err(name);
            assert_eq!(error.name, name);
            assert!(!error.to_string().contains("short-secret"));
        }
    }
}
