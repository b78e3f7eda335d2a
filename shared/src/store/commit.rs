//! Writing: everything that a request changes, in one call.

use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{
    ConditionCheck, Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem,
    Update as TransactUpdate,
};

use super::retry::{Deadline, Failure, Unavailable, failure, retrying};
use super::write::{Action, Write};
use super::{Item, Store, WRITER};

/// Why nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum CommitError {
    /// A condition did not hold.
    #[error("a condition did not hold")]
    Refused(Refusals),
    /// It is unknown whether anything was written.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

/// Which conditions did not hold, and what was found instead.
#[derive(Debug)]
pub struct Refusals(Vec<Option<Option<Item>>>);

impl Refusals {
    /// What stood in the way of the write at a place: `None` when its condition held, `Some(None)` when the item
    /// is not there, and otherwise the item.
    #[must_use]
    pub fn of(&self, place: usize) -> Option<&Option<Item>> {
        self.0.get(place)?.as_ref()
    }

    /// Whether this request's own earlier try stands in the way: its reply was lost, and it is all done.
    fn are_by(&self, writer: &str) -> bool {
        self.0.iter().flatten().flatten().any(|item| {
            item.get(WRITER)
                .and_then(|value| value.as_s().ok())
                .is_some_and(|found| found == writer)
        })
    }
}

impl Store {
    /// Writes all or nothing: a transaction, or a single conditional call where one item is all.
    ///
    /// `writer` is the id of this request, which each of the writes carries.
    ///
    /// # Errors
    /// [`CommitError::Refused`] when a condition did not hold; [`CommitError::Unavailable`] when the database does not
    /// answer inside the deadline.
    pub async fn commit(
        &self,
        writes: &[Write],
        writer: &str,
        deadline: Deadline,
    ) -> Result<(), CommitError> {
        // A token of its own for each call: whoever decides anew writes something else.
        let token = &self.entropy.uuid().to_string();
        let outcome = retrying(&self.entropy, deadline, || async move {
            match writes {
                [single] => self.write_one(single).await,
                several => self.write_all(several, token).await,
            }
        })
        .await?;
        match outcome {
            Err(CommitError::Refused(refusals)) if refusals.are_by(writer) => Ok(()),
            other => other,
        }
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one place that writes"
    )]
    async fn write_one(&self, write: &Write) -> Result<(), Failure<CommitError>> {
        match &write.action {
            Action::Put(item) => {
                let call = self
                    .client
                    .put_item()
                    .table_name(&self.table)
                    .set_item(Some(item.clone()))
                    .set_condition_expression(write.condition())
                    .set_expression_attribute_names(some_unless_empty(&write.names))
                    .set_expression_attribute_values(some_unless_empty(&write.values))
                    .return_values_on_condition_check_failure(
                        ReturnValuesOnConditionCheckFailure::AllOld,
                    );
                call.send()
                    .await
                    .map(|_| ())
                    .map_err(|error| match error.as_service_error() {
                        Some(PutItemError::ConditionalCheckFailedException(refusal)) => {
                            refused(refusal.item.clone())
                        }
                        _ => failure(error, CommitError::Unavailable),
                    })
            }
            Action::Update(expression) => {
                let call = self
                    .client
                    .update_item()
                    .table_name(&self.table)
                    .set_key(Some(write.key.attributes()))
                    .update_expression(expression)
                    .set_condition_expression(write.condition())
                    .set_expression_attribute_names(some_unless_empty(&write.names))
                    .set_expression_attribute_values(some_unless_empty(&write.values))
                    .return_values_on_condition_check_failure(
                        ReturnValuesOnConditionCheckFailure::AllOld,
                    );
                call.send()
                    .await
                    .map(|_| ())
                    .map_err(|error| match error.as_service_error() {
                        Some(UpdateItemError::ConditionalCheckFailedException(refusal)) => {
                            refused(refusal.item.clone())
                        }
                        _ => failure(error, CommitError::Unavailable),
                    })
            }
            Action::Check => Err(Failure::Final(
                Unavailable::because("a condition alone writes nothing").into(),
            )),
        }
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one place that writes"
    )]
    async fn write_all(&self, writes: &[Write], token: &str) -> Result<(), Failure<CommitError>> {
        let items = writes
            .iter()
            .map(|write| self.transact_item(write))
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| Failure::Final(Unavailable::because(error).into()))?;
        let call = self
            .client
            .transact_write_items()
            .set_transact_items(Some(items))
            // The same token in each try of a request, so that a lost reply is not a second transaction.
            .client_request_token(token);
        call.send()
            .await
            .map(|_| ())
            .map_err(|error| match error.as_service_error() {
                Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) => {
                    let reasons = cancelled.cancellation_reasons();
                    let is = |code: &str| reasons.iter().any(|reason| reason.code() == Some(code));
                    if is("TransactionConflict")
                        || is("ThrottlingError")
                        || is("ProvisionedThroughputExceeded")
                    {
                        // Also when a condition failed beside it: the item that somebody is writing may be
                        // the very record that explains the refusal, and says so at the next try.
                        Failure::Passing(error.into())
                    } else if is("ConditionalCheckFailed") {
                        let refusals = reasons
                            .iter()
                            .map(|reason| {
                                (reason.code() == Some("ConditionalCheckFailed"))
                                    .then(|| reason.item.clone())
                            })
                            .collect();
                        Failure::Final(CommitError::Refused(Refusals(refusals)))
                    } else {
                        failure(error, CommitError::Unavailable)
                    }
                }
                _ => failure(error, CommitError::Unavailable),
            })
    }

    fn transact_item(
        &self,
        write: &Write,
    ) -> Result<TransactWriteItem, aws_sdk_dynamodb::error::BuildError> {
        let item = TransactWriteItem::builder();
        Ok(match &write.action {
            Action::Put(row) => item.put(
                Put::builder()
                    .table_name(&self.table)
                    .set_item(Some(row.clone()))
                    .set_condition_expression(write.condition())
                    .set_expression_attribute_names(some_unless_empty(&write.names))
                    .set_expression_attribute_values(some_unless_empty(&write.values))
                    .return_values_on_condition_check_failure(
                        ReturnValuesOnConditionCheckFailure::AllOld,
                    )
                    .build()?,
            ),
            Action::Update(expression) => item.update(
                TransactUpdate::builder()
                    .table_name(&self.table)
                    .set_key(Some(write.key.attributes()))
                    .update_expression(expression)
                    .set_condition_expression(write.condition())
                    .set_expression_attribute_names(some_unless_empty(&write.names))
                    .set_expression_attribute_values(some_unless_empty(&write.values))
                    .return_values_on_condition_check_failure(
                        ReturnValuesOnConditionCheckFailure::AllOld,
                    )
                    .build()?,
            ),
            Action::Check => item.condition_check(
                ConditionCheck::builder()
                    .table_name(&self.table)
                    .set_key(Some(write.key.attributes()))
                    .set_condition_expression(write.condition())
                    .set_expression_attribute_names(some_unless_empty(&write.names))
                    .set_expression_attribute_values(some_unless_empty(&write.values))
                    .return_values_on_condition_check_failure(
                        ReturnValuesOnConditionCheckFailure::AllOld,
                    )
                    .build()?,
            ),
        }
        .build())
    }
}

fn some_unless_empty<K: Clone, V: Clone, S: Clone + std::hash::BuildHasher>(
    map: &std::collections::HashMap<K, V, S>,
) -> Option<std::collections::HashMap<K, V, S>> {
    (!map.is_empty()).then(|| map.clone())
}

fn refused(found: Option<Item>) -> Failure<CommitError> {
    Failure::Final(CommitError::Refused(Refusals(vec![Some(found)])))
}
