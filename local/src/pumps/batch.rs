//! What Lambda reads out of a function's answer to a batch (`ReportBatchItemFailures`).
//!
//! An answer without a list, or with an empty one, is a success. A list with an entry that names nothing of
//! the batch fails the whole batch, because nobody can tell what it meant.

use serde_json::Value;

/// What became of a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Outcome {
    /// Everything went through.
    Done,
    /// Only these failed, by their place in the batch, in ascending order.
    Failed(Vec<usize>),
    /// Nothing went through.
    AllFailed,
}

/// Reads an answer. `ids` are the batch's, in its order.
pub(super) fn outcome(answer: &Value, ids: &[&str]) -> Outcome {
    let failures = &answer["batchItemFailures"];
    let failures = match failures {
        Value::Null => return Outcome::Done,
        Value::Array(failures) => failures,
        _ => return Outcome::AllFailed,
    };
    let mut failed = Vec::with_capacity(failures.len());
    for failure in failures {
        let named = failure["itemIdentifier"].as_str();
        match named.and_then(|named| ids.iter().position(|id| *id == named)) {
            Some(place) => failed.push(place),
            None => return Outcome::AllFailed,
        }
    }
    failed.sort_unstable();
    failed.dedup();
    if failed.is_empty() {
        Outcome::Done
    } else {
        Outcome::Failed(failed)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn answers_are_read_as_lambda_reads_them() {
        let failures = |failures: Value| json!({ "batchItemFailures": failures });
        for (answer, expected) in [
            (json!(null), Outcome::Done),
            (json!({}), Outcome::Done),
            (json!("done"), Outcome::Done),
            (failures(json!(null)), Outcome::Done),
            (failures(json!([])), Outcome::Done),
            (
                failures(json!([{"itemIdentifier": "b"}])),
                Outcome::Failed(vec![1]),
            ),
            (
                failures(
                    json!([{"itemIdentifier": "c"}, {"itemIdentifier": "a"}, {"itemIdentifier": "c"}]),
                ),
                Outcome::Failed(vec![0, 2]),
            ),
            (
                failures(json!([{"itemIdentifier": "d"}])),
                Outcome::AllFailed,
            ),
            (
                failures(json!([{"itemIdentifier": "a"}, {"itemIdentifier": ""}])),
                Outcome::AllFailed,
            ),
            (
                failures(json!([{"itemIdentifier": null}])),
                Outcome::AllFailed,
            ),
            (failures(json!([{"id": "a"}])), Outcome::AllFailed),
            (failures(json!("a")), Outcome::AllFailed),
        ] {
            assert_eq!(outcome(&answer, &["a", "b", "c"]), expected, "{answer}");
        }
    }
}
