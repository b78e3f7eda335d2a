//! The Lambda: wires the handler to the runtime.

use lambda_runtime::{Error, LambdaEvent, service_fn};
use processor_worker::Worker;
use shared::app::Parts;
use shared::config::Config;
use shared::telemetry;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::start();
    let config = Config::from_env()?;
    let parts = Parts::system(&config)?;
    let worker = &Worker::new(config, parts)?;
    lambda_runtime::run(service_fn(|event: LambdaEvent<serde_json::Value>| async {
        processor_worker::handler(worker, event.payload).await
    }))
    .await
}
