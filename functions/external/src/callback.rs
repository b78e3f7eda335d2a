//! `GET` and `POST …/callback`: a service says that a payment changed (external-integration.txt, *Callback*).
//!
//! Anybody may say so, and nothing of it is believed: it makes the service be asked, at most once in a second for each payment that is
//! known here. Another may be a subscription's charge that the service made by itself.

use http::StatusCode;
use processor::forwarded::{
    CALL_WITHIN, Named, Noted, RECORD_WITHIN, WHILE_SOMEBODY_WAITS, stranger,
};
use processor::{Acting, Service};
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
    let service = external
        .processors
        .services
        .find(&name)
        .ok_or(ApiError::NotFound)?;
    for environment in Environment::ALL {
        if external
            .processors
            .services
            .find_in(&name, environment)
            .is_none()
        {
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
                own(external, request, environment, &key).await?;
                return done();
            }
            None => {}
        }
    }
    charged_itself(external, service, &payment_id).await
}

/// A payment that nobody here knows: the service may have charged a subscription.
async fn charged_itself(
    external: &External,
    service: &Service,
    payment_id: &str,
) -> Result<Reply, ApiError> {
    let asked_at = external.app.clock.now();
    let told = stranger(service, &external.processors.outbound, payment_id)
        .await
        .map_err(refusal)?
        .ok_or(ApiError::NotFound)?;
    let deadline = Deadline::within(RECORD_WITHIN);
    for environment in Environment::ALL {
        let services = &external.processors.services;
        if services.find_in(&service.name, environment).is_none() {
            continue;
        }
        let forwarder = external.forwarder(environment);
        let noted = forwarder.note_charge(service, (&told, asked_at), deadline);
        match noted.await.map_err(refusal)? {
            Noted::Charge(mut seen) => {
                forwarder.tell(&mut seen, WHILE_SOMEBODY_WAITS).await?;
                return done();
            }
            Noted::Nothing => break,
            Noted::Elsewhere => {}
        }
    }
    Err(ApiError::NotFound)
}

/// A payment of a session in Live, or at a terminal: not a caller's, but ours. It is settled by what its service says.
async fn own(
    external: &External,
    request: &ApiRequest,
    environment: Environment,
    key: &Key,
) -> Result<(), ApiError> {
    let acting = Acting {
        app: &external.app,
        processors: &external.processors,
        environment,
        trace_id: &request.trace_id,
        within: CALL_WITHIN,
    };
    let reference = key.as_payment().ok_or(ApiError::NotFound)?;
    let checked = acting.check(&reference).await?;
    // The service is to call again: nobody else may ever look at a payment that has ended.
    if checked.is_heard {
        Ok(())
    } else {
        Err(ApiError::ProviderError)
    }
}

fn done() -> Result<Reply, ApiError> {
    Ok(Reply {
        status: StatusCode::OK,
        body: "{}".to_owned(),
        replayed: false,
    })
}
