//! The rules of payments: pure. Everything outside, the time and new ids among it, comes in as values.
//!
//! `tests/api/invariants.rs` guards that nothing here is async, reads a clock, draws a random number or
//! names an SDK.

pub mod address;
pub mod api_key;
pub mod audit;
pub mod card;
pub mod client_secret;
pub mod country;
pub mod delivery;
pub mod environment;
pub mod event;
pub mod external;
pub mod forwarded;
pub mod health;
pub mod idempotency;
pub mod key_entry;
pub mod modification;
pub mod money;
pub mod payment;
pub mod reference;
pub mod retry;
pub mod session;
pub mod terminal;
pub mod text;
pub mod time;
pub mod webcode;
