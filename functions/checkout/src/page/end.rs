//! How it ended: the page that leads back to the shop, or that says why there is none.

use http::StatusCode;
use maud::{Markup, html};
use shared::domain::session::SessionStatus;
use shared::http::{ApiError, ApiRequest};

use super::card_form::card_used;
use super::{Next, Page, STOP, TICK, View, sign};
use crate::language::Language;
use crate::texts::{Message, Texts};

/// The payment went well. Right after it the page goes on by itself; later it only links back.
pub(crate) fn paid(view: View<'_>, url: &str, sends_on: bool) -> Page {
    let texts = view.texts();
    let text = view.say(if view.session.is_pre_auth {
        Message::ReservedText
    } else {
        Message::PaidText
    });
    let card = view
        .session
        .attempts
        .last()
        .and_then(|attempt| attempt.card.as_ref());
    let body = html! {
        section.surface.end {
            (sign(TICK, true))
            h1 { (texts.get(Message::PaidHeading)) }
            p { bdi { (text) } }
            @if let Some(card) = card { p.hint { (card_used(texts, card)) } }
            (way_back(texts, url, Message::Continue, sends_on))
        }
    };
    let (name, heading) = if sends_on {
        ("redirecting", Message::Redirecting)
    } else {
        ("paid", Message::PaidHeading)
    };
    let mut page = Page::about(name, view, texts.get(heading), body);
    page.next = next(url, sends_on);
    page
}

/// The session ended without a payment.
pub(crate) fn not_paid(view: View<'_>, status: SessionStatus, sends_on: bool) -> Page {
    let (heading, text) = match status {
        SessionStatus::Expired => (Message::ExpiredHeading, Message::ExpiredText),
        SessionStatus::Cancelled => (Message::CancelledHeading, Message::CancelledText),
        SessionStatus::Failed | SessionStatus::Pending | SessionStatus::Completed => {
            (Message::FailedHeading, Message::FailedText)
        }
    };
    let url = &view.session.url_ko;
    let mut page = ended(view, status.as_str(), heading, text, sends_on);
    page.next = next(url, sends_on);
    page
}

/// A Live session, while no processor is connected.
pub(crate) fn no_processor(view: View<'_>) -> Page {
    let (heading, text) = (Message::UnavailableHeading, Message::UnavailableText);
    let mut page = ended(view, "no processor", heading, text, false);
    page.status = StatusCode::SERVICE_UNAVAILABLE;
    page
}

fn ended(
    view: View<'_>,
    name: &'static str,
    heading: Message,
    text: Message,
    sends_on: bool,
) -> Page {
    let texts = view.texts();
    let body = html! {
        section.surface.end {
            (sign(STOP, false))
            h1 { (texts.get(heading)) }
            p { (texts.get(text)) }
            (way_back(texts, &view.session.url_ko, Message::ReturnToShop, sends_on))
        }
    };
    Page::about(name, view, texts.get(heading), body)
}

/// The link to the shop; beside it, that nobody has to click it.
fn way_back(texts: Texts, url: &str, label: Message, sends_on: bool) -> Markup {
    html! {
        @if sends_on {
            p role="status" { span.turning aria-hidden="true" {} " " (texts.get(Message::Redirecting)) }
        }
        a.main href=(url) { (texts.get(label)) }
    }
}

fn next(url: &str, sends_on: bool) -> Next {
    if sends_on {
        Next::Shop(url.to_owned())
    } else {
        Next::Nowhere
    }
}

/// Something is wrong with the address or with us. No session is known, so the browser's language counts.
pub(crate) fn error(error: &ApiError, request: &ApiRequest) -> Page {
    let languages = request.header("accept-language").unwrap_or_default();
    let texts = Texts::of(Language::of_accept_language(languages));
    let status = error.entry().0;
    let (heading, text) = match status {
        StatusCode::NOT_FOUND => (Message::NotFoundHeading, Message::NotFoundText),
        status if status.is_client_error() => {
            (Message::NotUnderstoodHeading, Message::NotUnderstoodText)
        }
        _ => (Message::ErrorHeading, Message::ErrorText),
    };
    // Relative, as in a redirect: the page itself, without what was submitted.
    let again = request
        .path_name()
        .filter(|_| status != StatusCode::NOT_FOUND);
    let body = html! {
        section.surface.end {
            (sign(STOP, false))
            h1 { (texts.get(heading)) }
            p { (texts.get(text)) }
            @if let Some(again) = again { a.main href=(again) { (texts.get(Message::LoadAgain)) } }
            p.trace { (texts.get(Message::Trace)) ": " code { (request.trace_id) } }
        }
    };
    let mut page = Page::new("error", texts.language, texts.get(heading), body);
    page.status = status;
    page
}
