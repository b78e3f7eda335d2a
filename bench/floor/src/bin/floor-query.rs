//! The floor of querying a session.

use floor::Floor;
use lambda_http::{Error, Request, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let floor = &Floor::from_env()?;
    lambda_http::run(service_fn(|request: Request| async move {
        floor.query(&request).await
    }))
    .await
}
