//! Whose card it is, by how its number begins.

use serde::{Deserialize, Serialize};

/// A card scheme that the payment page recognises.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Brand {
    /// Visa.
    Visa,
    /// Mastercard.
    Mastercard,
    /// American Express.
    Amex,
    /// Maestro.
    Maestro,
    /// JCB.
    Jcb,
    /// Diners Club.
    Diners,
    /// Discover.
    Discover,
}

/// Numbers that begin with a prefix from the first to the last; both have the same number of digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PrefixRange {
    /// Whose numbers they are.
    pub brand: Brand,
    /// The first prefix.
    pub first: &'static str,
    /// The last prefix, inclusive.
    pub last: &'static str,
}

/// The issuer prefixes that the schemes publish. No two ranges meet, so their order does not matter.
///
/// The page's script gets this table too: the brand that is shown while somebody types is the one that is decided on.
pub const PREFIXES: [PrefixRange; 18] = [
    range(Brand::Visa, "4", "4"),
    range(Brand::Mastercard, "51", "55"),
    range(Brand::Mastercard, "2221", "2720"),
    range(Brand::Amex, "34", "34"),
    range(Brand::Amex, "37", "37"),
    range(Brand::Maestro, "50", "50"),
    range(Brand::Maestro, "56", "58"),
    range(Brand::Maestro, "63", "63"),
    range(Brand::Maestro, "67", "67"),
    range(Brand::Jcb, "3528", "3589"),
    range(Brand::Diners, "300", "305"),
    range(Brand::Diners, "3095", "3095"),
    range(Brand::Diners, "36", "36"),
    range(Brand::Diners, "38", "39"),
    range(Brand::Discover, "6011", "6011"),
    range(Brand::Discover, "622126", "622925"),
    range(Brand::Discover, "644", "649"),
    range(Brand::Discover, "65", "65"),
];

const fn range(brand: Brand, first: &'static str, last: &'static str) -> PrefixRange {
    PrefixRange { brand, first, last }
}

impl PrefixRange {
    fn contains(&self, digits: &str) -> bool {
        digits
            .get(..self.first.len())
            .is_some_and(|prefix| (self.first..=self.last).contains(&prefix))
    }
}

impl Brand {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Visa,
        Self::Mastercard,
        Self::Amex,
        Self::Maestro,
        Self::Jcb,
        Self::Diners,
        Self::Discover,
    ];

    /// The brand of a number, or of its beginning as soon as it is clear.
    #[must_use]
    pub fn of(digits: &str) -> Option<Self> {
        PREFIXES
            .iter()
            .find(|range| range.contains(digits))
            .map(|range| range.brand)
    }

    /// Its name, as it calls itself.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Visa => "Visa",
            Self::Mastercard => "Mastercard",
            Self::Amex => "American Express",
            Self::Maestro => "Maestro",
            Self::Jcb => "JCB",
            Self::Diners => "Diners Club",
            Self::Discover => "Discover",
        }
    }

    /// Digits of the security code: 4 on American Express, 3 on all others (online-payments.txt, *Card data*).
    #[must_use]
    pub const fn cvc_digits(self) -> usize {
        match self {
            Self::Amex => 4,
            _ => 3,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers that Adyen, Braintree, PayPal and Stripe publish for tests.
    const PUBLISHED: [(Brand, &[&str]); 7] = [
        (
            Brand::Visa,
            &[
                "4111111111111111",
                "4242424242424242",
                "4012888888881881",
                "4222222222222",
                "4000056655665556",
                "4444333322221111",
            ],
        ),
        (
            Brand::Mastercard,
            &[
                "5555555555554444",
                "5105105105105100",
                "2223003122003222",
                "2222400070000005",
                "5577000055770004",
                "2720990000000007",
            ],
        ),
        (
            Brand::Amex,
            &[
                "378282246310005",
                "371449635398431",
                "343434343434343",
                "370000000000002",
            ],
        ),
        (
            Brand::Maestro,
            &[
                "6304000000000000",
                "6771798021000008",
                "5018000000000009",
                "5868000000000000",
            ],
        ),
        (
            Brand::Jcb,
            &["3530111333300000", "3566002020360505", "3569990010095841"],
        ),
        (
            Brand::Diners,
            &[
                "36006666333344",
                "38520000023237",
                "30569309025904",
                "36227206271667",
            ],
        ),
        (
            Brand::Discover,
            &[
                "6011111111111117",
                "6011000990139424",
                "6011601160116611",
                "6445644564456445",
            ],
        ),
    ];

    #[test]
    fn published_test_numbers_have_the_brand_that_their_publishers_say() {
        for (brand, numbers) in PUBLISHED {
            for number in numbers {
                assert_eq!(Brand::of(number), Some(brand), "{number}");
            }
        }
    }

    #[test]
    fn a_brand_is_known_as_soon_as_it_is_clear() {
        for (digits, brand) in [
            ("", None),
            ("4", Some(Brand::Visa)),
            ("3", None),
            ("37", Some(Brand::Amex)),
            ("35", None),
            ("3527", None),
            ("3528", Some(Brand::Jcb)),
            ("3589", Some(Brand::Jcb)),
            ("3590", None),
            ("2220", None),
            ("2221", Some(Brand::Mastercard)),
            ("2720", Some(Brand::Mastercard)),
            ("2721", None),
            ("62", None),
            ("622125", None),
            ("622126", Some(Brand::Discover)),
            ("622926", None),
            ("9", None),
            ("ñ4", None),
        ] {
            assert_eq!(Brand::of(digits), brand, "{digits}");
        }
    }

    #[test]
    fn no_two_ranges_meet() {
        for (place, one) in PREFIXES.iter().enumerate() {
            assert_eq!(one.first.len(), one.last.len());
            assert!(one.first <= one.last);
            for other in &PREFIXES[place + 1..] {
                let length = one.first.len().min(other.first.len());
                let apart = one.last[..length] < other.first[..length]
                    || other.last[..length] < one.first[..length];
                assert!(apart, "{one:?} {other:?}");
            }
        }
    }
}
