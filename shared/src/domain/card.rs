//! The simulated card of the Test environment (online-payments.txt, *Test cards*).
//!
//! Nothing of a card outlives the request: this type has no `Debug`, no `Serialize`, and is dropped with it.

use super::time::Ticks;

/// What a customer typed into the form.
#[derive(Clone, Copy)]
pub struct CardForm<'a> {
    /// Card number; spaces and hyphens are allowed.
    pub number: &'a str,
    /// `MM`.
    pub expiry_month: &'a str,
    /// `YY`.
    pub expiry_year: &'a str,
    /// 3 digits, or 4 for Amex.
    pub cvc: &'a str,
    /// The name, which decides the simulated result.
    pub holder_name: &'a str,
}

/// What is wrong with a card, in words that say what to do; never with what was typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.advice())]
pub enum CardError {
    /// Not 13 to 19 digits, or the check digit is wrong.
    Number,
    /// Not a month and year, or in the past.
    Expiry,
    /// Wrong length.
    Cvc,
    /// Fewer than 3 characters.
    HolderName,
}

impl CardError {
    /// What the customer can do about it.
    #[must_use]
    pub const fn advice(self) -> &'static str {
        match self {
            Self::Number => "Check the card number.",
            Self::Expiry => "Check the expiry date: it must be MM and YY, and not in the past.",
            Self::Cvc => "Check the security code: 3 digits, or 4 on American Express.",
            Self::HolderName => "Enter the cardholder's name, at least 3 characters.",
        }
    }
}

/// The result that Test simulates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SimulatedResult {
    /// Any name that is not one of the special ones.
    Authorised,
    /// One of the special names, with the reason that the documents give.
    Refused(&'static str),
}

const SPECIAL_NAMES: [(&str, &str); 7] = [
    ("DECLINED", "Generic decline"),
    ("CARD_EXPIRED", "Expired card"),
    ("INVALID_CARD", "Invalid card number"),
    ("NOT_ENOUGH_BALANCE", "Not enough balance"),
    ("CVC_DECLINED", "CVC declined"),
    ("FRAUD", "Fraud detected"),
    ("ERROR", "Acquirer error"),
];

impl CardForm<'_> {
    /// Checks the form as a real one would, and tells what the simulation answers.
    ///
    /// # Errors
    /// [`CardError`] for the first field that is wrong, from top to bottom.
    pub fn simulate(&self, now: Ticks) -> Result<SimulatedResult, CardError> {
        let digits: Vec<u8> = self
            .number
            .bytes()
            .filter(|b| !matches!(b, b' ' | b'-'))
            .map(|b| {
                if b.is_ascii_digit() {
                    Ok(b - b'0')
                } else {
                    Err(CardError::Number)
                }
            })
            .collect::<Result<_, _>>()?;
        if !(13..=19).contains(&digits.len()) || !passes_luhn(&digits) {
            return Err(CardError::Number);
        }
        self.check_expiry(now)?;
        let is_amex = digits.len() == 15 && digits[0] == 3 && matches!(digits[1], 4 | 7);
        let cvc = self.cvc.trim();
        if cvc.len() != if is_amex { 4 } else { 3 } || !cvc.bytes().all(|b| b.is_ascii_digit()) {
            return Err(CardError::Cvc);
        }
        let name = self.holder_name.trim();
        if name.chars().count() < 3 || name.chars().any(char::is_control) {
            return Err(CardError::HolderName);
        }
        Ok(SPECIAL_NAMES
            .into_iter()
            .find(|(special, _)| name.eq_ignore_ascii_case(special))
            .map_or(SimulatedResult::Authorised, |(_, reason)| {
                SimulatedResult::Refused(reason)
            }))
    }

    /// A card is good until the end of its month.
    fn check_expiry(&self, now: Ticks) -> Result<(), CardError> {
        let two_digits = |text: &str| -> Option<u32> {
            let text = text.trim();
            (text.len() == 2 && text.bytes().all(|b| b.is_ascii_digit()))
                .then(|| text.parse().ok())?
        };
        let month = two_digits(self.expiry_month)
            .filter(|month| (1..=12).contains(month))
            .ok_or(CardError::Expiry)?;
        let year = two_digits(self.expiry_year).ok_or(CardError::Expiry)?;
        let today = now.to_string();
        let (this_year, this_month) = match (
            today.get(2..4).map(str::parse),
            today.get(5..7).map(str::parse),
        ) {
            (Some(Ok(year)), Some(Ok(month))) => (year, month),
            _ => return Err(CardError::Expiry),
        };
        if (year, month) >= (this_year, this_month) {
            Ok(())
        } else {
            Err(CardError::Expiry)
        }
    }
}

/// The Luhn check digit of card numbers (ISO/IEC 7812-1, annex B).
fn passes_luhn(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(place, &digit)| match (place % 2, digit) {
            (0, digit) => u32::from(digit),
            (_, digit) if digit > 4 => u32::from(digit) * 2 - 9,
            (_, digit) => u32::from(digit) * 2,
        })
        .sum();
    sum.is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Ticks = Ticks::from_unix_seconds(1_782_000_000); // 2026-06-21

    fn form() -> CardForm<'static> {
        CardForm {
            number: "4111 1111 1111 1111",
            expiry_month: "12",
            expiry_year: "30",
            cvc: "737",
            holder_name: "Test User",
        }
    }

    #[test]
    fn the_documented_quick_flow_is_authorised() {
        assert_eq!(form().simulate(NOW), Ok(SimulatedResult::Authorised));
    }

    #[test]
    fn the_holder_name_decides_whatever_its_case() {
        for (name, reason) in SPECIAL_NAMES {
            for name in [name.to_owned(), name.to_lowercase(), format!(" {name} ")] {
                let form = CardForm {
                    holder_name: &name,
                    ..form()
                };
                assert_eq!(
                    form.simulate(NOW),
                    Ok(SimulatedResult::Refused(reason)),
                    "{name}"
                );
            }
        }
    }

    #[test]
    fn published_test_numbers_pass_and_mistyped_ones_do_not() {
        for number in [
            "4111111111111111",
            "5555555555554444",
            "4222222222222",
            "6011111111111117",
            "3530111333300000",
        ] {
            assert_eq!(
                CardForm { number, ..form() }.simulate(NOW),
                Ok(SimulatedResult::Authorised),
                "{number}"
            );
        }
        for number in [
            "4111111111111112",
            "411111111111",
            "41111111111111111111",
            "4111x11111111111",
            "",
            "٤١١١",
        ] {
            assert_eq!(
                CardForm { number, ..form() }.simulate(NOW),
                Err(CardError::Number),
                "{number}"
            );
        }
    }

    #[test]
    fn a_card_is_good_until_the_end_of_its_month() {
        for (expiry_month, expiry_year, good) in [
            ("06", "26", true),
            ("05", "26", false),
            ("12", "25", false),
            ("01", "27", true),
            ("00", "30", false),
            ("13", "30", false),
            ("1", "30", false),
            ("12", "2030", false),
        ] {
            let form = CardForm {
                expiry_month,
                expiry_year,
                ..form()
            };
            assert_eq!(
                form.simulate(NOW).is_ok(),
                good,
                "{expiry_month}/{expiry_year}"
            );
        }
    }

    #[test]
    fn amex_has_four_digits_of_cvc_and_the_others_three() {
        let amex = "378282246310005";
        for (number, cvc, good) in [
            (amex, "1234", true),
            (amex, "123", false),
            ("4111111111111111", "1234", false),
            ("4111111111111111", "12a", false),
        ] {
            assert_eq!(
                CardForm {
                    number,
                    cvc,
                    ..form()
                }
                .simulate(NOW)
                .is_ok(),
                good,
                "{cvc}"
            );
        }
        assert_eq!(
            CardForm {
                holder_name: "Al",
                ..form()
            }
            .simulate(NOW),
            Err(CardError::HolderName)
        );
    }
}
