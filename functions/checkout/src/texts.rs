//! The words of the page: Fluent files, compiled in, one for each language.

use std::borrow::Cow;
use std::sync::OnceLock;

use fluent::concurrent::FluentBundle;
use fluent::{FluentArgs, FluentResource, FluentValue};

use crate::language::Language;

/// The messages that the page uses, with their names in the files. A test finds out whether every language has them, and
/// nothing else.
macro_rules! messages {
    ($($message:ident = $id:literal,)*) => {
        /// A text of the page.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Message { $($message),* }

        impl Message {
            /// Its name in the files.
            pub(crate) const fn id(self) -> &'static str {
                match self { $(Self::$message => $id),* }
            }

            /// All of them.
            #[cfg(test)]
            const ALL: &'static [Self] = &[$(Self::$message),*];
        }
    };
}

messages! {
    TestMode = "test-mode",
    TestExplained = "test-explained",
    TimeLeft = "time-left",
    OneMinuteLeft = "one-minute-left",
    HalfAMinuteLeft = "half-a-minute-left",
    ReturnToShop = "return-to-shop",
    Redirecting = "redirecting",

    PayHeading = "pay-heading",
    ReserveHeading = "reserve-heading",
    ReservedNotCharged = "reserved-not-charged",
    CardDetails = "card-details",
    Number = "number",
    NumberMissing = "number-missing",
    NumberInvalid = "number-invalid",
    Expiry = "expiry",
    ExpiryExample = "expiry-example",
    ExpiryMissing = "expiry-missing",
    ExpiryInvalid = "expiry-invalid",
    ExpiryPast = "expiry-past",
    Cvc = "cvc",
    CvcHint = "cvc-hint",
    CvcMissing = "cvc-missing",
    CvcInvalid = "cvc-invalid",
    HolderName = "holder-name",
    HolderNameMissing = "holder-name-missing",
    HolderNameInvalid = "holder-name-invalid",
    Problems = "problems",
    ProblemTitle = "problem-title",
    Pay = "pay",
    Reserve = "reserve",
    Processing = "processing",
    Cancel = "cancel",
    Encrypted = "encrypted",

    DeclinedHeading = "declined-heading",
    NotTriedHeading = "not-tried-heading",
    NotTriedText = "not-tried-text",
    CardUsed = "card-used",
    Card = "card",
    DeclinedDeclined = "declined-declined",
    DeclinedCardExpired = "declined-card-expired",
    DeclinedInvalidCard = "declined-invalid-card",
    DeclinedNotEnoughBalance = "declined-not-enough-balance",
    DeclinedCvcDeclined = "declined-cvc-declined",
    DeclinedError = "declined-error",
    DeclinedNotAuthenticated = "declined-not-authenticated",

    ChallengeHeading = "challenge-heading",
    ChallengeText = "challenge-text",
    Approve = "approve",
    Reject = "reject",

    StartText = "start-text",
    Start = "start",
    WaitHeading = "wait-heading",
    WaitText = "wait-text",
    BackToPayment = "back-to-payment",

    PaidHeading = "paid-heading",
    PaidText = "paid-text",
    ReservedText = "reserved-text",
    Continue = "continue",
    ExpiredHeading = "expired-heading",
    ExpiredText = "expired-text",
    CancelledHeading = "cancelled-heading",
    CancelledText = "cancelled-text",
    FailedHeading = "failed-heading",
    FailedText = "failed-text",
    UnavailableHeading = "unavailable-heading",
    UnavailableText = "unavailable-text",
    NotFoundHeading = "not-found-heading",
    NotFoundText = "not-found-text",
    NotUnderstoodHeading = "not-understood-heading",
    NotUnderstoodText = "not-understood-text",
    ErrorHeading = "error-heading",
    ErrorText = "error-text",
    LoadAgain = "load-again",
    Trace = "trace",

    TestHelp = "test-help",
    TestHelpCards = "test-help-cards",
    TestHelpNames = "test-help-names",
    TestNumber = "test-number",
    TestName = "test-name",
    TestResult = "test-result",
    TestAnyName = "test-any-name",
    TestChallenge = "test-challenge",
    TestUse = "test-use",
    ResultAuthorised = "result-authorised",
    ResultDeclined = "result-declined",
    ResultCardExpired = "result-card-expired",
    ResultInvalidCard = "result-invalid-card",
    ResultNotEnoughBalance = "result-not-enough-balance",
    ResultCvcDeclined = "result-cvc-declined",
    ResultFraud = "result-fraud",
    ResultError = "result-error",
}

type Bundle = FluentBundle<FluentResource>;

/// What a text has room for.
type Argument<'a> = (&'static str, Cow<'a, str>);

/// The texts of one language.
#[derive(Clone, Copy)]
pub(crate) struct Texts {
    pub(crate) language: Language,
    bundle: &'static Bundle,
}

impl Texts {
    /// Reads a language's file, the first time that it is asked for.
    pub(crate) fn of(language: Language) -> Self {
        static BUNDLES: [OnceLock<Bundle>; 7] = [const { OnceLock::new() }; 7];
        Self {
            language,
            bundle: BUNDLES[language as usize].get_or_init(|| bundle(language)),
        }
    }

    /// A text without variables.
    pub(crate) fn get(self, message: Message) -> String {
        self.format(message, None)
    }

    /// A text with its variables.
    pub(crate) fn with<'a>(
        self,
        message: Message,
        arguments: impl IntoIterator<Item = Argument<'a>>,
    ) -> String {
        let arguments = arguments
            .into_iter()
            .map(|(name, value)| (name, FluentValue::from(value)));
        self.format(message, Some(&FluentArgs::from_iter(arguments)))
    }

    /// A text about a number of things.
    pub(crate) fn count(self, message: Message, count: usize) -> String {
        let arguments = FluentArgs::from_iter([("count", FluentValue::from(count))]);
        self.format(message, Some(&arguments))
    }

    /// A text that is missing, or one of its variables, is a bug of ours that a test would have found. The customer sees
    /// what there is.
    fn format(self, message: Message, arguments: Option<&FluentArgs<'_>>) -> String {
        let found = self.bundle.get_message(message.id());
        let Some(pattern) = found.and_then(|message| message.value()) else {
            tracing::error!(
                language = self.language.code(),
                message = message.id(),
                "no text"
            );
            return message.id().to_owned();
        };
        let mut errors = Vec::new();
        let text = self
            .bundle
            .format_pattern(pattern, arguments, &mut errors)
            .into_owned();
        if !errors.is_empty() {
            tracing::error!(
                language = self.language.code(),
                message = message.id(),
                "a text lacks a variable"
            );
        }
        text
    }
}

const fn file(language: Language) -> &'static str {
    match language {
        Language::Es => include_str!("../texts/es.ftl"),
        Language::En => include_str!("../texts/en.ftl"),
        Language::Fr => include_str!("../texts/fr.ftl"),
        Language::De => include_str!("../texts/de.ftl"),
        Language::It => include_str!("../texts/it.ftl"),
        Language::Pt => include_str!("../texts/pt.ftl"),
        Language::Ca => include_str!("../texts/ca.ftl"),
    }
}

fn bundle(language: Language) -> Bundle {
    let mut bundle = Bundle::new_concurrent(vec![language.code().parse().unwrap_or_default()]);
    // Marks around variables would keep right-to-left names apart; the page does that with `<bdi>`.
    bundle.set_use_isolating(false);
    let resource = FluentResource::try_new(file(language).to_owned());
    let resource = resource.unwrap_or_else(|(what_there_is, _)| what_there_is);
    bundle.add_resource_overriding(resource);
    bundle
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;

    /// The variables of each message of a file. A variable stands as `{ $name }` or `{ $name ->`.
    fn messages(language: Language) -> BTreeMap<String, BTreeSet<String>> {
        let mut found = BTreeMap::new();
        let mut current = String::new();
        for line in file(language).lines() {
            if line.starts_with('#') || line.trim().is_empty() {
                continue;
            }
            if let Some((id, _)) = line
                .split_once(" = ")
                .filter(|_| !line.starts_with([' ', '}']))
            {
                current = id.to_owned();
                let twice = found.insert(current.clone(), BTreeSet::new());
                assert_eq!(twice, None, "{language:?}: {current} is there twice");
            }
            let variables: &mut BTreeSet<String> = found.get_mut(&current).expect("a message");
            for part in line.split("{ $").skip(1) {
                variables.insert(part.split([' ', '}']).next().expect("a name").to_owned());
            }
        }
        found
    }

    #[test]
    fn every_language_has_every_message_with_the_same_variables() {
        let expected = messages(Language::Es);
        let used: BTreeSet<_> = Message::ALL
            .iter()
            .map(|message| message.id().to_owned())
            .collect();
        assert_eq!(expected.keys().cloned().collect::<BTreeSet<_>>(), used);
        for language in Language::ALL {
            assert_eq!(messages(language), expected, "{language:?}");
        }
    }

    #[test]
    fn every_file_is_understood_to_its_end() {
        for language in Language::ALL {
            let resource = FluentResource::try_new(file(language).to_owned());
            let resource = resource.map_err(|(_, errors)| errors).expect("Fluent");
            let mut bundle = Bundle::new_concurrent(vec![language.code().parse().expect("a tag")]);
            assert_eq!(bundle.add_resource(resource), Ok(()), "{language:?}");
        }
    }

    #[test]
    fn every_message_can_be_shown() {
        let names = [
            "merchant", "amount", "title", "brand", "digits", "expiry", "value",
        ];
        for language in Language::ALL {
            let texts = Texts::of(language);
            for message in Message::ALL {
                let text = if *message == Message::Problems {
                    texts.count(*message, 2)
                } else {
                    texts.with(*message, names.map(|name| (name, Cow::Borrowed("«…»"))))
                };
                assert!(
                    !text.is_empty() && text != message.id(),
                    "{language:?} {message:?}"
                );
                assert!(
                    !text.contains(['{', '}', '$']),
                    "{language:?} {message:?}: {text}"
                );
            }
        }
    }

    #[test]
    fn one_thing_is_not_several() {
        for (language, one, several) in [
            (
                Language::En,
                "One field needs your attention.",
                "3 fields need your attention.",
            ),
            (
                Language::Es,
                "Hay un campo que revisar.",
                "Hay 3 campos que revisar.",
            ),
        ] {
            let texts = Texts::of(language);
            assert_eq!(texts.count(Message::Problems, 1), one);
            assert_eq!(texts.count(Message::Problems, 3), several);
        }
    }
}
