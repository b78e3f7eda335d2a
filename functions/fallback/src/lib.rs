//! Answers what no route matches: 404, or 405 with the methods that the address has.

use std::collections::BTreeSet;

use lambda_http::{Body, Request, Response};
use shared::app::App;
use shared::http::{self, ApiError, ApiRequest};

/// Every path of the template's routes, with its methods; made by build.rs from template.yaml.
const ROUTES: &[(&str, &[&str])] = include!(concat!(env!("OUT_DIR"), "/routes.rs"));

/// Answers a request that no route matched.
pub async fn handler(app: &App, request: Request) -> Response<Body> {
    let request = ApiRequest::new(request, &app.entropy);
    let methods = methods_at(request.path());
    let error = if methods.is_empty() {
        ApiError::NoSuchRoute
    } else {
        let methods: Vec<&str> = methods.into_iter().collect();
        ApiError::MethodNotAllowed(methods.join(", "))
    };
    http::serve(app, "$default", &request, async { Err(error) }).await
}

/// The methods of the routes that have this path: a part of it may be a name in one and a word in another.
fn methods_at(path: &str) -> BTreeSet<&'static str> {
    let routes = ROUTES
        .iter()
        .filter(|(route, _)| http::route_matches(route, path));
    routes
        .flat_map(|(_, methods)| methods.iter().copied())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_methods_of_an_address_are_known_from_the_template() {
        assert_eq!(
            methods_at("/external/v1/payment/session"),
            BTreeSet::from(["POST"])
        );
        assert_eq!(
            methods_at("/external/v1/test/payment/session/SHOP01-EXTT-1"),
            BTreeSet::from(["GET"])
        );
        assert_eq!(
            methods_at("/pay-external/a.b.c"),
            BTreeSet::from(["GET", "HEAD", "POST"])
        );
        assert_eq!(
            methods_at("/external/v1/webhook/deliveries/resend"),
            BTreeSet::from(["GET", "POST"])
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
            assert!(methods_at(unknown).is_empty(), "{unknown}");
        }
    }
}
