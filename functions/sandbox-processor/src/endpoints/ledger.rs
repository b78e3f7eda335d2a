//! `GET /ledger`: every payment with its money, so that somebody else's books can be compared with these to the cent.

use serde::Serialize;
use shared::domain::external::ProcessorStatus;
use shared::domain::money::Currency;
use shared::http::ApiRequest;

use crate::Sandbox;
use crate::answer::{Answer, Refusal};
use crate::domain::payment::{Payment, Sums};

/// A page of the ledger.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Page {
    payments: Vec<Row>,
    /// What the next page is asked for with; null on the last one.
    next_cursor: Option<String>,
}

/// A payment in the ledger.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Row {
    payment_id: String,
    shop_transaction_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    subscription_token: Option<String>,
    status: ProcessorStatus,
    channel: &'static str,
    pre_auth: bool,
    amount: u64,
    currency: Currency,
    #[serde(flatten)]
    sums: Sums,
    created_at: String,
}

/// A page of all payments as they are now.
pub(crate) async fn list(sandbox: &Sandbox, request: &ApiRequest) -> Result<Answer, Refusal> {
    let now = sandbox.clock.now();
    let limit = i32::try_from(request.limit()?).unwrap_or(i32::MAX);
    let after = request.query_parameter("cursor");
    if after.as_ref().is_some_and(|after| !after.contains(':')) {
        return Err(Refusal::invalid("cursor is none of this list"));
    }
    let (payments, next_cursor) = sandbox
        .ledger
        .page::<Payment>(after.as_deref(), limit)
        .await?;
    let row = |mut payment: Payment| {
        payment.advance(now);
        Row {
            status: payment.status(),
            channel: payment.asked.channel.as_str(),
            pre_auth: payment.asked.pre_auth,
            amount: payment.asked.amount.value,
            currency: payment.asked.amount.currency,
            sums: payment.sums,
            created_at: payment.created_at.iso(),
            payment_id: payment.payment_id,
            shop_transaction_id: payment.asked.shop_transaction_id,
            subscription_token: payment.subscription_token,
        }
    };
    let payments = payments.into_iter().map(row).collect();
    Answer::ok(&Page {
        payments,
        next_cursor,
    })
}
