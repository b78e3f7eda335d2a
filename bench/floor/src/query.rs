//! Querying a session: one read.

use lambda_http::{Error, Request, RequestExt, Response};

use crate::{Floor, answer};

impl Floor {
    /// Answers a query.
    ///
    /// # Errors
    /// A call has failed.
    pub async fn query(&self, request: &Request) -> Result<Response<String>, Error> {
        let parameters = request.path_parameters_ref();
        let session_id = parameters
            .and_then(|parameters| parameters.first("sessionId"))
            .unwrap_or_default();
        self.read(&[(&self.api_key, "K"), (&format!("S#{session_id}"), "S")])
            .await?;
        answer(200)
    }
}
