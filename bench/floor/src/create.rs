//! Creating a session with an idempotency key: one read, and a transaction of two items.

use aws_sdk_dynamodb::types::AttributeValue;
use lambda_http::{Error, Response};

use crate::calls::Condition;
use crate::items::{WRITER, euros, idempotency_key, item, text, token};
use crate::{Floor, answer};

impl Floor {
    /// Answers a request to create a session.
    ///
    /// # Errors
    /// A call has failed.
    pub async fn create(&self) -> Result<Response<String>, Error> {
        let now = self.now();
        self.read(&[(&self.api_key, "K"), (&idempotency_key(now), "I")])
            .await?;
        let reference = format!("FLOOR1-EXTT-{:014}", now.get());
        let sort = text(&format!("{:014}#{reference}", now.get()));
        let shard = now.get() % 4;
        let session = item([
            ("pk", text(&format!("S#{reference}"))),
            ("sk", text("S")),
            ("sessionId", text(&reference)),
            ("webcode", text("FLOOR1")),
            ("amount", euros(15_000)),
            (
                "urlOk",
                text("https://shop.example/orders/2026-000123/paid"),
            ),
            (
                "urlKo",
                text("https://shop.example/orders/2026-000123/not-paid"),
            ),
            ("countryCode", text("ES")),
            ("shopperLocale", text("es-ES")),
            ("deliverAt", text("2026-07-15T14:00:00Z")),
            (
                "description",
                text("Two nights, double room with breakfast"),
            ),
            ("customReference", text("2026-000123")),
            ("isPreAuth", AttributeValue::Bool(false)),
            ("status", text("pending")),
            ("attempts", AttributeValue::L(Vec::new())),
            ("lpk", text(&format!("L#S#FLOOR1#{shard}"))),
            ("lsk", sort.clone()),
            ("bpk", text(&format!("B#C#FLOOR1#2026-000123#{shard}"))),
            ("bsk", sort),
            ("writer", text(WRITER)),
        ]);
        let writes = vec![
            self.remember("session", &reference, now)?,
            self.put(session, Condition::unused())?,
        ];
        self.write(writes, token(now)).await?;
        answer(201)
    }
}
