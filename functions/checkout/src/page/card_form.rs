//! The form: what is paid, the card, and what went wrong with the card before.

use std::borrow::Cow;

use http::StatusCode;
use maud::{Markup, html};
use shared::domain::card::{
    Brand, CardField, CardProblem, CardSummary, Complaint, Expiry, HOLDER_NAME_CHARS_MAX, PREFIXES,
    Refusal,
};

use super::{LOCK, Page, View, icon, test_help};
use crate::texts::{Message, Texts};

/// What a submit of the form left to say.
pub(crate) enum Returned {
    /// There was none, or what it did is in the session.
    Nothing,
    /// Something is wrong with what was typed.
    Mistyped {
        /// At most one for each field.
        problems: Vec<CardProblem>,
        /// All that comes back of what was typed: the date is no secret.
        expiry: Option<Expiry>,
    },
    /// The form was older than the latest attempt, so its card was not tried.
    Outdated,
}

impl Returned {
    fn problems(&self) -> &[CardProblem] {
        match self {
            Self::Mistyped { problems, .. } => problems,
            Self::Nothing | Self::Outdated => &[],
        }
    }
}

/// The form, to be filled in; again, if something is wrong with it.
pub(crate) fn card_form(view: View<'_>, returned: &Returned) -> Page {
    let texts = view.texts();
    // The title is what a screen reader says first of a page.
    let title = match returned {
        Returned::Mistyped { .. } => {
            let title = Cow::Owned(view.heading());
            texts.with(Message::ProblemTitle, [("title", title)])
        }
        Returned::Outdated => texts.get(Message::NotTriedHeading),
        Returned::Nothing if latest_refusal(view).is_some() => texts.get(Message::DeclinedHeading),
        Returned::Nothing => view.heading(),
    };
    let give_up = if view.session.attempts.is_empty() {
        Message::Cancel
    } else {
        Message::ReturnToShop
    };
    let body = html! {
        (notice(view, returned))
        (form(view, returned))
        (way_out(texts, give_up))
        (test_help::test_help(texts))
    };
    let mut page = Page::open("form", view, title, &body);
    page.status = match returned {
        Returned::Nothing => StatusCode::OK,
        Returned::Mistyped { .. } => StatusCode::UNPROCESSABLE_ENTITY,
        Returned::Outdated => StatusCode::CONFLICT,
    };
    page
}

/// Gives up, and leads back to the shop.
pub(super) fn way_out(texts: Texts, label: Message) -> Markup {
    html! {
        form method="post" {
            input type="hidden" name="action" value="cancel";
            button.quiet { (texts.get(label)) }
        }
    }
}

fn form(view: View<'_>, returned: &Returned) -> Markup {
    let texts = view.texts();
    let button = view.say(if view.session.is_pre_auth {
        Message::Reserve
    } else {
        Message::Pay
    });
    let expiry = match returned {
        Returned::Mistyped { expiry, .. } => expiry.map(|expiry| expiry.to_string()),
        Returned::Nothing | Returned::Outdated => None,
    };
    let problems: Vec<_> = (1..=4)
        .map(|count| texts.count(Message::Problems, count))
        .collect();
    html! {
        form #card method="post" data-month=(Expiry::this_month(view.now).sortable()) data-prefixes=(prefixes())
            data-four=(Brand::Amex.name()) data-problems=(problems.join("|")) {
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
    autocapitalize: &'static str,
    length_max: Option<usize>,
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
    autocapitalize: "off",
    length_max: None,
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
    autocapitalize: "off",
    length_max: None,
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
    autocapitalize: "off",
    length_max: None,
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
    autocapitalize: "words",
    length_max: Some(HOLDER_NAME_CHARS_MAX),
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
        let first = returned.problems().first().map(|problem| problem.field);
        let found = returned
            .problems()
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
                div.top {
                    label for=(self.id) { (texts.get(self.label)) }
                    @if self.field == CardField::Number { span.brand aria-hidden="true" {} }
                }
                    input.digits[is_digits] #(self.id) name=(self.name) type="text" inputmode=(self.inputmode)
                        autocomplete=(self.autocomplete) autocapitalize=(self.autocapitalize) autocorrect="off" spellcheck="false" required
                        maxlength=[self.length_max]
                        value=[value] placeholder=[self.placeholder.map(|message| texts.get(message))]
                        aria-invalid=[found.map(|_| "true")] autofocus[first == Some(self.field)]
                        aria-describedby={ (self.id) "-error" @if self.hint.is_some() { " " (self.id) "-hint" } }
                        data-missing=[complaint(Complaint::Missing)] data-invalid=[complaint(Complaint::Invalid)]
                        data-past=[complaint(Complaint::Past)];
                p.error #{ (self.id) "-error" } { @if let Some(problem) = found { (complaint(problem.complaint).unwrap_or_default()) } }
                @if let Some(hint) = self.hint { p.hint #{ (self.id) "-hint" } { (texts.get(hint)) } }
            }
        }
    }
}

/// What is wrong with what was typed; else, that the latest card was declined.
pub(super) fn notice(view: View<'_>, returned: &Returned) -> Markup {
    let texts = view.texts();
    html! {
        @if !returned.problems().is_empty() {
            div.notice role="alert" { strong { (texts.count(Message::Problems, returned.problems().len())) } }
        } @else if matches!(returned, Returned::Outdated) {
            div.notice role="alert" tabindex="-1" autofocus {
                strong { (texts.get(Message::NotTriedHeading)) }
                (texts.get(Message::NotTriedText))
            }
        } @else if let Some((refusal, card)) = latest_refusal(view) {
            // Not all screen readers say an alert that is there from the start; what has the focus they do.
            div.notice role="alert" tabindex="-1" autofocus {
                strong { (texts.get(Message::DeclinedHeading)) }
                (texts.get(advice(refusal)))
                @if let Some(card) = card { small { (card_used(texts, card)) } }
            }
        }
    }
}

/// Why the latest attempt was refused, and its card.
fn latest_refusal(view: View<'_>) -> Option<(Refusal, Option<&CardSummary>)> {
    let latest = view.session.attempts.last()?;
    Some((latest.refusal?, latest.card.as_ref()))
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
