//! What `template.yaml` says, as types.
//!
//! The template is the one list of routes, functions, tables, queues, mappings and schedules. The
//! local stack runs what it reads here, and `fallback` builds its table of routes from it, so that
//! neither can drift from what is deployed. Only what these two need is read; the rest of the file
//! (roles, alarms, log groups) is left to CloudFormation.
//!
//! [`Template::parse`] is the entry. Values that CloudFormation would fill in at deployment stay
//! [`Expression`]s until a [`Resolver`] says what `!Ref`, `!GetAtt` and `{{resolve:…}}` mean here.

mod error;
mod expression;
mod model;
mod node;
mod read;
mod yaml;

pub use error::TemplateError;
pub use expression::{Expression, Resolver};
pub use model::{
    Function, Index, KeyAttribute, KeyType, Parameter, Queue, QueueMapping, Redrive, Route,
    RouteKey, Schedule, StreamMapping, Table, Template,
};
