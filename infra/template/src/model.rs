//! The typed template.

use std::{collections::BTreeMap, fmt, path::Path, time::Duration};

use serde_json::Value;

use crate::{Expression, TemplateError, read, yaml};

/// What the template says, as far as the local stack and `fallback` need it.
#[derive(Debug, Clone, PartialEq)]
pub struct Template {
    /// By name.
    pub parameters: BTreeMap<String, Parameter>,
    /// The type of every resource, by logical id.
    pub resources: BTreeMap<String, String>,
    /// In the order of their logical ids.
    pub functions: Vec<Function>,
    /// In the order of their logical ids.
    pub tables: Vec<Table>,
    /// In the order of their logical ids.
    pub queues: Vec<Queue>,
}

/// A value that whoever deploys can choose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameter {
    /// What holds if nothing is chosen.
    pub default: Option<String>,
}

/// A Lambda.
#[derive(Debug, Clone, PartialEq)]
pub struct Function {
    /// Its logical id.
    pub id: String,
    /// The cargo package: the last part of `CodeUri`.
    pub package: String,
    /// How long one invocation may take.
    pub timeout: Duration,
    /// Environment variables, those of `Globals` included.
    pub environment: BTreeMap<String, Expression>,
    /// Requests that reach it.
    pub routes: Vec<Route>,
    /// Tables whose changes reach it.
    pub streams: Vec<StreamMapping>,
    /// Queues whose messages reach it.
    pub queues: Vec<QueueMapping>,
    /// Times at which it is invoked.
    pub schedules: Vec<Schedule>,
}

/// A route of an HTTP API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// The logical id of the API that has it; `None` for the one that SAM makes where nobody names one.
    pub api: Option<String>,
    /// Which requests it takes.
    pub key: RouteKey,
    /// The package of the function that answers them.
    pub package: String,
    /// Whether API Gateway lets only those through whom AWS knows and permits (`AWS_IAM`).
    pub iam: bool,
}

/// Which requests a route takes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum RouteKey {
    /// `$default`: whatever no other route takes.
    Default,
    /// A method and a path.
    Path {
        /// In capitals; `None` takes every method.
        method: Option<String>,
        /// Starts with a slash; its segments may be variables, as in `/a/{name}` and `/a/{rest+}`.
        path: String,
    },
}

impl fmt::Display for RouteKey {
    /// As API Gateway spells it in an event's `routeKey`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("$default"),
            Self::Path { method, path } => {
                write!(f, "{} {path}", method.as_deref().unwrap_or("ANY"))
            }
        }
    }
}

/// A table's stream that reaches a function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamMapping {
    /// The table's logical id.
    pub table: String,
    /// The most records in one invocation.
    pub batch_size: usize,
    /// Whether a batch that failed as a whole is halved before it is tried again.
    pub bisect_on_error: bool,
    /// Whether the function names the record at which it stopped.
    pub reports_failures: bool,
}

/// A queue that reaches a function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueMapping {
    /// The queue's logical id.
    pub queue: String,
    /// The most messages in one invocation.
    pub batch_size: usize,
    /// The most invocations at the same time.
    pub maximum_concurrency: Option<usize>,
    /// Whether the function names the messages that failed.
    pub reports_failures: bool,
}

/// Times at which a function is invoked.
#[derive(Debug, Clone, PartialEq)]
pub struct Schedule {
    /// From one invocation to the next.
    pub every: Duration,
    /// The event it is invoked with.
    pub input: Value,
}

/// A DynamoDB table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// Its logical id.
    pub id: String,
    /// The type of every key attribute (`S`, `N` or `B`), by name.
    pub attributes: BTreeMap<String, String>,
    /// The table's own key.
    pub key: Vec<KeyAttribute>,
    /// Its global secondary indexes.
    pub indexes: Vec<Index>,
    /// What its stream carries, as in `NEW_AND_OLD_IMAGES`.
    pub stream_view: Option<String>,
    /// The attribute that says when an item expires.
    pub time_to_live: Option<String>,
}

/// A global secondary index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Index {
    /// Its name.
    pub name: String,
    /// Its key.
    pub key: Vec<KeyAttribute>,
    /// What it carries, as in `KEYS_ONLY`.
    pub projection: String,
}

/// One attribute of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyAttribute {
    /// Its name.
    pub name: String,
    /// Its part in the key.
    pub kind: KeyType,
}

/// The part that an attribute plays in a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyType {
    /// Says the partition.
    Hash,
    /// Sorts within the partition.
    Range,
}

impl KeyType {
    /// As DynamoDB spells it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Hash => "HASH",
            Self::Range => "RANGE",
        }
    }
}

/// An SQS standard queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Queue {
    /// Its logical id.
    pub id: String,
    /// Attributes as SQS spells them (`VisibilityTimeout`, `MessageRetentionPeriod`, …).
    pub attributes: BTreeMap<String, String>,
    /// Where messages go that were received too often.
    pub redrive: Option<Redrive>,
}

/// Where a queue's messages go that were received too often.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redrive {
    /// The logical id of the dead-letter queue.
    pub target: String,
    /// A message that was received this often goes there in place of another try.
    pub maximum_receives: u32,
}

impl Template {
    /// Reads a template's text.
    ///
    /// # Errors
    /// If it is not YAML, or says something about functions, tables or queues that is not understood.
    pub fn parse(text: &str) -> Result<Self, TemplateError> {
        read::template(&yaml::parse(text)?)
    }

    /// Reads a template from a file.
    ///
    /// # Errors
    /// If the file cannot be read, and as [`Template::parse`].
    pub fn load(path: &Path) -> Result<Self, TemplateError> {
        let text = std::fs::read_to_string(path).map_err(|source| TemplateError::Unreadable {
            path: path.to_owned(),
            source,
        })?;
        Self::parse(&text)
    }

    /// Every route of all APIs, in the order of the functions.
    pub fn routes(&self) -> impl Iterator<Item = &Route> {
        self.functions.iter().flat_map(|function| &function.routes)
    }

    /// The table with this logical id.
    #[must_use]
    pub fn find_table(&self, id: &str) -> Option<&Table> {
        self.tables.iter().find(|table| table.id == id)
    }

    /// The queue with this logical id.
    #[must_use]
    pub fn find_queue(&self, id: &str) -> Option<&Queue> {
        self.queues.iter().find(|queue| queue.id == id)
    }
}
