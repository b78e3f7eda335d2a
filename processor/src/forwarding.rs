//! Calls on behalf of a caller who speaks the contract with us. Bodies are passed on as the caller wrote them, so they come as
//! whatever can be written as JSON; what is about subscriptions nobody but callers asks for.

use http::Method;
use serde::Serialize;
use shared::domain::external::{
    ModifyAnswer, PayResult, SubscriptionAnswer, SubscriptionStatusAnswer, is_name,
};
use shared::domain::forwarded::{ForwardedAnswer, Operation};
use url::Url;

use crate::client::{Client, Outcome, Request, is_settled_or_pending};

impl Client<'_> {
    /// Asks for whatever makes a payment. The same `shopTransactionId` is the same payment.
    pub async fn forward(
        &self,
        operation: Operation,
        body: &impl Serialize,
    ) -> Outcome<ForwardedAnswer> {
        let outcome = self.post(operation.path(), body, None).await;
        self.checked(outcome, |answer: &ForwardedAnswer| {
            let redirect = answer.redirect_to_url.as_deref();
            let token = answer.subscription_token.as_deref();
            let has_token = token.is_some_and(is_name);
            let needs_token = operation.begins_subscription() && answer.result != PayResult::Ko;
            self.is_whole(answer.result, answer.payment_id.as_deref(), redirect)
                && (has_token || (token.is_none() && !needs_token))
        })
    }

    /// Asks for a refund, in the caller's words.
    pub async fn forward_refund(&self, body: &impl Serialize, key: &str) -> Outcome<ModifyAnswer> {
        let outcome = self.post("/refund", body, Some(key)).await;
        self.checked(outcome, is_settled_or_pending)
    }

    /// Asks for a subscription to be changed.
    pub async fn update_subscription(
        &self,
        token: &str,
        body: &impl Serialize,
    ) -> Outcome<SubscriptionAnswer> {
        let Ok(body) = serde_json::to_string(body) else {
            tracing::error!("a change of a subscription is not JSON");
            return Outcome::NotDone;
        };
        let asked = ("/subscription/update", &Method::POST, Some(body.as_str()));
        let outcome = self.about_subscription(asked, token).await;
        self.checked(outcome, |answer| is_about(answer, token))
    }

    /// Asks for a subscription to end.
    pub async fn expire_subscription(&self, token: &str) -> Outcome<SubscriptionAnswer> {
        let asked = ("/subscription/expire", &Method::DELETE, None);
        let outcome = self.about_subscription(asked, token).await;
        self.checked(outcome, |answer| is_about(answer, token))
    }

    /// Asks how a subscription stands.
    pub async fn subscription_status(&self, token: &str) -> Outcome<SubscriptionStatusAnswer> {
        let asked = ("/subscription/status", &Method::GET, None);
        let outcome = self.about_subscription(asked, token).await;
        self.checked(outcome, |answer: &SubscriptionStatusAnswer| {
            answer.subscription_token == token
        })
    }

    async fn about_subscription<T: serde::de::DeserializeOwned>(
        &self,
        (operation, method, body): (&'static str, &Method, Option<&str>),
        token: &str,
    ) -> Outcome<T> {
        let path = &with_segment(operation, token);
        self.call(Request {
            operation,
            method,
            path,
            idempotency_key: None,
            body,
        })
        .await
    }
}

/// An answer about a subscription names no other one.
fn is_about(answer: &SubscriptionAnswer, token: &str) -> bool {
    let named = answer.subscription_token.as_deref();
    answer.result != PayResult::RedirectToUrl && named.is_none_or(|named| named == token)
}

/// A path with one more segment, whatever characters that has.
fn with_segment(path: &str, segment: &str) -> String {
    // The parser of addresses knows which characters a segment cannot have; the host is nobody's.
    let mut url = Url::parse("http://service")
        .unwrap_or_else(|never| unreachable!("a constant that is an address: {never}"));
    url.set_path(path);
    if let Ok(mut segments) = url.path_segments_mut() {
        segments.push(segment);
    }
    url.path().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_one_segment() {
        for (token, expected) in [
            ("sub_1", "/subscription/status/sub_1"),
            ("a/b?c#d%e", "/subscription/status/a%2Fb%3Fc%23d%25e"),
        ] {
            assert_eq!(with_segment("/subscription/status", token), expected);
        }
    }
}
