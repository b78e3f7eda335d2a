//! The Lambda: wires the handler to the runtime.

use std::convert::Infallible;

use external::External;
use lambda_http::{Error, Request, service_fn};
use shared::app::App;
use shared::telemetry;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::start();
    let external = &External::over(App::from_env().await?)?;
    lambda_http::run(service_fn(|request: Request| async {
        Ok::<_, Infallible>(external::handler(external, request).await)
    }))
    .await
}
