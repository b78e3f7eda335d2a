//! Modifications (modifications.txt).

use shared::http::ApiError;

use crate::operation::{
    Body, CURSOR, Data, FROM, LIMIT, Method, Operation, Scope, Success, TO, WEBCODE, optional,
};

/// What every modification may answer.
fn errors() -> Vec<ApiError> {
    vec![ApiError::NotFound]
}

pub(super) const REFUND: Operation = Operation {
    method: Method::Post,
    scope: Scope::Environments { idempotent: true },
    path: "/payment/refund",
    id: "refundPayment",
    tag: "Modifications",
    summary: "Refund a payment",
    description: "Gives back all or part of a payment. Several partial refunds are fine as long as their sum stays within what \
                  was captured; more is refused at once, with 12001. In Test it succeeds immediately.",
    parameters: &[],
    body: Some(Body {
        schema: "RefundPayment",
        example: r#"{
  "webcode": "SHOP01",
  "paymentReference": "SHOP01-PXT-17195123456789",
  "amount": { "value": 5000, "currency": "EUR" },
  "reason": "CUSTOMER REQUEST"
}"#,
    }),
    success: Success {
        status: 202,
        description: "The refund is taken in. A webhook `REFUND` tells how it ended.",
        data: Data::One("Refund"),
        example: r#"{
  "success": true,
  "data": {
    "refundReference": "SHOP01-RFX-17195234567890",
    "paymentReference": "SHOP01-PXT-17195123456789",
    "amount": { "value": 5000, "currency": "EUR" },
    "status": "pending",
    "createdAt": "2026-06-29 14:00:00"
  }
}"#,
        links: &[],
    },
    errors,
};

pub(super) const CAPTURE: Operation = Operation {
    method: Method::Post,
    scope: Scope::Environments { idempotent: true },
    path: "/payment/capture",
    id: "capturePayment",
    tag: "Modifications",
    summary: "Capture a pre-authorisation",
    description: "Takes all or part of what a payment with `isPreAuth` reserved; the rest is released, and there is one capture at most. More than \
                  was reserved is accepted too, and then fails by webhook.",
    parameters: &[],
    body: Some(Body {
        schema: "CapturePayment",
        example: r#"{
  "webcode": "SHOP01",
  "paymentReference": "SHOP01-PXT-17195123456789",
  "amount": { "value": 15000, "currency": "EUR" }
}"#,
    }),
    success: Success {
        status: 202,
        description: "The capture is taken in. A webhook `CAPTURE` tells how it ended.",
        data: Data::One("Capture"),
        example: r#"{
  "success": true,
  "data": {
    "captureReference": "SHOP01-CTX-17195345678901",
    "paymentReference": "SHOP01-PXT-17195123456789",
    "amount": { "value": 15000, "currency": "EUR" },
    "status": "received",
    "createdAt": "2026-06-29 15:00:00"
  }
}"#,
        links: &[],
    },
    errors,
};

pub(super) const CANCEL: Operation = Operation {
    method: Method::Post,
    scope: Scope::Environments { idempotent: true },
    path: "/payment/cancel",
    id: "cancelPayment",
    tag: "Modifications",
    summary: "Cancel a pre-authorisation",
    description: "Gives up what is reserved, before it is captured.",
    parameters: &[],
    body: Some(Body {
        schema: "CancelPayment",
        example: r#"{
  "webcode": "SHOP01",
  "paymentReference": "SHOP01-PXT-17195123456789"
}"#,
    }),
    success: Success {
        status: 202,
        description: "The cancellation is taken in. A webhook `CANCELLATION` tells how it ended.",
        data: Data::One("Cancellation"),
        example: r#"{
  "success": true,
  "data": {
    "cancelReference": "SHOP01-CAX-17195456789012",
    "paymentReference": "SHOP01-PXT-17195123456789",
    "status": "received",
    "createdAt": "2026-06-29 16:00:00"
  }
}"#,
        links: &[],
    },
    errors,
};

pub(super) const EXTEND: Operation = Operation {
    method: Method::Post,
    scope: Scope::Environments { idempotent: true },
    path: "/payment/extend",
    id: "extendPayment",
    tag: "Modifications",
    summary: "Extend a pre-authorisation",
    description: "Keeps the reservation for 28 days from now. The amount stays what it was.",
    parameters: &[],
    body: Some(Body {
        schema: "ExtendPayment",
        example: r#"{
  "webcode": "SHOP01",
  "paymentReference": "SHOP01-PXT-17195123456789"
}"#,
    }),
    success: Success {
        status: 202,
        description: "The extension is taken in. A webhook `EXTENSION` tells how it ended.",
        data: Data::One("Extension"),
        example: r#"{
  "success": true,
  "data": {
    "updateReference": "SHOP01-UPX-17195567890123",
    "paymentReference": "SHOP01-PXT-17195123456789",
    "amount": { "value": 15000, "currency": "EUR" },
    "status": "received",
    "createdAt": "2026-06-29 17:00:00"
  }
}"#,
        links: &[],
    },
    errors,
};

pub(super) const LIST: Operation = Operation {
    method: Method::Get,
    scope: Scope::Environments { idempotent: false },
    path: "/payment/modifications",
    id: "listModifications",
    tag: "Modifications",
    summary: "List modifications",
    description: "Newest first. As long as `nextCursor` is not null there is another page.",
    parameters: &[
        WEBCODE,
        optional(
            "paymentReference",
            "Those of this payment.",
            r##"{"$ref": "#/components/schemas/Reference"}"##,
            "SHOP01-PXT-17195123456789",
        ),
        optional(
            "type",
            "Those of this kind.",
            r##"{"$ref": "#/components/schemas/ModificationKind"}"##,
            "refund",
        ),
        optional(
            "status",
            "Those that stand so now.",
            r##"{"$ref": "#/components/schemas/ModificationStatus"}"##,
            "success",
        ),
        FROM,
        TO,
        LIMIT,
        CURSOR,
    ],
    body: None,
    success: Success {
        status: 200,
        description: "A page of modifications.",
        data: Data::Page("Modification"),
        example: r#"{
  "success": true,
  "data": [
    {
      "modificationReference": "SHOP01-RFX-17195234567890",
      "type": "refund",
      "paymentReference": "SHOP01-PXT-17195123456789",
      "amount": { "value": 5000, "currency": "EUR" },
      "reason": "CUSTOMER REQUEST",
      "status": "success",
      "createdAt": "2026-06-29 14:00:00",
      "completedAt": "2026-06-29 14:00:03"
    }
  ],
  "pagination": { "limit": 20, "nextCursor": null }
}"#,
        links: &[],
    },
    errors: || vec![ApiError::InvalidDate("from")],
};
