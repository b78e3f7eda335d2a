//! One session.

use http::StatusCode;
use serde::Serialize;
use shared::app::App;
use shared::domain::money::Money;
use shared::domain::reference::Reference;
use shared::domain::session::{AttemptStatus, Session, SessionStatus};
use shared::domain::time::Ticks;
use shared::domain::webcode::Webcode;
use shared::flow;
use shared::http::fields::parse_webcode;
use shared::http::{ApiError, ApiRequest, Reply};
use shared::store::{self, Key};

/// A session as it is told. What it does not have is left out.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(
    feature = "openapi",
    derive(utoipa::ToSchema),
    schema(as = Session, description = "How a session stands. What it does not have is left out.")
)]
pub(crate) struct Queried {
    session_id: Reference,
    status: SessionStatus,
    amount: Money,
    #[cfg_attr(feature = "openapi", schema(example = "ES"))]
    country_code: String,
    #[cfg_attr(feature = "openapi", schema(example = "es-ES"))]
    shopper_locale: String,
    /// As it was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    deliver_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    custom_reference: Option<String>,
    /// Whether the amount is only reserved.
    is_pre_auth: bool,
    url_ok: String,
    url_ko: String,
    /// When, in UTC.
    #[cfg_attr(feature = "openapi", schema(example = "2026-06-28 10:30:00"))]
    created_at: String,
    /// The authorised payment, once the session is completed: what refunds and the like are asked of.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    payment_reference: Option<Reference>,
    /// When, in UTC.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(
        feature = "openapi",
        schema(nullable = false, example = "2026-06-28 10:33:12")
    )]
    completed_at: Option<String>,
    /// `AUTHORISED`, once the session is completed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false, example = "AUTHORISED"))]
    payment_status: Option<&'static str>,
    /// Every try to pay, in order.
    attempts: Vec<QueriedAttempt>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(
    feature = "openapi",
    derive(utoipa::ToSchema),
    schema(as = Attempt, description = "One try to pay, with a payment reference of its own.")
)]
pub(crate) struct QueriedAttempt {
    payment_reference: Reference,
    status: AttemptStatus,
    /// When, in UTC.
    #[cfg_attr(feature = "openapi", schema(example = "2026-06-28 10:30:00"))]
    created_at: String,
}

/// Answers how a session stands: one trip.
pub(crate) async fn query(app: &App, request: &ApiRequest) -> Result<Reply, ApiError> {
    let item = flow::read(app, request, asked(request)).await?;
    let session: Session = store::read(item.ok_or(ApiError::NotFound)?)?;
    let webcode = request.query_parameter("webcode");
    if webcode.as_deref() != Some(session.webcode.as_str()) {
        return Err(ApiError::AccessDenied);
    }
    Reply::new(StatusCode::OK, &Queried::new(session, app.clock.now()))
}

fn asked(request: &ApiRequest) -> Result<(Webcode, Option<Key>), ApiError> {
    let webcode = request
        .query_parameter("webcode")
        .ok_or_else(|| ApiError::invalid("webcode is required."))?;
    let webcode = parse_webcode(&webcode)?;
    // What cannot be a reference names nothing.
    let session_id = request
        .path_variable("sessionId")
        .and_then(|text| Reference::parse(&text).ok());
    Ok((webcode, session_id.as_ref().map(Key::session)))
}

impl Queried {
    /// A session as it stands now.
    pub(crate) fn new(session: Session, now: Ticks) -> Self {
        let status = session.status_at(now);
        let completed = status == SessionStatus::Completed;
        Self {
            created_at: session.session_id.created_at().to_string(),
            session_id: session.session_id,
            status,
            amount: session.amount,
            country_code: session.country_code,
            shopper_locale: session.shopper_locale,
            deliver_at: session.deliver_at,
            description: session.description,
            custom_reference: session.custom_reference,
            is_pre_auth: session.is_pre_auth,
            url_ok: session.url_ok,
            url_ko: session.url_ko,
            payment_reference: session.payment_reference,
            completed_at: session
                .ended_at
                .filter(|_| completed)
                .map(|at| at.to_string()),
            payment_status: completed.then_some("AUTHORISED"),
            attempts: session
                .attempts
                .into_iter()
                .map(|attempt| QueriedAttempt {
                    payment_reference: attempt.payment_reference,
                    status: attempt.status,
                    created_at: attempt.created_at.to_string(),
                })
                .collect(),
        }
    }
}
