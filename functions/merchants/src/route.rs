//! Which endpoint a request is for.

use http::Method;
use shared::http::find_route;

/// What an operator can ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Endpoint {
    CreateMerchant,
    ShowMerchant,
    RenameMerchant,
    CreateKey,
    ListKeys,
    RestrictKey,
    RevokeKey,
    RegenerateKey,
    RotateSecret,
    ShowWebhook,
    ChangeWebhook,
    PingWebhook,
    ShowService,
    AssignService,
    SettleModification,
    ListDeliveries,
    ResendDeliveries,
    ShowDelivery,
    ResendDelivery,
    ListDeadLetters,
    RedriveDeadLetters,
    Repair,
    ListAudit,
}

impl Endpoint {
    /// Whether it is about one environment of a merchant.
    pub(crate) const fn has_environment(self) -> bool {
        !matches!(
            self,
            Self::CreateMerchant | Self::ShowMerchant | Self::RenameMerchant
        )
    }
}

/// Every route, as the template and the logs name it.
const ROUTES: [(&str, Endpoint); 23] = [
    ("POST /manage/v1/merchants", Endpoint::CreateMerchant),
    ("GET /manage/v1/merchants/{webcode}", Endpoint::ShowMerchant),
    (
        "PATCH /manage/v1/merchants/{webcode}",
        Endpoint::RenameMerchant,
    ),
    (
        "POST /manage/v1/merchants/{webcode}/{environment}/keys",
        Endpoint::CreateKey,
    ),
    (
        "GET /manage/v1/merchants/{webcode}/{environment}/keys",
        Endpoint::ListKeys,
    ),
    (
        "PATCH /manage/v1/merchants/{webcode}/{environment}/keys/{id}",
        Endpoint::RestrictKey,
    ),
    (
        "DELETE /manage/v1/merchants/{webcode}/{environment}/keys/{id}",
        Endpoint::RevokeKey,
    ),
    (
        "POST /manage/v1/merchants/{webcode}/{environment}/keys/{id}/regenerate",
        Endpoint::RegenerateKey,
    ),
    (
        "POST /manage/v1/merchants/{webcode}/{environment}/secret/rotate",
        Endpoint::RotateSecret,
    ),
    (
        "GET /manage/v1/merchants/{webcode}/{environment}/webhook",
        Endpoint::ShowWebhook,
    ),
    (
        "PATCH /manage/v1/merchants/{webcode}/{environment}/webhook",
        Endpoint::ChangeWebhook,
    ),
    (
        "POST /manage/v1/merchants/{webcode}/{environment}/webhook/ping",
        Endpoint::PingWebhook,
    ),
    (
        "GET /manage/v1/merchants/{webcode}/{environment}/external-service",
        Endpoint::ShowService,
    ),
    (
        "PUT /manage/v1/merchants/{webcode}/{environment}/external-service",
        Endpoint::AssignService,
    ),
    (
        "POST /manage/v1/merchants/{webcode}/{environment}/modifications/{reference}/settle",
        Endpoint::SettleModification,
    ),
    (
        "GET /manage/v1/merchants/{webcode}/{environment}/deliveries",
        Endpoint::ListDeliveries,
    ),
    (
        "POST /manage/v1/merchants/{webcode}/{environment}/deliveries/resend",
        Endpoint::ResendDeliveries,
    ),
    (
        "GET /manage/v1/merchants/{webcode}/{environment}/deliveries/{event}",
        Endpoint::ShowDelivery,
    ),
    (
        "POST /manage/v1/merchants/{webcode}/{environment}/deliveries/{event}/resend",
        Endpoint::ResendDelivery,
    ),
    (
        "GET /manage/v1/environments/{environment}/dead-letters",
        Endpoint::ListDeadLetters,
    ),
    (
        "POST /manage/v1/environments/{environment}/dead-letters/redrive",
        Endpoint::RedriveDeadLetters,
    ),
    (
        "POST /manage/v1/environments/{environment}/repair",
        Endpoint::Repair,
    ),
    (
        "GET /manage/v1/merchants/{webcode}/{environment}/audit",
        Endpoint::ListAudit,
    ),
];

/// The route of a request, for the log, and its endpoint. API Gateway sends nothing here that has none.
pub(crate) fn find(method: &Method, path: &str) -> (&'static str, Option<Endpoint>) {
    match find_route(&ROUTES, method, path) {
        Some((route, endpoint)) => (route, Some(endpoint)),
        None => ("/manage", None),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use template::Template;

    use super::*;

    #[test]
    fn the_routes_are_the_templates_and_all_of_them_are_for_iam() {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../template.yaml");
        let template = Template::load(&file).expect("a template");
        let mut deployed: Vec<(String, bool)> = template
            .routes()
            .filter(|route| route.package == "merchants")
            .map(|route| (route.key.to_string(), route.iam))
            .collect();
        let mut known = ROUTES.map(|(route, _)| (route.to_owned(), true));
        deployed.sort();
        known.sort();
        assert_eq!(deployed, known);
    }

    #[test]
    fn every_route_finds_its_own_endpoint() {
        for (route, endpoint) in ROUTES {
            let (method, pattern) = route.split_once(' ').expect("a method and a path");
            let method = Method::from_bytes(method.as_bytes()).expect("a method");
            assert_eq!(find(&method, pattern), (route, Some(endpoint)));
        }
        let none = ("/manage", None);
        assert_eq!(find(&Method::PUT, "/manage/v1/merchants"), none);
        assert_eq!(find(&Method::GET, "/manage/v1/merchants//test/keys"), none);
    }
}
