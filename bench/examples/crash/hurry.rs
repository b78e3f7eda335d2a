//! An operator who does not wait for the plan: what was refused is sent again at once, again and again. What was never tried has to
//! come by itself: sending that too would hide that its message was lost.

use std::time::Duration;

use bench::Failure;
use futures_util::StreamExt;
use http::Method;
use serde_json::Value;

use crate::client::Client;
use crate::merchants::Merchants;

/// Requests under way at the same time.
const CONCURRENT: usize = 16;

/// Between two looks.
const PAUSE: Duration = Duration::from_secs(1);

/// What tells the stack who asks.
pub(crate) const OPERATOR: (&str, &str) = ("authorization", "Bearer local-operator-token");

/// Goes on until something goes wrong.
pub(crate) async fn for_ever(client: &Client, merchants: &Merchants) -> Failure {
    loop {
        for merchant in merchants.all() {
            if let Err(failure) = once(client, &merchant.webcode).await {
                return failure;
            }
        }
        tokio::time::sleep(PAUSE).await;
    }
}

async fn once(client: &Client, webcode: &str) -> Result<(), Failure> {
    let deliveries = format!("/manage/v1/merchants/{webcode}/test/deliveries");
    let mut cursor = String::new();
    loop {
        let path = format!("{deliveries}?state=waiting&limit=100{cursor}");
        let page = client.call(Method::GET, &path, &[OPERATOR], None).await?;
        let page = page.json();
        let rows = page["data"].as_array().ok_or("no list of deliveries")?;
        let events: Vec<&str> = rows
            .iter()
            .filter(|row| row["attempts"].as_u64().is_some_and(|made| made > 0))
            .filter_map(|row| row["eventId"].as_str())
            .collect();
        let sent = events.into_iter().map(|event| {
            let path = format!("{deliveries}/{event}/resend");
            async move { client.call(Method::POST, &path, &[OPERATOR], None).await }
        });
        let sent: Vec<_> = futures_util::stream::iter(sent)
            .buffer_unordered(CONCURRENT)
            .collect()
            .await;
        for reply in sent {
            // A conflict is an attempt that has just begun.
            let status = reply?.status.as_u16();
            if !matches!(status, 202 | 409) {
                return Err(format!("a delivery is not sent again: {status}").into());
            }
        }
        match &page["pagination"]["nextCursor"] {
            Value::String(next) => cursor = format!("&cursor={next}"),
            _ => return Ok(()),
        }
    }
}
