//! From the tree of values to the typed template: one file for each kind of resource.

mod events;
mod function;
mod queue;
mod table;

use std::collections::BTreeMap;

use serde_json::Value;

use crate::{Parameter, Template, TemplateError, node::Node};

/// Reads the whole template.
pub(crate) fn template(value: &Value) -> Result<Template, TemplateError> {
    let root = Node::root(value);
    let globals = root.find_below(&["Globals", "Function"])?;
    let mut template = Template {
        parameters: parameters(&root)?,
        resources: BTreeMap::new(),
        functions: Vec::new(),
        tables: Vec::new(),
        queues: Vec::new(),
    };
    for (id, resource) in root.load("Resources")?.entries()? {
        let kind = resource.load("Type")?.text()?;
        template.resources.insert(id.to_owned(), kind.to_owned());
        match kind {
            "AWS::Serverless::Function" => {
                template
                    .functions
                    .push(function::read(id, &resource, globals.as_ref())?);
            }
            "AWS::DynamoDB::Table" => template.tables.push(table::read(id, &resource)?),
            "AWS::SQS::Queue" => template.queues.push(queue::read(id, &resource)?),
            // Roles, alarms, log groups and secrets exist in the cloud alone.
            _ => {}
        }
    }
    check_mappings(&template)?;
    Ok(template)
}

fn parameters(root: &Node<'_>) -> Result<BTreeMap<String, Parameter>, TemplateError> {
    let Some(parameters) = root.find("Parameters")? else {
        return Ok(BTreeMap::new());
    };
    let read = |(name, node): (&str, Node<'_>)| {
        let default = node
            .find("Default")?
            .map(|default| default.scalar_text())
            .transpose()?;
        Ok((name.to_owned(), Parameter { default }))
    };
    parameters.entries()?.into_iter().map(read).collect()
}

/// A mapping onto a table or queue that is not there would be silence at run time: it is an error here.
fn check_mappings(template: &Template) -> Result<(), TemplateError> {
    for function in &template.functions {
        let problem =
            |problem| TemplateError::meaning(format!("Resources.{}", function.id), problem);
        for mapping in &function.streams {
            match template.find_table(&mapping.table) {
                Some(table) if table.stream_view.is_some() => {}
                Some(_) => return Err(problem(format!("{} has no stream", mapping.table))),
                None => return Err(problem(format!("{} is not a table", mapping.table))),
            }
        }
        if let Some(mapping) = function
            .queues
            .iter()
            .find(|mapping| template.find_queue(&mapping.queue).is_none())
        {
            return Err(problem(format!("{} is not a queue", mapping.queue)));
        }
    }
    for queue in &template.queues {
        if let Some(redrive) = &queue.redrive
            && template.find_queue(&redrive.target).is_none()
        {
            return Err(TemplateError::meaning(
                format!("Resources.{}", queue.id),
                format!("{} is not a queue", redrive.target),
            ));
        }
    }
    Ok(())
}
