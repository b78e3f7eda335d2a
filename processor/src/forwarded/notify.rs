//! Telling `PAYMENT_CALLBACK_URL` how a payment stands (external-integration.txt, *Check*).
//!
//! It is the operator's own address, and what it is told is a hint like a callback: it has no signature, and whoever takes it can
//! ask for the status.

use std::time::Duration;

use http::Method;
use shared::config::{ConfigError, ExternalConfig};
use shared::store::{SeenForwarded, Unavailable};
use url::{Host, Url};

use super::Forwarder;
use super::status::answer_of;
use crate::http::{Call, Failure};

/// How long it may take while a caller waits for something else.
pub const WHILE_SOMEBODY_WAITS: Duration = Duration::from_secs(3);

/// `PAYMENT_CALLBACK_URL`: who is told how payments stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallbackUrl(String);

impl CallbackUrl {
    /// The address of the configuration, if there is one.
    ///
    /// # Errors
    /// [`ConfigError`] when it is no address, or leads over an open network without TLS.
    pub fn of(config: &ExternalConfig) -> Result<Option<Self>, ConfigError> {
        let Some(text) = &config.payment_callback_url else {
            return Ok(None);
        };
        let wrong = |problem: &str| ConfigError {
            name: "PAYMENT_CALLBACK_URL",
            problem: problem.to_owned(),
        };
        let url = Url::parse(text).map_err(|_| wrong("is no address"))?;
        let is_this_machine = match url.host() {
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            _ => false,
        };
        if url.scheme() != "https" && !(url.scheme() == "http" && is_this_machine) {
            return Err(wrong("does not begin with https://"));
        }
        if !url.username().is_empty() || url.password().is_some() || url.fragment().is_some() {
            return Err(wrong("has a user or a fragment"));
        }
        Ok(Some(Self(text.clone())))
    }
}

impl Forwarder<'_> {
    /// Tells what is to be told of a payment, if anything is. Its next attempt is planned already: nobody hears of a failure.
    ///
    /// # Errors
    /// [`Unavailable`] when it was told and that could not be recorded: it will be told again.
    pub async fn tell(
        &self,
        seen: &mut SeenForwarded,
        within: Duration,
    ) -> Result<(), Unavailable> {
        let payment = &seen.payment;
        let (Some(url), Some(notification), Some(payment_id)) = (
            self.callback_url,
            &payment.notification,
            &payment.payment_id,
        ) else {
            return Ok(());
        };
        let body = serde_json::to_string(&answer_of(payment, notification.status, payment_id))
            .map_err(Unavailable::because)?;
        let (id, attempt) = (notification.id.clone(), notification.attempts);
        let headers = [
            ("x-webcode", payment.webcode.as_str()),
            ("x-environment", self.environment.as_str()),
            ("x-notification-id", id.as_str()),
        ];
        let answer = self
            .outbound
            .send(Call {
                method: &Method::POST,
                url: &url.0,
                headers: &headers,
                body: Some(&body),
                within,
            })
            .await;
        let status_code = match &answer {
            Ok(answer) => answer.status,
            Err(Failure::NotSent | Failure::Lost(_)) => 0,
        };
        let is_taken = (200..300).contains(&status_code);
        tracing::info!(attempt, status = status_code, taken = is_taken, "notified");
        if !is_taken {
            return Ok(());
        }
        self.change(seen, |payment| payment.notified(&id)).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_https_or_this_machines() {
        let read = |text: Option<&str>| {
            CallbackUrl::of(&ExternalConfig {
                payment_callback_url: text.map(str::to_owned),
                ..ExternalConfig::default()
            })
        };
        for good in [
            "https://shop.example/paid?from=us",
            "http://127.0.0.1:9000/paid",
            "http://[::1]/paid",
        ] {
            assert_eq!(
                read(Some(good)).expect(good),
                Some(CallbackUrl(good.to_owned()))
            );
        }
        assert_eq!(read(None).expect("nothing"), None);
        for (bad, problem) in [
            ("shop.example", "is no address"),
            ("http://shop.example/paid", "https://"),
            ("ftp://shop.example", "https://"),
            ("https://me:pw@shop.example", "has a user"),
        ] {
            let error = read(Some(bad)).expect_err(bad);
            assert!(error.to_string().contains(problem), "{error}");
            assert!(!error.to_string().contains("pw"), "{error}");
        }
    }
}
