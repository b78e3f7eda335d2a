//! The Lambda: wires the handler to the runtime.

use lambda_runtime::{Error, LambdaEvent, service_fn};
use sandbox_processor::Sandbox;
use shared::app::Parts;
use shared::config::Config;
use shared::telemetry;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::start();
    let config = Config::from_env()?;
    let parts = Parts::system(&config)?;
    let sandbox = &Sandbox::new(config, parts)?;
    lambda_runtime::run(service_fn(|event: LambdaEvent<serde_json::Value>| async {
        sandbox_processor::handler(sandbox, event.payload).await
    }))
    .await
}
