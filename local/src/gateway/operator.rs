//! IAM's part, for routes with the `AWS_IAM` authorizer: who the operator is. There is one, with a token that everybody knows:
//! the stack listens on this machine alone, and its merchants are nobody's.

use http::HeaderMap;
use http::header::AUTHORIZATION;
use serde_json::{Value, json};
use subtle::ConstantTimeEq;

use crate::engines::ACCOUNT;

/// What an operator of the local stack sends as `Authorization: Bearer …`, in place of a signature.
pub const OPERATOR_TOKEN: &str = "local-operator-token";

/// The ARN by which functions know that operator.
pub const OPERATOR_ARN: &str = "arn:aws:iam::000000000000:user/local-operator";

/// Whether a request comes from the operator.
pub(super) fn is_operator(headers: &HeaderMap) -> bool {
    let token = headers
        .get(AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Bearer "));
    token.is_some_and(|token| token.as_bytes().ct_eq(OPERATOR_TOKEN.as_bytes()).into())
}

/// `requestContext.authorizer` of the operator's requests.
pub(super) fn authorizer() -> Value {
    json!({
        "iam": {
            "accessKey": "local",
            "accountId": ACCOUNT,
            "callerId": "local-operator",
            "cognitoIdentity": null,
            "principalOrgId": null,
            "userArn": OPERATOR_ARN,
            "userId": "local-operator",
        }
    })
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn only_the_token_makes_an_operator() {
        let with = |value: &str| {
            let value = HeaderValue::from_str(value).expect("a header");
            HeaderMap::from_iter([(AUTHORIZATION, value)])
        };
        assert!(is_operator(&with("Bearer local-operator-token")));
        for other in [
            "",
            "Bearer ",
            "Bearer local-operator-toke",
            "Bearer local-operator-token2",
            "local-operator-token",
            "Basic local-operator-token",
        ] {
            assert!(!is_operator(&with(other)), "{other}");
        }
        assert!(!is_operator(&HeaderMap::new()));
        assert!(OPERATOR_ARN.contains(ACCOUNT));
    }
}
