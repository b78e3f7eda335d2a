//! `AWS::SQS::Queue`.

use std::collections::BTreeMap;

use crate::{Queue, Redrive, TemplateError, node::Node};

/// The properties that are attributes of the queue under the same name.
const ATTRIBUTES: [&str; 6] = [
    "DelaySeconds",
    "MaximumMessageSize",
    "MessageRetentionPeriod",
    "ReceiveMessageWaitTimeSeconds",
    "SqsManagedSseEnabled",
    "VisibilityTimeout",
];

/// Reads one queue.
pub(super) fn read(id: &str, resource: &Node<'_>) -> Result<Queue, TemplateError> {
    let mut queue = Queue {
        id: id.to_owned(),
        attributes: BTreeMap::new(),
        redrive: None,
    };
    let Some(properties) = resource.find("Properties")? else {
        return Ok(queue);
    };
    for (name, node) in properties.entries()? {
        match name {
            "RedrivePolicy" => queue.redrive = Some(redrive(&node)?),
            "Tags" => {}
            name if ATTRIBUTES.contains(&name) => {
                queue
                    .attributes
                    .insert(name.to_owned(), node.scalar_text()?);
            }
            _ => return Err(node.problem("is not understood here")),
        }
    }
    Ok(queue)
}

fn redrive(policy: &Node<'_>) -> Result<Redrive, TemplateError> {
    Ok(Redrive {
        target: policy.load("deadLetterTargetArn")?.resource_of("Arn")?,
        maximum_receives: policy.load("maxReceiveCount")?.number()?,
    })
}
