//! A merchant that integrates with the API, and its customer.

use http::Method;
use serde_json::{Value, json};

use crate::client::{Answer, Client};

/// A merchant in one environment.
#[derive(Clone)]
pub struct Shop {
    client: Client,
    /// Its webcode.
    pub webcode: String,
    /// Its API key.
    pub api_key: String,
    /// Its client secret.
    pub client_secret: String,
    prefix: &'static str,
}

/// A request that is being put together.
pub struct Call<'a> {
    shop: &'a Shop,
    path: String,
    headers: Vec<(String, String)>,
    body: String,
}

impl Shop {
    /// A demo merchant, `live` or `test`.
    #[must_use]
    pub fn demo(client: Client, webcode: &str, environment: &str) -> Self {
        let merchants = local::demo::merchants();
        let merchant = merchants
            .as_array()
            .expect("a list")
            .iter()
            .find(|found| found["webcode"] == webcode);
        let credentials = &merchant.expect("a demo merchant")[environment];
        let text = |name: &str| credentials[name].as_str().expect("a text").to_owned();
        Self {
            client,
            webcode: webcode.to_owned(),
            api_key: text("apiKey"),
            client_secret: text("clientSecret"),
            prefix: if environment == "test" {
                "/external/v1/test"
            } else {
                "/external/v1"
            },
        }
    }

    /// The same merchant with another key.
    #[must_use]
    pub fn with_key(mut self, api_key: &str) -> Self {
        api_key.clone_into(&mut self.api_key);
        self
    }

    /// The body of the documents' example session.
    #[must_use]
    pub fn session_body(&self) -> Value {
        json!({
            "webcode": self.webcode,
            "amount": { "value": 15000, "currency": "EUR" },
            "urlOk": "https://tu-sistema.com/pago-ok",
            "urlKo": "https://tu-sistema.com/pago-error",
            "description": "Pedido #12345 - Servicio premium",
            "customReference": "ORD-2026-12345"
        })
    }

    /// The body of a refund.
    #[must_use]
    pub fn refund_body(&self, payment_reference: &str, value: u64) -> Value {
        json!({
            "webcode": self.webcode,
            "paymentReference": payment_reference,
            "amount": { "value": value, "currency": "EUR" },
            "reason": "CUSTOMER REQUEST"
        })
    }

    /// A POST with the merchant's key.
    #[must_use]
    pub fn post(&self, path: &str, body: &Value) -> Call<'_> {
        Call {
            shop: self,
            path: format!("{}{path}", self.prefix),
            headers: vec![
                ("x-api-key".to_owned(), self.api_key.clone()),
                ("content-type".to_owned(), "application/json".to_owned()),
            ],
            body: body.to_string(),
        }
    }

    /// Asks to create a session.
    #[must_use]
    pub fn create_session(&self) -> Call<'_> {
        self.post("/payment/session", &self.session_body())
    }

    /// Asks for a refund.
    #[must_use]
    pub fn refund(&self, payment_reference: &str, value: u64) -> Call<'_> {
        self.post(
            "/payment/refund",
            &self.refund_body(payment_reference, value),
        )
    }

    /// Queries a session.
    pub async fn query(&self, session_id: &str) -> Answer {
        let path = format!(
            "{}/payment/session/{session_id}?webcode={}",
            self.prefix, self.webcode
        );
        self.client
            .send(Method::GET, &path, &[("x-api-key", &self.api_key)], "")
            .await
    }

    /// A customer opens a page in a browser.
    pub async fn open(&self, payment_url: &str) -> Answer {
        self.client
            .send(
                Method::GET,
                payment_url,
                &[("sec-fetch-dest", "document")],
                "",
            )
            .await
    }

    /// A customer pays with a good card under a name, which decides the result.
    pub async fn pay(&self, payment_url: &str, holder_name: &str) -> Answer {
        let fields = [
            ("action", "pay"),
            ("cardNumber", "4111 1111 1111 1111"),
            ("expiry", "12/30"),
            ("cvc", "737"),
            ("holderName", holder_name),
        ];
        self.submit(payment_url, &fields).await
    }

    /// A customer submits the form.
    pub async fn submit(&self, payment_url: &str, fields: &[(&str, &str)]) -> Answer {
        let form = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .finish();
        let headers = [("content-type", "application/x-www-form-urlencoded")];
        self.client
            .send(Method::POST, payment_url, &headers, form)
            .await
    }

    /// Asks to capture, cancel or extend a reservation.
    #[must_use]
    pub fn modify(&self, kind: &str, payment_reference: &str, value: Option<u64>) -> Call<'_> {
        let mut body = json!({ "webcode": self.webcode, "paymentReference": payment_reference });
        if let Some(value) = value {
            body["amount"] = json!({ "value": value, "currency": "EUR" });
        }
        self.post(&format!("/payment/{kind}"), &body)
    }

    /// Asks for something that is listed or queried, with a query beside the webcode.
    pub async fn get(&self, path: &str, query: &[(&str, &str)]) -> Answer {
        let query = form_urlencoded::Serializer::new(String::new())
            .append_pair("webcode", &self.webcode)
            .extend_pairs(query)
            .finish();
        let path = format!("{}{path}?{query}", self.prefix);
        self.client
            .send(Method::GET, &path, &[("x-api-key", &self.api_key)], "")
            .await
    }

    /// A pre-authorisation that a customer gave: its payment's reference.
    pub async fn reservation(&self) -> String {
        let mut body = self.session_body();
        body["isPreAuth"] = json!(true);
        self.paid(&body).await.1
    }

    /// A session that a customer paid: its id and the payment's reference.
    pub async fn paid_session(&self) -> (String, String) {
        self.paid(&self.session_body()).await
    }

    /// A session with a body of its own that a customer paid.
    pub async fn paid(&self, body: &Value) -> (String, String) {
        let created = self.post("/payment/session", body).send().await.data();
        let payment_url = created["paymentUrl"].as_str().expect("a text");
        assert!(self.pay(payment_url, "Test User").await.status.is_success());
        let session_id = created["sessionId"].as_str().expect("a text").to_owned();
        let queried = self.query(&session_id).await.data();
        (
            session_id,
            queried["paymentReference"]
                .as_str()
                .expect("paid")
                .to_owned(),
        )
    }
}

impl Call<'_> {
    /// With an idempotency key.
    #[must_use]
    pub fn key(self, key: &str) -> Self {
        self.header("idempotency-key", key)
    }

    /// With a header, in place of the one of that name.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.retain(|(found, _)| found != name);
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Without a header.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(found, _)| found != name);
        self
    }

    /// With another body.
    #[must_use]
    pub fn body(mut self, body: impl Into<String>) -> Self {
        self.body = body.into();
        self
    }

    /// Sends it.
    pub async fn send(self) -> Answer {
        let headers: Vec<(&str, &str)> = self
            .headers
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        self.shop
            .client
            .send(Method::POST, &self.path, &headers, self.body.clone())
            .await
    }
}
