//! What may be sent to this function and what it answers, for the description of the API (`infra/openapi`). The parsing is
//! in create.rs; Schemathesis finds where the two differ.

use shared::domain::money::Money;
use shared::domain::webcode::Webcode;
use shared::openapi::{Country, IsoDate, with};
use utoipa::ToSchema;
use utoipa::openapi::schema::ComponentsBuilder;

use crate::create::Created;

/// Adds the schemas of this function's bodies.
#[must_use]
pub fn schemas(components: ComponentsBuilder) -> ComponentsBuilder {
    let components = with::<CreateSession>(components);
    with::<Created<'static>>(components)
}

/// A session to be created. Unknown fields are ignored, and `null` is the same as absent.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
#[expect(dead_code, reason = "its schema is all that is used")]
struct CreateSession {
    /// Your identifier. It must be that of the API key.
    webcode: Webcode,
    /// What is to be paid.
    amount: Money,
    /// Where the customer lands after a payment, with a signed `data` parameter. https (in Test also http), no user info.
    #[schema(
        format = "iri",
        max_length = 1024,
        pattern = "^https?://",
        example = "https://shop.example/paid"
    )]
    url_ok: String,
    /// Where the customer lands when the payment failed, was cancelled, or ran out of time. The same rules.
    #[schema(
        format = "iri",
        max_length = 1024,
        pattern = "^https?://",
        example = "https://shop.example/not-paid"
    )]
    url_ko: String,
    /// Where the customer is.
    #[schema(value_type = Option<Country>, default = "ES")]
    country_code: Option<String>,
    /// The language of the payment page: BCP-47.
    #[schema(
        default = "es-ES",
        max_length = 10,
        pattern = "^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$",
        example = "es-ES"
    )]
    shopper_locale: Option<String>,
    /// When the service is delivered: ISO 8601, a date, or a date and time. The offset may be left out.
    #[schema(value_type = Option<IsoDate>)]
    deliver_at: Option<String>,
    /// Shown to the customer. No control characters.
    #[schema(
        max_length = 255,
        pattern = r"^[^\u0000-\u001f\u007f-\u009f]*$",
        example = "Order 12345"
    )]
    description: Option<String>,
    /// Your own reference; queries, webhooks and the signed `data` give it back. No control characters.
    #[schema(
        max_length = 100,
        pattern = r"^[^\u0000-\u001f\u007f-\u009f]*$",
        example = "ORD-2026-12345"
    )]
    custom_reference: Option<String>,
    /// `true` only reserves the amount.
    #[schema(default = false)]
    is_pre_auth: Option<bool>,
}
