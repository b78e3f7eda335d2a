//! Refunding with an idempotency key: one read, and a transaction of three items.

use aws_sdk_dynamodb::types::AttributeValue;
use lambda_http::{Error, Request, Response};
use serde_json::Value;

use crate::calls::Condition;
use crate::items::{WRITER, euros, idempotency_key, item, number, text, token};
use crate::{Floor, answer};

const UPDATE: &str = "SET #writer = :v0, #left = #left - :v1, #modifications = #modifications + :v2, \
                      #refunded = #refunded + :v6, #journal = list_append(#journal, :v7)";
const CONDITION: &str =
    "attribute_exists(#pk) AND #state = :v3 AND #left >= :v4 AND #modifications < :v5";
const NAMES: [(&str, &str); 7] = [
    ("#pk", "pk"),
    ("#writer", "writer"),
    ("#left", "left"),
    ("#modifications", "modifications"),
    ("#state", "state"),
    ("#refunded", "refunded"),
    ("#journal", "journal"),
];

impl Floor {
    /// Answers a request to refund a cent.
    ///
    /// # Errors
    /// A call has failed.
    pub async fn refund(&self, request: &Request) -> Result<Response<String>, Error> {
        let now = self.now();
        let body: Value = serde_json::from_slice(request.body())?;
        let payment = body["paymentReference"].as_str().unwrap_or_default();
        let payment_key = format!("P#{payment}");
        self.read(&[
            (&self.api_key, "K"),
            (&idempotency_key(now), "I"),
            (&payment_key, "P"),
        ])
        .await?;
        let reference = format!("FLOOR1-RFXT-{:014}", now.get());
        let sort = text(&format!("{:014}#{reference}", now.get()));
        let refund = item([
            ("pk", text(&format!("M#{reference}"))),
            ("sk", text("M")),
            ("reference", text(&reference)),
            ("kind", text("refund")),
            ("paymentReference", text(payment)),
            ("webcode", text("FLOOR1")),
            ("amount", euros(1)),
            ("reason", text("CUSTOMER REQUEST")),
            ("status", text("success")),
            ("settledAt", number(now.get())),
            ("lpk", text(&format!("L#M#FLOOR1#{}", now.get() % 4))),
            ("lsk", sort.clone()),
            ("bpk", text(&format!("B#P#{payment}"))),
            ("bsk", sort),
            ("writer", text(WRITER)),
        ]);
        let entry = AttributeValue::M(item([
            ("code", text("REFUND")),
            ("result", text("success")),
            ("amount", number(1)),
            ("modification", text(&reference)),
            ("at", number(now.get())),
        ]));
        let condition = Condition {
            expression: CONDITION,
            names: &NAMES,
            values: vec![
                (":v0", text(WRITER)),
                (":v1", number(1)),
                (":v2", number(1)),
                (":v3", text("captured")),
                (":v4", number(1)),
                (":v5", number(100)),
                (":v6", number(1)),
                (":v7", AttributeValue::L(vec![entry])),
            ],
        };
        let writes = vec![
            self.remember("refund", &reference, now)?,
            self.put(refund, Condition::unused())?,
            self.update((&payment_key, "P"), UPDATE, condition)?,
        ];
        self.write(writes, token(now)).await?;
        answer(202)
    }
}
