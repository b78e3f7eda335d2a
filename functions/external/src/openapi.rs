//! What may be sent to this function and what it answers, for the description of the API (`infra/openapi`). The parsing is
//! in body.rs; Schemathesis finds where the two differ.

use serde_json::{Map, Value};
use shared::domain::external::{
    Interval, ModifyAnswer, StatusAnswer, SubscriptionAnswer, SubscriptionStatusAnswer,
};
use shared::domain::forwarded::ForwardedAnswer;
use shared::domain::money::Currency;
use shared::openapi::with;
use utoipa::ToSchema;
use utoipa::openapi::schema::ComponentsBuilder;

/// Adds the schemas of this function's bodies.
#[must_use]
pub fn schemas(components: ComponentsBuilder) -> ComponentsBuilder {
    let components = with::<ForwardPayment>(components);
    let components = with::<ForwardSubscription>(components);
    let components = with::<ForwardRefund>(components);
    let components = with::<NamedPayment>(components);
    let components = with::<UpdateSubscription>(components);
    let components = with::<ForwardedAnswer>(components);
    let components = with::<ModifyAnswer>(components);
    let components = with::<StatusAnswer>(components);
    let components = with::<SubscriptionAnswer>(components);
    let components = with::<SubscriptionStatusAnswer>(components);
    with::<Heeded>(components)
}

/// A payment to be passed on. Unknown fields are ignored, and `null` is the same as absent.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
#[expect(dead_code, reason = "its schema is all that is used")]
struct ForwardPayment {
    /// Minor units.
    #[schema(minimum = 1, maximum = 99_999_999, example = 12_345)]
    amount: u64,
    currency: Currency,
    /// Your own name of the payment. The same name is the same payment: asked for again, it is answered again.
    #[schema(pattern = "^[!-~]{1,229}$", example = "ORD-2026-12345")]
    shop_transaction_id: String,
    /// Where the customer goes after a payment: https, in Test http too.
    #[schema(max_length = 1024, example = "https://shop.example/ok")]
    success_redirect_url: Option<String>,
    /// Where the customer goes otherwise.
    #[schema(max_length = 1024, example = "https://shop.example/ko")]
    failure_redirect_url: Option<String>,
    /// For the service alone: passed on to the letter, kept nowhere. At most 16 KiB.
    provider_data: Option<Map<String, Value>>,
}

/// A subscription to begin or to be charged, with its payment.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
#[expect(dead_code, reason = "its schema is all that is used")]
struct ForwardSubscription {
    /// Minor units.
    #[schema(minimum = 1, maximum = 99_999_999, example = 990)]
    amount: u64,
    currency: Currency,
    /// Your own name of the payment. The same name is the same payment: asked for again, it is answered again.
    #[schema(pattern = "^[!-~]{1,229}$", example = "SUB-2026-1")]
    shop_transaction_id: String,
    /// Where the customer goes after a payment: https, in Test http too.
    #[schema(max_length = 1024, example = "https://shop.example/ok")]
    success_redirect_url: Option<String>,
    /// Where the customer goes otherwise.
    #[schema(max_length = 1024, example = "https://shop.example/ko")]
    failure_redirect_url: Option<String>,
    /// For the service alone: passed on to the letter, kept nowhere. At most 16 KiB.
    provider_data: Option<Map<String, Value>>,
    subscription_info: ForwardedSubscriptionInfo,
}

/// How a subscription is charged.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase", as = SubscriptionInfo)]
#[expect(dead_code, reason = "its schema is all that is used")]
struct ForwardedSubscriptionInfo {
    /// The subscription that is to be charged: required by `subscription/pay`.
    #[schema(pattern = "^[!-~]{1,255}$", example = "sub-1")]
    token: Option<String>,
    interval: Interval,
    /// Units from one charge to the next.
    #[schema(minimum = 1, maximum = 1000, example = 1)]
    interval_count: u32,
    /// Charges after which it ends, or a time: the service's own affair.
    expires_after: Option<Value>,
}

/// A refund to be passed on.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
#[expect(dead_code, reason = "its schema is all that is used")]
struct ForwardRefund {
    /// Minor units.
    #[schema(minimum = 1, maximum = 99_999_999, example = 2_345)]
    amount: u64,
    currency: Currency,
    /// The service's name of the payment.
    #[schema(pattern = "^[!-~]{1,255}$", example = "pay-1")]
    payment_id: String,
    /// For the service alone: passed on to the letter, kept nowhere. At most 16 KiB.
    provider_data: Option<Map<String, Value>>,
}

/// A payment, by name. As a form it is taken too, and as a query.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
#[expect(dead_code, reason = "its schema is all that is used")]
struct NamedPayment {
    /// The service's name of the payment.
    #[schema(pattern = "^[!-~]{1,255}$", example = "pay-1")]
    payment_id: String,
}

/// A change of a subscription. What is absent stays; `amount` and `currency` come together.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
#[expect(dead_code, reason = "its schema is all that is used")]
struct UpdateSubscription {
    /// Minor units of every charge from now on.
    #[schema(minimum = 1, maximum = 99_999_999, example = 1_290)]
    amount: Option<u64>,
    currency: Option<Currency>,
    subscription_info: Option<ForwardedSubscriptionInfo>,
    /// For the service alone: passed on to the letter, kept nowhere. At most 16 KiB.
    provider_data: Option<Map<String, Value>>,
}

/// A callback was heeded: there is nothing to say.
#[derive(ToSchema)]
struct Heeded {}
