//! Time to come, now: nobody waits 28 days to see a reservation run out.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Response, StatusCode};
use http_body_util::Full;
use serde::Deserialize;
use serde_json::json;
use shared::clock::Clock;

use super::refusal;
use crate::gateway::json;
use crate::pumps::Timer;

/// The furthest that the clock is moved at once: a year.
const FORWARD_SECONDS_MAX: u64 = 366 * 24 * 60 * 60;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Forward {
    forward_seconds: u64,
}

/// Moves the functions' clock on, and brings on what falls due by it.
pub(super) async fn forward(
    clock: &Clock,
    timers: &[Arc<Timer>],
    body: &Bytes,
) -> Response<Full<Bytes>> {
    let wanted: Option<Forward> = serde_json::from_slice(body).ok();
    let seconds = wanted.map(|wanted| wanted.forward_seconds);
    let Some(seconds) = seconds.filter(|seconds| (1..=FORWARD_SECONDS_MAX).contains(seconds))
    else {
        return refusal(
            StatusCode::BAD_REQUEST,
            r#"The body is {"forwardSeconds": 301}: 1 to a year of them."#,
        );
    };
    if !clock.advance(Duration::from_secs(seconds)) {
        return refusal(
            StatusCode::CONFLICT,
            "The functions run elsewhere, by the time of this machine.",
        );
    }
    for timer in timers.iter().filter(|timer| timer.sweeps().is_some()) {
        if let Err(error) = timer.sweep(0).await {
            return refusal(StatusCode::BAD_GATEWAY, &error.to_string());
        }
    }
    json(StatusCode::OK, &json!({ "now": clock.now().iso() }))
}
