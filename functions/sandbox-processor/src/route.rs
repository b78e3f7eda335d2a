//! Which endpoint a request is for. The template has one route for all of them: the sandbox is one address to the product.

use http::Method;
use shared::http::route_matches;

use crate::answer::Refusal;

/// Everything is below this.
pub(crate) const BASE: &str = "/sandbox-processor";

/// What a request is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Endpoint {
    Pay,
    Status,
    Check,
    Callback,
    Refund,
    Capture,
    Cancel,
    Extend,
    Terminals,
    Ledger,
    Faults,
    Schedule,
    Start,
    PaySubscription,
    UpdateSubscription,
    ExpireSubscription,
    SubscriptionStatus,
    ShowPage,
    SubmitPage,
}

impl Endpoint {
    /// Whether anybody may ask: whoever knows the page's address.
    pub(crate) const fn is_public(self) -> bool {
        matches!(self, Self::ShowPage | Self::SubmitPage)
    }

    /// Whether the faults that somebody set are its own: not where they are set, and not in the books.
    pub(crate) const fn suffers_faults(self) -> bool {
        !self.is_public() && !matches!(self, Self::Ledger | Self::Faults)
    }
}

/// Every endpoint.
const ROUTES: [(&str, &str, Endpoint); 23] = [
    ("POST", "/pay", Endpoint::Pay),
    ("GET", "/status", Endpoint::Status),
    ("POST", "/status", Endpoint::Status),
    ("GET", "/check", Endpoint::Check),
    ("POST", "/check", Endpoint::Check),
    ("GET", "/callback", Endpoint::Callback),
    ("POST", "/callback", Endpoint::Callback),
    ("POST", "/refund", Endpoint::Refund),
    ("POST", "/capture", Endpoint::Capture),
    ("POST", "/cancel", Endpoint::Cancel),
    ("POST", "/extend", Endpoint::Extend),
    ("GET", "/terminals", Endpoint::Terminals),
    ("GET", "/ledger", Endpoint::Ledger),
    ("GET", "/faults", Endpoint::Faults),
    ("PUT", "/faults", Endpoint::Faults),
    ("POST", "/subscription/schedule", Endpoint::Schedule),
    ("POST", "/subscription/start", Endpoint::Start),
    ("POST", "/subscription/pay", Endpoint::PaySubscription),
    (
        "POST",
        "/subscription/update/{token}",
        Endpoint::UpdateSubscription,
    ),
    (
        "DELETE",
        "/subscription/expire/{token}",
        Endpoint::ExpireSubscription,
    ),
    (
        "GET",
        "/subscription/status/{token}",
        Endpoint::SubscriptionStatus,
    ),
    ("GET", "/page/{id}", Endpoint::ShowPage),
    ("POST", "/page/{id}", Endpoint::SubmitPage),
];

/// The endpoint of a request, and its route for the log: a path may name a page.
pub(crate) fn find(method: &Method, path: &str) -> (&'static str, Result<Endpoint, Refusal>) {
    let Some(path) = path.strip_prefix(BASE) else {
        return (BASE, Err(Refusal::NotFound));
    };
    let mut route = BASE;
    for (known, pattern, endpoint) in ROUTES {
        if route_matches(pattern, path) {
            if *method == known {
                return (pattern, Ok(endpoint));
            }
            route = pattern;
        }
    }
    if route == BASE {
        (BASE, Err(Refusal::NotFound))
    } else {
        (route, Err(Refusal::MethodNotAllowed))
    }
}

/// What the last part of a path names.
pub(crate) fn last_part(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_route_finds_its_own_endpoint() {
        for (method, pattern, endpoint) in ROUTES {
            let method = Method::from_bytes(method.as_bytes()).expect("a method");
            let (route, found) = find(&method, &format!("{BASE}{pattern}"));
            assert_eq!((route, found.ok()), (pattern, Some(endpoint)));
        }
    }

    #[test]
    fn what_is_nowhere_is_told_from_what_is_asked_for_wrongly() {
        for (method, path, route, status) in [
            (Method::GET, "/sandbox-processor/pay", "/pay", 405),
            (
                Method::DELETE,
                "/sandbox-processor/page/x",
                "/page/{id}",
                405,
            ),
            (Method::GET, "/sandbox-processor", BASE, 404),
            (Method::GET, "/sandbox-processor/page/", BASE, 404),
            (Method::POST, "/sandbox-processor/pay/", BASE, 404),
            (Method::POST, "/pay", BASE, 404),
        ] {
            let (found, refusal) = find(&method, path);
            let refusal = refusal.expect_err(path);
            assert_eq!(
                (found, refusal.entry().0.as_u16()),
                (route, status),
                "{path}"
            );
        }
    }
}
