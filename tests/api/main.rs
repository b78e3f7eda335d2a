//! Scenarios: a request in; stored facts, reply and webhook out.

mod budget;
mod checkout;
mod contract;
mod create_session;
mod docs;
mod environments;
mod every_fault;
mod external;
mod faults;
mod idempotency;
mod invariants;
mod lists;
mod live;
mod local_page;
mod management;
mod pos;
mod query_session;
mod refund;
mod reservations;
mod routes;
mod sandbox;
mod webhooks;
