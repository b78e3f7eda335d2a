//! What a customer submits: card data becomes a [`Card`] here, and what was typed is gone.

use std::borrow::Cow;
use std::collections::HashMap;

use shared::domain::card::{Card, CardForm, CardProblem, Expiry};
use shared::domain::session::Session;
use shared::domain::time::Ticks;
use shared::http::{ApiError, ApiRequest};

/// The fields of a form, by name.
pub(crate) type Fields<'a> = HashMap<Cow<'a, str>, Cow<'a, str>>;

/// A form that was sent.
pub(crate) enum Submitted {
    /// It says what is wanted.
    Wanted(Intent),
    /// It is about a card, and something is wrong with it.
    Mistyped {
        problems: Vec<CardProblem>,
        expiry: Option<Expiry>,
    },
}

/// What a customer wants.
pub(crate) enum Intent {
    /// To pay with a card.
    Pay {
        card: Card,
        /// How many attempts the session had when the form was shown; a form of somebody's own does not say.
        attempts_seen: Option<usize>,
    },
    /// To answer 3-D Secure.
    Answer { challenge: String, approves: bool },
    /// To give up.
    Cancel,
}

impl Intent {
    /// Whether it is about another card than the latest attempt: if it was not tried, the customer must hear of it.
    pub(crate) fn was_not_tried(&self, session: &Session) -> bool {
        let latest = session
            .attempts
            .last()
            .and_then(|attempt| attempt.card.as_ref());
        matches!(self, Self::Pay { card, attempts_seen: Some(seen) }
            if *seen != session.attempts.len() && Some(&card.summary) != latest)
    }
}

/// Reads a submit.
///
/// # Errors
/// When it is no form, or does not say what is wanted.
pub(crate) fn read(request: &ApiRequest, now: Ticks) -> Result<Submitted, ApiError> {
    let fields = fields(request)?;
    let field = |name: &str| fields.get(name).map_or("", |value| value.as_ref());
    let answer = |approves| {
        Submitted::Wanted(Intent::Answer {
            challenge: field("challenge").to_owned(),
            approves,
        })
    };
    match field("action") {
        "pay" => Ok(pay(
            &CardForm {
                number: field("cardNumber"),
                expiry: field("expiry"),
                cvc: field("cvc"),
                holder_name: field("holderName"),
            },
            field("attempt").parse().ok(),
            now,
        )),
        "approve" => Ok(answer(true)),
        "reject" => Ok(answer(false)),
        "cancel" => Ok(Submitted::Wanted(Intent::Cancel)),
        _ => Err(ApiError::invalid(
            "action must be pay, approve, reject or cancel",
        )),
    }
}

/// The fields of a form.
///
/// # Errors
/// When it is no form.
pub(crate) fn fields(request: &ApiRequest) -> Result<Fields<'_>, ApiError> {
    let content_type = request.header("content-type").unwrap_or_default();
    let media_type = content_type.split(';').next().unwrap_or_default().trim();
    if !media_type.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        return Err(ApiError::UnsupportedContentType);
    }
    Ok(form_urlencoded::parse(request.body()).collect())
}

fn pay(form: &CardForm<'_>, attempts_seen: Option<usize>, now: Ticks) -> Submitted {
    match form.check(now) {
        Ok(card) => Submitted::Wanted(Intent::Pay {
            card,
            attempts_seen,
        }),
        Err(problems) => Submitted::Mistyped {
            problems,
            expiry: Expiry::parse(form.expiry).ok(),
        },
    }
}
