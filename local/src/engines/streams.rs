//! The tables' streams, read as Lambda reads them.

use std::path::Path;

use dynoxide::Database;
use dynoxide::actions::get_records::{GetRecordsRequest, Record};
use serde_json::{Value, json};

use super::database::{DatabaseEngine, refused, request};
use super::{ACCOUNT, EngineError, REGION};

/// The engine numbers records by their place, and shows the place plus this.
const SEQUENCE_OFFSET: u128 = 100_000_000_000_000_000_000;

/// Forgets records before a place. The last one stays, because the next number follows from it.
const FORGET_RECORDS: &str = "DELETE FROM _stream_records \
                              WHERE table_name = ?1 AND CAST(sequence_number AS INTEGER) < ?2";

/// A table's stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stream {
    /// The table's name.
    pub(crate) table: String,
    /// Tells the stream of this table from that of an earlier one with the same name.
    pub(crate) label: String,
}

impl Stream {
    /// As Lambda names it in `eventSourceARN`.
    pub(crate) fn arn(&self) -> String {
        let Self { table, label } = self;
        format!("arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{table}/stream/{label}")
    }
}

impl DatabaseEngine {
    /// The stream of a table.
    pub(crate) async fn stream(&self, table: &str) -> Result<Stream, EngineError> {
        let found = self.describe(table).await?;
        let label = found
            .as_ref()
            .and_then(|found| found["LatestStreamLabel"].as_str());
        let label = label.ok_or_else(|| refused(format!("{table} has no stream")))?;
        Ok(Stream {
            table: table.to_owned(),
            label: label.to_owned(),
        })
    }

    /// The records after a place of a stream, or from its start, in their order.
    pub(crate) async fn records(
        &self,
        stream: &Stream,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Value>, EngineError> {
        let position = match after {
            Some(sequence) => json!({
                "ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "SequenceNumber": sequence
            }),
            None => json!({ "ShardIteratorType": "TRIM_HORIZON" }),
        };
        let mut find = json!({
            "StreamArn": stream.arn(), "ShardId": dynoxide::streams::shard_id(&stream.table)
        });
        if let (Some(find), Value::Object(position)) = (find.as_object_mut(), position) {
            find.extend(position);
        }
        let find = request(find)?;
        let read = move |database: &Database| {
            let iterator = database
                .get_shard_iterator(find)?
                .shard_iterator
                .unwrap_or_default();
            let request = GetRecordsRequest {
                shard_iterator: iterator,
                limit: Some(limit),
            };
            Ok(database.get_records(request)?.records)
        };
        let records = self.run(read).await?;
        records
            .into_iter()
            .map(|record| lambda_record(&record, stream))
            .collect()
    }
}

/// Forgets what has been read of the streams, so that the file does not grow for ever.
pub(crate) fn forget_records(
    file: &Path,
    table: &str,
    before_sequence: &str,
) -> Result<(), EngineError> {
    let place = before_sequence
        .parse::<u128>()
        .ok()
        .and_then(|n| n.checked_sub(SEQUENCE_OFFSET));
    let Some(place) = place.and_then(|place| i64::try_from(place).ok()) else {
        return Ok(());
    };
    let connection = rusqlite::Connection::open(file).map_err(refused)?;
    connection
        .execute(FORGET_RECORDS, (table, place))
        .map_err(refused)?;
    Ok(())
}

/// What Lambda adds to a record.
fn lambda_record(record: &Record, stream: &Stream) -> Result<Value, EngineError> {
    let mut record = serde_json::to_value(record).map_err(refused)?;
    record["awsRegion"] = REGION.into();
    record["eventSourceARN"] = stream.arn().into();
    Ok(record)
}
