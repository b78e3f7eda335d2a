//! The tables: made as the template says, or found as an earlier run left them.

use serde_json::{Value, json};
use template::{KeyAttribute, Table};

use super::EngineError;
use super::database::{DatabaseEngine, request};

impl DatabaseEngine {
    /// Creates the tables that are not there, and checks those that are.
    pub(crate) async fn create_tables(&self, tables: &[Table]) -> Result<(), EngineError> {
        for table in tables {
            match self.describe(&table.id).await? {
                Some(found) => check(table, &found)?,
                None => self.create(table).await?,
            }
        }
        Ok(())
    }

    async fn create(&self, table: &Table) -> Result<(), EngineError> {
        let wanted = request(creation(table))?;
        self.run(|database| database.create_table(wanted)).await?;
        if let Some(attribute) = &table.time_to_live {
            let wanted = request(json!({
                "TableName": table.id,
                "TimeToLiveSpecification": {"AttributeName": attribute, "Enabled": true},
            }))?;
            self.run(|database| database.update_time_to_live(wanted))
                .await?;
        }
        Ok(())
    }
}

fn key_schema(key: &[KeyAttribute]) -> Value {
    let attributes = key.iter();
    attributes
        .map(|attribute| {
            json!({"AttributeName": attribute.name, "KeyType": attribute.kind.as_str()})
        })
        .collect()
}

fn creation(table: &Table) -> Value {
    let attributes = table.attributes.iter();
    let indexes = table.indexes.iter();
    let mut request = json!({
        "TableName": table.id,
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": attributes
            .map(|(name, kind)| json!({"AttributeName": name, "AttributeType": kind}))
            .collect::<Value>(),
        "KeySchema": key_schema(&table.key),
        "GlobalSecondaryIndexes": indexes
            .map(|index| json!({
                "IndexName": index.name,
                "KeySchema": key_schema(&index.key),
                "Projection": {"ProjectionType": index.projection},
            }))
            .collect::<Value>(),
        "StreamSpecification": {
            "StreamEnabled": table.stream_view.is_some(),
            "StreamViewType": table.stream_view,
        },
    });
    if let Some(request) = request.as_object_mut() {
        if table.indexes.is_empty() {
            request.remove("GlobalSecondaryIndexes");
        }
        if table.stream_view.is_none() {
            request.remove("StreamSpecification");
        }
    }
    request
}

/// A table of an earlier run, which another version of the template may have made.
fn check(table: &Table, found: &Value) -> Result<(), EngineError> {
    let differs = |difference| {
        Err(EngineError::OtherTables {
            table: table.id.clone(),
            difference,
        })
    };
    if found["KeySchema"] != key_schema(&table.key) {
        return differs("it has another key");
    }
    let found_indexes = found["GlobalSecondaryIndexes"]
        .as_array()
        .map_or(&[][..], Vec::as_slice);
    let same = |index: &template::Index| {
        found_indexes.iter().any(|found| {
            found["IndexName"] == index.name.as_str()
                && found["KeySchema"] == key_schema(&index.key)
                && found["Projection"]["ProjectionType"] == index.projection.as_str()
        })
    };
    if found_indexes.len() != table.indexes.len() || !table.indexes.iter().all(same) {
        return differs("it has other indexes");
    }
    if found["StreamSpecification"]["StreamViewType"].as_str() != table.stream_view.as_deref() {
        return differs("it has another stream");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;
    use crate::engines::DatabaseEngine;
    use crate::stack::house_template;

    async fn house() -> (DatabaseEngine, Vec<Table>) {
        let database = DatabaseEngine::start(None, 0).expect("the engine starts");
        let tables = house_template().expect("the template is understood").tables;
        database
            .create_tables(&tables)
            .await
            .expect("the tables are made");
        (database, tables)
    }

    #[tokio::test]
    async fn tables_are_made_once_and_checked_afterwards() {
        let (database, mut tables) = house().await;
        database
            .create_tables(&tables)
            .await
            .expect("they are as they should be");
        tables[0].indexes.pop();
        let error = database
            .create_tables(&tables)
            .await
            .expect_err("an index is too many");
        let expected = format!(
            "{} in DATA_DIR differs from template.yaml: it has other indexes; use another DATA_DIR",
            tables[0].id
        );
        assert_eq!(error.to_string(), expected);
    }

    #[tokio::test]
    async fn what_has_expired_is_deleted() {
        let (database, tables) = house().await;
        let item = |pk: &str, expires_at: &str| json!({"pk": {"S": pk}, "sk": {"S": "I"}, "expiresAt": {"N": expires_at}});
        database
            .put(
                &tables[0].id,
                [item("old", "1700000000"), item("new", "99999999999")],
            )
            .await;
        assert_eq!(database.expire().await.expect("it can be swept"), 1);
        assert_eq!(database.expire().await.expect("it can be swept"), 0);
    }

    #[tokio::test]
    async fn requests_get_their_turn_while_expired_items_are_looked_for() {
        const ITEMS: u32 = 8_000;
        let (database, tables) = house().await;
        let item = |number| json!({"pk": {"S": format!("{number}")}, "sk": {"S": "I"}, "expiresAt": {"N": "99999999999"}});
        database.put(&tables[0].id, (0..ITEMS).map(item)).await;
        let database = std::sync::Arc::new(database);
        let mut waits = Vec::new();
        // A busy machine may let a round go by. If requests waited for all of it, they would in each.
        for _ in 0..10 {
            let began = Instant::now();
            let looking = tokio::spawn({
                let database = std::sync::Arc::clone(&database);
                async move { database.expire().await }
            });
            let mut longest = Duration::ZERO;
            while !looking.is_finished() {
                let asked = Instant::now();
                let found = database.describe(&tables[0].id).await;
                assert!(found.expect("an answer").is_some());
                longest = longest.max(asked.elapsed());
            }
            let all = began.elapsed();
            if longest < all / 2 {
                return;
            }
            waits.push((longest, all));
        }
        panic!("the longest waits, each beside all of it: {waits:?}");
    }
}
