//! The languages of the page, and which of them a customer gets.

/// A language that the page speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Language {
    /// Spanish: the default.
    Es,
    /// English.
    En,
    /// French.
    Fr,
    /// German.
    De,
    /// Italian.
    It,
    /// Portuguese.
    Pt,
    /// Catalan.
    Ca,
}

impl Language {
    /// All of them.
    pub(crate) const ALL: [Self; 7] = [
        Self::Es,
        Self::En,
        Self::Fr,
        Self::De,
        Self::It,
        Self::Pt,
        Self::Ca,
    ];

    /// Its ISO 639-1 code.
    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::Es => "es",
            Self::En => "en",
            Self::Fr => "fr",
            Self::De => "de",
            Self::It => "it",
            Self::Pt => "pt",
            Self::Ca => "ca",
        }
    }

    /// What its texts are written in, as BCP-47: the Portuguese of Portugal.
    pub(crate) const fn tag(self) -> &'static str {
        match self {
            Self::Pt => "pt-PT",
            other => other.code(),
        }
    }

    /// The language of a BCP-47 tag, whatever its region; Spanish for those that the page does not speak.
    pub(crate) fn of_locale(locale: &str) -> Self {
        Self::find(locale).unwrap_or(Self::Es)
    }

    /// The first language of an `Accept-Language` header that the page speaks: for pages that belong to no session.
    pub(crate) fn of_accept_language(header: &str) -> Self {
        header
            .split(',')
            .filter_map(|range| range.split(';').next())
            .find_map(|range| Self::find(range.trim()))
            .unwrap_or(Self::Es)
    }

    fn find(tag: &str) -> Option<Self> {
        let language = tag.split(['-', '_']).next()?;
        Self::ALL
            .into_iter()
            .find(|known| known.code().eq_ignore_ascii_case(language))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_language_of_a_locale_counts_and_spanish_is_the_default() {
        for (locale, language) in [
            ("es-ES", Language::Es),
            ("es-MX", Language::Es),
            ("es-419", Language::Es),
            ("en", Language::En),
            ("en-GB", Language::En),
            ("EN-us", Language::En),
            ("fr-CH", Language::Fr),
            ("de-AT", Language::De),
            ("it-IT", Language::It),
            ("pt-BR", Language::Pt),
            ("ca-ES", Language::Ca),
            ("ca", Language::Ca),
            ("nl-NL", Language::Es),
            ("cat", Language::Es),
            ("enx", Language::Es),
            ("zh-Hant-TW", Language::Es),
            ("", Language::Es),
        ] {
            assert_eq!(Language::of_locale(locale), language, "{locale}");
        }
    }

    #[test]
    fn a_browser_names_its_languages_in_order() {
        for (header, language) in [
            ("de-CH,de;q=0.9,en;q=0.8", Language::De),
            ("nl-NL,nl;q=0.9,fr;q=0.8,en;q=0.7", Language::Fr),
            ("nl, *;q=0.5", Language::Es),
            ("", Language::Es),
            (",;q=1,", Language::Es),
        ] {
            assert_eq!(Language::of_accept_language(header), language, "{header}");
        }
    }

    proptest! {
        #[test]
        fn a_region_never_changes_the_language(place in 0_usize..7, region in "[A-Z]{2}|[0-9]{3}") {
            let language = Language::ALL[place];
            prop_assert_eq!(Language::of_locale(&format!("{}-{region}", language.code())), language);
        }

        #[test]
        fn every_tag_has_a_language(tag in "\\PC{0,12}") {
            let language = Language::of_locale(&tag);
            prop_assert!(language == Language::Es || tag.to_lowercase().starts_with(language.code()));
        }
    }
}
