//! The cards and names to try, on the page itself: in Test nobody should have to look them up.

use std::borrow::Cow;

use maud::{Markup, html};
use shared::domain::card::{Brand, CHALLENGE_NUMBER, Refusal, SPECIAL_NAMES, TEST_NUMBERS};

use crate::texts::{Message, Texts};

/// The tables, behind one click.
pub(super) fn test_help(texts: Texts) -> Markup {
    let get = |message| texts.get(message);
    html! {
        details {
            summary { (get(Message::TestHelp)) }
            p { (get(Message::TestHelpCards)) }
            table {
                thead { tr { th scope="col" { (get(Message::TestNumber)) } th scope="col" { (get(Message::Card)) } } }
                tbody {
                    @for (brand, number) in TEST_NUMBERS {
                        tr { td { (fill(texts, "cardNumber", &grouped(brand, number))) } td { (brand.name()) } }
                    }
                    tr {
                        td { (fill(texts, "cardNumber", &grouped(Brand::Visa, CHALLENGE_NUMBER))) }
                        td { (Brand::Visa.name()) ", " (get(Message::TestChallenge)) }
                    }
                }
            }
            p { (get(Message::TestHelpNames)) }
            table {
                thead { tr { th scope="col" { (get(Message::TestName)) } th scope="col" { (get(Message::TestResult)) } } }
                tbody {
                    @for (name, refusal) in SPECIAL_NAMES {
                        tr { td { (fill(texts, "holderName", name)) } td { (get(result(refusal))) } }
                    }
                    tr { td { (get(Message::TestAnyName)) } td { (get(Message::ResultAuthorised)) } }
                }
            }
        }
    }
}

/// A value to copy, which the script makes a button of that fills it in.
fn fill(texts: Texts, field: &str, value: &str) -> Markup {
    let label = texts.with(Message::TestUse, [("value", Cow::Borrowed(value))]);
    html! { code data-fill=(field) data-label=(label) { (value) } }
}

/// A number with its digits in groups, as it stands on the card.
fn grouped(brand: Brand, digits: &str) -> String {
    let lengths: &[usize] = match brand {
        Brand::Amex | Brand::Diners => &[4, 6, 5],
        _ => &[4, 4, 4, 4, 3],
    };
    let mut rest = digits;
    let mut groups = Vec::new();
    for length in lengths {
        let (group, others) = rest.split_at(rest.len().min(*length));
        groups.push(group);
        rest = others;
    }
    groups.retain(|group| !group.is_empty());
    groups.join(" ")
}

const fn result(refusal: Refusal) -> Message {
    match refusal {
        Refusal::Declined | Refusal::NotAuthenticated => Message::ResultDeclined,
        Refusal::CardExpired => Message::ResultCardExpired,
        Refusal::InvalidCard => Message::ResultInvalidCard,
        Refusal::NotEnoughBalance => Message::ResultNotEnoughBalance,
        Refusal::CvcDeclined => Message::ResultCvcDeclined,
        Refusal::Fraud => Message::ResultFraud,
        Refusal::Error => Message::ResultError,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_as_on_the_card() {
        for (brand, digits, expected) in [
            (Brand::Visa, "4111111111111111", "4111 1111 1111 1111"),
            (Brand::Amex, "378282246310005", "3782 822463 10005"),
            (Brand::Diners, "36006666333344", "3600 666633 3344"),
            (
                Brand::Maestro,
                "6799990100000000019",
                "6799 9901 0000 0000 019",
            ),
        ] {
            assert_eq!(grouped(brand, digits), expected);
        }
    }
}
