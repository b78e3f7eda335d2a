//! Scenarios: a request in; stored facts, reply and webhook out.

mod budget;
mod checkout;
mod create_session;
mod environments;
mod faults;
mod idempotency;
mod invariants;
mod lists;
mod pos;
mod query_session;
mod refund;
mod reservations;
mod routes;
mod webhooks;
