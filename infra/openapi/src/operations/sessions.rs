//! Sessions (online-payments.txt; contract README, *Queries*).

use shared::http::ApiError;

use crate::operation::{
    Body, CURSOR, Data, FROM, LIMIT, Link, Method, Operation, Parameter, Place, Scope, Success, TO,
    WEBCODE, optional,
};

/// Names the payment of a completed session, and nothing else.
const OF_PAYMENT: &str = r#"{
    "webcode": "$request.query.webcode",
    "paymentReference": "$response.body#/data/paymentReference"
}"#;

pub(super) const CREATE: Operation = Operation {
    method: Method::Post,
    scope: Scope::Environments { idempotent: true },
    path: "/payment/session",
    id: "createSession",
    tag: "Sessions",
    summary: "Create a payment session",
    description: "Save the `sessionId`, and send the customer to `paymentUrl`. From the first visit there are 300 seconds to \
                  pay. A customer who paid comes back to `urlOk`, with a JWT in `data` that is signed with your client secret \
                  (HS256); any other comes back to `urlKo`.",
    parameters: &[],
    body: Some(Body {
        schema: "CreateSession",
        example: r#"{
  "webcode": "SHOP01",
  "amount": { "value": 15000, "currency": "EUR" },
  "urlOk": "https://tu-sistema.com/pago-ok",
  "urlKo": "https://tu-sistema.com/pago-error",
  "countryCode": "ES",
  "shopperLocale": "es-ES",
  "description": "Pedido #12345 - Servicio premium",
  "customReference": "ORD-2026-12345",
  "isPreAuth": false
}"#,
    }),
    success: Success {
        status: 201,
        description: "The session is there and waits for the customer.",
        data: Data::One("CreatedSession"),
        example: r#"{
  "success": true,
  "data": {
    "sessionId": "SHOP01-EXT-17195000001234",
    "paymentUrl": "https://payments.example/pay-external/eyJhbGciOi...",
    "status": "pending",
    "amount": { "value": 15000, "currency": "EUR" },
    "description": "Pedido #12345 - Servicio premium",
    "customReference": "ORD-2026-12345",
    "isPreAuth": false,
    "createdAt": "2026-06-28 10:30:00"
  }
}"#,
        links: &[Link {
            name: "query",
            to: "querySession",
            description: "How the session stands.",
            parameters: r#"{
                "path.sessionId": "$response.body#/data/sessionId",
                "query.webcode": "$request.body#/webcode"
            }"#,
            body: None,
        }],
    },
    errors: || {
        vec![
            ApiError::InvalidDate("deliverAt"),
            ApiError::InvalidCountryFormat,
            ApiError::CountryNotSupported,
        ]
    },
};

pub(super) const QUERY: Operation = Operation {
    method: Method::Get,
    scope: Scope::Environments { idempotent: false },
    path: "/payment/session/{sessionId}",
    id: "querySession",
    tag: "Sessions",
    summary: "Query a session",
    description: "How a session stands. Once it is `completed` it has the `paymentReference` that refunds and the like are \
                  asked of; each try to pay is in `attempts`.",
    parameters: &[
        Parameter {
            name: "sessionId",
            place: Place::Path,
            required: true,
            description: "The session, as its creation named it.",
            schema: r##"{"$ref": "#/components/schemas/Reference"}"##,
            example: "SHOP01-EXT-17195000001234",
        },
        WEBCODE,
    ],
    body: None,
    success: Success {
        status: 200,
        description: "How the session stands now.",
        data: Data::One("Session"),
        example: r#"{
  "success": true,
  "data": {
    "sessionId": "SHOP01-EXT-17195000001234",
    "status": "completed",
    "amount": { "value": 15000, "currency": "EUR" },
    "countryCode": "ES",
    "shopperLocale": "es-ES",
    "description": "Pedido #12345 - Servicio premium",
    "customReference": "ORD-2026-12345",
    "isPreAuth": false,
    "urlOk": "https://tu-sistema.com/pago-ok",
    "urlKo": "https://tu-sistema.com/pago-error",
    "createdAt": "2026-06-28 10:30:00",
    "paymentReference": "SHOP01-PXT-17195123456789",
    "completedAt": "2026-06-28 10:33:12",
    "paymentStatus": "AUTHORISED",
    "attempts": [
      {
        "paymentReference": "SHOP01-PXT-17195123456789",
        "status": "authorised",
        "createdAt": "2026-06-28 10:33:12"
      }
    ]
  }
}"#,
        links: &[
            Link {
                name: "refund",
                to: "refundPayment",
                description: "Gives all of it back, once the session is completed.",
                parameters: "{}",
                body: Some(
                    r#"{
                    "webcode": "$request.query.webcode",
                    "paymentReference": "$response.body#/data/paymentReference",
                    "amount": "$response.body#/data/amount",
                    "reason": "CUSTOMER REQUEST"
                }"#,
                ),
            },
            Link {
                name: "capture",
                to: "capturePayment",
                description: "Takes all that is reserved, if `isPreAuth`.",
                parameters: "{}",
                body: Some(
                    r#"{
                    "webcode": "$request.query.webcode",
                    "paymentReference": "$response.body#/data/paymentReference",
                    "amount": "$response.body#/data/amount"
                }"#,
                ),
            },
            Link {
                name: "cancel",
                to: "cancelPayment",
                description: "Gives up what is reserved, if `isPreAuth`.",
                parameters: "{}",
                body: Some(OF_PAYMENT),
            },
            Link {
                name: "extend",
                to: "extendPayment",
                description: "Keeps the reservation longer, if `isPreAuth`.",
                parameters: "{}",
                body: Some(OF_PAYMENT),
            },
        ],
    },
    errors: || vec![ApiError::NotFound],
};

pub(super) const LIST: Operation = Operation {
    method: Method::Get,
    scope: Scope::Environments { idempotent: false },
    path: "/payment/sessions",
    id: "listSessions",
    tag: "Sessions",
    summary: "List sessions",
    description: "Newest first. As long as `nextCursor` is not null there is another page.",
    parameters: &[
        WEBCODE,
        optional(
            "status",
            "Those that stand so now.",
            r##"{"$ref": "#/components/schemas/SessionStatus"}"##,
            "completed",
        ),
        optional(
            "customReference",
            "Those with this reference of yours. No control characters.",
            r#"{"type": "string", "minLength": 1, "maxLength": 100, "pattern": "^[^\\u0000-\\u001f\\u007f-\\u009f]*$"}"#,
            "ORD-2026-12345",
        ),
        FROM,
        TO,
        LIMIT,
        CURSOR,
    ],
    body: None,
    success: Success {
        status: 200,
        description: "A page of sessions.",
        data: Data::Page("Session"),
        example: r#"{
  "success": true,
  "data": [
    {
      "sessionId": "SHOP01-EXT-17195000001234",
      "status": "pending",
      "amount": { "value": 15000, "currency": "EUR" },
      "countryCode": "ES",
      "shopperLocale": "es-ES",
      "customReference": "ORD-2026-12345",
      "isPreAuth": false,
      "urlOk": "https://tu-sistema.com/pago-ok",
      "urlKo": "https://tu-sistema.com/pago-error",
      "createdAt": "2026-06-28 10:30:00",
      "attempts": []
    }
  ],
  "pagination": { "limit": 20, "nextCursor": null }
}"#,
        links: &[],
    },
    errors: || vec![ApiError::InvalidDate("from")],
};
