//! The crate that every function is built over.
//!
//! Rooms: [`domain`] is pure, [`store`] is DynamoDB and nothing else, [`http`] is the edge towards
//! callers, and [`flow`] is the path of every change; [`listing`], [`actor`] and [`redelivery`] are what several functions do alike.
//! The remaining modules wire one outside party each.

pub mod actor;
pub mod app;
pub mod aws;
#[cfg(feature = "batches")]
pub mod batch;
pub mod clock;
pub mod config;
pub mod cursor;
pub mod domain;
pub mod entropy;
pub mod flow;
pub mod http;
pub mod jwt;
pub mod listing;
pub mod message;
#[cfg(feature = "openapi")]
pub mod openapi;
pub mod redelivery;
pub mod seal;
pub mod signature;
pub mod store;
pub mod telemetry;
pub mod token;
