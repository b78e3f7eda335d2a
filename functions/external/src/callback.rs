//! `GET` and `POST …/callback`: a service says that a payment changed (external-integration.txt, *Callback*).
//!
//! Anybody may say so, and nothing of it is believed: it makes the service be asked, at most once in a second for each payment.

use http::StatusCode;
use processor::Service;
use processor::forwarded::{Named, Problem};
use shared::app::REQUEST_WITHIN;
use shared::domain::environment::Environment;
use shared::http::{ApiError, ApiRequest, Reply};
use shared::store::{Deadline, Key};

use crate::External;
use crate::body;
use crate::reach::refusal;

/// Finds the payment, and asks how it stands.
pub(crate) async fn callback(external: &External, request: &ApiRequest) -> Result<Reply, ApiError> {
    let deadline = Deadline::within(REQUEST_WITHIN);
    let payment_id = body::payment_id(request)?;
    let name = request.path_variable("external").unwrap_or_default();
    let service = external.services.find(&name).ok_or(ApiError::NotFound)?;
    for environment in Environment::ALL {
        if external.services.find_in(&name, environment).is_none() {
            continue;
        }
        let forwarder = external.forwarder(environment);
        let found = forwarder
            .find(&name, &payment_id, |_| true, deadline)
            .await?;
        match found {
            Some(Named::Forwarded(mut seen)) => {
                tracing::info!(%environment, webcode = %seen.payment.webcode, "a callback");
                forwarder.hint(service, &mut seen).await.map_err(refusal)?;
                return done();
            }
            Some(Named::Own(key)) => {
                own(external, environment, service, &key).map_err(refusal)?;
                return done();
            }
            None => {}
        }
    }
    Err(ApiError::NotFound)
}

/// A payment of a session in Live, or at a terminal: not a caller's, but ours.
///
/// THE PLACE for `processor::payments::check`: it settles such a payment by the service's status. Until it stands here, nothing
/// is set, and the payment's own due time settles it.
fn own(
    _external: &External,
    environment: Environment,
    service: &Service,
    key: &Key,
) -> Result<(), Problem> {
    tracing::info!(%environment, service = service.name, payment = ?key.as_payment(), "a callback for a payment of ours");
    Ok(())
}

fn done() -> Result<Reply, ApiError> {
    Ok(Reply {
        status: StatusCode::OK,
        body: "{}".to_owned(),
        replayed: false,
    })
}
