//! From a table's stream to a function: in order, in batches, each record until it goes through.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use template::StreamMapping;
use tokio::sync::{Mutex, watch};

use super::batch::{Outcome, outcome};
use super::{Backoff, Positions, PumpError};
use crate::engines::{DatabaseEngine, Stream};
use crate::invoker::Invoker;
use crate::stop::Stop;

/// How often an idle stream is looked at. A function's invocation in this process wakes the pump at once.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// Brings the records of one stream to one function.
#[derive(Debug)]
pub(crate) struct StreamPump {
    pub(crate) package: String,
    pub(crate) mapping: StreamMapping,
    pub(crate) stream: Stream,
    pub(crate) database: Arc<DatabaseEngine>,
    pub(crate) invoker: Arc<Invoker>,
    pub(crate) positions: Arc<Positions>,
    /// The size of the next batch. Whoever pumps holds it, so that nothing is read twice at a time.
    pub(crate) limit: Mutex<usize>,
}

impl StreamPump {
    /// Brings everything that is there to the function. Gives the number of records.
    pub(crate) async fn drain(&self) -> Result<usize, PumpError> {
        let mut count = 0;
        loop {
            match self.pump().await? {
                0 => return Ok(count),
                records => count += records,
            }
        }
    }

    /// Goes on for ever.
    pub(crate) async fn run(self: Arc<Self>, mut stop: Stop) {
        let mut invocations = self.invoker.invocations();
        let mut backoff = Backoff::new();
        while !stop.is_requested() {
            let pause = match self.pump().await {
                Ok(0) => {
                    backoff.reset();
                    LOOK_EVERY
                }
                Ok(_) => continue,
                Err(error) => {
                    tracing::warn!(table = self.mapping.table, %error, "a stream's batch is tried again");
                    tokio::select! {
                        () = stop.requested() => {}
                        () = tokio::time::sleep(backoff.next()) => {}
                    }
                    continue;
                }
            };
            tokio::select! {
                () = stop.requested() => {}
                () = woken(&mut invocations) => {}
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    /// Brings one batch to the function. Gives the number of records that went through.
    async fn pump(&self) -> Result<usize, PumpError> {
        let mut limit = self.limit.lock().await;
        let place = self.positions.find(&self.stream).await;
        let records = self
            .database
            .records(&self.stream, place.as_deref(), *limit)
            .await?;
        if records.is_empty() {
            return Ok(0);
        }
        self.invoker.wait_until_reachable().await;
        let event = json!({ "Records": records });
        let answer = self
            .invoker
            .invoke(&self.package, event)
            .await
            .map_err(|source| {
                if self.mapping.bisect_on_error {
                    *limit = (records.len() / 2).max(1);
                }
                PumpError::Invoke {
                    package: self.package.clone(),
                    source,
                }
            })?;
        *limit = self.mapping.batch_size;
        self.settle(&records, &answer).await
    }

    /// Keeps the place before the first record that failed.
    async fn settle(&self, records: &[Value], answer: &Value) -> Result<usize, PumpError> {
        let sequences: Vec<_> = records
            .iter()
            .filter_map(|record| record["dynamodb"]["SequenceNumber"].as_str())
            .collect();
        let outcome = match outcome(answer, &sequences) {
            outcome if self.mapping.reports_failures => outcome,
            _ => Outcome::Done,
        };
        let done = match &outcome {
            Outcome::Done => sequences.len(),
            Outcome::Failed(places) => places.first().copied().unwrap_or_default(),
            Outcome::AllFailed => 0,
        };
        if let Some(last) = done.checked_sub(1).and_then(|last| sequences.get(last)) {
            self.positions
                .keep(&self.stream, last)
                .await
                .map_err(PumpError::Positions)?;
        }
        if outcome == Outcome::Done {
            return Ok(done);
        }
        Err(PumpError::Partly {
            package: self.package.clone(),
            failed: sequences.len() - done,
            size: sequences.len(),
        })
    }
}

/// Returns when a function was invoked, or never if that cannot be known here.
async fn woken(invocations: &mut Option<watch::Receiver<()>>) {
    let changed = match invocations {
        Some(invocations) => invocations.changed().await,
        None => std::future::pending().await,
    };
    if changed.is_err() {
        std::future::pending::<()>().await;
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use template::{KeyAttribute, KeyType, Table};

    use super::super::testing::{PACKAGE, Told};
    use super::*;

    async fn database() -> Arc<DatabaseEngine> {
        let table = Table {
            id: "Table".to_owned(),
            attributes: [("pk".to_owned(), "S".to_owned())].into(),
            key: vec![KeyAttribute {
                name: "pk".to_owned(),
                kind: KeyType::Hash,
            }],
            indexes: Vec::new(),
            stream_view: Some("NEW_AND_OLD_IMAGES".to_owned()),
            time_to_live: None,
        };
        let database = DatabaseEngine::start(None, 0).expect("the engine starts");
        database
            .create_tables(&[table])
            .await
            .expect("the table is made");
        Arc::new(database)
    }

    async fn put(database: &DatabaseEngine, items: std::ops::RangeInclusive<u32>) {
        database
            .put(
                "Table",
                items.map(|item| json!({"pk": {"S": item.to_string()}})),
            )
            .await;
    }

    async fn pump(database: &Arc<DatabaseEngine>, told: &Told, positions: Positions) -> StreamPump {
        let mapping = StreamMapping {
            table: "Table".to_owned(),
            batch_size: 4,
            bisect_on_error: true,
            reports_failures: true,
        };
        StreamPump {
            package: PACKAGE.to_owned(),
            limit: mapping.batch_size.into(),
            mapping,
            stream: database.stream("Table").await.expect("it has a stream"),
            database: Arc::clone(database),
            invoker: told.invoker(),
            positions: Arc::new(positions),
        }
    }

    fn key(record: &Value) -> String {
        record["dynamodb"]["Keys"]["pk"]["S"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    }

    fn sequence(record: &Value) -> String {
        record["dynamodb"]["SequenceNumber"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    }

    #[tokio::test]
    async fn records_come_once_in_order_and_in_batches() {
        let (database, told) = (database().await, Told::default());
        let pump = pump(&database, &told, Positions::in_memory()).await;
        put(&database, 1..=6).await;
        assert_eq!(pump.drain().await.expect("nothing fails"), 6);
        assert_eq!(told.batches(key), [&["1", "2", "3", "4"][..], &["5", "6"]]);
        assert_eq!(pump.drain().await.expect("nothing fails"), 0);
        put(&database, 6..=7).await;
        assert_eq!(pump.drain().await.expect("nothing fails"), 2);
        assert_eq!(told.batches(key), [["6", "7"]]);
    }

    #[tokio::test]
    async fn a_record_is_what_lambda_would_send() {
        let (database, told) = (database().await, Told::default());
        let pump = pump(&database, &told, Positions::in_memory()).await;
        put(&database, 1..=1).await;
        put(&database, 1..=1).await;
        database
            .put("Table", [json!({"pk": {"S": "1"}, "n": {"N": "7"}})])
            .await;
        pump.drain().await.expect("nothing fails");
        let records = told.batches(Value::to_string);
        let last: Value = records[0]
            .last()
            .and_then(|text| serde_json::from_str(text).ok())
            .expect("a record");
        assert_eq!(last["eventName"], "MODIFY");
        assert_eq!(last["eventSource"], "aws:dynamodb");
        assert_eq!(last["awsRegion"], "us-east-1");
        let arn = last["eventSourceARN"].as_str().expect("an ARN");
        assert!(
            arn.starts_with("arn:aws:dynamodb:us-east-1:000000000000:table/Table/stream/"),
            "{arn}"
        );
        assert_eq!(last["dynamodb"]["OldImage"], json!({"pk": {"S": "1"}}));
        assert_eq!(
            last["dynamodb"]["NewImage"],
            json!({"pk": {"S": "1"}, "n": {"N": "7"}})
        );
    }

    #[tokio::test]
    async fn after_a_partial_failure_the_failed_record_comes_first() {
        let (database, told) = (database().await, Told::default());
        let pump = pump(&database, &told, Positions::in_memory()).await;
        put(&database, 1..=3).await;
        let stream = &pump.stream;
        let records = database
            .records(stream, None, 10)
            .await
            .expect("they can be read");
        told.answer_failed(&[&sequence(&records[2]), &sequence(&records[1])]);
        let error = pump.drain().await.expect_err("two records failed");
        assert_eq!(error.to_string(), "told: 2 of a batch of 3 failed");
        assert_eq!(pump.drain().await.expect("nothing fails any more"), 2);
        assert_eq!(told.batches(key), [&["1", "2", "3"][..], &["2", "3"]]);
    }

    #[tokio::test]
    async fn a_failed_invocation_is_tried_again_in_halves() {
        let (database, told) = (database().await, Told::default());
        let pump = pump(&database, &told, Positions::in_memory()).await;
        put(&database, 1..=5).await;
        for _ in 0..3 {
            told.fail();
            pump.drain().await.expect_err("the function fails");
        }
        assert_eq!(pump.drain().await.expect("nothing fails any more"), 5);
        let batches = [
            &["1", "2", "3", "4"][..],
            &["1", "2"],
            &["1"],
            &["1"],
            &["2", "3", "4", "5"],
        ];
        assert_eq!(told.batches(key), batches);
    }

    #[tokio::test]
    async fn a_restart_goes_on_where_it_stopped() {
        let file = std::env::temp_dir().join(format!("positions-{}", uuid::Uuid::new_v4()));
        let kept = |file: &Path| Positions::load(file).expect("it can be read");
        let (database, told) = (database().await, Told::default());
        put(&database, 1..=2).await;
        pump(&database, &told, kept(&file))
            .await
            .drain()
            .await
            .expect("nothing fails");
        put(&database, 3..=3).await;
        pump(&database, &told, kept(&file))
            .await
            .drain()
            .await
            .expect("nothing fails");
        assert_eq!(told.batches(key), [&["1", "2"][..], &["3"]]);
        std::fs::remove_file(file).expect("it can go");
    }

    #[tokio::test]
    async fn in_the_background_records_come_by_themselves() {
        let (database, told) = (database().await, Told::default());
        let pump = Arc::new(pump(&database, &told, Positions::in_memory()).await);
        let stopper = crate::stop::Stopper::new();
        let running = tokio::spawn(Arc::clone(&pump).run(stopper.subscribe()));
        told.fail();
        put(&database, 1..=1).await;
        let mut batches = Vec::new();
        while batches.len() < 2 {
            tokio::time::sleep(Duration::from_millis(5)).await;
            batches.extend(told.batches(key));
        }
        assert_eq!(batches, [["1"], ["1"]], "the failed one comes again");
        stopper.stop();
        running.await.expect("it ends");
    }
}
