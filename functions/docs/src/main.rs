//! The Lambda: wires the handler to the runtime.

use std::convert::Infallible;

use lambda_http::{Error, Request, service_fn};
use shared::entropy::Entropy;
use shared::telemetry;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::start();
    let entropy = &Entropy::system();
    lambda_http::run(service_fn(|request: Request| async {
        Ok::<_, Infallible>(docs::handler(entropy, request).await)
    }))
    .await
}
