//! Terminals (contract README, *POS*, *POS payment*).

use shared::domain::idempotency::IdempotencyConflict;
use shared::http::ApiError;

use crate::operation::{Body, Data, Method, Operation, Scope, Success, WEBCODE, optional};

pub(super) const TERMINALS: Operation = Operation {
    method: Method::Get,
    scope: Scope::Environments { idempotent: false },
    path: "/pos/terminals",
    id: "listTerminals",
    tag: "Terminals",
    summary: "List terminals",
    description: "The boarded ones. Test has three simulated ones, the third of which is offline.",
    parameters: &[
        WEBCODE,
        optional(
            "syncFromProvider",
            "`true` lists only those that are online now.",
            r#"{"type": "boolean", "default": false}"#,
            "false",
        ),
    ],
    body: None,
    success: Success {
        status: 200,
        description: "The terminals.",
        data: Data::All("Terminal"),
        example: r#"{
  "success": true,
  "data": [
    {
      "poiId": "V400m-TEST-000001",
      "status": "boarded",
      "name": "Terminal Test 1 - Mostrador",
      "model": "V400m",
      "createdAt": "2026-01-01T00:00:00Z",
      "updatedAt": "2026-01-01T00:00:00Z"
    }
  ]
}"#,
        links: &[],
    },
    errors: Vec::new,
};

pub(super) const PAY: Operation = Operation {
    method: Method::Post,
    scope: Scope::Environments { idempotent: true },
    path: "/pos/payment",
    id: "chargeTerminal",
    tag: "Terminals",
    summary: "Charge a terminal",
    description: "Answers when the terminal has taken or refused the card. A terminal takes one payment at a time. In Test the \
                  last three digits of `amount.value` decide: 124 NOT_ENOUGH_BALANCE, 125 BLOCKED_CARD, 126 CARD_EXPIRED, 127 \
                  INVALID_PIN, 128 DECLINED, 131 a failing provider, 132 an unreachable terminal, 133 a busy one; anything else \
                  is authorised.",
    parameters: &[],
    body: Some(Body {
        schema: "ChargeTerminal",
        example: r#"{
  "webcode": "SHOP01",
  "poiId": "V400m-TEST-000001",
  "amount": { "value": 15000, "currency": "EUR" },
  "description": "Mesa 7",
  "customReference": "TICKET-2026-0042"
}"#,
    }),
    success: Success {
        status: 200,
        description: "The terminal has answered: look at `status`.",
        data: Data::One("PosPayment"),
        example: r#"{
  "success": true,
  "data": {
    "posPaymentId": "SHOP01-PSX-17195123456789",
    "paymentReference": "SHOP01-PSX-17195123456789",
    "poiId": "V400m-TEST-000001",
    "status": "authorised",
    "amount": { "value": 15000, "currency": "EUR" },
    "description": "Mesa 7",
    "customReference": "TICKET-2026-0042",
    "isPreAuth": false,
    "createdAt": "2026-06-28 10:30:00"
  }
}"#,
        links: &[],
    },
    errors: || {
        vec![
            ApiError::NotFound,
            ApiError::TerminalBusy,
            ApiError::Idempotency(IdempotencyConflict::InProgress),
            ApiError::ProviderError,
            ApiError::TerminalUnreachable,
        ]
    },
};
