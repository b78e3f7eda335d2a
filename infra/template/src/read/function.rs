//! `AWS::Serverless::Function`.

use std::{collections::BTreeMap, time::Duration};

use super::events::{self, Event};
use crate::{Expression, Function, TemplateError, node::Node};

/// What Lambda takes if neither the function nor `Globals` says a timeout.
const TIMEOUT_DEFAULT: Duration = Duration::from_secs(3);

/// Reads one function, with what `Globals` says of every function.
pub(super) fn read(
    id: &str,
    resource: &Node<'_>,
    globals: Option<&Node<'_>>,
) -> Result<Function, TemplateError> {
    let properties = resource.load("Properties")?;
    let mut function = Function {
        id: id.to_owned(),
        package: package(&properties)?,
        timeout: timeout(&properties, globals)?,
        environment: environment(&properties, globals)?,
        routes: Vec::new(),
        streams: Vec::new(),
        queues: Vec::new(),
        schedules: Vec::new(),
    };
    if let Some(events) = properties.find("Events")? {
        for (_, node) in events.entries()? {
            match events::read(&node, &function.package)? {
                Event::Route(route) => function.routes.push(route),
                Event::Stream(mapping) => function.streams.push(mapping),
                Event::Queue(mapping) => function.queues.push(mapping),
                Event::Schedule(schedule) => function.schedules.push(schedule),
            }
        }
    }
    Ok(function)
}

fn package(properties: &Node<'_>) -> Result<String, TemplateError> {
    let code_uri = properties.load("CodeUri")?;
    let last = code_uri.text()?.trim_end_matches('/').rsplit('/').next();
    match last {
        Some(package) if !package.is_empty() => Ok(package.to_owned()),
        _ => Err(code_uri.problem("must be the folder of a package")),
    }
}

fn timeout(properties: &Node<'_>, globals: Option<&Node<'_>>) -> Result<Duration, TemplateError> {
    for node in [Some(properties), globals].into_iter().flatten() {
        if let Some(seconds) = node.find("Timeout")? {
            return Ok(Duration::from_secs(seconds.number()?));
        }
    }
    Ok(TIMEOUT_DEFAULT)
}

/// The function's own variables win over those of `Globals`.
fn environment(
    properties: &Node<'_>,
    globals: Option<&Node<'_>>,
) -> Result<BTreeMap<String, Expression>, TemplateError> {
    let mut variables = BTreeMap::new();
    for node in [globals, Some(properties)].into_iter().flatten() {
        if let Some(found) = node.find_below(&["Environment", "Variables"])? {
            let found = found.entries()?;
            variables.extend(
                found
                    .into_iter()
                    .map(|(name, value)| (name.to_owned(), value.expression())),
            );
        }
    }
    Ok(variables)
}
