//! What this function answers, for the description of the API (`infra/openapi`).

use shared::openapi::with;
use utoipa::openapi::schema::ComponentsBuilder;

use crate::shown::Shown;

/// Adds the schemas of this function's bodies.
#[must_use]
pub fn schemas(components: ComponentsBuilder) -> ComponentsBuilder {
    with::<Shown>(components)
}
