//! What is in the tables before anything is measured: a merchant's key, and whatever a request needs to find.

use std::net::SocketAddr;

use shared::app::{App, Parts, REQUEST_WITHIN};
use shared::config::Config;
use shared::domain::api_key::{self, ApiKeyRecord, PresentedKey};
use shared::domain::card::{Brand, CardSummary, Expiry, SimulatedResult};
use shared::domain::client_secret::ClientSecret;
use shared::domain::delivery::{DEFAULT_ENDPOINT, Delivery};
use shared::domain::environment::Environment;
use shared::domain::event;
use shared::domain::money::{Currency, Money};
use shared::domain::payment::Payment;
use shared::domain::reference::{Marker, Reference};
use shared::domain::session::{Session, SessionStatus};
use shared::domain::time::Ticks;
use shared::domain::webcode::Webcode;
use shared::store::{self, Deadline, Key, Webhook, Write};

use crate::Failure;

/// The merchant that sends everything.
pub(crate) const WEBCODE: &str = "SHOP01";

/// Everything is Test's: there, a refund is settled at once, which is the longer way.
const ENVIRONMENT: Environment = Environment::Test;

/// What the functions sign and read the addresses of payment pages with.
pub(crate) const PAGE_TOKEN_KEY: &str = "bench-page-token-key-not-for-any-cloud-0001";

/// References of payments whose events are delivered are made from here on, far from those that the clock makes.
const FIRST_DELIVERED: u64 = 10_000_000_000_000;

/// What client secrets are sealed with.
pub(crate) const SEALING_KEY: &str = "bench-sealing-key-not-for-any-cloud-000001";

/// Who wrote what was there before.
const WRITER: &str = "6f1d2b34-0c5e-4a7f-9b8d-0123456789ab";

/// Access to the tables, past the functions.
pub(crate) struct Seed {
    app: App,
    webcode: Webcode,
    /// The merchant's API key.
    pub(crate) api_key: String,
    /// Where the API key is kept.
    pub(crate) api_key_at: String,
}

impl Seed {
    /// Seeds the merchant.
    pub(crate) async fn start(engine: SocketAddr) -> Result<Self, Failure> {
        let config = Config::from_lookup(|name| match name {
            "AWS_REGION" => Some("us-east-1".to_owned()),
            "AWS_ACCESS_KEY_ID" | "AWS_SECRET_ACCESS_KEY" => Some("bench".to_owned()),
            "AWS_ENDPOINT_URL_DYNAMODB" => Some(format!("http://{engine}")),
            "PAGE_TOKEN_KEY" => Some(PAGE_TOKEN_KEY.to_owned()),
            "SEALING_KEY" => Some(SEALING_KEY.to_owned()),
            "LIVE_TABLE" => Some("LiveTable".to_owned()),
            "TEST_TABLE" => Some("TestTable".to_owned()),
            _ => None,
        })?;
        let parts = Parts::system(&config)?;
        let api_key = api_key::generate(ENVIRONMENT, parts.entropy.bytes());
        let hash = PresentedKey::parse(&api_key)?.hash;
        let webcode = Webcode::parse(WEBCODE)?;
        let seed = Self {
            app: App::new(config, parts)?,
            webcode: webcode.clone(),
            api_key,
            api_key_at: Key::api_key(&hash).pk().to_owned(),
        };
        let record = ApiKeyRecord {
            id: "key_0001".to_owned(),
            webcode,
            revoked: false,
            networks: Vec::new(),
        };
        seed.write(store::create_api_key(&hash, &record, WRITER)?)
            .await?;
        Ok(seed)
    }

    /// A session that was paid.
    pub(crate) async fn paid_session(&self) -> Result<Reference, Failure> {
        let now = self.app.clock.now();
        let mut session = self.session(now)?;
        let session_id = session.session_id.clone();
        session.attempt(
            SimulatedResult::Authorised,
            CardSummary {
                brand: Some(Brand::Visa),
                last_four: "1111".to_owned(),
                expiry: Expiry::parse("12/30")?,
            },
            self.payment_reference(now),
            now,
        )?;
        self.write(store::create_session(&session, WRITER)?).await?;
        Ok(session_id)
    }

    /// The path of the page of a session that nobody has paid.
    pub(crate) async fn page(&self) -> Result<String, Failure> {
        let session = self.session(self.app.clock.now())?;
        self.write(store::create_session(&session, WRITER)?).await?;
        let tokens = self.app.page_tokens.as_ref().ok_or("no key to sign with")?;
        Ok(format!(
            "/pay-external/{}",
            tokens.sign(ENVIRONMENT, &session.session_id)?
        ))
    }

    /// A payment that can be refunded.
    pub(crate) async fn payment(&self) -> Result<Reference, Failure> {
        let now = self.app.clock.now();
        let reference = self.payment_reference(now);
        let payment = Payment::authorised(&self.session(now)?, reference.clone(), now);
        self.write(store::create_payment(&payment, now, WRITER)?)
            .await?;
        Ok(reference)
    }

    /// Where the merchant's webhooks go, and the secret that signs them.
    pub(crate) async fn webhook(&self, url: String) -> Result<(), Failure> {
        let random = self.app.entropy.bytes();
        let secret = api_key::generate_client_secret(ENVIRONMENT, random);
        let sealer = self.app.sealer.as_ref().ok_or("no key to seal with")?;
        let sealed = sealer.seal(&secret, ENVIRONMENT, &self.webcode, random)?;
        let secret = ClientSecret::first(sealed);
        let webhook = Webhook::to(url);
        self.write(store::put_client_secret(
            &self.webcode,
            &secret,
            None,
            WRITER,
        )?)
        .await?;
        self.write(store::put_webhook(&self.webcode, &webhook, None, WRITER)?)
            .await
    }

    /// A delivery that is due, of a payment that nothing else is known of.
    pub(crate) async fn delivery(&self, number: u64) -> Result<Delivery, Failure> {
        let now = self.app.clock.now();
        let reference = self.payment_reference(Ticks::new(FIRST_DELIVERED + number));
        let payment = Payment::authorised(&self.session(now)?, reference, now);
        let events = event::of_payment(&payment, ENVIRONMENT)?;
        let event = events.first().ok_or("a payment without an event")?;
        let delivery = Delivery::new(event, DEFAULT_ENDPOINT, now);
        self.write(store::create_delivery(&event.id, &delivery, WRITER)?)
            .await?;
        Ok(delivery)
    }

    fn payment_reference(&self, now: Ticks) -> Reference {
        Reference::new(&self.webcode, Marker::Payment, ENVIRONMENT, now)
    }

    fn session(&self, now: Ticks) -> Result<Session, Failure> {
        Ok(Session {
            session_id: Reference::new(&self.webcode, Marker::Session, ENVIRONMENT, now),
            webcode: self.webcode.clone(),
            amount: Money::new(15_000, Currency::Eur)?,
            url_ok: "https://shop.example/orders/2026-000123/paid".to_owned(),
            url_ko: "https://shop.example/orders/2026-000123/not-paid".to_owned(),
            country_code: "ES".to_owned(),
            shopper_locale: "es-ES".to_owned(),
            deliver_at: Some("2026-07-15T14:00:00Z".to_owned()),
            description: Some("Two nights, double room with breakfast".to_owned()),
            custom_reference: Some("2026-000123".to_owned()),
            is_pre_auth: false,
            status: SessionStatus::Pending,
            attempts: Vec::new(),
            challenge: None,
            open_payment: None,
            opened_at: None,
            ended_at: None,
            payment_reference: None,
        })
    }

    async fn write(&self, write: Write) -> Result<(), Failure> {
        let deadline = Deadline::within(REQUEST_WITHIN);
        Ok(self
            .app
            .store(ENVIRONMENT)
            .commit(&[write], WRITER, deadline)
            .await?)
    }
}
