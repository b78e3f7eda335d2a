//! The Lambda: wires the handler to the runtime.

use std::convert::Infallible;

use lambda_http::{Error, Request, service_fn};
use shared::app::{App, Parts};
use shared::config::Config;
use shared::telemetry;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::start();
    // Without warming up: this function reads nothing, and may not.
    let config = Config::from_env()?;
    let parts = Parts::system(&config)?;
    let app = &App::new(config, parts)?;
    lambda_http::run(service_fn(|request: Request| async {
        Ok::<_, Infallible>(fallback::handler(app, request).await)
    }))
    .await
}
