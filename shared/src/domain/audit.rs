//! Who changed what of a merchant's settings. A record has room for settings only: no key and no secret fits into it.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::api_key::Network;
use super::health::Because;
use super::time::Ticks;

/// Who changed what no operator asked for: an endpoint that failed for days is disabled by the service itself.
pub const SERVICE: &str = "service";

/// One change, by an operator, by the merchant or by the service itself, written with it in one transaction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AuditRecord {
    /// Tells records of the same tick apart.
    pub id: String,
    /// When.
    pub at: Ticks,
    /// Who: the ARN that signed the request, the id of the merchant's API key, or [`SERVICE`].
    pub who: String,
    /// From where: the address that API Gateway saw.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<IpAddr>,
    /// When it is forgotten; never, if nothing is said. What merchants have sent again would pile up otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub forgotten_at: Option<Ticks>,
    /// The request, or the message, that it was, as in the logs.
    pub trace_id: String,
    /// What was done.
    pub action: AuditAction,
    /// What it was done to, if the merchant has several of its kind: the id of a key or an event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// How it was before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub old: Option<Settings>,
    /// How it is now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub new: Option<Settings>,
}

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum AuditAction {
    /// A merchant was created.
    #[serde(rename = "merchant.created")]
    MerchantCreated,
    /// A merchant got another name.
    #[serde(rename = "merchant.renamed")]
    MerchantRenamed,
    /// An API key was created.
    #[serde(rename = "key.created")]
    KeyCreated,
    /// An API key got another list of addresses.
    #[serde(rename = "key.restricted")]
    KeyRestricted,
    /// An API key got another value.
    #[serde(rename = "key.regenerated")]
    KeyRegenerated,
    /// An API key was revoked.
    #[serde(rename = "key.revoked")]
    KeyRevoked,
    /// The client secret was made, with the first API key.
    #[serde(rename = "secret.created")]
    SecretCreated,
    /// The client secret was rotated.
    #[serde(rename = "secret.rotated")]
    SecretRotated,
    /// The webhook's address was set, or it was enabled or disabled.
    #[serde(rename = "webhook.changed")]
    WebhookChanged,
    /// The service disabled the webhook by itself.
    #[serde(rename = "webhook.disabled")]
    WebhookDisabled,
    /// A test event was sent.
    #[serde(rename = "webhook.pinged")]
    WebhookPinged,
    /// A delivery was sent again, or all that failed between two times.
    #[serde(rename = "deliveries.resent")]
    DeliveriesResent,
    /// A payment or a modification does not agree with what its external service says of it.
    #[serde(rename = "processor.disagreed")]
    ProcessorDisagreed,
    /// The merchant was assigned an external service, or none.
    #[serde(rename = "merchant.service.assigned")]
    ServiceAssigned,
    /// An operator settled what nobody else could tell.
    #[serde(rename = "modification.settled")]
    ModificationSettled,
    /// What of the merchant's lay among the dead letters was given another chance.
    #[serde(rename = "deadLetters.redriven")]
    DeadLettersRedriven,
    /// Deliveries that were missing were created.
    #[serde(rename = "deliveries.repaired")]
    DeliveriesRepaired,
}

/// The settings that a change was about.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Settings {
    /// A merchant's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The addresses that a key may be used from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ips: Option<Vec<Network>>,
    /// A webhook's address as [`without_query`] leaves it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Whether a webhook is enabled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    /// Why a webhook was disabled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub because: Option<Because>,
    /// From when on a client secret signs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effective_at: Option<Ticks>,
    /// Deliveries made then or later were sent again…
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub made_from: Option<Ticks>,
    /// … of those that were made before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub made_to: Option<Ticks>,
    /// How something does not agree with its external service.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disagreement: Option<String>,
    /// The external service of a merchant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_service: Option<String>,
    /// How a modification was settled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// How many deliveries of one page, or names of one batch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<u64>,
}

/// An address without its query and fragment, which often hold a password of the receiver's.
#[must_use]
pub fn without_query(url: &str) -> String {
    match url.find(['?', '#']) {
        Some(end) => format!("{}?…", &url[..end]),
        None => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_follows_the_path_of_an_address_is_left_out() {
        for (url, expected) in [
            ("https://shop.example/hook", "https://shop.example/hook"),
            (
                "https://shop.example/hook?key=hunter2",
                "https://shop.example/hook?…",
            ),
            (
                "https://shop.example/hook#hunter2",
                "https://shop.example/hook?…",
            ),
        ] {
            assert_eq!(without_query(url), expected);
        }
    }
}
