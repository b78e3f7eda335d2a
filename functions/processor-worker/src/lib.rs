//! Whatever falls due of sessions, payments and modifications, and what external services are asked for
//! (ARCHITECTURE.md, *What falls due*, *A payment at an external service*).
//!
//! A batch is worked on concurrently, so that one slow service delays nobody else in it.

mod expire;
mod modification;
mod settle;

use std::time::Duration;

use lambda_runtime::Error;
use processor::forwarded::{self, CallbackUrl, Forwarder};
use processor::{Acting, Processors};
use serde_json::Value;
use shared::app::{App, Parts};
use shared::batch::{self, Received};
use shared::config::{Config, ConfigError, PerEnvironment};
use shared::domain::payment::Payment;
use shared::domain::reference::Reference;
use shared::message::Message;
use shared::store::load::BACKGROUND_WITHIN;
use shared::store::{self, Deadline, Key};

/// The longest that a service is waited for: with the database before and after, well inside of the function's time.
const WITHIN: Duration = Duration::from_secs(20);

/// The state of the function, made once per execution environment.
pub struct Worker {
    app: App,
    processors: Processors,
    callback_url: Option<CallbackUrl>,
    queue_names: PerEnvironment<String>,
}

impl Worker {
    /// The function's state.
    ///
    /// # Errors
    /// [`ConfigError`] when the configuration is incomplete.
    pub fn new(config: Config, parts: Parts) -> Result<Self, ConfigError> {
        Ok(Self {
            queue_names: Config::require(
                config.processor_queue_names.clone(),
                "LIVE_PROCESSOR_QUEUE_NAME, TEST_PROCESSOR_QUEUE_NAME",
            )?,
            processors: Processors::new(&config)?,
            callback_url: CallbackUrl::of(&config.external)?,
            app: App::new(config, parts)?,
        })
    }
}

/// Answers a batch with the messages that failed: those come again, and in the end go to the dead-letter queue.
///
/// # Errors
/// The event is not a batch of a queue.
pub async fn handler(worker: &Worker, event: Value) -> Result<Value, Error> {
    batch::each(event, &worker.queue_names, |received| act(worker, received)).await
}

async fn act(worker: &Worker, received: Received) -> Result<(), Error> {
    let acting = Acting {
        app: &worker.app,
        processors: &worker.processors,
        environment: received.environment,
        trace_id: &received.message_id,
        within: WITHIN,
    };
    match received.message {
        Message::Session(reference) => {
            expire::session(acting.app, acting.environment, &reference).await
        }
        Message::Payment(reference) => payment(acting, &reference).await,
        Message::Modification(reference) => modification::ask(acting, &reference).await,
        Message::ReconcilePayment(reference) => {
            acting.check(&reference).await?;
            Ok(())
        }
        Message::ReconcileModification(reference) => {
            modification::reconcile(acting, &reference).await?;
            Ok(())
        }
        Message::Forwarded {
            external,
            webcode,
            hash,
        } => {
            let forwarder = Forwarder {
                app: &worker.app,
                environment: received.environment,
                outbound: &worker.processors.outbound,
                callback_url: worker.callback_url.as_ref(),
            };
            let key = Key::forwarded_by_hash(&external, &webcode, &hash);
            Ok(forwarded::resume(&forwarder, &worker.processors.services, key).await?)
        }
        Message::Delivery { .. } => Err("the message is not for this queue".into()),
    }
}

/// Acts on a payment that has fallen due: at its service, or by itself.
async fn payment(acting: Acting<'_>, reference: &Reference) -> Result<(), Error> {
    let store = acting.app.store(acting.environment);
    let wanted = [Some(Key::payment(reference))];
    let [item] = store
        .load(wanted, Deadline::within(BACKGROUND_WITHIN))
        .await?;
    let payment: Payment = store::read(item.ok_or("the payment is not there")?)?;
    match payment.open_at_processor() {
        Some(at) if acting.app.clock.now() < at.check_at => Ok(()),
        Some(_) => {
            acting.check(reference).await?;
            Ok(())
        }
        None => expire::payment(acting.app, acting.environment, &payment).await,
    }
}
