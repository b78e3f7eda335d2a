//! `AWS::DynamoDB::Table`.

use std::collections::BTreeMap;

use crate::{Index, KeyAttribute, KeyType, Table, TemplateError, node::Node};

/// Reads one table.
pub(super) fn read(id: &str, resource: &Node<'_>) -> Result<Table, TemplateError> {
    let properties = resource.load("Properties")?;
    let view = properties.find_below(&["StreamSpecification", "StreamViewType"])?;
    Ok(Table {
        id: id.to_owned(),
        attributes: attributes(&properties)?,
        key: key(&properties)?,
        indexes: indexes(&properties)?,
        stream_view: view
            .map(|view| view.text().map(str::to_owned))
            .transpose()?,
        time_to_live: time_to_live(&properties)?,
    })
}

fn attributes(properties: &Node<'_>) -> Result<BTreeMap<String, String>, TemplateError> {
    let definitions = properties.load("AttributeDefinitions")?.items()?;
    let read = |definition: Node<'_>| {
        let name = definition.load("AttributeName")?.text()?.to_owned();
        let kind = definition.load("AttributeType")?.text()?.to_owned();
        Ok((name, kind))
    };
    definitions.into_iter().map(read).collect()
}

fn key(node: &Node<'_>) -> Result<Vec<KeyAttribute>, TemplateError> {
    let read = |attribute: Node<'_>| {
        let kind = attribute.load("KeyType")?;
        Ok(KeyAttribute {
            name: attribute.load("AttributeName")?.text()?.to_owned(),
            kind: match kind.text()? {
                "HASH" => KeyType::Hash,
                "RANGE" => KeyType::Range,
                _ => return Err(kind.problem("must be HASH or RANGE")),
            },
        })
    };
    node.load("KeySchema")?
        .items()?
        .into_iter()
        .map(read)
        .collect()
}

fn indexes(properties: &Node<'_>) -> Result<Vec<Index>, TemplateError> {
    let Some(indexes) = properties.find("GlobalSecondaryIndexes")? else {
        return Ok(Vec::new());
    };
    let read = |index: Node<'_>| {
        Ok(Index {
            name: index.load("IndexName")?.text()?.to_owned(),
            key: key(&index)?,
            projection: index
                .load("Projection")?
                .load("ProjectionType")?
                .text()?
                .to_owned(),
        })
    };
    indexes.items()?.into_iter().map(read).collect()
}

fn time_to_live(properties: &Node<'_>) -> Result<Option<String>, TemplateError> {
    let Some(specification) = properties.find("TimeToLiveSpecification")? else {
        return Ok(None);
    };
    if !specification.load("Enabled")?.boolean()? {
        return Ok(None);
    }
    Ok(Some(
        specification.load("AttributeName")?.text()?.to_owned(),
    ))
}
