//! `…/subscription/update`, `/expire` and `/status` (external-integration.txt, *Update Subscription*, *Expire Subscription*):
//! only by whoever began the subscription. None of them moves money, so the service is simply asked.

mod expire;
mod status;
mod update;

pub(crate) use expire::expire;
use processor::{Outcome, Service};
use shared::app::REQUEST_WITHIN;
use shared::domain::external::{SubscriptionStatus, is_name};
use shared::domain::forwarded::ForwardedSubscription;
use shared::domain::webcode::Webcode;
use shared::http::authenticate::Caller;
use shared::http::{ApiError, ApiRequest};
use shared::store::commit::CommitError;
use shared::store::{self, Deadline, Item, Key};
pub(crate) use status::status;
pub(crate) use update::update;

use crate::External;
use crate::reach::{merchant_at, require_assigned};

/// Checks that a service has subscriptions at all.
///
/// # Errors
/// 12001 with 422 when it has none.
pub(crate) fn require_capability(service: &Service) -> Result<(), ApiError> {
    if service.capabilities.subscriptions {
        Ok(())
    } else {
        Err(ApiError::Unprocessable(
            "This external service has no subscriptions.",
        ))
    }
}

/// Checks that a subscription is there and the caller's own.
///
/// # Errors
/// 10404 when it is not.
pub(crate) fn require_own(
    found: Option<Item>,
    webcode: &Webcode,
) -> Result<ForwardedSubscription, ApiError> {
    let subscription: ForwardedSubscription = store::read(found.ok_or(ApiError::NotFound)?)?;
    if subscription.webcode == *webcode {
        Ok(subscription)
    } else {
        Err(ApiError::NotFound)
    }
}

/// The caller's own subscription that the address names, and its service.
async fn own<'a>(
    external: &'a External,
    request: &ApiRequest,
    caller: &Caller,
    deadline: Deadline,
) -> Result<(&'a Service, ForwardedSubscription), ApiError> {
    let token = request.path_variable("subscriptionToken");
    let token = token.filter(|token| is_name(token)).ok_or_else(|| {
        ApiError::invalid("subscriptionToken must have 1 to 255 visible ASCII characters.")
    })?;
    let (webcode, service) = (caller.webcode(), external.service(request)?);
    let [merchant, found] = external
        .app
        .store(request.environment)
        .load(
            [
                merchant_at(request.environment, webcode),
                Some(Key::forwarded_subscription(&service.name, &token)),
            ],
            deadline,
        )
        .await?;
    require_assigned(service, request.environment, merchant)?;
    require_capability(service)?;
    Ok((service, require_own(found, webcode)?))
}

/// The service's answer, or why there is none.
fn answered<T>(outcome: Outcome<T>) -> Result<T, ApiError> {
    match outcome {
        Outcome::Answered(answer) => Ok(answer),
        Outcome::Rejected(400 | 422) => Err(ApiError::invalid(
            "The external service refused the request as invalid.",
        )),
        Outcome::Rejected(_) | Outcome::NotDone | Outcome::Unknown(_) => {
            Err(ApiError::ExternalService)
        }
    }
}

/// Records how a subscription stands, if that is news.
async fn note(
    external: &External,
    request: &ApiRequest,
    subscription: &ForwardedSubscription,
    status: SubscriptionStatus,
) -> Result<(), ApiError> {
    if subscription.status == status {
        return Ok(());
    }
    let writer = external.app.entropy.uuid().to_string();
    let write = store::change_forwarded_subscription(subscription, status, &writer)?;
    let store = external.app.store(request.environment);
    let outcome = store
        .commit(&[write], &writer, Deadline::within(REQUEST_WITHIN))
        .await;
    match outcome {
        Ok(()) => Ok(()),
        Err(CommitError::Unavailable(error)) => Err(error.into()),
        Err(CommitError::Refused(_)) => Err(ApiError::internal("a subscription changed hands")),
    }
}
