//! The one change of this function.

use http::StatusCode;
use serde::Serialize;
use shared::app::App;
use shared::config::Config;
use shared::domain::country::is_country_code;
use shared::domain::environment::Environment;
use shared::domain::idempotency::Endpoint;
use shared::domain::money::Money;
use shared::domain::reference::{Marker, Reference};
use shared::domain::session::{Session, SessionStatus};
use shared::domain::text::{check_locale, check_return_url};
use shared::domain::time::is_iso_8601;
use shared::domain::webcode::Webcode;
use shared::flow::{Change, Decision};
use shared::http::{ApiError, ApiRequest, Fields, Reply};
use shared::store::{self, Item, Key, Write};

/// The parameters of a new session, with the defaults filled in.
#[derive(Debug, Serialize)]
pub(crate) struct CreateSession {
    webcode: Webcode,
    amount: Money,
    url_ok: String,
    url_ko: String,
    country_code: String,
    shopper_locale: String,
    deliver_at: Option<String>,
    description: Option<String>,
    custom_reference: Option<String>,
    is_pre_auth: bool,
}

/// The data of the reply (online-payments.txt, *Successful response (201)*).
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(
    feature = "openapi",
    derive(utoipa::ToSchema),
    schema(as = CreatedSession, description = "A new session.")
)]
pub(crate) struct Created<'a> {
    session_id: &'a Reference,
    /// Where to send the customer.
    #[cfg_attr(
        feature = "openapi",
        schema(example = "https://payments.example/pay-external/eyJhbGciOi...")
    )]
    payment_url: String,
    /// Always `pending`.
    status: SessionStatus,
    amount: Money,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    description: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    custom_reference: Option<&'a str>,
    /// Whether the amount is only reserved.
    is_pre_auth: bool,
    /// When, in UTC.
    #[cfg_attr(feature = "openapi", schema(example = "2026-06-28 10:30:00"))]
    created_at: String,
}

impl Change for CreateSession {
    const ENDPOINT: Endpoint = Endpoint::Session;
    const MARKER: Marker = Marker::Session;

    fn parse(fields: &Fields<'_>, app: &App, environment: Environment) -> Result<Self, ApiError> {
        let url = |name: &'static str| {
            fields
                .checked_text(name, |url| check_return_url(url, environment))?
                .ok_or_else(|| ApiError::invalid(format!("{name} is required.")))
        };
        Ok(Self {
            webcode: fields.webcode()?,
            amount: fields.amount()?,
            url_ok: url("urlOk")?,
            url_ko: url("urlKo")?,
            country_code: country(fields, app)?,
            shopper_locale: fields
                .checked_text("shopperLocale", check_locale)?
                .unwrap_or_else(|| "es-ES".to_owned()),
            deliver_at: deliver_at(fields)?,
            description: fields.description()?,
            custom_reference: fields.custom_reference()?,
            is_pre_auth: fields.flag("isPreAuth", false)?,
        })
    }

    fn webcode(&self) -> &Webcode {
        &self.webcode
    }

    fn resource(&self) -> Option<Key> {
        None
    }

    fn decide(&self, _: Option<&Item>, decision: &Decision<'_>) -> Result<Vec<Write>, ApiError> {
        let session = Session {
            session_id: decision.reference.clone(),
            webcode: self.webcode.clone(),
            amount: self.amount,
            url_ok: self.url_ok.clone(),
            url_ko: self.url_ko.clone(),
            country_code: self.country_code.clone(),
            shopper_locale: self.shopper_locale.clone(),
            deliver_at: self.deliver_at.clone(),
            description: self.description.clone(),
            custom_reference: self.custom_reference.clone(),
            is_pre_auth: self.is_pre_auth,
            status: SessionStatus::Pending,
            attempts: Vec::new(),
            challenge: None,
            open_payment: None,
            opened_at: None,
            ended_at: None,
            payment_reference: None,
        };
        Ok(vec![store::create_session(&session, decision.writer)?])
    }

    fn reply(
        &self,
        app: &App,
        request: &ApiRequest,
        reference: &Reference,
        _: Option<&Item>,
    ) -> Result<Reply, ApiError> {
        let tokens = Config::require(app.page_tokens.as_ref(), "PAGE_TOKEN_KEY")
            .map_err(ApiError::internal)?;
        let token = tokens
            .sign(request.environment, reference)
            .map_err(ApiError::internal)?;
        let base_url = request.base_url(app.config.base_url.as_deref());
        let data = Created {
            session_id: reference,
            payment_url: format!("{base_url}/pay-external/{token}"),
            status: SessionStatus::Pending,
            amount: self.amount,
            description: self.description.as_deref(),
            custom_reference: self.custom_reference.as_deref(),
            is_pre_auth: self.is_pre_auth,
            created_at: reference.created_at().to_string(),
        };
        Reply::new(StatusCode::CREATED, &data)
    }
}

/// Format first (12006), then support (12009): contract README, *Countries*.
fn country(fields: &Fields<'_>, app: &App) -> Result<String, ApiError> {
    let code = fields
        .find_text("countryCode")
        .map_err(|_| ApiError::InvalidCountryFormat)?
        .unwrap_or("ES");
    if !is_country_code(code) {
        return Err(ApiError::InvalidCountryFormat);
    }
    if !app.config.countries.contains(code) {
        return Err(ApiError::CountryNotSupported);
    }
    Ok(code.to_owned())
}

fn deliver_at(fields: &Fields<'_>) -> Result<Option<String>, ApiError> {
    let invalid = ApiError::InvalidDate("deliverAt");
    match fields.find_text("deliverAt") {
        Ok(Some(text)) if is_iso_8601(text) => Ok(Some(text.to_owned())),
        Ok(None) => Ok(None),
        Ok(Some(_)) | Err(_) => Err(invalid),
    }
}
