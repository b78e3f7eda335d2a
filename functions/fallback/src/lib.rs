//! Answers what no route matches: 404, or 405 with the methods that the address has.

use lambda_http::{Body, Request, Response};
use shared::app::App;
use shared::http::{self, ApiError, ApiRequest};

/// Every path of the template's routes, with its methods; made by build.rs from template.yaml.
const ROUTES: &[(&str, &[&str])] = include!(concat!(env!("OUT_DIR"), "/routes.rs"));

/// Answers a request that no route matched.
pub async fn handler(app: &App, request: Request) -> Response<Body> {
    let request = ApiRequest::new(request, &app.entropy);
    let error = match methods_at(request.path()) {
        Some(methods) => ApiError::MethodNotAllowed(methods.join(", ")),
        None => ApiError::NoSuchRoute,
    };
    http::serve(app, "$default", &request, async { Err(error) }).await
}

/// The methods of the route that has this path.
fn methods_at(path: &str) -> Option<&'static [&'static str]> {
    ROUTES
        .iter()
        .find(|(route, _)| http::route_matches(route, path))
        .map(|(_, methods)| *methods)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_methods_of_an_address_are_known_from_the_template() {
        assert_eq!(
            methods_at("/external/v1/payment/session"),
            Some(["POST"].as_slice())
        );
        assert_eq!(
            methods_at("/external/v1/test/payment/session/SHOP01-EXTT-1"),
            Some(["GET"].as_slice())
        );
        assert_eq!(
            methods_at("/pay-external/a.b.c"),
            Some(["GET", "HEAD", "POST"].as_slice())
        );
        for unknown in [
            "/",
            "",
            "/external/v1/payment",
            "/external/v1/payment/session/",
            "/pay-external/a/b",
            // Another API's.
            "/sandbox-processor/pay",
        ] {
            assert_eq!(methods_at(unknown), None, "{unknown}");
        }
    }
}
