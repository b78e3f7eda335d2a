//! Subscriptions at a service: whose they are.

use serde::{Deserialize, Serialize};

use super::payment::Operation;
use crate::domain::external::{PayResult, SubscriptionStatus};
use crate::domain::time::Ticks;
use crate::domain::webcode::Webcode;

/// A subscription that began here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ForwardedSubscription {
    /// Whose it is.
    pub webcode: Webcode,
    /// The service.
    pub external: String,
    /// The service's name of it.
    pub token: String,
    /// How it began: charged by the service, or when asked.
    pub operation: Operation,
    /// How it stood when the service last said so.
    pub status: SubscriptionStatus,
    /// When it began.
    pub created_at: Ticks,
}

/// How a subscription stands after the answer that began it.
#[must_use]
pub(super) const fn status_after(result: PayResult) -> SubscriptionStatus {
    match result {
        PayResult::Ok => SubscriptionStatus::Active,
        PayResult::Ko => SubscriptionStatus::Canceled,
        PayResult::Pending | PayResult::RedirectToUrl => SubscriptionStatus::Pending,
    }
}
