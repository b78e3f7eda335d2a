//! Amounts as the customer's country writes them.
//!
//! Digits and separators come from the Unicode CLDR, by `icu_decimal`. ICU's own formatting of currencies is experimental, so
//! where the symbol stands, and which it is, is in the table below. A browser checks the table against its own CLDR
//! (`tests/browser`).

use icu_decimal::DecimalFormatter;
use icu_decimal::input::Decimal;
use icu_locale_core::Locale;
use shared::domain::money::{Currency, Money};

/// How a place writes amounts.
#[derive(Debug, Clone, Copy)]
struct Style {
    /// Language, or language and region: the longer one counts.
    locale: &'static str,
    /// Whose digits, if not the locale's own: where money is written differently from other numbers.
    numbers: Option<&'static str>,
    symbol_comes: Place,
    /// Of EUR, GBP and USD.
    symbols: [&'static str; 3],
}

/// Where the symbol stands. The spaces don't break.
#[derive(Debug, Clone, Copy)]
enum Place {
    /// `€150.00`
    Before,
    /// `€ 150,00`
    BeforeWithSpace,
    /// `150,00 €`
    AfterWithSpace,
}

use Place::{AfterWithSpace, Before, BeforeWithSpace};

/// The seven languages, and the regions of theirs that write amounts in a way of their own (CLDR 48). What is not here is written
/// as in the language alone; Spanish and English of other regions, where a dollar is not necessarily a US dollar, below.
const STYLES: [Style; 20] = [
    style("es", AfterWithSpace, ["€", "GBP", "US$"]),
    style("es-AR", BeforeWithSpace, ["EUR", "GBP", "US$"]),
    style("es-CL", Before, ["EUR\u{a0}", "GBP\u{a0}", "US$"]),
    style("es-CO", BeforeWithSpace, ["EUR", "GBP", "US$"]),
    style("es-MX", BeforeWithSpace, ["EUR", "GBP", "USD"]),
    style("es-PE", BeforeWithSpace, ["EUR", "GBP", "USD"]),
    style("es-US", Before, ["EUR\u{a0}", "GBP\u{a0}", "$"]),
    style("en", Before, ["€", "£", "$"]),
    style("en-GB", Before, ["€", "£", "US$"]),
    style("fr", AfterWithSpace, ["€", "£GB", "$US"]),
    style("fr-CA", AfterWithSpace, ["€", "£", "$\u{a0}US"]),
    // Its other numbers have a comma, its money a point.
    style("fr-CH", AfterWithSpace, ["€", "£GB", "$US"]).with_numbers("de-CH"),
    style("de", AfterWithSpace, ["€", "£", "$"]),
    // Its other numbers are grouped by spaces, its money by points.
    style("de-AT", BeforeWithSpace, ["€", "£", "$"]).with_numbers("de-DE"),
    style("de-CH", BeforeWithSpace, ["EUR", "£", "$"]),
    style("it", AfterWithSpace, ["€", "£", "USD"]),
    style("it-CH", BeforeWithSpace, ["€", "£", "USD"]),
    style("pt", AfterWithSpace, ["€", "£", "US$"]).with_numbers("pt-PT"),
    style("pt-BR", BeforeWithSpace, ["€", "£", "US$"]),
    style("ca", AfterWithSpace, ["€", "£", "USD"]),
];

const fn style(locale: &'static str, symbol_comes: Place, symbols: [&'static str; 3]) -> Style {
    Style {
        locale,
        numbers: None,
        symbol_comes,
        symbols,
    }
}

impl Style {
    const fn with_numbers(mut self, locale: &'static str) -> Self {
        self.numbers = Some(locale);
        self
    }

    /// The style of a locale; that of Spain when its language is none of ours.
    fn of(locale: &str) -> Self {
        let locale = locale.to_ascii_lowercase();
        let find = |wanted: &str| {
            STYLES
                .into_iter()
                .find(|style| style.locale.eq_ignore_ascii_case(wanted))
        };
        let language = locale.split('-').next().unwrap_or_default();
        let region = locale
            .split('-')
            .skip(1)
            .find(|part| matches!(part.len(), 2 | 3));
        let elsewhere = match (language, region) {
            ("en", Some(region)) if region != "us" => Some("en-gb"),
            ("es", Some(region)) if region != "es" => Some("es-mx"),
            _ => None,
        };
        region
            .and_then(|region| find(&format!("{language}-{region}")))
            .or_else(|| find(elsewhere?))
            .or_else(|| find(language))
            .unwrap_or(STYLES[0])
    }

    const fn symbol(&self, currency: Currency) -> &'static str {
        let [eur, gbp, usd] = self.symbols;
        match currency {
            Currency::Eur => eur,
            Currency::Gbp => gbp,
            Currency::Usd => usd,
        }
    }
}

/// An amount as it is written where a BCP-47 tag says: `150,00 €`, `€150.00`.
pub(crate) fn money(amount: Money, locale: &str) -> String {
    let style = Style::of(locale);
    let number = number(amount, style.numbers.unwrap_or(style.locale));
    let symbol = style.symbol(amount.currency);
    match style.symbol_comes {
        Place::Before => format!("{symbol}{number}"),
        Place::BeforeWithSpace => format!("{symbol}\u{a0}{number}"),
        Place::AfterWithSpace => format!("{number}\u{a0}{symbol}"),
    }
}

/// The number alone, with two decimals, written as in a place of the table.
fn number(amount: Money, locale: &str) -> String {
    let mut decimal = Decimal::from(amount.value);
    decimal.multiply_pow10(-2);
    let formatter = Locale::try_from_str(locale)
        .ok()
        .and_then(|locale| DecimalFormatter::try_new(locale.into(), Default::default()).ok());
    formatter.map_or_else(
        || decimal.to_string(),
        |formatter| formatter.format_to_string(&decimal),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// What `Intl.NumberFormat` of Node 24 (ICU 78, CLDR 48) writes; `_` is a no-break space, `~` a narrow one.
    const EXPECTED: &str = include_str!("../tests/intl.txt");

    #[test]
    fn amounts_are_written_as_browsers_write_them() {
        let mut compared = 0;
        for line in EXPECTED.lines().filter(|line| !line.starts_with('#')) {
            let mut parts = line.split_whitespace();
            let locale = parts.next().expect("a locale");
            let amounts = Currency::ALL.into_iter().flat_map(|currency| {
                [1, 123_450, 99_999_999].map(|value| Money { value, currency })
            });
            for (amount, expected) in amounts.zip(parts) {
                let expected = expected.replace('_', "\u{a0}").replace('~', "\u{202f}");
                assert_eq!(money(amount, locale), expected, "{locale} {amount}");
                compared += 1;
            }
        }
        assert!(compared > 200, "{compared}");
    }

    #[test]
    fn languages_that_the_page_does_not_speak_are_written_as_in_spain() {
        let amount = Money {
            value: 1_234_567,
            currency: Currency::Eur,
        };
        let spain = money(amount, "es-ES");
        assert_eq!(spain, "12.345,67\u{a0}€");
        for locale in ["nl-NL", "ar-EG", "zh-Hant-TW", "xx", "", "not a locale"] {
            assert_eq!(money(amount, locale), spain, "{locale}");
        }
    }

    proptest! {
        #[test]
        fn no_cent_is_lost(value in 1_u64..=Money::MAX, place in 0_usize..STYLES.len()) {
            let text = number(Money { value, currency: Currency::Eur }, STYLES[place].locale);
            let digits: String = text.chars().filter(char::is_ascii_digit).collect();
            prop_assert_eq!(digits.parse::<u64>().expect("digits"), value);
            let decimals = text.rsplit(['.', ',']).next().expect("decimals");
            prop_assert_eq!(decimals.len(), 2);
        }

        #[test]
        fn whatever_the_locale_the_amount_is_there(locale in "[a-zA-Z]{2,3}(-[a-zA-Z0-9]{2,8})?") {
            let text = money(Money { value: 15_000, currency: Currency::Usd }, &locale);
            prop_assert!(text.contains("150"), "{}", text);
        }
    }
}
