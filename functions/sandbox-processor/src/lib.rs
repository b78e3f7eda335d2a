//! `/sandbox-processor/…`: an external service that speaks the External Integration contract and moves no money
//! (external-integration.txt; docs/sandbox-processor.md).
//!
//! It stands for another company's system. It knows nothing of the product but the contract: its table, its key and its address
//! are its own.

mod answer;
mod ask;
mod domain;
mod endpoints;
mod ledger;
mod page;
mod route;
mod tell;
mod tick;

use std::convert::Infallible;

use lambda_http::request::LambdaRequest;
use lambda_http::{Adapter, Body, Context, LambdaEvent, Request, Response, Service, service_fn};
use lambda_runtime::Error;
use processor::Outbound;
use serde_json::Value;
use shared::app::Parts;
use shared::aws;
use shared::clock::Clock;
use shared::config::{Config, ConfigError, SecretText};
use shared::entropy::Entropy;
use shared::http::ApiRequest;
use shared::store::retry::chain;
use tracing::Instrument;

use crate::answer::{Answer, Refusal};
use crate::ledger::Ledger;
use crate::route::Endpoint;

/// The state of the function, made once per execution environment.
pub struct Sandbox {
    clock: Clock,
    entropy: Entropy,
    ledger: Ledger,
    key: SecretText,
    outbound: Outbound,
}

impl Sandbox {
    /// The function's state.
    ///
    /// # Errors
    /// [`ConfigError`] when the table's name or the key is missing.
    pub fn new(config: Config, parts: Parts) -> Result<Self, ConfigError> {
        let table = Config::require(config.sandbox_table, "SANDBOX_TABLE")?;
        let client = aws::dynamodb(&config.aws, parts.http_client);
        Ok(Self {
            ledger: Ledger::new(&client, &table, parts.entropy.clone()),
            key: Config::require(config.external.sandbox_key, "SANDBOX_PROCESSOR_KEY")?,
            clock: parts.clock,
            entropy: parts.entropy,
            outbound: Outbound::new(),
        })
    }
}

/// Answers an invocation: a request of API Gateway's, or the schedule's `{"sandbox": "tick"}`.
///
/// # Errors
/// The invocation as a whole failed; the schedule's next one does what is left.
pub async fn handler(sandbox: &Sandbox, event: Value) -> Result<Value, Error> {
    if event.get("sandbox").is_some() {
        return tick::run(sandbox).await.inspect_err(|error| {
            tracing::error!(cause = chain(error.as_ref()), "the tick failed");
        });
    }
    let request: LambdaRequest = serde_json::from_value(event)?;
    let service = service_fn(|request: Request| async {
        Ok::<_, Infallible>(respond(sandbox, request).await)
    });
    let answered = Adapter::from(service).call(LambdaEvent::new(request, Context::default()));
    match answered.await {
        Ok(response) => Ok(serde_json::to_value(response)?),
        Err(never) => match never {},
    }
}

/// Answers a request.
async fn respond(sandbox: &Sandbox, request: Request) -> Response<Body> {
    let request = ApiRequest::new(request, &sandbox.entropy);
    let (route, endpoint) = route::find(request.method(), request.path());
    let span = tracing::info_span!("request", traceId = request.trace_id, route);
    async {
        let began = sandbox.clock.now();
        let response = match endpoint {
            Ok(endpoint) if endpoint.is_public() => page::answer(sandbox, &request).await,
            endpoint => api(sandbox, &request, endpoint)
                .await
                .into_response(&request.trace_id),
        };
        let status = response.status().as_u16();
        let duration = sandbox.clock.now().since(began);
        let duration_ms = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
        tracing::info!(status, duration_ms, "answered");
        response
    }
    .instrument(span)
    .await
}

/// Answers a request to the API, of somebody who has the key.
async fn api(
    sandbox: &Sandbox,
    request: &ApiRequest,
    endpoint: Result<Endpoint, Refusal>,
) -> Answer {
    if !ask::is_admitted(request, &sandbox.key) {
        return Answer::refusal(&Refusal::Unauthorised);
    }
    let outcome = match endpoint {
        Ok(endpoint) if endpoint.suffers_faults() => {
            endpoints::answer_or_fail(sandbox, request, endpoint).await
        }
        Ok(endpoint) => endpoints::answer(sandbox, request, endpoint).await,
        Err(refusal) => Err(refusal),
    };
    outcome.unwrap_or_else(|refusal| {
        if let Refusal::Unavailable(cause) = &refusal {
            tracing::error!(cause = chain(cause), "failed");
        }
        Answer::refusal(&refusal)
    })
}
