//! What may be sent to this function and what it answers, for the description of the API (`infra/openapi`). The parsing is
//! beside each kind of modification; Schemathesis finds where the two differ.

use shared::domain::modification::RefundReason;
use shared::domain::money::Money;
use shared::domain::reference::Reference;
use shared::domain::webcode::Webcode;
use shared::openapi::with;
use utoipa::ToSchema;
use utoipa::openapi::schema::ComponentsBuilder;

use crate::cancel::Cancelling;
use crate::capture::Capturing;
use crate::extend::Extending;
use crate::refund::Refunding;

/// Adds the schemas of this function's bodies.
#[must_use]
pub fn schemas(components: ComponentsBuilder) -> ComponentsBuilder {
    [
        with::<RefundPayment>,
        with::<Refunding<'static>>,
        with::<CapturePayment>,
        with::<Capturing<'static>>,
        with::<CancelPayment>,
        with::<Cancelling<'static>>,
        with::<ExtendPayment>,
        with::<Extending<'static>>,
    ]
    .into_iter()
    .fold(components, |components, add| add(components))
}

/// A refund to be made. Unknown fields are ignored.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
#[expect(dead_code, reason = "its schema is all that is used")]
struct RefundPayment {
    /// Your identifier. It must be that of the API key.
    webcode: Webcode,
    /// The payment, not the session.
    payment_reference: Reference,
    /// At most what was captured less what was refunded, in the payment's currency.
    amount: Money,
    /// One of the exact values, with the space.
    reason: RefundReason,
}

/// A capture to be made. Unknown fields are ignored.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
#[expect(dead_code, reason = "its schema is all that is used")]
struct CapturePayment {
    /// Your identifier. It must be that of the API key.
    webcode: Webcode,
    /// The pre-authorised payment.
    payment_reference: Reference,
    /// All or part of what is reserved; the rest is released.
    amount: Money,
}

/// A cancellation to be made. Unknown fields are ignored.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
#[expect(dead_code, reason = "its schema is all that is used")]
struct CancelPayment {
    /// Your identifier. It must be that of the API key.
    webcode: Webcode,
    /// The pre-authorised payment.
    payment_reference: Reference,
}

/// An extension to be made. Unknown fields are ignored.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
#[expect(dead_code, reason = "its schema is all that is used")]
struct ExtendPayment {
    /// Your identifier. It must be that of the API key.
    webcode: Webcode,
    /// The pre-authorised payment.
    payment_reference: Reference,
}
