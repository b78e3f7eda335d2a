//! What may be sent to this function and what it answers, for the description of the API (`infra/openapi`). The parsing is
//! in pay.rs; Schemathesis finds where the two differ.

use shared::domain::money::Money;
use shared::domain::terminal::PoiId;
use shared::domain::webcode::Webcode;
use shared::openapi::with;
use utoipa::ToSchema;
use utoipa::openapi::schema::ComponentsBuilder;

use crate::reply::Paid;
use crate::terminals::ListedTerminal;

/// Adds the schemas of this function's bodies.
#[must_use]
pub fn schemas(components: ComponentsBuilder) -> ComponentsBuilder {
    let components = with::<ChargeTerminal>(components);
    let components = with::<Paid<'static>>(components);
    with::<ListedTerminal>(components)
}

/// A payment to be made at a terminal. Unknown fields are ignored, and `null` is the same as absent.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
#[expect(dead_code, reason = "its schema is all that is used")]
struct ChargeTerminal {
    /// Your identifier. It must be that of the API key.
    webcode: Webcode,
    /// The terminal.
    poi_id: PoiId,
    /// What is to be paid.
    amount: Money,
    /// What it is for. No control characters.
    #[schema(
        max_length = 255,
        pattern = r"^[^\u0000-\u001f\u007f-\u009f]*$",
        example = "Mesa 7"
    )]
    description: Option<String>,
    /// Your own reference; webhooks give it back. No control characters.
    #[schema(
        max_length = 100,
        pattern = r"^[^\u0000-\u001f\u007f-\u009f]*$",
        example = "TICKET-2026-0042"
    )]
    custom_reference: Option<String>,
    /// `true` only reserves the amount.
    #[schema(default = false)]
    is_pre_auth: Option<bool>,
}
