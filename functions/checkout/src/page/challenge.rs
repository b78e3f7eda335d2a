//! The simulated 3-D Secure step.

use maud::html;
use shared::domain::session::Challenge;

use super::card_form::{card_used, way_out};
use super::{Page, View};
use crate::texts::Message;

/// Asks the customer whether it is them.
pub(crate) fn challenge(view: View<'_>, challenge: &Challenge) -> Page {
    let texts = view.texts();
    let answer = |action: &'static str, text: Message, class: &'static str| {
        html! {
            form method="post" {
                input type="hidden" name="action" value=(action);
                input type="hidden" name="challenge" value=(challenge.id);
                button class=(class) data-busy=(texts.get(Message::Processing)) { (texts.get(text)) }
            }
        }
    };
    let body = html! {
        h2 { (texts.get(Message::ChallengeHeading)) }
        p { (texts.get(Message::ChallengeText)) }
        p.hint { (card_used(texts, &challenge.card)) }
        div.answers {
            (answer("approve", Message::Approve, "main"))
            (answer("reject", Message::Reject, "second"))
        }
        (way_out(texts, Message::Cancel))
    };
    let title = texts.get(Message::ChallengeHeading);
    Page::open("challenge", view, title, &body)
}
