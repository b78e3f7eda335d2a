//! The functions in this process, invoked as Lambda invokes them.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use lambda_http::request::LambdaRequest;
use lambda_http::{Adapter, Body, Context, LambdaEvent, Request, Response, Service, service_fn};
use serde_json::Value;
use shared::clock::Clock;
use shared::entropy::Entropy;
use tokio::sync::watch;

use crate::engines::{ACCOUNT, REGION};

/// Why an invocation gave no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvokeError {
    /// No function of that package is deployed.
    #[error("there is no function {0}")]
    Unknown(String),
    /// Nobody listens where the functions should be.
    #[error("the functions cannot be reached: {0}")]
    Unreachable(String),
    /// The function says so itself, or gave an answer that is not JSON.
    #[error("the function failed: {0}")]
    Failed(String),
    /// The function panicked.
    #[error("the function panicked")]
    Panicked,
    /// The function took longer than its timeout.
    #[error("the function took longer than {0:?}")]
    TimedOut(Duration),
}

type Answer = Result<Value, String>;

/// A function's handler, from an event's JSON to an answer's.
type Handler = Arc<dyn Fn(LambdaEvent<Value>) -> BoxFuture<'static, Answer> + Send + Sync>;

/// A function as it is deployed: its handler, and how long it may take.
#[derive(Clone)]
struct Deployed {
    handler: Handler,
    timeout: Duration,
}

/// Every function of this process.
pub(crate) struct Functions {
    clock: Clock,
    /// Makes the ids of invocations, which are Lambda's and not the functions' own.
    entropy: Entropy,
    deployed: BTreeMap<String, Deployed>,
    /// Told after each invocation, because it may have written something.
    invoked: watch::Sender<()>,
}

impl std::fmt::Debug for Functions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.deployed.keys()).finish()
    }
}

impl Functions {
    /// None yet.
    #[must_use]
    pub(crate) fn new(clock: Clock) -> Self {
        Self {
            clock,
            entropy: Entropy::system(),
            deployed: BTreeMap::new(),
            invoked: watch::Sender::new(()),
        }
    }

    /// Deploys a function that takes events.
    pub(crate) fn deploy<F, E>(
        &mut self,
        package: &str,
        timeout: Duration,
        handler: impl Fn(Value) -> F + Send + Sync + 'static,
    ) where
        F: Future<Output = Result<Value, E>> + Send + 'static,
        E: Display,
    {
        let handler: Handler = Arc::new(move |event: LambdaEvent<Value>| {
            let answer = handler(event.payload);
            Box::pin(async move { answer.await.map_err(|error| error.to_string()) })
        });
        self.deployed
            .insert(package.to_owned(), Deployed { handler, timeout });
    }

    /// Deploys a function that takes requests, behind the same adapter that it has in Lambda.
    pub(crate) fn deploy_http<F>(
        &mut self,
        package: &str,
        timeout: Duration,
        handler: impl Fn(Request) -> F + Clone + Send + Sync + 'static,
    ) where
        F: Future<Output = Response<Body>> + Send + 'static,
    {
        let handler: Handler = Arc::new(move |event: LambdaEvent<Value>| {
            let handler = handler.clone();
            Box::pin(async move {
                let LambdaEvent { payload, context } = event;
                let payload: LambdaRequest =
                    serde_json::from_value(payload).map_err(|error| error.to_string())?;
                let infallible = move |request| {
                    let response = handler(request);
                    async move { Ok::<_, lambda_http::Error>(response.await) }
                };
                let mut adapter = Adapter::from(service_fn(infallible));
                let response = adapter.call(LambdaEvent::new(payload, context)).await;
                let response = response.map_err(|error| error.to_string())?;
                serde_json::to_value(response).map_err(|error| error.to_string())
            })
        });
        self.deployed
            .insert(package.to_owned(), Deployed { handler, timeout });
    }

    /// Wakes whoever waits for something that a function may have written.
    pub(crate) fn invocations(&self) -> watch::Receiver<()> {
        self.invoked.subscribe()
    }

    /// Invokes a function and waits for its answer.
    ///
    /// A caller that goes away does not stop the function, as in Lambda. What panics or takes too long
    /// takes nobody else with it.
    ///
    /// # Errors
    /// [`InvokeError`], never [`InvokeError::Unreachable`].
    pub(crate) async fn invoke(&self, package: &str, payload: Value) -> Result<Value, InvokeError> {
        let deployed = self.deployed.get(package).cloned();
        let Deployed { handler, timeout } =
            deployed.ok_or_else(|| InvokeError::Unknown(package.to_owned()))?;
        let context = self.context(package, timeout, &payload)?;
        let event = LambdaEvent::new(payload, context);
        let mut running = tokio::spawn(async move { handler(event).await });
        let outcome = match tokio::time::timeout(timeout, &mut running).await {
            Ok(Ok(answer)) => answer.map_err(InvokeError::Failed),
            Ok(Err(_)) => Err(InvokeError::Panicked),
            Err(_) => {
                running.abort();
                Err(InvokeError::TimedOut(timeout))
            }
        };
        self.invoked.send_replace(());
        outcome
    }

    /// What Lambda tells a function about an invocation.
    fn context(
        &self,
        package: &str,
        timeout: Duration,
        payload: &Value,
    ) -> Result<Context, InvokeError> {
        let now = self.clock.now();
        let deadline_ms = now.plus(timeout).get() / 10;
        let request_id = self.entropy.uuid().to_string();
        let arn = format!("arn:aws:lambda:{REGION}:{ACCOUNT}:function:{package}");
        let trace = payload["headers"]["x-amzn-trace-id"].as_str();
        let headers = [
            Some(("lambda-runtime-deadline-ms", deadline_ms.to_string())),
            Some(("lambda-runtime-invoked-function-arn", arn)),
            trace.map(|trace| ("lambda-runtime-trace-id", trace.to_owned())),
        ];
        let headers = headers.into_iter().flatten().filter_map(|(name, value)| {
            Some((http::HeaderName::from_static(name), value.parse().ok()?))
        });
        Context::new(&request_id, Arc::default(), &headers.collect())
            .map_err(|error| InvokeError::Failed(error.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn functions() -> Functions {
        Functions::new(Clock::system())
    }

    #[tokio::test]
    async fn an_answer_is_given_back() {
        let mut functions = functions();
        let double = |event: Value| async move {
            event.as_u64().map(|n| json!(n * 2)).ok_or("not a number")
        };
        functions.deploy("double", Duration::from_secs(1), double);
        assert_eq!(functions.invoke("double", json!(2)).await, Ok(json!(4)));
        let failed = functions.invoke("double", json!("two")).await;
        assert_eq!(failed, Err(InvokeError::Failed("not a number".to_owned())));
        let unknown = functions.invoke("triple", json!(2)).await;
        assert_eq!(unknown, Err(InvokeError::Unknown("triple".to_owned())));
    }

    #[tokio::test]
    async fn a_panic_or_a_timeout_is_the_functions_own() {
        let mut functions = functions();
        let second = Duration::from_secs(1);
        async fn panics(_: Value) -> Result<Value, String> {
            panic!("on purpose")
        }
        functions.deploy("panics", second, panics);
        assert_eq!(
            functions.invoke("panics", json!({})).await,
            Err(InvokeError::Panicked)
        );
        async fn sleeps(_: Value) -> Result<Value, String> {
            tokio::time::sleep(Duration::from_secs(60)).await;
            Ok(json!({}))
        }
        let moment = Duration::from_millis(10);
        functions.deploy("sleeps", moment, sleeps);
        assert_eq!(
            functions.invoke("sleeps", json!({})).await,
            Err(InvokeError::TimedOut(moment))
        );
    }

    #[tokio::test]
    async fn whoever_waits_for_invocations_is_woken() {
        let mut functions = functions();
        let nothing = |event: Value| async move { Ok::<_, String>(event) };
        functions.deploy("nothing", Duration::from_secs(1), nothing);
        let mut woken = functions.invocations();
        assert!(!woken.has_changed().expect("the functions are there"));
        functions
            .invoke("nothing", json!({}))
            .await
            .expect("nothing fails");
        assert!(woken.has_changed().expect("the functions are there"));
        woken.mark_unchanged();
    }
}
