//! The pages: HTML that the compiler checks and escapes, for whoever has a script and for whoever has none.

mod card_form;
mod challenge;
mod end;
mod processor;
mod response;
mod test_help;

use std::borrow::Cow;

use http::StatusCode;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use shared::domain::environment::Environment;
use shared::domain::session::Session;
use shared::domain::time::Ticks;

use crate::amount;
use crate::language::Language;
use crate::texts::{Message, Texts};

pub(crate) use card_form::{Returned, card_form};
pub(crate) use challenge::challenge;
pub(crate) use end::{error, no_processor, not_paid, paid};
pub(crate) use processor::{leave, start, wait};

const STYLE: &str = include_str!("../../assets/page.css");
const SCRIPT: &str = include_str!("../../assets/page.js");

/// What a page says of a session.
#[derive(Clone, Copy)]
pub(crate) struct View<'a> {
    pub(crate) session: &'a Session,
    /// The name that customers know the merchant by.
    pub(crate) merchant: &'a str,
    pub(crate) now: Ticks,
    pub(crate) environment: Environment,
}

impl View<'_> {
    fn texts(&self) -> Texts {
        Texts::of(Language::of_locale(&self.session.shopper_locale))
    }

    /// The amount, as the customer's country writes it.
    fn amount(&self) -> String {
        amount::money(self.session.amount, &self.session.shopper_locale)
    }

    /// A text about the merchant and the amount.
    fn say(&self, message: Message) -> String {
        self.texts().with(
            message,
            [
                ("merchant", Cow::Borrowed(self.merchant)),
                ("amount", Cow::Owned(self.amount())),
            ],
        )
    }

    /// What the customer is about to do.
    fn heading(&self) -> String {
        self.say(if self.session.is_pre_auth {
            Message::ReserveHeading
        } else {
            Message::PayHeading
        })
    }

    /// Whole seconds until the page ends, rounded up: when they are over here, they are over on the server.
    fn seconds_left(&self) -> Option<u64> {
        let left = self.session.page_ends_at()?.since(self.now);
        Some(left.as_secs() + u64::from(left.subsec_nanos() > 0))
    }
}

/// Where a page goes on to.
enum Next {
    /// It stays.
    Nowhere,
    /// On to the shop, at once: a 200, because `form-action` blocks a redirect after a POST.
    Shop(String),
    /// On to the page of an external service: a redirect, or, as an answer to a POST, a 200 for the same reason.
    Processor(String),
    /// To itself, in so many seconds: somebody else is at it.
    Again(u32),
    /// To itself, by 303: the answer to a submit after which there is still something to do.
    Itself,
}

/// A page, before it becomes a response.
pub(crate) struct Page {
    /// Which one, for the log.
    pub(crate) name: &'static str,
    pub(crate) status: StatusCode,
    language: Language,
    title: String,
    next: Next,
    /// Of the customer's time, in seconds: for the clock that runs without a script.
    seconds_left: Option<u64>,
    /// Whether there is something to do: then there is a script, and the order stands beside it on a wide screen.
    is_open: bool,
    banner: Markup,
    body: Markup,
}

impl Page {
    fn new(name: &'static str, language: Language, title: String, body: Markup) -> Self {
        Self {
            name,
            status: StatusCode::OK,
            language,
            title,
            next: Next::Nowhere,
            seconds_left: None,
            is_open: false,
            banner: html! {},
            body,
        }
    }

    /// A page about a session that has not ended: with its clock, and the order beside the rest.
    fn open(name: &'static str, view: View<'_>, title: String, body: &Markup) -> Self {
        Self {
            seconds_left: view.seconds_left(),
            is_open: true,
            ..Self::about(
                name,
                view,
                title,
                html! { (order(view)) section.surface { (body) } },
            )
        }
    }

    /// A page about a session.
    fn about(name: &'static str, view: View<'_>, title: String, body: Markup) -> Self {
        Self {
            banner: banner(view),
            ..Self::new(name, view.texts().language, title, body)
        }
    }

    /// The same page as the answer to a submit: the browser gets it anew, and a reload submits nothing.
    pub(crate) fn see_other(mut self) -> Self {
        if matches!(self.next, Next::Nowhere) && self.status == StatusCode::OK {
            self.next = Next::Itself;
            self.status = StatusCode::SEE_OTHER;
        }
        self
    }

    /// The same page for whom it is not meant.
    pub(crate) const fn unavailable(mut self) -> Self {
        self.status = StatusCode::SERVICE_UNAVAILABLE;
        self
    }

    fn html(&self) -> Markup {
        html! {
            (DOCTYPE)
            html lang=(self.language.tag()) {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="robots" content="noindex, nofollow";
                    // Phones would make links of amounts and references.
                    meta name="format-detection" content="telephone=no";
                    @match &self.next {
                        Next::Shop(url) | Next::Processor(url) => meta http-equiv="refresh" content={ "0;url=" (url) };,
                        // With a script, that one looks again: a refresh of its own would be a barrier.
                        Next::Again(seconds) => noscript { meta http-equiv="refresh" content=(seconds); },
                        Next::Nowhere | Next::Itself => {}
                    }
                    @if let Some(seconds) = self.seconds_left {
                        // With a script, that one asks the server when the time is over.
                        noscript { meta http-equiv="refresh" content=(seconds + 1); }
                    }
                    title { (self.title) }
                    style { (PreEscaped(STYLE)) }
                    @if let Some(style) = self.clock_style() {
                        style { (PreEscaped(style)) }
                    }
                }
                body {
                    (self.banner)
                    main .wide[self.is_open] { (self.body) }
                    @if self.is_open || matches!(self.next, Next::Again(_)) {
                        script { (PreEscaped(SCRIPT)) }
                    }
                }
            }
        }
    }

    /// Where the clock starts that runs without a script.
    fn clock_style(&self) -> Option<String> {
        self.seconds_left
            .map(|seconds| format!(":root{{--from:{seconds}}}"))
    }
}

/// What is paid, to whom, and how much time is left for it.
fn order(view: View<'_>) -> Markup {
    let texts = view.texts();
    html! {
        section.order {
            h1 { bdi { (view.heading()) } }
            p.amount { (view.amount()) }
            @if let Some(description) = &view.session.description {
                p dir="auto" { (description) }
            }
            @if view.session.is_pre_auth {
                p.hint { (texts.get(Message::ReservedNotCharged)) }
            }
            @if let Some(seconds) = view.seconds_left() {
                p.clock data-left=(seconds) data-minute=(texts.get(Message::OneMinuteLeft))
                    data-half=(texts.get(Message::HalfAMinuteLeft)) {
                    (icon(CLOCK))
                    span #left { (texts.get(Message::TimeLeft)) }
                    b role="timer" aria-labelledby="left" { span { (seconds / 60) ":" (format!("{:02}", seconds % 60)) } }
                }
            }
            // What the script says to those who don't see it.
            p #said .unseen role="status" {}
        }
    }
}

/// Says that this is Test, if it is.
fn banner(view: View<'_>) -> Markup {
    let texts = view.texts();
    html! {
        @if view.environment == Environment::Test {
            header.test {
                strong { (texts.get(Message::TestMode)) }
                " · "
                (texts.get(Message::TestExplained))
            }
        }
    }
}

const CLOCK: &str = r#"<circle cx="12" cy="12" r="9"/><path d="M12 7v5l3 2"/>"#;
const LOCK: &str =
    r#"<rect x="5" y="11" width="14" height="9" rx="2"/><path d="M8 11V8a4 4 0 0 1 8 0v3"/>"#;
const TICK: &str = r#"<circle cx="12" cy="12" r="9"/><path d="m8 12 3 3 5-6"/>"#;
const STOP: &str = r#"<circle cx="12" cy="12" r="9"/><path d="M12 8v5M12 16.5v.1"/>"#;

/// A picture that says nothing that the text beside it does not.
fn icon(paths: &'static str) -> Markup {
    html! { svg viewBox="0 0 24 24" aria-hidden="true" { (PreEscaped(paths)) } }
}

/// A large one.
fn sign(paths: &'static str, is_good: bool) -> Markup {
    html! { svg.sign.good[is_good] viewBox="0 0 24 24" aria-hidden="true" { (PreEscaped(paths)) } }
}
