//! What invokes a function: requests, streams, queues and schedules.
//!
//! A property that would change what a function sees, and that nobody here carries out, is an error
//! and not silence: the local stack must not behave differently from what is deployed.

use std::time::Duration;

use serde_json::{Value, json};

use crate::{QueueMapping, Route, RouteKey, Schedule, StreamMapping, TemplateError, node::Node};

/// Any of them.
pub(super) enum Event {
    Route(Route),
    Stream(StreamMapping),
    Queue(QueueMapping),
    Schedule(Schedule),
}

/// Reads one entry of a function's `Events`.
pub(super) fn read(event: &Node<'_>, package: &str) -> Result<Event, TemplateError> {
    let kind = event.load("Type")?;
    match kind.text()? {
        "HttpApi" => route(event, package).map(Event::Route),
        "DynamoDB" => stream(&event.load("Properties")?).map(Event::Stream),
        "SQS" => queue(&event.load("Properties")?).map(Event::Queue),
        "Schedule" => schedule(&event.load("Properties")?).map(Event::Schedule),
        other => Err(kind.problem(format!("{other} is not understood here"))),
    }
}

fn route(event: &Node<'_>, package: &str) -> Result<Route, TemplateError> {
    let property = |name| event.find_below(&["Properties", name]);
    let key = match (property("Method")?, property("Path")?) {
        (None, None) => RouteKey::Default,
        (_, Some(path)) if path.text()? == "$default" => RouteKey::Default,
        (Some(method), Some(path)) => RouteKey::Path {
            method: Some(method.text()?.to_ascii_uppercase()).filter(|method| method != "ANY"),
            path: absolute(&path)?,
        },
        _ => return Err(event.problem("needs both Method and Path, or neither")),
    };
    let api = property("ApiId")?
        .map(|api| api.reference_of())
        .transpose()?;
    Ok(Route {
        api,
        key,
        package: package.to_owned(),
        iam: is_for_iam(event)?,
    })
}

fn is_for_iam(event: &Node<'_>) -> Result<bool, TemplateError> {
    let Some(auth) = event.find_below(&["Properties", "Auth"])? else {
        return Ok(false);
    };
    refuse_others(&auth, &["Authorizer"])?;
    let authorizer = auth.load("Authorizer")?;
    match authorizer.text()? {
        "AWS_IAM" => Ok(true),
        "NONE" => Ok(false),
        other => Err(authorizer.problem(format!("{other} is not understood here"))),
    }
}

fn absolute(path: &Node<'_>) -> Result<String, TemplateError> {
    match path.text()? {
        text if text.starts_with('/') => Ok(text.to_owned()),
        _ => Err(path.problem("must start with a slash")),
    }
}

fn stream(properties: &Node<'_>) -> Result<StreamMapping, TemplateError> {
    // Records of one item are read in order whatever ParallelizationFactor says; windows, ages and
    // destinations change when something is read, not what.
    refuse_others(
        properties,
        &[
            "Stream",
            "StartingPosition",
            "BatchSize",
            "MaximumBatchingWindowInSeconds",
            "ParallelizationFactor",
            "BisectBatchOnFunctionError",
            "MaximumRetryAttempts",
            "FunctionResponseTypes",
        ],
    )?;
    let position = properties.load("StartingPosition")?;
    if position.text()? != "TRIM_HORIZON" {
        return Err(position.problem("only TRIM_HORIZON is understood here"));
    }
    if let Some(attempts) = properties.find("MaximumRetryAttempts")?
        && attempts.number::<i64>()? != -1
    {
        return Err(attempts.problem("only -1, to try forever, is understood here"));
    }
    Ok(StreamMapping {
        table: properties.load("Stream")?.resource_of("StreamArn")?,
        batch_size: number_or(properties, "BatchSize", 100)?,
        bisect_on_error: match properties.find("BisectBatchOnFunctionError")? {
            Some(bisect) => bisect.boolean()?,
            None => false,
        },
        reports_failures: reports_failures(properties)?,
    })
}

fn queue(properties: &Node<'_>) -> Result<QueueMapping, TemplateError> {
    refuse_others(
        properties,
        &[
            "Queue",
            "BatchSize",
            "MaximumBatchingWindowInSeconds",
            "FunctionResponseTypes",
            "ScalingConfig",
        ],
    )?;
    let concurrency = properties.find_below(&["ScalingConfig", "MaximumConcurrency"])?;
    Ok(QueueMapping {
        queue: properties.load("Queue")?.resource_of("Arn")?,
        batch_size: number_or(properties, "BatchSize", 10)?,
        maximum_concurrency: concurrency.map(|node| node.number()).transpose()?,
        reports_failures: reports_failures(properties)?,
    })
}

fn schedule(properties: &Node<'_>) -> Result<Schedule, TemplateError> {
    refuse_others(
        properties,
        &["Schedule", "Input", "Name", "Description", "RetryPolicy"],
    )?;
    let input = match properties.find("Input")? {
        Some(input) => serde_json::from_str(input.text()?)
            .map_err(|error| input.problem(format!("is not JSON: {error}")))?,
        None => without_input(),
    };
    Ok(Schedule {
        every: rate(&properties.load("Schedule")?)?,
        input,
    })
}

/// What a function is given if its schedule has no input of its own, as far as anybody could rely on it.
fn without_input() -> Value {
    json!({"source": "aws.events", "detail-type": "Scheduled Event", "detail": {}})
}

/// `rate(5 minutes)`.
fn rate(schedule: &Node<'_>) -> Result<Duration, TemplateError> {
    let text = schedule.text()?;
    let parts = text
        .strip_prefix("rate(")
        .and_then(|rest| rest.strip_suffix(')'));
    let parsed = parts
        .and_then(|parts| parts.split_once(' '))
        .and_then(|(count, unit)| {
            let minutes = match unit.trim_end_matches('s') {
                "minute" => 1,
                "hour" => 60,
                "day" => 24 * 60,
                _ => return None,
            };
            count
                .parse::<u64>()
                .ok()?
                .checked_mul(minutes * 60)
                .filter(|seconds| *seconds > 0)
        });
    parsed.map(Duration::from_secs).ok_or_else(|| {
        schedule.problem(format!("{text:?} is not understood here: only rate(…) is"))
    })
}

fn reports_failures(properties: &Node<'_>) -> Result<bool, TemplateError> {
    let Some(types) = properties.find("FunctionResponseTypes")? else {
        return Ok(false);
    };
    for kind in types.items()? {
        if kind.text()? != "ReportBatchItemFailures" {
            return Err(kind.problem("only ReportBatchItemFailures is understood here"));
        }
    }
    Ok(true)
}

fn number_or(properties: &Node<'_>, key: &str, default: usize) -> Result<usize, TemplateError> {
    properties
        .find(key)?
        .map_or(Ok(default), |node| node.number())
}

fn refuse_others(properties: &Node<'_>, known: &[&str]) -> Result<(), TemplateError> {
    for (key, node) in properties.entries()? {
        if !known.contains(&key) {
            return Err(node.problem("is not understood here"));
        }
    }
    Ok(())
}
