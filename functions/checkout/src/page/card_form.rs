//! The form: what is paid, the card, and what went wrong with the card before.

use std::borrow::Cow;

use http::StatusCode;
use maud::{Markup, html};
use shared::domain::card::{
    Brand, CardField, CardProblem, CardSummary, Complaint, Expiry, PREFIXES, Refusal,
};

use super::{LOCK, Page, View, icon, test_help};
use crate::texts::{Message, Texts};

/// What an earlier submit of the form left to say.
#[derive(Default)]
pub(crate) struct Returned {
    /// What is wrong with it.
    pub(crate) problems: Vec<CardProblem>,
    /// All that comes back of what was typed: the date is no secret.
    pub(crate) expiry: Option<Expiry>,
}

/// The form, to be filled in; again, if something is wrong with it.
pub(crate) fn card_form(view: View<'_>, returned: &Returned) -> Page {
    let texts = view.texts();
    let heading = view.heading();
    let is_wrong = !returned.problems.is_empty();
    let title = if is_wrong {
        texts.with(Message::ProblemTitle, [("title", Cow::Owned(heading))])
    } else {
        heading
    };
    let give_up = if view.session.attempts.is_empty() {
        Message::Cancel
    } else {
        Message::ReturnToShop
    };
    let body = html! {
        (notice(view, returned))
        (form(view, returned))
        form method="post" {
            input type="hidden" name="action" value="cancel";
            button.quiet { (texts.get(give_up)) }
        }
        (test_help::test_help(texts))
    };
    let mut page = Page::open("form", view, title, &body);
    if is_wrong {
        page.status = StatusCode::UNPROCESSABLE_ENTITY;
    }
    page
}

fn form(view: View<'_>, returned: &Returned) -> Markup {
    let texts = view.texts();
    let button = view.say(if view.session.is_pre_auth {
        Message::Reserve
    } else {
        Message::Pay
    });
    let this_month: String = Expiry::this_month(view.now)
        .to_string()
        .split('/')
        .rev()
        .collect();
    let expiry = returned.expiry.map(|expiry| expiry.to_string());
    html! {
        form #card method="post" data-month=(this_month) data-prefixes=(prefixes()) data-four=(Brand::Amex.name()) {
            input type="hidden" name="action" value="pay";
            // A form counts once: when it comes a second time, there is another number of attempts.
            input type="hidden" name="attempt" value=(view.session.attempts.len());
            fieldset {
                legend { (texts.get(Message::CardDetails)) }
                (NUMBER.show(texts, returned, None))
                div.row {
                    (EXPIRY.show(texts, returned, expiry.as_deref()))
                    (CVC.show(texts, returned, None))
                }
                (HOLDER_NAME.show(texts, returned, None))
            }
            button.main data-busy=(texts.get(Message::Processing)) { (icon(LOCK)) (button) }
            p.safe { (texts.get(Message::Encrypted)) }
        }
    }
}

/// The table of brands, for the script: so there is only one.
fn prefixes() -> String {
    PREFIXES
        .map(|range| format!("{} {} {}", range.first, range.last, range.brand.name()))
        .join(";")
}

/// A field of the form, as it is written down.
struct Input {
    field: CardField,
    id: &'static str,
    name: &'static str,
    autocomplete: &'static str,
    /// The keyboard of a phone.
    inputmode: &'static str,
    label: Message,
    placeholder: Option<Message>,
    hint: Option<Message>,
    complaints: &'static [(Complaint, Message)],
}

const NUMBER: Input = Input {
    field: CardField::Number,
    id: "number",
    name: "cardNumber",
    autocomplete: "cc-number",
    inputmode: "numeric",
    label: Message::Number,
    placeholder: None,
    hint: None,
    complaints: &[
        (Complaint::Missing, Message::NumberMissing),
        (Complaint::Invalid, Message::NumberInvalid),
    ],
};
const EXPIRY: Input = Input {
    field: CardField::Expiry,
    id: "expiry",
    name: "expiry",
    autocomplete: "cc-exp",
    inputmode: "numeric",
    label: Message::Expiry,
    placeholder: Some(Message::ExpiryExample),
    hint: None,
    complaints: &[
        (Complaint::Missing, Message::ExpiryMissing),
        (Complaint::Invalid, Message::ExpiryInvalid),
        (Complaint::Past, Message::ExpiryPast),
    ],
};
const CVC: Input = Input {
    field: CardField::Cvc,
    id: "cvc",
    name: "cvc",
    autocomplete: "cc-csc",
    inputmode: "numeric",
    label: Message::Cvc,
    placeholder: None,
    hint: Some(Message::CvcHint),
    complaints: &[
        (Complaint::Missing, Message::CvcMissing),
        (Complaint::Invalid, Message::CvcInvalid),
    ],
};
const HOLDER_NAME: Input = Input {
    field: CardField::HolderName,
    id: "holder-name",
    name: "holderName",
    autocomplete: "cc-name",
    inputmode: "text",
    label: Message::HolderName,
    placeholder: None,
    hint: None,
    complaints: &[
        (Complaint::Missing, Message::HolderNameMissing),
        (Complaint::Invalid, Message::HolderNameInvalid),
    ],
};

impl Input {
    fn show(&self, texts: Texts, returned: &Returned, value: Option<&str>) -> Markup {
        let first = returned.problems.first().map(|problem| problem.field);
        let found = returned
            .problems
            .iter()
            .find(|problem| problem.field == self.field);
        let complaint = |wanted: Complaint| {
            let mut all = self.complaints.iter();
            all.find(|(complaint, _)| *complaint == wanted)
                .map(|(_, message)| texts.get(*message))
        };
        let is_digits = self.inputmode == "numeric";
        html! {
            div.field {
                label for=(self.id) { (texts.get(self.label)) }
                div.box {
                    input.digits[is_digits] #(self.id) name=(self.name) type="text" inputmode=(self.inputmode)
                        autocomplete=(self.autocomplete) autocapitalize="off" spellcheck="false" required
                        value=[value] placeholder=[self.placeholder.map(|message| texts.get(message))]
                        aria-invalid=[found.map(|_| "true")] autofocus[first == Some(self.field)]
                        aria-describedby={ (self.id) "-error" @if self.hint.is_some() { " " (self.id) "-hint" } }
                        data-missing=[complaint(Complaint::Missing)] data-invalid=[complaint(Complaint::Invalid)]
                        data-past=[complaint(Complaint::Past)];
                    @if self.field == CardField::Number { span.brand aria-hidden="true" {} }
                }
                p.error #{ (self.id) "-error" } { @if let Some(problem) = found { (complaint(problem.complaint).unwrap_or_default()) } }
                @if let Some(hint) = self.hint { p.hint #{ (self.id) "-hint" } { (texts.get(hint)) } }
            }
        }
    }
}

/// What is wrong with what was typed; else, that the latest card was declined.
fn notice(view: View<'_>, returned: &Returned) -> Markup {
    let texts = view.texts();
    let refused = view
        .session
        .attempts
        .last()
        .and_then(|attempt| Some((attempt.refusal?, attempt.card.as_ref())));
    html! {
        @if !returned.problems.is_empty() {
            div.notice role="alert" { strong { (texts.count(Message::Problems, returned.problems.len())) } }
        } @else if let Some((refusal, card)) = refused {
            div.notice role="alert" {
                strong { (texts.get(Message::DeclinedHeading)) }
                (texts.get(advice(refusal)))
                @if let Some(card) = card { small { (card_used(texts, card)) } }
            }
        }
    }
}

/// A card, as its holder knows it.
pub(super) fn card_used(texts: Texts, card: &CardSummary) -> String {
    let brand = card.brand.map_or_else(
        || Cow::Owned(texts.get(Message::Card)),
        |brand| Cow::Borrowed(brand.name()),
    );
    texts.with(
        Message::CardUsed,
        [
            ("brand", brand),
            ("digits", Cow::Borrowed(card.last_four.as_str())),
            ("expiry", Cow::Owned(card.expiry.to_string())),
        ],
    )
}

/// What a customer can do about a refusal. A suspicion of fraud is told to the merchant, not to the customer.
const fn advice(refusal: Refusal) -> Message {
    match refusal {
        Refusal::Declined | Refusal::Fraud => Message::DeclinedDeclined,
        Refusal::CardExpired => Message::DeclinedCardExpired,
        Refusal::InvalidCard => Message::DeclinedInvalidCard,
        Refusal::NotEnoughBalance => Message::DeclinedNotEnoughBalance,
        Refusal::CvcDeclined => Message::DeclinedCvcDeclined,
        Refusal::Error => Message::DeclinedError,
        Refusal::NotAuthenticated => Message::DeclinedNotAuthenticated,
    }
}
