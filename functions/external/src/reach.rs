//! Who is calling, and which service that caller may reach. The order of checks is the contract's: the key, its address, what was
//! sent, and only then the service and the payment (contract README, *Order of checks*).

use processor::Service;
use processor::forwarded::{Named, Problem};
use shared::domain::environment::Environment;
use shared::domain::forwarded::RefundRefusal;
use shared::domain::webcode::Webcode;
use shared::http::{ApiError, ApiRequest};
use shared::store::{self, Deadline, Item, Key, MerchantConfig, SeenForwarded};

use crate::External;

impl External {
    /// The service that the address names, if the caller's environment may reach it: Test reaches sandboxes only.
    ///
    /// # Errors
    /// 10404 when there is none, 11008 when it is not for this key.
    pub(crate) fn service(&self, request: &ApiRequest) -> Result<&Service, ApiError> {
        let name = request.path_variable("external").unwrap_or_default();
        if self.processors.services.find(&name).is_none() {
            return Err(ApiError::NotFound);
        }
        self.processors
            .services
            .find_in(&name, request.environment)
            .ok_or(ApiError::AccessDenied)
    }

    /// The same, and in Live the one that the merchant is assigned.
    ///
    /// # Errors
    /// 10404 or 11008.
    pub(crate) async fn service_of(
        &self,
        request: &ApiRequest,
        webcode: &Webcode,
        deadline: Deadline,
    ) -> Result<&Service, ApiError> {
        let service = self.service(request)?;
        let wanted = [merchant_at(request.environment, webcode)];
        let store = self.app.store(request.environment);
        let [merchant] = store.load(wanted, deadline).await?;
        require_assigned(service, request.environment, merchant)?;
        Ok(service)
    }

    /// The caller's own payment with a service's name.
    ///
    /// # Errors
    /// 10404 when it is nobody's or somebody else's.
    pub(crate) async fn payment_of(
        &self,
        (environment, webcode): (Environment, &Webcode),
        service: &Service,
        payment_id: &str,
        deadline: Deadline,
    ) -> Result<SeenForwarded, ApiError> {
        let found = self
            .forwarder(environment)
            .find(
                &service.name,
                payment_id,
                |payment| payment.webcode == *webcode,
                deadline,
            )
            .await?;
        match found {
            Some(Named::Forwarded(seen)) => Ok(*seen),
            Some(Named::Own(_)) | None => Err(ApiError::NotFound),
        }
    }
}

/// Where a merchant's settings say which service is its own: in Live alone.
pub(crate) fn merchant_at(environment: Environment, webcode: &Webcode) -> Option<Key> {
    (environment == Environment::Live).then(|| Key::merchant(webcode))
}

/// Checks that a service is the merchant's own.
///
/// # Errors
/// 11008 when it is not.
pub(crate) fn require_assigned(
    service: &Service,
    environment: Environment,
    merchant: Option<Item>,
) -> Result<(), ApiError> {
    if environment == Environment::Test {
        return Ok(());
    }
    let config: Option<MerchantConfig> = merchant.map(store::read).transpose()?;
    let assigned = config.and_then(|config| config.external_service);
    if assigned.as_deref() == Some(service.name.as_str()) {
        Ok(())
    } else {
        Err(ApiError::AccessDenied)
    }
}

/// What a caller is told of a problem.
pub(crate) fn refusal(problem: Problem) -> ApiError {
    match problem {
        Problem::OtherRequest => {
            ApiError::Conflict("shopTransactionId stands for another request already.")
        }
        Problem::InProgress => {
            ApiError::InProgress("A request with this shopTransactionId is still in progress.")
        }
        Problem::Rejected(400 | 422) => {
            ApiError::invalid("The external service refused the request as invalid.")
        }
        Problem::Rejected(_) | Problem::Service => ApiError::ExternalService,
        Problem::Refund(RefundRefusal::NotPaid) => {
            ApiError::invalid("The payment failed: there is nothing to refund.")
        }
        Problem::Refund(RefundRefusal::OtherCurrency) => {
            ApiError::invalid("currency must be that of the payment.")
        }
        Problem::Refund(RefundRefusal::TooMuch) => {
            ApiError::invalid("The amount exceeds what is left to refund.")
        }
        Problem::Refund(RefundRefusal::TooMany) => {
            ApiError::invalid("The payment has as many refunds as it may have.")
        }
        Problem::Idempotency(conflict) => conflict.into(),
        Problem::Store(error) => error.into(),
    }
}
