//! External services that take payments: their configuration, how they are called, and what their answers mean.
//!
//! A crate of its own, because only the functions that call a service carry its HTTP client.

pub mod client;
pub mod forwarded;
mod forwarding;
pub mod http;
pub mod payments;
mod request;
pub mod services;

pub use client::{Client, Outcome};
pub use http::Outbound;
pub use payments::{Acting, Checked, Processors};
pub use services::{Service, Services};
