//! When a failed delivery is tried again (contract README, *Delivery*).

use std::time::Duration;

use super::time::{Ticks, parse_http_date};

/// Planned delays after the first, second, … failed attempt. After the last one the delivery has failed.
pub const DELAYS: [Duration; 7] = [
    Duration::from_secs(5),
    Duration::from_secs(5 * 60),
    Duration::from_secs(30 * 60),
    Duration::from_secs(2 * 60 * 60),
    Duration::from_secs(5 * 60 * 60),
    Duration::from_secs(10 * 60 * 60),
    Duration::from_secs(10 * 60 * 60),
];

/// How long a delivery waits whose endpoint hangs, while another one tries it: long enough to wait in the index of what falls
/// due, and not in the queue.
pub const BEHIND_A_TRIAL: Duration = Duration::from_secs(20 * 60);

/// A random number that spreads a planned delay over ±20 %: 0 to 400 thousandths on top of 800.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Jitter(u32);

impl Jitter {
    /// Any number will do; it is taken modulo the range.
    #[must_use]
    pub const fn new(random: u32) -> Self {
        Self(random % 401)
    }

    /// No deviation from the plan.
    pub const NONE: Self = Self(200);
}

/// The planned delay after `failed` failed attempts; `None` when the plan is used up.
#[must_use]
pub fn planned_after(failed: u32) -> Option<Duration> {
    DELAYS
        .get(usize::try_from(failed.checked_sub(1)?).ok()?)
        .copied()
}

/// A delay with its deviation.
#[must_use]
pub fn spread(planned: Duration, jitter: Jitter) -> Duration {
    planned * (800 + jitter.0) / 1000
}

/// How long to wait: at least the planned delay with its deviation. What the receiver asks for is kept to up to twice the plan. Who
/// asks for more waits for twice the plan, and for up to a fifth more, so that not all come back at once.
#[must_use]
pub fn honouring(retry_after: Option<Duration>, planned: Duration, jitter: Jitter) -> Duration {
    let most = planned * 2;
    match retry_after {
        Some(asked) if asked <= most => asked.max(spread(planned, jitter)),
        Some(_) => most * (1000 + jitter.0 / 2) / 1000,
        None => spread(planned, jitter),
    }
}

/// `Retry-After` (RFC 9110, 10.2.3): seconds, or a date. What is neither asks for nothing, and a date that is over for no time.
#[must_use]
pub fn parse_retry_after(text: &str, now: Ticks) -> Option<Duration> {
    let text = text.trim();
    if !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) {
        // More digits than fit are longer than anything that is honoured.
        return Some(Duration::from_secs(text.parse().unwrap_or(u64::MAX)));
    }
    parse_http_date(text).map(|at| at.since(now))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        // Sun, 06 Nov 1994 08:49:37 GMT
        let now = Ticks::from_unix_seconds(784_111_777);
        let seconds = |seconds| Some(Duration::from_secs(seconds));
        for (text, asked) in [
            ("120", seconds(120)),
            (" 0 ", seconds(0)),
            ("99999999999999999999999", seconds(u64::MAX)),
            ("Sun, 06 Nov 1994 08:51:37 GMT", seconds(120)),
            ("Sunday, 06-Nov-94 08:51:37 GMT", seconds(120)),
            ("Sun Nov  6 08:51:37 1994", seconds(120)),
            ("Sun, 06 Nov 1994 08:49:36 GMT", seconds(0)),
            ("", None),
            ("-1", None),
            ("1.5", None),
            ("soon", None),
            ("Sun, 32 Nov 1994 08:49:37 GMT", None),
        ] {
            assert_eq!(parse_retry_after(text, now), asked, "{text}");
        }
    }

    #[test]
    fn delays_follow_the_plan_within_a_fifth() {
        // 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 10 h.
        let plan = [5, 300, 1_800, 7_200, 18_000, 36_000, 36_000];
        for (failed, seconds) in (1..).zip(plan) {
            let delay = |random| {
                let planned = planned_after(failed).expect("planned");
                honouring(None, planned, Jitter::new(random))
            };
            assert_eq!(delay(0), Duration::from_millis(seconds * 800));
            assert_eq!(delay(200), Duration::from_secs(seconds));
            assert_eq!(delay(400), Duration::from_millis(seconds * 1_200));
            assert_eq!(delay(401), delay(0));
        }
        assert_eq!(planned_after(8), None);
        assert_eq!(planned_after(0), None);
        for random in 0..1000 {
            let delay = spread(DELAYS[1], Jitter::new(random));
            assert!(
                (Duration::from_secs(240)..=Duration::from_secs(360)).contains(&delay),
                "{delay:?}"
            );
        }
    }

    #[test]
    fn what_a_receiver_asks_for_is_kept_to_up_to_twice_the_plan() {
        let planned = Duration::from_secs(5);
        let waits = |asked: u64, random| {
            honouring(
                Some(Duration::from_secs(asked)),
                planned,
                Jitter::new(random),
            )
            .as_millis()
        };
        for (asked, soonest, latest) in [
            (0, 4_000, 6_000),
            (5, 5_000, 6_000),
            (7, 7_000, 7_000),
            (10, 10_000, 10_000),
            (11, 10_000, 12_000),
            (u64::MAX, 10_000, 12_000),
        ] {
            assert_eq!((waits(asked, 0), waits(asked, 400)), (soonest, latest));
        }
    }
}
