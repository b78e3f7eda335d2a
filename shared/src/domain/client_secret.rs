//! A merchant's client secret and its rotation: which secret signs, and which other one still counts.
//!
//! There are at most two at any time. A new one takes over at a time; the one that it follows counts beside it for
//! [`OVERLAP`] more, so that a merchant who changes over to the new one misses nothing.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::time::Ticks;

/// How long a secret counts after the next one has begun to sign (contract README, *Client secret*; the length is ours).
pub const OVERLAP: Duration = Duration::from_secs(24 * 60 * 60);

/// A merchant's client secret, sealed, with the one before it and the one that is to follow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ClientSecret {
    /// The secret that signs until `next` begins.
    sealed: String,
    /// The secret that signed before it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    previous: Option<Previous>,
    /// The secret that follows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    next: Option<Next>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Previous {
    sealed: String,
    /// It counts before this time.
    until: Ticks,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Next {
    sealed: String,
    /// It signs from this time on.
    from: Ticks,
}

/// The secrets of a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InForce<T> {
    /// Signs.
    pub signs: T,
    /// Counts beside it, while a rotation's overlap lasts.
    pub also_counts: Option<T>,
}

impl ClientSecret {
    /// A merchant's first secret.
    #[must_use]
    pub const fn first(sealed: String) -> Self {
        Self {
            sealed,
            previous: None,
            next: None,
        }
    }

    /// Which secret signs at a time, and which other one still counts.
    #[must_use]
    pub fn at(&self, now: Ticks) -> InForce<&str> {
        match &self.next {
            Some(next) if next.from <= now => InForce {
                signs: &next.sealed,
                also_counts: Some(self.sealed.as_str()).filter(|_| now < next.from.plus(OVERLAP)),
            },
            _ => InForce {
                signs: &self.sealed,
                also_counts: self
                    .previous
                    .as_ref()
                    .filter(|previous| now < previous.until)
                    .map(|previous| previous.sealed.as_str()),
            },
        }
    }

    /// Lets another secret sign, from now on or from a later time. One that was to follow and has not begun is forgotten, and
    /// a rotation at once ends an overlap that still lasts: the secret that signed until now is the one that goes on counting.
    #[must_use]
    pub fn rotated(&self, sealed: String, now: Ticks, from: Option<Ticks>) -> Self {
        let in_force = self.at(now);
        match from.filter(|from| now < *from) {
            None => Self {
                sealed,
                previous: Some(Previous {
                    sealed: in_force.signs.to_owned(),
                    until: now.plus(OVERLAP),
                }),
                next: None,
            },
            Some(from) => Self {
                sealed: in_force.signs.to_owned(),
                previous: in_force.also_counts.map(|also_counts| Previous {
                    sealed: also_counts.to_owned(),
                    until: self.overlap_ends(now),
                }),
                next: Some(Next { sealed, from }),
            },
        }
    }

    /// When the overlap that lasts at a time ends.
    fn overlap_ends(&self, now: Ticks) -> Ticks {
        match (&self.next, &self.previous) {
            (Some(next), _) if next.from <= now => next.from.plus(OVERLAP),
            (_, Some(previous)) => previous.until,
            (_, None) => now,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    const START: Ticks = Ticks::from_unix_seconds(1_782_000_000);
    const HOUR: Duration = Duration::from_secs(60 * 60);

    fn secret(name: &str) -> ClientSecret {
        ClientSecret::first(name.to_owned())
    }

    fn at(secret: &ClientSecret, hours: u32) -> (&str, Option<&str>) {
        let in_force = secret.at(START.plus(HOUR * hours));
        (in_force.signs, in_force.also_counts)
    }

    #[test]
    fn a_rotation_at_once_overlaps_for_a_day() {
        let rotated = secret("a").rotated("b".to_owned(), START, None);
        for (hours, expected) in [
            (0, ("b", Some("a"))),
            (23, ("b", Some("a"))),
            (24, ("b", None)),
        ] {
            assert_eq!(at(&rotated, hours), expected, "{hours}");
        }
    }

    #[test]
    fn a_rotation_at_a_time_changes_nothing_before_it() {
        let planned = secret("a").rotated("b".to_owned(), START, Some(START.plus(HOUR * 5)));
        for (hours, expected) in [
            (0, ("a", None)),
            (4, ("a", None)),
            (5, ("b", Some("a"))),
            (28, ("b", Some("a"))),
            (29, ("b", None)),
        ] {
            assert_eq!(at(&planned, hours), expected, "{hours}");
        }
    }

    #[test]
    fn what_was_planned_and_has_not_begun_is_replaced() {
        let planned = secret("a").rotated("b".to_owned(), START, Some(START.plus(HOUR)));
        let other = planned.rotated("c".to_owned(), START, Some(START.plus(HOUR * 2)));
        assert_eq!(at(&other, 1), ("a", None));
        assert_eq!(at(&other, 2), ("c", Some("a")));
        let at_once = planned.rotated("d".to_owned(), START, None);
        assert_eq!(at(&at_once, 1), ("d", Some("a")));
    }

    #[test]
    fn a_plan_during_an_overlap_lets_it_last() {
        let rotated = secret("a").rotated("b".to_owned(), START, None);
        let planned = rotated.rotated("c".to_owned(), START, Some(START.plus(HOUR * 30)));
        assert_eq!(at(&planned, 23), ("b", Some("a")));
        assert_eq!(at(&planned, 24), ("b", None));
        assert_eq!(at(&planned, 30), ("c", Some("b")));
        // The same when the overlap is that of a plan which has come true.
        let begun = secret("a").rotated("b".to_owned(), START, Some(START.plus(HOUR)));
        let later = START.plus(HOUR * 2);
        let planned = begun.rotated("c".to_owned(), later, Some(START.plus(HOUR * 30)));
        assert_eq!(at(&planned, 24), ("b", Some("a")));
        assert_eq!(at(&planned, 25), ("b", None));
        assert_eq!(at(&planned, 30), ("c", Some("b")));
    }

    #[test]
    fn a_secret_of_before_rotations_is_read() {
        let read: ClientSecret = serde_json::from_str(r#"{"sealed":"a"}"#).expect("a secret");
        assert_eq!(read, secret("a"));
        assert_eq!(
            serde_json::to_string(&read).expect("JSON"),
            r#"{"sealed":"a"}"#
        );
    }

    proptest! {
        /// Whatever is rotated when: the secret that signed at any moment goes on counting for a day, unless another rotation
        /// at once came in between; and two secrets never are the same.
        #[test]
        fn the_secret_that_signed_a_moment_ago_still_counts(steps in vec((0_u32..40, 0_u32..40), 1..12)) {
            let (mut kept, mut now) = (secret("0"), START);
            for (number, (pause, ahead)) in steps.into_iter().enumerate() {
                now = now.plus(HOUR * pause);
                let signed = kept.at(now).signs.to_owned();
                let from = (ahead > 0).then(|| now.plus(HOUR * ahead));
                let named = (number + 1).to_string();
                kept = kept.rotated(named.clone(), now, from);
                let in_force = kept.at(now);
                prop_assert!(in_force.signs == signed || in_force.also_counts == Some(signed.as_str()));
                prop_assert_eq!(in_force.signs == signed, from.is_some());
                let begins = from.unwrap_or(now);
                prop_assert_eq!(kept.at(begins), InForce { signs: named.as_str(), also_counts: Some(signed.as_str()) });
                prop_assert_eq!(kept.at(begins.plus(OVERLAP)).also_counts, None);
            }
        }
    }
}
