//! The edge towards callers: what a request is, who sent it, and what it is answered.

pub mod authenticate;
pub mod encoding;
pub mod error;
pub mod fields;
pub mod reply;
pub mod request;
pub mod route;
pub mod serve;

pub use encoding::takes_gzip;
pub use error::ApiError;
pub use fields::Fields;
pub use reply::{Pagination, Reply};
pub use request::ApiRequest;
pub use route::{find_route, route_matches};
pub use serve::serve;
