//! What each request costs at the least, for the benchmark to compare the functions with.
//!
//! A floor is a Lambda that makes the calls of a function on DynamoDB, with items of the same size and the same
//! conditions, through the same client: no authentication, no checks, no logs, no error bodies, no retries.
//! What a function costs above its floor is what the house itself costs.

mod calls;
mod create;
mod items;
mod query;
mod refund;

use aws_sdk_dynamodb::Client;
use lambda_http::{Error, Response};
use shared::aws;
use shared::clock::Clock;
use shared::config::Config;
use shared::domain::environment::Environment;
use shared::domain::time::Ticks;

/// A floor's state: a client, and the names of what it reads and writes.
pub struct Floor {
    client: Client,
    table: String,
    api_key: String,
    clock: Clock,
}

impl Floor {
    /// From the environment that the benchmark gives: a function's, and in `FLOOR_API_KEY` the partition key of the API
    /// key, which a function finds by hashing.
    ///
    /// # Errors
    /// A variable is missing.
    #[expect(
        clippy::disallowed_methods,
        reason = "the one variable that no function has"
    )]
    pub fn from_env() -> Result<Self, Error> {
        let config = Config::from_env()?;
        let client = aws::dynamodb(&config.aws, aws::http_client(&config.aws)?.into_shared());
        let table = config.tables.of(Environment::Test).to_owned();
        Ok(Self {
            client,
            table,
            api_key: std::env::var("FLOOR_API_KEY")?,
            clock: Clock::system(),
        })
    }

    fn now(&self) -> Ticks {
        self.clock.now()
    }
}

/// The least that API Gateway takes for an answer.
///
/// # Errors
/// Never; the type is the handler's.
pub fn answer(status: u16) -> Result<Response<String>, Error> {
    Ok(Response::builder().status(status).body(String::new())?)
}
