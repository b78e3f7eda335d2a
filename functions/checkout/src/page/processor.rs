//! Live: the way to the page of an external service, and the wait for what it says.

use http::StatusCode;
use maud::html;

use super::card_form::{Returned, notice, way_out};
use super::{CLOCK, Next, Page, View, sign};
use crate::texts::Message;

/// How soon a page that waits looks again.
const LOOKS_AGAIN_AFTER_SECONDS: u32 = 3;

/// Leads to the payment: for whom the page does not go on by itself, and after an attempt that was refused.
pub(crate) fn start(view: View<'_>) -> Page {
    let texts = view.texts();
    let body = html! {
        (notice(view, &Returned::Nothing))
        p { (texts.get(Message::StartText)) }
        form method="post" {
            input type="hidden" name="action" value="start";
            input type="hidden" name="attempt" value=(view.session.attempts.len());
            button.main data-busy=(texts.get(Message::Processing)) { (texts.get(Message::Start)) }
        }
        (way_out(texts, Message::Cancel))
    };
    Page::open("start", view, view.heading(), &body)
}

/// Sends the customer on to the page of the service: by a redirect, unless this answers a form, which may not lead away.
pub(crate) fn leave(view: View<'_>, url: &str, is_answer_to_form: bool) -> Page {
    let texts = view.texts();
    let body = html! {
        section.surface.end {
            (sign(CLOCK, true))
            h1 { (texts.get(Message::Redirecting)) }
            p { (texts.get(Message::StartText)) }
            a.main href=(url) { (texts.get(Message::Start)) }
        }
    };
    let mut page = Page::about("leaving", view, texts.get(Message::Redirecting), body);
    page.next = Next::Processor(url.to_owned());
    if !is_answer_to_form {
        page.status = StatusCode::SEE_OTHER;
    }
    page
}

/// Waits for what the service says: it looks again by itself, with a script and without.
pub(crate) fn wait(view: View<'_>, url: Option<&str>) -> Page {
    let texts = view.texts();
    let body = html! {
        section.surface.end {
            (sign(CLOCK, true))
            h1 { (texts.get(Message::WaitHeading)) }
            p role="status" data-again=(LOOKS_AGAIN_AFTER_SECONDS) { span.turning aria-hidden="true" {} " " (view.amount()) }
            p { (texts.get(Message::WaitText)) }
            @if let Some(url) = url { a.main href=(url) { (texts.get(Message::BackToPayment)) } }
        }
    };
    let mut page = Page::about("waiting", view, texts.get(Message::WaitHeading), body);
    page.next = Next::Again(LOOKS_AGAIN_AFTER_SECONDS);
    page
}
