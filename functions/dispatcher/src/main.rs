//! The Lambda: wires the handler to the runtime.

use dispatcher::Dispatcher;
use lambda_runtime::{Error, LambdaEvent, service_fn};
use shared::app::Parts;
use shared::config::Config;
use shared::telemetry;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::start();
    let config = Config::from_env()?;
    let parts = Parts::system(&config)?;
    let dispatcher = &Dispatcher::new(config, parts)?;
    lambda_runtime::run(service_fn(|event: LambdaEvent<serde_json::Value>| async {
        dispatcher::handler(dispatcher, event.payload).await
    }))
    .await
}
