//! Schemas for the description of the API (`infra/openapi`): of what this crate writes and of the texts that it parses.
//!
//! What is serialised derives its schema. What is parsed says here, once, which form its text has.

use serde_json::Value;
use utoipa::openapi::schema::{
    AnyOfBuilder, ComponentsBuilder, Object, ObjectBuilder, SchemaFormat, Type,
};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::domain::country;
use crate::domain::event;
use crate::domain::reference::Reference;
use crate::domain::terminal::PoiId;
use crate::domain::webcode::Webcode;
use crate::http::error::ErrorBody;
use crate::http::reply::Pagination;

/// Adds what every endpoint and every webhook shares.
#[must_use]
pub fn schemas(components: ComponentsBuilder) -> ComponentsBuilder {
    let components = with::<ErrorBody<'static>>(components);
    let components = with::<Pagination>(components);
    with::<event::Body<'static>>(components)
}

/// Adds the schema of a type, and of every type in it.
#[must_use]
pub fn with<T: ToSchema>(components: ComponentsBuilder) -> ComponentsBuilder {
    let mut inside = Vec::new();
    T::schemas(&mut inside);
    components
        .schema(T::name(), T::schema())
        .schemas_from_iter(inside)
}

/// A text of a given form.
fn text(description: &str, pattern: &str, example: &str) -> ObjectBuilder {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .description(Some(description))
        .pattern(Some(pattern))
        .examples([example])
}

fn object(builder: ObjectBuilder) -> RefOr<Schema> {
    let object: Object = builder.build();
    RefOr::T(Schema::Object(object))
}

impl PartialSchema for Webcode {
    fn schema() -> RefOr<Schema> {
        object(text(
            "A merchant's identifier.",
            "^[A-Z0-9]{3,20}$",
            "SHOP01",
        ))
    }
}

impl ToSchema for Webcode {}

impl PartialSchema for Reference {
    fn schema() -> RefOr<Schema> {
        object(text(
            "The name of a session, a payment or a modification. Opaque: its form may change.",
            "^[A-Za-z0-9-]{1,64}$",
            "SHOP01-PXT-17195123456789",
        ))
    }
}

impl ToSchema for Reference {}

impl PartialSchema for PoiId {
    fn schema() -> RefOr<Schema> {
        object(text(
            "The name of a terminal.",
            "^[A-Za-z0-9._-]{1,64}$",
            "V400m-TEST-000001",
        ))
    }
}

impl ToSchema for PoiId {}

/// A date, or a date and time.
#[derive(Debug)]
pub enum IsoDate {}

impl PartialSchema for IsoDate {
    fn schema() -> RefOr<Schema> {
        let text = |format: &str, example: &str| {
            ObjectBuilder::new()
                .schema_type(Type::String)
                .format(Some(SchemaFormat::Custom(format.to_owned())))
                .examples([example])
        };
        AnyOfBuilder::new()
            .item(text("date-time", "2026-07-15T14:00:00Z"))
            .item(text("date", "2026-07-15"))
            .description(Some("ISO 8601"))
            .into()
    }
}

impl ToSchema for IsoDate {}

/// A country that sessions may name: the built-in list.
#[derive(Debug)]
pub enum Country {}

impl PartialSchema for Country {
    fn schema() -> RefOr<Schema> {
        object(
            ObjectBuilder::new()
                .schema_type(Type::String)
                .description(Some(
                    "ISO 3166-1 alpha-2 code. The list is the built-in one; whoever runs the service may \
                     have configured another.",
                ))
                .enum_values(Some(country::DEFAULT.map(Value::from)))
                .examples(["ES"]),
        )
    }
}

impl ToSchema for Country {}
