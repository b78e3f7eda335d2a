//! What every function that serves requests holds: configuration, clock, and the tables.

use std::sync::Arc;
use std::time::Duration;

use aws_smithy_runtime_api::client::http::SharedHttpClient;

use crate::aws::{self, Http1};
use crate::clock::Clock;
use crate::config::{Config, ConfigError};
use crate::cursor::Cursors;
use crate::domain::environment::Environment;
use crate::entropy::Entropy;
use crate::seal::Sealer;
use crate::store::Store;
use crate::token::PageTokens;

/// How long a request may go on trying: well inside the 30 s after which API Gateway gives up.
pub const REQUEST_WITHIN: Duration = Duration::from_secs(8);

/// The parties outside of a function, as values: the cloud brings the real ones, tests their own.
#[derive(Clone)]
pub struct Parts {
    /// Tells the time.
    pub clock: Clock,
    /// Gives random numbers.
    pub entropy: Entropy,
    /// Reaches AWS.
    pub http_client: SharedHttpClient,
}

impl Parts {
    /// The real ones.
    ///
    /// # Errors
    /// [`ConfigError`] when the trust roots cannot be read.
    pub fn system(config: &Config) -> Result<Self, ConfigError> {
        Ok(Self::over(aws::http_client(&config.aws)?))
    }

    fn over(http_client: Http1) -> Self {
        Self {
            clock: Clock::system(),
            entropy: Entropy::system(),
            http_client: http_client.into_shared(),
        }
    }
}

/// The state of a function, made once per execution environment.
pub struct App {
    /// Its configuration.
    pub config: Config,
    /// Tells the time.
    pub clock: Clock,
    /// Gives random numbers.
    pub entropy: Entropy,
    /// Signs and reads the tokens of payment pages, where the function has the key.
    pub page_tokens: Option<PageTokens>,
    /// Signs and reads the cursors of lists, where the function has the key.
    pub cursors: Option<Cursors>,
    /// Opens client secrets, where the function has the key.
    pub sealer: Option<Arc<Sealer>>,
    live: Store,
    test: Store,
}

impl App {
    /// A function's state.
    ///
    /// # Errors
    /// [`ConfigError`] when a key is unusable.
    pub fn new(config: Config, parts: Parts) -> Result<Self, ConfigError> {
        let client = aws::dynamodb(&config.aws, parts.http_client);
        let store = |environment| {
            Store::new(
                client.clone(),
                config.tables.of(environment),
                parts.entropy.clone(),
            )
        };
        let sealer = config
            .sealing_key
            .as_ref()
            .map(Sealer::new)
            .transpose()
            .map_err(|error| ConfigError {
                name: "SEALING_KEY",
                problem: format!("is unusable: {error}"),
            })?;
        Ok(Self {
            live: store(Environment::Live),
            test: store(Environment::Test),
            cursors: config.page_token_key.as_ref().map(Cursors::new),
            page_tokens: config.page_token_key.as_ref().map(PageTokens::new),
            sealer: sealer.map(Arc::new),
            clock: parts.clock,
            entropy: parts.entropy,
            config,
        })
    }

    /// The state of this process, with the connection to DynamoDB warmed up.
    ///
    /// # Errors
    /// [`ConfigError`] when the environment is incomplete.
    pub async fn from_env() -> Result<Self, ConfigError> {
        let config = Config::from_env()?;
        let http_client = aws::http_client(&config.aws)?;
        aws::warm_up(&config.aws, &http_client).await;
        Self::new(config, Parts::over(http_client))
    }

    /// The table of an environment. A request touches one only, but for the creation and renaming of a merchant, which write
    /// both, one after the other.
    #[must_use]
    pub const fn store(&self, environment: Environment) -> &Store {
        match environment {
            Environment::Live => &self.live,
            Environment::Test => &self.test,
        }
    }
}
