//! The Lambda: wires the handler to the runtime.

use std::convert::Infallible;

use lambda_http::{Error, Request, service_fn};
use merchants::Merchants;
use shared::app::Parts;
use shared::config::Config;
use shared::telemetry;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::start();
    let config = Config::from_env()?;
    let parts = Parts::system(&config)?;
    let merchants = &Merchants::new(config, parts)?;
    lambda_http::run(service_fn(|request: Request| async {
        Ok::<_, Infallible>(merchants::handler(merchants, request).await)
    }))
    .await
}
