//! API Gateway's part: from HTTP to a version 2.0 event, to the function of the route, and back.

mod event;
mod operator;
mod path;
mod reply;
mod route;
mod server;

use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::Incoming;

use self::event::Arrival;
pub(crate) use self::event::Stamp;
pub use self::operator::{OPERATOR_ARN, OPERATOR_TOKEN};
pub(crate) use self::reply::json;
use self::reply::message;
pub(crate) use self::route::RouteTable;
pub(crate) use self::server::serve;
use crate::invoker::Invoker;
use crate::workbench::Workbench;

/// The most that API Gateway takes in one request.
const BODY_BYTES_MAX: usize = 10 * 1024 * 1024;

/// What answers requests.
pub(crate) struct Gateway {
    /// Routes of the template; none while another process serves them.
    pub(crate) routes: Option<RouteTable>,
    /// Reaches the functions.
    pub(crate) invoker: Arc<Invoker>,
    /// Answers `/local/…`.
    pub(crate) workbench: Workbench,
    /// Makes the events.
    pub(crate) stamp: Stamp,
}

impl Gateway {
    /// Answers one request.
    pub(crate) async fn answer(
        &self,
        request: Request<Incoming>,
        peer: SocketAddr,
    ) -> Response<Full<Bytes>> {
        let (head, body) = request.into_parts();
        let body = match collect(body).await {
            Ok(body) => body,
            Err(refusal) => return refusal,
        };
        let path = head.uri.path();
        if path == "/local" || path.starts_with("/local/") {
            return self.workbench.answer(&head, &body).await;
        }
        match &self.routes {
            Some(routes) => {
                self.route(
                    routes,
                    &Arrival {
                        head: &head,
                        body: &body,
                        peer,
                    },
                )
                .await
            }
            None => message(StatusCode::NOT_FOUND, "Only /local/… is served here."),
        }
    }

    async fn route(&self, routes: &RouteTable, arrival: &Arrival<'_>) -> Response<Full<Bytes>> {
        let Some(path) = path::decode(arrival.head.uri.path()) else {
            return message(StatusCode::BAD_REQUEST, "Bad Request");
        };
        let Some(found) = routes.find(&arrival.head.method, &path) else {
            return message(StatusCode::NOT_FOUND, "Not Found");
        };
        if found.route.iam && !operator::is_operator(&arrival.head.headers) {
            return message(StatusCode::FORBIDDEN, "Forbidden");
        }
        let request_id = self.stamp.entropy.uuid().to_string();
        let event = self.stamp.event(arrival, &path, &found, &request_id);
        let answer = self.invoker.invoke(&found.route.package, event).await;
        let answer = answer.map_err(|error| error.to_string());
        let mut response = answer
            .and_then(|answer| reply::from_lambda(&answer))
            .unwrap_or_else(|problem| {
                let route = found.route.key.to_string();
                tracing::error!(route, problem, "the function gave no response");
                message(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error")
            });
        if let Ok(id) = request_id.parse() {
            response.headers_mut().insert("apigw-requestid", id);
        }
        response
    }
}

async fn collect(body: Incoming) -> Result<Bytes, Response<Full<Bytes>>> {
    let collected = Limited::new(body, BODY_BYTES_MAX).collect().await;
    collected
        .map(http_body_util::Collected::to_bytes)
        .map_err(|error| {
            if error.is::<LengthLimitError>() {
                message(StatusCode::PAYLOAD_TOO_LARGE, "Request Entity Too Large")
            } else {
                message(StatusCode::BAD_REQUEST, "Bad Request")
            }
        })
}
