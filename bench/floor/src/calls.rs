//! The calls, as the store makes them.

use aws_sdk_dynamodb::types::{
    AttributeValue, KeysAndAttributes, Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem,
    Update,
};
use lambda_http::Error;

use crate::Floor;
use crate::items::{Item, text};

/// A write's condition, with what its placeholders stand for.
pub(crate) struct Condition<'a> {
    pub(crate) expression: &'a str,
    pub(crate) names: &'a [(&'a str, &'a str)],
    pub(crate) values: Vec<(&'a str, AttributeValue)>,
}

impl Condition<'_> {
    /// Nothing is there.
    pub(crate) const fn unused() -> Self {
        Self {
            expression: "attribute_not_exists(#pk)",
            names: &[("#pk", "pk")],
            values: Vec::new(),
        }
    }
}

impl Floor {
    /// Reads items, strongly consistent, in one call.
    pub(crate) async fn read(&self, keys: &[(&str, &str)]) -> Result<Vec<Item>, Error> {
        let keys = keys
            .iter()
            .map(|(pk, sk)| Item::from([("pk".to_owned(), text(pk)), ("sk".to_owned(), text(sk))]));
        let asked = KeysAndAttributes::builder()
            .set_keys(Some(keys.collect()))
            .consistent_read(true)
            .build()?;
        let answer = self
            .client
            .batch_get_item()
            .request_items(&self.table, asked)
            .send()
            .await?;
        Ok(answer
            .responses
            .unwrap_or_default()
            .remove(&self.table)
            .unwrap_or_default())
    }

    /// Writes all or nothing, in one call.
    #[expect(
        clippy::disallowed_methods,
        reason = "what the store costs is measured against this"
    )]
    pub(crate) async fn write(
        &self,
        writes: Vec<TransactWriteItem>,
        token: String,
    ) -> Result<(), Error> {
        let call = self
            .client
            .transact_write_items()
            .set_transact_items(Some(writes));
        call.client_request_token(token).send().await?;
        Ok(())
    }

    /// A new item.
    pub(crate) fn put(
        &self,
        item: Item,
        condition: Condition<'_>,
    ) -> Result<TransactWriteItem, Error> {
        let mut put = Put::builder()
            .table_name(&self.table)
            .set_item(Some(item))
            .condition_expression(condition.expression)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        for (name, attribute) in condition.names {
            put = put.expression_attribute_names(*name, *attribute);
        }
        for (name, value) in condition.values {
            put = put.expression_attribute_values(name, value);
        }
        Ok(TransactWriteItem::builder().put(put.build()?).build())
    }

    /// A changed item.
    pub(crate) fn update(
        &self,
        (pk, sk): (&str, &str),
        expression: &str,
        condition: Condition<'_>,
    ) -> Result<TransactWriteItem, Error> {
        let mut update = Update::builder()
            .table_name(&self.table)
            .key("pk", text(pk))
            .key("sk", text(sk))
            .update_expression(expression)
            .condition_expression(condition.expression)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        for (name, attribute) in condition.names {
            update = update.expression_attribute_names(*name, *attribute);
        }
        for (name, value) in condition.values {
            update = update.expression_attribute_values(name, value);
        }
        Ok(TransactWriteItem::builder().update(update.build()?).build())
    }
}
