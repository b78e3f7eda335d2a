//! The Lambda: wires the handler to the runtime.

use std::convert::Infallible;

use lambda_http::{Error, Request, service_fn};
use shared::app::App;
use shared::config::Config;
use shared::telemetry;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::start();
    let app = &App::from_env().await?;
    // Without its key the function must not start, rather than fail when a merchant's first key is made.
    Config::require(app.sealer.as_ref(), "SEALING_KEY")?;
    lambda_http::run(service_fn(|request: Request| async {
        Ok::<_, Infallible>(merchants::handler(app, request).await)
    }))
    .await
}
