//! The rules of the sandbox: pure. The time, new ids and everything random come in as values.

pub(crate) mod asked;
pub(crate) mod callback;
pub(crate) mod fault;
pub(crate) mod magic;
pub(crate) mod modification;
pub(crate) mod payment;
pub(crate) mod subscription;
