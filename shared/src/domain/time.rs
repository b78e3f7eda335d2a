//! Time as the product counts it: ticks of 100 µs since the Unix epoch.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// A point in time: Unix time in units of 100 µs.
///
/// It is the unit of references (contract README, *References*: 14 digits) and of every time in the
/// table. Range: until the year 2286 it has at most 14 digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Ticks(u64);

impl Ticks {
    /// Ticks in a second.
    pub const PER_SECOND: u64 = 10_000;

    /// The point in time that lies `ticks` units of 100 µs after the epoch.
    #[must_use]
    pub const fn new(ticks: u64) -> Self {
        Self(ticks)
    }

    /// The start of a Unix second.
    #[must_use]
    pub const fn from_unix_seconds(seconds: u64) -> Self {
        Self(seconds * Self::PER_SECOND)
    }

    /// Units of 100 µs since the epoch.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }

    /// Whole seconds since the epoch.
    #[must_use]
    pub const fn unix_seconds(self) -> u64 {
        self.0 / Self::PER_SECOND
    }

    /// The next tick: the one that is tried when a reference is taken.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0 + 1)
    }

    /// This time plus a duration, in whole ticks.
    #[must_use]
    pub fn plus(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(in_ticks(duration)))
    }

    /// This time less a duration, in whole ticks; never before the epoch.
    #[must_use]
    pub fn minus(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub(in_ticks(duration)))
    }

    /// How long after `earlier` this is; zero when it is not after it.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Duration {
        Duration::from_micros(self.0.saturating_sub(earlier.0).saturating_mul(100))
    }

    /// ISO 8601 with `Z` and milliseconds, as terminals' times and the local inbox show it.
    #[must_use]
    pub fn iso(self) -> String {
        self.formatted("%Y-%m-%dT%H:%M:%S%.3fZ")
    }

    /// Reads a point in time: a date and time of ISO 8601 with `Z` or an offset (`2026-07-15T14:00:00Z`), to 100 µs. One without
    /// an offset is no point in time.
    #[must_use]
    pub fn parse_instant(text: &str) -> Option<Self> {
        let (_, time) = text.split_once('T')?;
        parse_iso_8601(text).filter(|_| time.contains(['Z', '+', '-']))
    }

    fn formatted(self, format: &str) -> String {
        let micros = i64::try_from(self.0.saturating_mul(100)).unwrap_or(i64::MAX);
        // Ticks of 14 digits are always inside jiff's range; anything else is shown as its number.
        jiff::Timestamp::from_microsecond(micros).map_or_else(
            |_| self.0.to_string(),
            |time| time.strftime(format).to_string(),
        )
    }
}

fn in_ticks(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros() / 100).unwrap_or(u64::MAX)
}

/// `YYYY-MM-DD HH:MM:SS` in UTC, the format of times in payment bodies (contract README, *Times*).
impl fmt::Display for Ticks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.formatted("%Y-%m-%d %H:%M:%S"))
    }
}

/// Whether a text is a date, or a date and time, of ISO 8601 (`2026-07-15T14:00:00Z`).
///
/// Accepted: `YYYY-MM-DD`, and `YYYY-MM-DDTHH:MM[:SS[.fraction]]` with `Z`, an offset, or neither.
#[must_use]
pub fn is_iso_8601(text: &str) -> bool {
    parse_iso_8601(text).is_some()
}

/// The time that a text of ISO 8601 stands for; what has no offset is UTC, and a date is its first moment.
///
/// Before the epoch it is the epoch: nothing of ours is older.
#[must_use]
pub fn parse_iso_8601(text: &str) -> Option<Ticks> {
    let plain = text.len() <= 40
        && text
            .bytes()
            .all(|b| b.is_ascii_digit() || matches!(b, b'T' | b'Z' | b':' | b'+' | b'-' | b'.'));
    if !plain {
        return None;
    }
    // What jiff refuses is no time, whatever is wrong with it: that is the answer here, and the caller names the field.
    let utc = |time: jiff::civil::DateTime| time.to_zoned(jiff::tz::TimeZone::UTC).ok();
    let timestamp = match text.split_once('T') {
        None if text.len() == 10 => utc(text
            .parse::<jiff::civil::Date>()
            .ok()?
            .to_datetime(jiff::civil::Time::midnight()))?
        .timestamp(),
        None => return None,
        Some((_, time)) if time.contains(['Z', '+', '-']) => text.parse().ok()?,
        Some((_, time)) if time.contains(':') => utc(text.parse().ok()?)?.timestamp(),
        Some(_) => return None,
    };
    let ticks = timestamp.as_microsecond() / 100;
    Some(Ticks(u64::try_from(ticks).unwrap_or(0)))
}

/// A date of HTTP, in any of the three forms that a recipient has to take (RFC 9110, 5.6.7).
#[must_use]
pub fn parse_http_date(text: &str) -> Option<Ticks> {
    let seconds = [
        "%a, %d %b %Y %H:%M:%S GMT",
        "%A, %d-%b-%y %H:%M:%S GMT",
        "%a %b %e %H:%M:%S %Y",
    ]
    .into_iter()
    .find_map(|format| jiff::civil::DateTime::strptime(format, text).ok())?
    .to_zoned(jiff::tz::TimeZone::UTC)
    .ok()?
    .timestamp()
    .as_second();
    // Before the epoch it is the epoch: it is over either way.
    Some(Ticks::from_unix_seconds(
        u64::try_from(seconds).unwrap_or(0),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_shown_as_the_contract_writes_them() {
        let time = Ticks::new(17_195_000_001_234);
        assert_eq!(time.to_string(), "2024-06-27 14:53:20");
        assert_eq!(time.iso(), "2024-06-27T14:53:20.123Z");
        assert_eq!(
            time.plus(Duration::from_secs(300)).since(time),
            Duration::from_secs(300)
        );
        assert_eq!(
            time.minus(Duration::from_secs(1)).since(time),
            Duration::ZERO
        );
    }

    #[test]
    fn a_point_in_time_has_an_offset() {
        for (text, expected) in [
            ("2024-06-27T14:53:20.123456Z", Some(17_195_000_001_234)),
            ("2024-06-27T16:53:20+02:00", Some(17_195_000_000_000)),
            ("2024-06-27T14:53:20", None),
            ("2024-06-27", None),
            ("1969-12-31T23:59:59Z", Some(0)),
            ("2024-06-27T14:53:20Z[Europe/Madrid]", None),
            ("tomorrow", None),
            ("", None),
        ] {
            assert_eq!(
                Ticks::parse_instant(text),
                expected.map(Ticks::new),
                "{text}"
            );
        }
    }

    #[test]
    fn iso_8601_is_told_from_what_only_looks_like_it() {
        for good in [
            "2026-07-15T14:00:00Z",
            "2026-07-15T14:00:00.123Z",
            "2026-07-15T14:00:00+02:00",
            "2026-07-15T14:00:00",
            "2026-07-15T14:00",
            "2026-07-15",
            "2028-02-29",
        ] {
            assert!(is_iso_8601(good), "{good}");
        }
        for (text, shown) in [
            ("2026-07-15T14:00:00+02:00", "2026-07-15 12:00:00"),
            ("2026-07-15T14:00", "2026-07-15 14:00:00"),
            ("2026-07-15", "2026-07-15 00:00:00"),
            ("1969-01-01", "1970-01-01 00:00:00"),
        ] {
            let time = parse_iso_8601(text).map(|time| time.to_string());
            assert_eq!(time.as_deref(), Some(shown), "{text}");
        }
        for bad in [
            "",
            "15/07/2026",
            "2026-13-01",
            "2026-02-29",
            "2026-07-15 14:00:00",
            "2026-07-15T25:00:00Z",
            "2026-07-15T14:00:00Z[Europe/Madrid]",
            "tomorrow",
            "2026-07-15T",
            "20260715",
            "1784124000",
        ] {
            assert!(!is_iso_8601(bad), "{bad}");
        }
    }
}
