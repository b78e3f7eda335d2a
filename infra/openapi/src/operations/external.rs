//! The External Integration contract (external-integration.txt; docs/external-integration.md).

use shared::http::ApiError;

use crate::operation::{Body, Data, Method, Operation, Parameter, Place, Scope, Success};

const TAG: &str = "External services";

const EXTERNAL: Parameter = Parameter {
    name: "external",
    place: Place::Path,
    required: true,
    description: "The name of the external service.",
    schema: r#"{"type": "string", "pattern": "^[a-z0-9-]{1,32}$"}"#,
    example: "sandbox",
};

const TOKEN: Parameter = Parameter {
    name: "subscriptionToken",
    place: Place::Path,
    required: true,
    description: "The service's name of the subscription.",
    schema: r#"{"type": "string", "pattern": "^[A-Za-z0-9._-]{1,255}$"}"#,
    example: "sub-1",
};

const PAYMENT_ID: Parameter = Parameter {
    name: "paymentId",
    place: Place::Query,
    required: true,
    description: "The service's name of the payment.",
    schema: r#"{"type": "string", "pattern": "^[!-~]{1,255}$"}"#,
    example: "pay-1",
};

const NAMED: Body = Body {
    schema: "NamedPayment",
    example: r#"{ "paymentId": "pay-1" }"#,
};

const BY_KEY: Scope = Scope::ByKey { idempotent: false };

const fn paying(
    id: &'static str,
    path: &'static str,
    summary: &'static str,
    description: &'static str,
    body: Body,
    example: &'static str,
) -> Operation {
    Operation {
        method: Method::Post,
        scope: BY_KEY,
        path,
        id,
        tag: TAG,
        summary,
        description,
        parameters: &[EXTERNAL],
        body: Some(body),
        success: Success {
            status: 200,
            description: "The service's answer: look at `result`. Asked for again, it is repeated as the payment stands since.",
            data: Data::Bare("ForwardedAnswer"),
            example,
            links: &[],
        },
        errors: || {
            vec![
                ApiError::NotFound,
                ApiError::Conflict("shopTransactionId stands for another request already."),
                ApiError::InProgress("A request with this shopTransactionId is still in progress."),
                ApiError::Unprocessable("This external service has no subscriptions."),
                ApiError::ExternalService,
            ]
        },
    }
}

const fn standing(
    method: Method,
    id: &'static str,
    path: &'static str,
    summary: &'static str,
    description: &'static str,
) -> Operation {
    Operation {
        method,
        scope: BY_KEY,
        path,
        id,
        tag: TAG,
        summary,
        description,
        parameters: match method {
            Method::Get => &[EXTERNAL, PAYMENT_ID],
            Method::Post | Method::Delete => &[EXTERNAL],
        },
        body: match method {
            Method::Post => Some(NAMED),
            Method::Get | Method::Delete => None,
        },
        success: Success {
            status: 200,
            description: "How the payment stands, as the service says now.",
            data: Data::Bare("StatusAnswer"),
            example: r#"{
  "status": "ACCEPTED",
  "paymentId": "pay-1",
  "shopTransactionId": "ORD-2026-12345",
  "providerName": "sandbox"
}"#,
            links: &[],
        },
        errors: || vec![ApiError::NotFound, ApiError::ExternalService],
    }
}

const fn calling_back(method: Method, id: &'static str, summary: &'static str) -> Operation {
    Operation {
        method,
        scope: Scope::Public,
        path: "/callback",
        id,
        tag: TAG,
        summary,
        description: "For services: says that a payment changed. Nothing of it is believed; the service is asked, at most once in \
                      a second for each payment that is known. One that is not may be a subscription's charge that the service \
                      made by itself, and is recorded then.",
        parameters: match method {
            Method::Get => &[EXTERNAL, PAYMENT_ID],
            Method::Post | Method::Delete => &[EXTERNAL],
        },
        body: match method {
            Method::Post => Some(NAMED),
            Method::Get | Method::Delete => None,
        },
        success: Success {
            status: 200,
            description: "Heeded.",
            data: Data::Bare("Heeded"),
            example: "{}",
            links: &[],
        },
        errors: || vec![ApiError::NotFound, ApiError::ExternalService],
    }
}

const SUBSCRIPTION: Body = Body {
    schema: "ForwardSubscription",
    example: r#"{
  "amount": 990,
  "currency": "EUR",
  "shopTransactionId": "SUB-2026-1",
  "subscriptionInfo": { "interval": "MONTH", "intervalCount": 1, "expiresAfter": 12 }
}"#,
};

const SUBSCRIBED: &str = r#"{
  "result": "OK",
  "resultDescription": "",
  "paymentId": "pay-2",
  "subscriptionToken": "sub-1"
}"#;

const DONE: Success = Success {
    status: 200,
    description: "The service's answer: look at `result`.",
    data: Data::Bare("SubscriptionAnswer"),
    example: r#"{
  "result": "OK",
  "resultDescription": "",
  "subscriptionToken": "sub-1"
}"#,
    links: &[],
};

const fn about_subscription(
    method: Method,
    id: &'static str,
    path: &'static str,
    summary: &'static str,
    body: Option<Body>,
    success: Success,
) -> Operation {
    Operation {
        method,
        scope: BY_KEY,
        path,
        id,
        tag: TAG,
        summary,
        description: "Only for whoever began the subscription.",
        parameters: &[EXTERNAL, TOKEN],
        body,
        success,
        errors: || {
            vec![
                ApiError::NotFound,
                ApiError::Unprocessable("This external service has no subscriptions."),
                ApiError::ExternalService,
            ]
        },
    }
}

pub(super) const PAY: Operation = paying(
    "forwardPayment",
    "/pay",
    "Pay",
    "`REDIRECT_TO_URL` sends the customer on; `PENDING` is not known yet. After a 502 nobody knows whether it was done: send the \
     same request again, which is the same payment.",
    Body {
        schema: "ForwardPayment",
        example: r#"{
  "amount": 12345,
  "currency": "EUR",
  "shopTransactionId": "ORD-2026-12345",
  "successRedirectUrl": "https://shop.example/ok",
  "failureRedirectUrl": "https://shop.example/ko",
  "providerData": { "language": "es" }
}"#,
    },
    r#"{
  "result": "REDIRECT_TO_URL",
  "resultDescription": "",
  "paymentId": "pay-1",
  "redirectToUrl": "https://bank.example/3ds"
}"#,
);

pub(super) const REFUND: Operation = Operation {
    method: Method::Post,
    scope: Scope::ByKey { idempotent: true },
    path: "/refund",
    id: "forwardRefund",
    tag: TAG,
    summary: "Refund",
    description: "Of your own payments, and never more than was paid, in all. A lost answer is `PENDING`, and is not asked for again \
                  unless the service knows refunds again.",
    parameters: &[EXTERNAL],
    body: Some(Body {
        schema: "ForwardRefund",
        example: r#"{
  "amount": 2345,
  "currency": "EUR",
  "paymentId": "pay-1"
}"#,
    }),
    success: Success {
        status: 200,
        description: "The service's answer: look at `result`.",
        data: Data::Bare("ModifyAnswer"),
        example: r#"{ "result": "OK" }"#,
        links: &[],
    },
    errors: || {
        vec![
            ApiError::NotFound,
            ApiError::Idempotency(shared::domain::idempotency::IdempotencyConflict::InProgress),
            ApiError::ExternalService,
        ]
    },
};

const STANDS: &str = "Of your own payments. It is asked of the service: an older answer is never given for a new one.";
const TELLS: &str = "The same as `status`, and whoever runs the service is told, where `PAYMENT_CALLBACK_URL` is set.";

pub(super) const STATUS: Operation = standing(
    Method::Get,
    "forwardedStatus",
    "/status",
    "Ask how a payment stands",
    STANDS,
);
pub(super) const POST_STATUS: Operation = standing(
    Method::Post,
    "postForwardedStatus",
    "/status",
    "Ask how a payment stands, by POST",
    STANDS,
);
pub(super) const CHECK: Operation = standing(
    Method::Get,
    "checkForwarded",
    "/check",
    "Check a payment",
    TELLS,
);
pub(super) const POST_CHECK: Operation = standing(
    Method::Post,
    "postCheckForwarded",
    "/check",
    "Check a payment, by POST",
    TELLS,
);
pub(super) const CALLBACK: Operation = calling_back(Method::Get, "callBack", "Call back");
pub(super) const POST_CALLBACK: Operation =
    calling_back(Method::Post, "postCallBack", "Call back, by POST");

pub(super) const SCHEDULE: Operation = paying(
    "scheduleSubscription",
    "/subscription/schedule",
    "Schedule a subscription",
    "The service charges it by itself.",
    SUBSCRIPTION,
    SUBSCRIBED,
);
pub(super) const START: Operation = paying(
    "startSubscription",
    "/subscription/start",
    "Start a manual subscription",
    "It is charged when you ask for it.",
    SUBSCRIPTION,
    SUBSCRIBED,
);
pub(super) const CHARGE: Operation = paying(
    "paySubscription",
    "/subscription/pay",
    "Charge a manual subscription",
    "`subscriptionInfo.token` names it.",
    Body {
        schema: "ForwardSubscription",
        example: r#"{
  "amount": 990,
  "currency": "EUR",
  "shopTransactionId": "SUB-2026-1-02",
  "subscriptionInfo": { "token": "sub-1", "interval": "MONTH", "intervalCount": 1 }
}"#,
    },
    SUBSCRIBED,
);
pub(super) const UPDATE: Operation = about_subscription(
    Method::Post,
    "updateSubscription",
    "/subscription/update/{subscriptionToken}",
    "Update a subscription",
    Some(Body {
        schema: "UpdateSubscription",
        example: r#"{ "amount": 1290, "currency": "EUR" }"#,
    }),
    DONE,
);
pub(super) const EXPIRE: Operation = about_subscription(
    Method::Delete,
    "expireSubscription",
    "/subscription/expire/{subscriptionToken}",
    "Expire a subscription",
    None,
    DONE,
);
pub(super) const SUBSCRIPTION_STATUS: Operation = about_subscription(
    Method::Get,
    "subscriptionStatus",
    "/subscription/status/{subscriptionToken}",
    "Ask how a subscription stands",
    None,
    Success {
        status: 200,
        description: "How the subscription stands, as the service says now.",
        data: Data::Bare("SubscriptionStatusAnswer"),
        example: r#"{ "status": "ACTIVE", "subscriptionToken": "sub-1" }"#,
        links: &[],
    },
);
