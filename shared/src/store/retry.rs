//! The one loop that tries a call again: inside the request's deadline, with jitter.

use std::error::Error;
use std::time::Duration;

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use tokio::time::Instant;

use crate::entropy::Entropy;

/// Until when a request may go on trying.
#[derive(Debug, Clone, Copy)]
pub struct Deadline(Instant);

impl Deadline {
    /// A deadline that lies `duration` ahead.
    #[must_use]
    pub fn within(duration: Duration) -> Self {
        Self(Instant::now() + duration)
    }

    /// Whether it has passed.
    #[must_use]
    pub fn is_over(self) -> bool {
        Instant::now() >= self.0
    }
}

/// The database did not answer in time, or not in a way that could be used. What a write of this request has done is
/// unknown, and whoever repeats the request finds out.
#[derive(Debug, thiserror::Error)]
#[error("the database is unavailable")]
pub struct Unavailable(#[source] Box<dyn Error + Send + Sync>);

impl Unavailable {
    /// With what was found instead of an answer.
    pub fn because(reason: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self(reason.into())
    }
}

/// How a single try ended, other than well.
pub(super) enum Failure<E> {
    /// Worth another try: a conflict, throttling, a lost reply, an internal error.
    Passing(Box<dyn Error + Send + Sync>),
    /// An answer: trying again would give it again.
    Final(E),
}

/// Pauses between tries: up to 20 ms, 40 ms, … and never more than this.
const PAUSE_MAX: Duration = Duration::from_millis(640);
const PAUSE_FIRST: Duration = Duration::from_millis(20);

/// Pauses that grow, each with full jitter, inside a deadline.
pub struct Pauses<'a> {
    entropy: &'a Entropy,
    deadline: Deadline,
    longest: Duration,
}

impl<'a> Pauses<'a> {
    /// The pauses of a request.
    #[must_use]
    pub const fn until(deadline: Deadline, entropy: &'a Entropy) -> Self {
        Self {
            entropy,
            deadline,
            longest: PAUSE_FIRST,
        }
    }

    /// How long to wait before the next try. `None`: it would not be in time.
    pub fn next_pause(&mut self) -> Option<Duration> {
        let pause = self.longest * (self.entropy.number() % 1000) / 1000;
        self.longest = (self.longest * 2).min(PAUSE_MAX);
        (Instant::now() + pause < self.deadline.0).then_some(pause)
    }

    /// Waits before another try, or gives up with the reason for it.
    pub(super) async fn pause(
        &mut self,
        reason: Box<dyn Error + Send + Sync>,
    ) -> Result<(), Unavailable> {
        let Some(pause) = self.next_pause() else {
            return Err(Unavailable(reason));
        };
        tracing::debug!(
            reason = chain(reason.as_ref()),
            "database call is tried again"
        );
        tokio::time::sleep(pause).await;
        Ok(())
    }
}

/// Calls until there is an answer or the deadline is near.
pub(super) async fn retrying<T, E, F>(
    entropy: &Entropy,
    deadline: Deadline,
    mut call: impl FnMut() -> F,
) -> Result<Result<T, E>, Unavailable>
where
    F: Future<Output = Result<T, Failure<E>>>,
{
    let mut pauses = Pauses::until(deadline, entropy);
    loop {
        let left = deadline.0.saturating_duration_since(Instant::now());
        match tokio::time::timeout(left, call()).await {
            Ok(Ok(answer)) => return Ok(Ok(answer)),
            Ok(Err(Failure::Final(refusal))) => return Ok(Err(refusal)),
            Ok(Err(Failure::Passing(error))) => pauses.pause(error).await?,
            Err(elapsed) => return Err(Unavailable(elapsed.into())),
        }
    }
}

/// Codes of answers that are worth another try.
const PASSING_CODES: [&str; 9] = [
    "ThrottlingException",
    "ThrottlingError",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "TransactionConflictException",
    "TransactionInProgressException",
    "InternalServerError",
    "InternalFailure",
    "ServiceUnavailable",
];

/// Whether a failed call is worth another try, whatever the call was.
fn is_passing<E: ProvideErrorMetadata>(error: &SdkError<E, HttpResponse>) -> bool {
    match error {
        SdkError::TimeoutError(_) | SdkError::DispatchFailure(_) | SdkError::ResponseError(_) => {
            true
        }
        SdkError::ServiceError(service) => {
            service.raw().status().as_u16() >= 500
                || service
                    .err()
                    .code()
                    .is_some_and(|code| PASSING_CODES.contains(&code))
        }
        _ => false,
    }
}

/// An error and all its causes, in one line, for the log.
#[must_use]
pub fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

/// A failed call, by whether it is worth another try.
pub(super) fn failure<E, T>(
    error: SdkError<E, HttpResponse>,
    give_up: impl FnOnce(Unavailable) -> T,
) -> Failure<T>
where
    E: Error + ProvideErrorMetadata + Send + Sync + 'static,
{
    if is_passing(&error) {
        Failure::Passing(error.into())
    } else {
        Failure::Final(give_up(Unavailable::because(error)))
    }
}
