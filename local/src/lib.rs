//! The whole stack in one process: `cargo run`.
//!
//! The same functions that are Lambdas in the cloud, over a real DynamoDB engine and a real SQS engine on loopback
//! ports. Routes, functions, their environment, queues, tables, batch sizes, receive counts and schedules are read
//! from `template.yaml`: there is no second list that could drift.
//!
//! Rooms: `engines` are DynamoDB and SQS; `gateway` is API Gateway's part; `pumps` are Lambda's event sources and
//! the scheduler; `functions` and `invoker` are Lambda itself; `workbench` is what a developer needs beside the
//! service, under `/local/`. [`Stack`] wires them, for `main` and for the tests.

mod data_dir;
pub mod demo;
mod deploy;
mod engines;
pub mod environment;
mod functions;
mod gateway;
mod invoker;
mod options;
mod pumps;
mod stack;
mod stop;
mod workbench;

pub use engines::{EngineError, QueueDepth};
pub use functions::InvokeError;
pub use gateway::{OPERATOR_ARN, OPERATOR_TOKEN};
pub use options::{Options, Watch, WrapHttpClient};
pub use pumps::PumpError;
pub use stack::{Stack, StackError};
