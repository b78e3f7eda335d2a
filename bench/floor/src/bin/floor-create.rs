//! The floor of creating a session.

use floor::Floor;
use lambda_http::{Error, Request, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let floor = &Floor::from_env()?;
    lambda_http::run(service_fn(|_: Request| async move { floor.create().await })).await
}
