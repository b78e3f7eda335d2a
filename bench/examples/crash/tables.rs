//! The check that no merchant could make: the tables, after the last kill, hold exactly what they should.

use std::collections::BTreeMap;

use bench::Failure;
use dynoxide::Database;
use serde_json::{Value, json};

use crate::plan::Plan;
use crate::report::Report;
use crate::stack::DataDir;

/// Counts the items of each kind, by the first letter of their partition keys.
pub(crate) fn verify(
    report: &mut Report,
    data_dir: &DataDir,
    plan: &Plan,
    payments: usize,
) -> Result<(), Failure> {
    let found = count(data_dir)?;
    let refunds = plan.refunds();
    let sessions = plan.requests.len() - refunds;
    // Each payment has a session, the refund of its rest, and the event of its authorisation.
    let expected = [
        ('S', "sessions", sessions + payments),
        ('P', "payments", payments),
        ('M', "modifications", refunds + payments),
        ('I', "idempotency records", plan.requests.len()),
        ('E', "deliveries", payments + refunds + payments),
    ];
    for (letter, what, expected) in expected {
        let found = found.get(&letter).copied().unwrap_or_default();
        let problem = (found != expected).then(|| format!("there are {found}"));
        report.checked(
            format!("the table holds {expected} {what}"),
            problem.into_iter().collect(),
        );
    }
    Ok(())
}

fn count(data_dir: &DataDir) -> Result<BTreeMap<char, usize>, Failure> {
    let database = Database::new(&data_dir.path().join("dynamodb.sqlite").to_string_lossy())?;
    let mut counts = BTreeMap::new();
    let mut start = Value::Null;
    loop {
        let mut request = json!({"TableName": "TestTable", "ConsistentRead": true});
        if !start.is_null() {
            request["ExclusiveStartKey"] = start;
        }
        let page = serde_json::to_value(database.scan(serde_json::from_value(request)?)?)?;
        for item in page["Items"].as_array().into_iter().flatten() {
            let letter = item["pk"]["S"].as_str().and_then(|pk| pk.chars().next());
            *counts.entry(letter.unwrap_or('?')).or_default() += 1;
        }
        start = page["LastEvaluatedKey"].clone();
        if start.is_null() {
            return Ok(counts);
        }
    }
}
