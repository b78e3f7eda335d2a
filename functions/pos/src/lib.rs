//! `GET …/pos/terminals` and `POST …/pos/payment`: payments at terminals (contract README, *POS*, *POS payment*).

#[cfg(feature = "openapi")]
pub mod openapi;
mod party;
mod pay;
mod reply;
mod terminals;

use lambda_http::{Body, Request, Response};
use processor::Processors;
use shared::app::App;
use shared::config::ConfigError;
use shared::http::{self, ApiRequest};

/// The state of the function, made once per execution environment.
pub struct Pos {
    pub(crate) app: App,
    pub(crate) processors: Processors,
}

impl Pos {
    /// The function's state.
    ///
    /// # Errors
    /// [`ConfigError`] when the configuration of external services is wrong.
    pub fn new(app: App) -> Result<Self, ConfigError> {
        Ok(Self {
            processors: Processors::new(&app.config)?,
            app,
        })
    }
}

/// Answers a request about terminals.
pub async fn handler(pos: &Pos, request: Request) -> Response<Body> {
    let app = &pos.app;
    let request = ApiRequest::new(request, &app.entropy);
    if request.path().ends_with("/terminals") {
        let terminals = terminals::list(pos, &request);
        http::serve(app, "GET /pos/terminals", &request, terminals).await
    } else {
        let payment = pay::pay(pos, &request);
        http::serve(app, "POST /pos/payment", &request, payment).await
    }
}
