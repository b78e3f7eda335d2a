//! Scenarios: a request in; stored facts, reply and webhook out.

mod budget;
mod checkout;
mod create_session;
mod environments;
mod faults;
mod idempotency;
mod invariants;
mod query_session;
mod refund;
mod reservations;
mod routes;
mod webhooks;
