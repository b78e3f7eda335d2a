//! Which endpoint a request is for.

use http::Method;
use shared::http::find_route;

/// What a merchant can ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Endpoint {
    List,
    Show,
    Resend,
    ResendMissed,
    Ping,
}

/// Every route below an environment's, as the logs name it.
const ROUTES: [(&str, Endpoint); 5] = [
    ("GET /webhook/deliveries", Endpoint::List),
    ("GET /webhook/deliveries/{event}", Endpoint::Show),
    ("POST /webhook/resend-missed", Endpoint::ResendMissed),
    ("POST /webhook/resend", Endpoint::Resend),
    ("POST /webhook/ping", Endpoint::Ping),
];

/// The route of a request, for the log, and its endpoint. API Gateway sends nothing here that has none.
pub(crate) fn find(method: &Method, path: &str) -> (&'static str, Option<Endpoint>) {
    let path = path.find("/webhook/").map_or("", |at| &path[at..]);
    match find_route(&ROUTES, method, path) {
        Some((route, endpoint)) => (route, Some(endpoint)),
        None => ("/webhook", None),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use template::Template;

    use super::*;

    #[test]
    fn the_routes_are_the_templates_in_both_environments() {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../template.yaml");
        let template = Template::load(&file).expect("a template");
        let deployed: BTreeSet<String> = template
            .routes()
            .filter(|route| route.package == "webhooks")
            .map(|route| route.key.to_string())
            .collect();
        let known = ROUTES.iter().flat_map(|(route, _)| {
            let (method, path) = route.split_once(' ').expect("a method and a path");
            ["/external/v1", "/external/v1/test"].map(|base| format!("{method} {base}{path}"))
        });
        assert_eq!(deployed, known.collect());
    }

    #[test]
    fn every_route_finds_its_own_endpoint() {
        for (route, endpoint) in ROUTES {
            let (method, pattern) = route.split_once(' ').expect("a method and a path");
            let method = Method::from_bytes(method.as_bytes()).expect("a method");
            let path = format!("/external/v1/test{pattern}");
            assert_eq!(find(&method, &path), (route, Some(endpoint)));
        }
        let none = ("/webhook", None);
        assert_eq!(find(&Method::PUT, "/external/v1/webhook/ping"), none);
        assert_eq!(find(&Method::POST, "/external/v1/payment"), none);
    }
}
