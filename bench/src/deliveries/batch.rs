//! Batches of a queue, as Lambda hands them over, and what the worker answers.

use bytes::Bytes;
use serde_json::{Value, json};
use shared::domain::delivery::DEFAULT_ENDPOINT;
use shared::message::Message;

use crate::Failure;

/// The queue that they come from.
pub(crate) const QUEUE: &str = "TestQueue";

/// What the worker sends beside an event, for the bare loop: of the same names and lengths.
pub(crate) const HEADERS: [(&str, &str); 7] = [
    ("content-type", "application/json"),
    ("user-agent", "payments-webhooks/0.1.0"),
    ("x-avirato-timestamp", "1782000000"),
    (
        "x-avirato-signature",
        "t=1782000000,v1=3972581efa6821ac00c23eb422b8505d20e24f348290ddff8b482fd1e8b2a1bb",
    ),
    ("webhook-id", "evt_SHOP01-PXTT-17820000000000_1"),
    ("webhook-timestamp", "1782000000"),
    (
        "webhook-signature",
        "v1,3wmchJdlMu8CXXqQ1+FelXWc9ErQhNYzQF5B1QYuYOk=",
    ),
];

/// The batch that names these events.
pub(crate) fn of(events: &[String]) -> Result<Bytes, Failure> {
    let records = events
        .iter()
        .map(|event| record(event))
        .collect::<Result<Vec<_>, _>>()?;
    Ok(serde_json::to_vec(&json!({ "Records": records }))?.into())
}

fn record(event: &str) -> Result<Value, Failure> {
    let message = Message::Delivery {
        event: event.to_owned(),
        endpoint: DEFAULT_ENDPOINT.to_owned(),
    };
    Ok(json!({
        "messageId": uuid::Uuid::new_v4().to_string(),
        "receiptHandle": "AQEBwJnKyrHigUMZj6rYigCgxlaS3SLy0a",
        "body": serde_json::to_string(&message)?,
        "attributes": {
            "ApproximateReceiveCount": "1",
            "SentTimestamp": "1782000000000",
            "SenderId": "AIDAIENQZJOLO23YVJ4VO",
            "ApproximateFirstReceiveTimestamp": "1782000000001",
            "MessageGroupId": "SHOP01",
        },
        "messageAttributes": {},
        "md5OfBody": "e4e68fb7bd0e697a0ae8f1bb342846b3",
        "eventSource": "aws:sqs",
        "eventSourceARN": format!("arn:aws:sqs:us-east-1:000000000000:{QUEUE}"),
        "awsRegion": "us-east-1",
    }))
}

/// Makes sure that no message of a batch failed.
pub(crate) fn check(answer: &[u8]) -> Result<(), Failure> {
    let answer: Value = serde_json::from_slice(answer)?;
    match answer["batchItemFailures"].as_array() {
        Some(failures) if failures.is_empty() => Ok(()),
        _ => Err(format!("the worker answers {answer}").into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_names_its_events_and_one_that_failed_is_told() {
        let batch = of(&["evt_SHOP01-PXTT-17820000000000_1".to_owned()]).expect("JSON");
        let batch: Value = serde_json::from_slice(&batch).expect("JSON");
        let named = batch["Records"][0]["body"].as_str().expect("a text");
        let named: Message = serde_json::from_str(named).expect("a message");
        let webcode = named.webcode().expect("a merchant");
        assert_eq!(webcode.as_str(), "SHOP01");
        assert!(check(br#"{"batchItemFailures":[]}"#).is_ok());
        for failed in [
            &br#"{"batchItemFailures":[{"itemIdentifier":"1"}]}"#[..],
            b"{}",
            b"null",
        ] {
            assert!(check(failed).is_err());
        }
    }
}
