//! Calling a service, and what an answer, or its lack, means for whoever asked.

use std::time::{Duration, Instant};

use http::Method;
use serde::Serialize;
use serde::de::DeserializeOwned;
use shared::domain::external::{
    CancelRequest, CaptureRequest, ExtendRequest, ModifyAnswer, PayAnswer, PayRequest, PayResult,
    RefundRequest, StatusAnswer, TerminalsAnswer, is_name,
};
use shared::domain::webcode::Webcode;
use url::Url;

use crate::http::{Answer, Call, Failure, Outbound};
use crate::services::{Capabilities, Service};

/// What came of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome<T> {
    /// The service answered as the contract says.
    Answered(T),
    /// The service refused the request as such (4xx, with its status): this time it did nothing.
    Rejected(u16),
    /// The service has not seen the request, or says that it has no time for it: nothing was done.
    NotDone,
    /// Nobody knows whether it was done, and why.
    Unknown(&'static str),
}

impl<T> Outcome<T> {
    /// Whether the service refused not the request but whoever sent it, or where: a wrong credential or address, which says nothing
    /// of the payment.
    #[must_use]
    pub const fn is_misdirected(&self) -> bool {
        matches!(self, Self::Rejected(401 | 403 | 404 | 405))
    }

    /// A word for logs.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Answered(_) => "answered",
            Self::Rejected(_) => "rejected",
            Self::NotDone => "not done",
            Self::Unknown(why) => why,
        }
    }
}

/// A service, ready to be called.
#[derive(Debug, Clone, Copy)]
pub struct Client<'a> {
    service: &'a Service,
    outbound: &'a Outbound,
    within: Duration,
}

/// A request to a service.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// What is asked for, in logs: paths name payments and subscriptions.
    pub operation: &'static str,
    /// How.
    pub method: &'a Method,
    /// Below the service's address, with its query.
    pub path: &'a str,
    /// What the service knows a modification again by.
    pub idempotency_key: Option<&'a str>,
    /// A JSON text.
    pub body: Option<&'a str>,
}

impl<'a> Client<'a> {
    /// Calls a service, and waits for it as long as its configuration says.
    #[must_use]
    pub const fn new(service: &'a Service, outbound: &'a Outbound) -> Self {
        Self {
            service,
            outbound,
            within: service.timeout,
        }
    }

    /// What the service can do.
    #[must_use]
    pub const fn capabilities(&self) -> Capabilities {
        self.service.capabilities
    }

    /// … but no longer than this.
    #[must_use]
    pub fn within(self, most: Duration) -> Self {
        Self {
            within: self.within.min(most),
            ..self
        }
    }

    /// Asks for a payment. The same `shopTransactionId` is the same payment.
    pub async fn pay(&self, request: &PayRequest) -> Outcome<PayAnswer> {
        let outcome = self.post("/pay", request, None).await;
        self.checked(outcome, |answer: &PayAnswer| {
            let redirect = answer.redirect_to_url.as_deref();
            self.is_whole(answer.result, answer.payment_id.as_deref(), redirect)
        })
    }

    /// Whether an answer to a request to pay has what its result needs.
    pub(crate) fn is_whole(
        &self,
        result: PayResult,
        payment_id: Option<&str>,
        redirect_to_url: Option<&str>,
    ) -> bool {
        let has_name = payment_id.is_some_and(is_name);
        match result {
            // What was refused needs no name, but may have one.
            PayResult::Ko => payment_id.is_none() || has_name,
            PayResult::Ok | PayResult::Pending => has_name,
            PayResult::RedirectToUrl => has_name && self.may_redirect_to(redirect_to_url),
        }
    }

    /// Asks how a payment stands.
    pub async fn status(&self, payment_id: &str) -> Outcome<StatusAnswer> {
        let outcome = self
            .get("/status", &with_payment_id("/status", payment_id))
            .await;
        self.checked(outcome, |answer: &StatusAnswer| {
            answer.payment_id == payment_id
        })
    }

    /// Asks for a refund.
    pub async fn refund(&self, request: &RefundRequest, key: &str) -> Outcome<ModifyAnswer> {
        let outcome = self.post("/refund", request, Some(key)).await;
        self.checked(outcome, is_settled_or_pending)
    }

    /// Asks for a reservation to be taken.
    pub async fn capture(&self, request: &CaptureRequest, key: &str) -> Outcome<ModifyAnswer> {
        let outcome = self.post("/capture", request, Some(key)).await;
        self.checked(outcome, is_settled_or_pending)
    }

    /// Asks for a reservation to be given up.
    pub async fn cancel(&self, request: &CancelRequest, key: &str) -> Outcome<ModifyAnswer> {
        let outcome = self.post("/cancel", request, Some(key)).await;
        self.checked(outcome, is_settled_or_pending)
    }

    /// Asks for a reservation to be prolonged.
    pub async fn extend(&self, request: &ExtendRequest, key: &str) -> Outcome<ModifyAnswer> {
        let outcome = self.post("/extend", request, Some(key)).await;
        self.checked(outcome, is_settled_or_pending)
    }

    /// Asks which terminals a merchant has: those of others are not for it.
    pub async fn terminals(&self, webcode: &Webcode) -> Outcome<TerminalsAnswer> {
        self.get("/terminals", &format!("/terminals?webcode={webcode}"))
            .await
    }

    /// Asks for something by its address.
    async fn get<T: DeserializeOwned>(&self, operation: &'static str, path: &str) -> Outcome<T> {
        self.call(Request {
            operation,
            method: &Method::GET,
            path,
            idempotency_key: None,
            body: None,
        })
        .await
    }

    /// Sends a body.
    pub(crate) async fn post<T: DeserializeOwned>(
        &self,
        path: &'static str,
        body: &impl Serialize,
        idempotency_key: Option<&str>,
    ) -> Outcome<T> {
        let Ok(body) = serde_json::to_string(body) else {
            tracing::error!(path, "a request is not JSON");
            return Outcome::NotDone;
        };
        self.call(Request {
            operation: path,
            method: &Method::POST,
            path,
            idempotency_key,
            body: Some(&body),
        })
        .await
    }

    /// Sends a request and reads the answer.
    pub async fn call<T: DeserializeOwned>(&self, request: Request<'_>) -> Outcome<T> {
        let url = format!("{}{}", self.service.base_url, request.path);
        let authorization = self
            .service
            .credential
            .as_ref()
            .map(|credential| format!("Bearer {}", credential.expose()));
        let mut headers = Vec::with_capacity(2);
        if let Some(authorization) = &authorization {
            headers.push(("authorization", authorization.as_str()));
        }
        if let Some(key) = request.idempotency_key {
            headers.push(("idempotency-key", key));
        }
        let began = Instant::now();
        let answer = self
            .outbound
            .send(Call {
                method: request.method,
                url: &url,
                headers: &headers,
                body: request.body,
                within: self.within,
            })
            .await;
        let status = answer.as_ref().map_or(0, |answer| answer.status);
        let outcome = read(answer);
        if matches!(outcome, Outcome::Rejected(401 | 403)) {
            tracing::error!(
                service = self.service.name,
                disagreement = "SERVICE_DOES_NOT_KNOW_US",
                "the service does not accept our credential"
            );
        }
        tracing::info!(
            service = self.service.name,
            operation = request.operation,
            status,
            outcome = outcome.as_str(),
            duration_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
            "called"
        );
        outcome
    }

    /// An answer that says less than it must is no answer.
    pub(crate) fn checked<T>(
        &self,
        outcome: Outcome<T>,
        is_whole: impl Fn(&T) -> bool,
    ) -> Outcome<T> {
        match outcome {
            Outcome::Answered(answer) if !is_whole(&answer) => {
                tracing::warn!(
                    service = self.service.name,
                    "an answer lacks what it must have"
                );
                Outcome::Unknown("the answer lacks what it must have")
            }
            outcome => outcome,
        }
    }

    /// Customers are sent on over TLS only, unless the service itself is reached without.
    fn may_redirect_to(&self, url: Option<&str>) -> bool {
        let scheme = url
            .and_then(|url| Url::parse(url).ok())
            .map(|url| url.scheme().to_owned());
        match scheme.as_deref() {
            Some("https") => true,
            Some("http") => self.service.base_url.starts_with("http://"),
            _ => false,
        }
    }
}

pub(crate) fn is_settled_or_pending(answer: &ModifyAnswer) -> bool {
    answer.result != PayResult::RedirectToUrl
}

/// A path that asks about a payment, whatever characters its name has.
#[must_use]
pub fn with_payment_id(path: &str, payment_id: &str) -> String {
    let query: String = url::form_urlencoded::byte_serialize(payment_id.as_bytes()).collect();
    format!("{path}?paymentId={query}")
}

fn read<T: DeserializeOwned>(answer: Result<Answer, Failure>) -> Outcome<T> {
    let answer = match answer {
        Ok(answer) => answer,
        Err(Failure::NotSent) => return Outcome::NotDone,
        Err(Failure::Lost(why)) => return Outcome::Unknown(why),
    };
    match answer.status {
        200..=299 => match serde_json::from_slice(&answer.body) {
            Ok(answer) => Outcome::Answered(answer),
            Err(_) => Outcome::Unknown("the answer is not as it should be"),
        },
        429 => Outcome::NotDone,
        // Timeout, conflict, too early: about this try, not about the request.
        408 | 409 | 425 => Outcome::Unknown("the service is not done with it"),
        400..=499 => Outcome::Rejected(answer.status),
        _ => Outcome::Unknown("the service failed"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn answer(status: u16, body: &str) -> Result<Answer, Failure> {
        Ok(Answer {
            status,
            body: body.as_bytes().to_vec(),
        })
    }

    #[test]
    fn an_outcome_is_certain_or_unknown() {
        use Outcome::{Answered, NotDone, Rejected, Unknown};
        for (given, expected) in [
            (answer(200, "{}"), Answered(json!({}))),
            (answer(201, "[]"), Answered(json!([]))),
            (
                answer(200, ""),
                Unknown("the answer is not as it should be"),
            ),
            (
                answer(200, "{"),
                Unknown("the answer is not as it should be"),
            ),
            (answer(302, "{}"), Unknown("the service failed")),
            (answer(400, "{}"), Rejected(400)),
            (answer(401, ""), Rejected(401)),
            (answer(404, "{}"), Rejected(404)),
            (
                answer(409, "{}"),
                Unknown("the service is not done with it"),
            ),
            (answer(429, "{}"), NotDone),
            (answer(500, "{}"), Unknown("the service failed")),
            (answer(504, ""), Unknown("the service failed")),
            (Err(Failure::NotSent), NotDone),
            (Err(Failure::Lost("why")), Unknown("why")),
        ] {
            assert_eq!(read::<Value>(given.clone()), expected, "{given:?}");
        }
    }

    #[test]
    fn a_name_is_encoded() {
        assert_eq!(
            with_payment_id("/status", "a&b=c/d"),
            "/status?paymentId=a%26b%3Dc%2Fd"
        );
    }
}
