//! The card form, checked as a real one would be (online-payments.txt, *Card data*).

use super::CardSummary;
use super::brand::Brand;
use super::expiry::Expiry;
use super::simulation::Simulation;
use crate::domain::time::Ticks;

/// The longest name that is taken, in characters.
pub const HOLDER_NAME_CHARS_MAX: usize = 100;

/// What a customer typed into the form.
#[derive(Clone, Copy)]
pub struct CardForm<'a> {
    /// Card number; spaces and hyphens are allowed.
    pub number: &'a str,
    /// `MM/YY`.
    pub expiry: &'a str,
    /// 3 digits, or 4 for Amex.
    pub cvc: &'a str,
    /// The name, which decides the simulated result.
    pub holder_name: &'a str,
}

/// A card that passed the checks. What was typed is gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Card {
    /// What may be kept of it.
    pub summary: CardSummary,
    /// What Test does with it.
    pub simulation: Simulation,
}

/// A field of the form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CardField {
    /// The card number.
    Number,
    /// Month and year.
    Expiry,
    /// The security code.
    Cvc,
    /// The cardholder's name.
    HolderName,
}

/// What is wrong with a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Complaint {
    /// Nothing was typed.
    Missing,
    /// It does not have the form that it must have.
    Invalid,
    /// The card has expired.
    Past,
}

/// A field, and what is wrong with it; never what was typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CardProblem {
    /// Where.
    pub field: CardField,
    /// What.
    pub complaint: Complaint,
}

impl CardForm<'_> {
    /// Checks the whole form.
    ///
    /// # Errors
    /// Everything that is wrong with it, from top to bottom: at most one problem for each field.
    pub fn check(&self, now: Ticks) -> Result<Card, Vec<CardProblem>> {
        let digits = digits(self.number);
        let brand = digits.as_deref().ok().and_then(Brand::of);
        let expiry = expiry(self.expiry, now);
        let problems: Vec<_> = [
            (CardField::Number, digits.as_ref().err().copied()),
            (CardField::Expiry, expiry.as_ref().err().copied()),
            (CardField::Cvc, check_cvc(self.cvc, brand).err()),
            (CardField::HolderName, check_name(self.holder_name).err()),
        ]
        .into_iter()
        .filter_map(|(field, complaint)| {
            complaint.map(|complaint| CardProblem { field, complaint })
        })
        .collect();
        match (digits, expiry) {
            (Ok(digits), Ok(expiry)) if problems.is_empty() => Ok(Card {
                simulation: Simulation::of(&digits, self.holder_name.trim()),
                summary: CardSummary {
                    brand,
                    last_four: digits[digits.len() - 4..].to_owned(),
                    expiry,
                },
            }),
            _ => Err(problems),
        }
    }
}

/// The number without its spaces: 13 to 19 digits, the last of which is right.
fn digits(typed: &str) -> Result<String, Complaint> {
    let digits: String = typed
        .chars()
        .filter(|c| !c.is_whitespace() && *c != '-' && !is_unseen(*c))
        .collect();
    if digits.is_empty() {
        Err(Complaint::Missing)
    } else if (13..=19).contains(&digits.len())
        && digits.bytes().all(|b| b.is_ascii_digit())
        && passes_luhn(digits.as_bytes())
    {
        Ok(digits)
    } else {
        Err(Complaint::Invalid)
    }
}

/// Marks without width, which come along when a number is copied from elsewhere.
const fn is_unseen(character: char) -> bool {
    matches!(
        character,
        '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}'
    )
}

fn expiry(typed: &str, now: Ticks) -> Result<Expiry, Complaint> {
    if typed.trim().is_empty() {
        return Err(Complaint::Missing);
    }
    match Expiry::parse(typed) {
        Ok(expiry) if expiry.is_past(now) => Err(Complaint::Past),
        Ok(expiry) => Ok(expiry),
        Err(_) => Err(Complaint::Invalid),
    }
}

/// Where the number tells no brand, 3 digits are right.
fn check_cvc(typed: &str, brand: Option<Brand>) -> Result<(), Complaint> {
    let cvc = typed.trim();
    let expected = brand.map_or(3, Brand::cvc_digits);
    if cvc.is_empty() {
        Err(Complaint::Missing)
    } else if cvc.len() == expected && cvc.bytes().all(|b| b.is_ascii_digit()) {
        Ok(())
    } else {
        Err(Complaint::Invalid)
    }
}

fn check_name(typed: &str) -> Result<(), Complaint> {
    let name = typed.trim();
    let characters = name.chars().count();
    if characters == 0 {
        Err(Complaint::Missing)
    } else if (3..=HOLDER_NAME_CHARS_MAX).contains(&characters)
        && !name.chars().any(char::is_control)
    {
        Ok(())
    } else {
        Err(Complaint::Invalid)
    }
}

/// The Luhn check digit of card numbers (ISO/IEC 7812-1, annex B), over ASCII digits.
fn passes_luhn(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .map(|digit| u32::from(digit - b'0'))
        .enumerate()
        .map(|(place, digit)| match (place % 2, digit) {
            (0, digit) => digit,
            (_, digit) if digit > 4 => digit * 2 - 9,
            (_, digit) => digit * 2,
        })
        .sum();
    sum.is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use super::super::{CHALLENGE_NUMBER, Refusal, SPECIAL_NAMES, SimulatedResult, TEST_NUMBERS};
    use super::*;
    use proptest::prelude::*;

    const NOW: Ticks = Ticks::from_unix_seconds(1_782_000_000); // 2026-06-21

    fn form() -> CardForm<'static> {
        CardForm {
            number: "4111 1111 1111 1111",
            expiry: "12/30",
            cvc: "737",
            holder_name: "Test User",
        }
    }

    fn result(form: CardForm<'_>) -> SimulatedResult {
        form.check(NOW).expect("a good card").simulation.result
    }

    /// The problems of a form, as field and complaint.
    fn problems(form: CardForm<'_>) -> Vec<(CardField, Complaint)> {
        let problems = form.check(NOW).err().unwrap_or_default();
        problems
            .into_iter()
            .map(|problem| (problem.field, problem.complaint))
            .collect()
    }

    #[test]
    fn the_documented_quick_flow_is_authorised() {
        let card = form().check(NOW).expect("a good card");
        assert_eq!(card.simulation.result, SimulatedResult::Authorised);
        assert!(!card.simulation.asks_for_challenge);
        assert_eq!(
            serde_json::to_value(&card.summary).expect("JSON"),
            serde_json::json!({ "brand": "visa", "lastFour": "1111", "expiry": "12/30" })
        );
    }

    #[test]
    fn the_holder_name_decides_whatever_its_case() {
        let documented = [
            ("DECLINED", "Generic decline"),
            ("CARD_EXPIRED", "Expired card"),
            ("INVALID_CARD", "Invalid card number"),
            ("NOT_ENOUGH_BALANCE", "Not enough balance"),
            ("CVC_DECLINED", "CVC declined"),
            ("FRAUD", "Fraud detected"),
            ("ERROR", "Acquirer error"),
        ];
        assert_eq!(
            SPECIAL_NAMES.map(|(name, refusal)| (name, refusal.reason())),
            documented
        );
        for (name, refusal) in SPECIAL_NAMES {
            for name in [name.to_owned(), name.to_lowercase(), format!(" {name} ")] {
                let refused = result(CardForm {
                    holder_name: &name,
                    ..form()
                });
                assert_eq!(refused, SimulatedResult::Refused(refusal), "{name}");
            }
        }
        for name in [
            "DECLINED.",
            "DECLINED CARD",
            "NOT ENOUGH BALANCE",
            "Fraud Smith",
        ] {
            assert_eq!(
                result(CardForm {
                    holder_name: name,
                    ..form()
                }),
                SimulatedResult::Authorised,
                "{name}"
            );
        }
    }

    #[test]
    fn one_number_asks_for_three_d_secure() {
        for (holder_name, expected) in [
            ("Test User", SimulatedResult::Authorised),
            ("FRAUD", SimulatedResult::Refused(Refusal::Fraud)),
        ] {
            let card = CardForm {
                number: CHALLENGE_NUMBER,
                holder_name,
                ..form()
            }
            .check(NOW);
            let simulation = card.expect("a good card").simulation;
            assert!(simulation.asks_for_challenge);
            assert_eq!(simulation.result, expected);
        }
    }

    #[test]
    fn the_numbers_to_try_are_good_and_of_their_brand() {
        for (brand, number) in TEST_NUMBERS {
            let cvc = &"1234"[..brand.cvc_digits()];
            let card = CardForm {
                number,
                cvc,
                ..form()
            }
            .check(NOW)
            .expect("a good card");
            assert_eq!(card.summary.brand, Some(brand));
        }
    }

    #[test]
    fn published_test_numbers_pass_and_mistyped_ones_do_not() {
        for number in [
            "4222222222222",
            "4111-1111-1111-1111",
            " 4111\u{a0}1111\t1111 1111 ",
            "\u{202d}4111111111111111\u{202c}",
            "6304 0000 0000 0000",
            "6799990100000000019",
            "9999999999999995",
        ] {
            assert_eq!(problems(CardForm { number, ..form() }), [], "{number}");
        }
        for number in [
            "4111111111111112",
            "4111111111111",
            "411111111111",
            "41111111111111111111",
            "4111x11111111111",
            "4111.1111.1111.1111",
            "٤١١١١١١١١١١١١١١١",
        ] {
            assert_eq!(
                problems(CardForm { number, ..form() }),
                [(CardField::Number, Complaint::Invalid)],
                "{number}"
            );
        }
    }

    #[test]
    fn amex_has_four_digits_of_cvc_and_the_others_three() {
        let (amex, visa, unknown) = ("378282246310005", "4111111111111111", "9999999999999995");
        for (number, cvc, good) in [
            (amex, "1234", true),
            (amex, "123", false),
            (visa, "123", true),
            (visa, " 123 ", true),
            (visa, "1234", false),
            (visa, "12a", false),
            (visa, "१२३", false),
            (unknown, "123", true),
        ] {
            let found = problems(CardForm {
                number,
                cvc,
                ..form()
            });
            let expected = (!good).then_some((CardField::Cvc, Complaint::Invalid));
            assert_eq!(
                found,
                expected.into_iter().collect::<Vec<_>>(),
                "{number} {cvc}"
            );
        }
    }

    #[test]
    fn names_have_three_characters_at_least() {
        let long = "ñ".repeat(100);
        for (holder_name, expected) in [
            ("Ana", None),
            ("李小龙", None),
            (long.as_str(), None),
            ("Al", Some(Complaint::Invalid)),
            (" Al ", Some(Complaint::Invalid)),
            ("A\u{0}na", Some(Complaint::Invalid)),
            ("   ", Some(Complaint::Missing)),
        ] {
            let found = problems(CardForm {
                holder_name,
                ..form()
            });
            let expected: Vec<_> = expected
                .into_iter()
                .map(|complaint| (CardField::HolderName, complaint))
                .collect();
            assert_eq!(found, expected, "{holder_name}");
        }
        let longer = "ñ".repeat(101);
        assert_eq!(
            problems(CardForm {
                holder_name: &longer,
                ..form()
            })
            .len(),
            1
        );
    }

    #[test]
    fn every_field_is_complained_about_at_once() {
        let empty = CardForm {
            number: "",
            expiry: " ",
            cvc: "",
            holder_name: "",
        };
        let fields = [
            CardField::Number,
            CardField::Expiry,
            CardField::Cvc,
            CardField::HolderName,
        ];
        assert_eq!(
            problems(empty),
            fields.map(|field| (field, Complaint::Missing))
        );
        let bad = CardForm {
            number: "4",
            expiry: "05/26",
            cvc: "1",
            holder_name: "x",
        };
        let complaints: Vec<_> = problems(bad)
            .into_iter()
            .map(|(_, complaint)| complaint)
            .collect();
        let (invalid, past) = (Complaint::Invalid, Complaint::Past);
        assert_eq!(complaints, [invalid, past, invalid, invalid]);
    }

    /// A number of the given digits whose check digit is right: found by trying, not by the formula.
    fn completed(body: &str) -> Option<String> {
        (0..10)
            .map(|digit| format!("{body}{digit}"))
            .find(|number| passes_luhn(number.as_bytes()))
    }

    proptest! {
        #[test]
        fn exactly_one_check_digit_is_right(body in "[0-9]{12,18}") {
            let good = (0..10).filter(|digit| passes_luhn(format!("{body}{digit}").as_bytes()));
            prop_assert_eq!(good.count(), 1);
        }

        #[test]
        fn one_mistyped_digit_is_noticed(body in "[0-9]{12,18}", place in 0_usize..13, by in 1_u8..10) {
            let number = completed(&body).expect("a check digit");
            let mut typed = number.into_bytes();
            typed[place] = b'0' + (typed[place] - b'0' + by) % 10;
            prop_assert!(!passes_luhn(&typed));
        }

        #[test]
        fn two_digits_that_changed_places_are_noticed(body in "[0-9]{12,18}", place in 0_usize..12) {
            let mut typed = completed(&body).expect("a check digit").into_bytes();
            let (one, other) = (typed[place], typed[place + 1]);
            // All but 09 and 90, which the formula is known to miss.
            prop_assume!(one != other && !matches!((one, other), (b'0', b'9') | (b'9', b'0')));
            typed.swap(place, place + 1);
            prop_assert!(!passes_luhn(&typed));
        }

        #[test]
        fn whatever_is_typed_is_judged(number in "\\PC{0,24}", expiry in "\\PC{0,8}", cvc in "\\PC{0,5}", name in "\\PC{0,9}") {
            let form = CardForm { number: &number, expiry: &expiry, cvc: &cvc, holder_name: &name };
            if let Ok(card) = form.check(NOW) {
                prop_assert!(card.summary.last_four.bytes().all(|b| b.is_ascii_digit()));
                prop_assert!(card.summary.last_four.len() == 4);
            }
        }
    }
}
