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
    // Without it no page but the first could be asked for: rather not start.
    Config::require(app.cursors.as_ref(), "PAGE_TOKEN_KEY")?;
    lambda_http::run(service_fn(|request: Request| async {
        Ok::<_, Infallible>(webhooks::handler(app, request).await)
    }))
    .await
}
