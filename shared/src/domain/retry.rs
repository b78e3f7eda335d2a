//! When a failed delivery is tried again (contract README, *Delivery*).

use std::time::Duration;

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

/// How long to wait after `failed` failed attempts; `None` when the plan is used up.
#[must_use]
pub fn delay_after(failed: u32, jitter: Jitter) -> Option<Duration> {
    let planned = DELAYS.get(usize::try_from(failed.checked_sub(1)?).ok()?)?;
    Some(*planned * (800 + jitter.0) / 1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_follow_the_plan_within_a_fifth() {
        assert_eq!(delay_after(1, Jitter::NONE), Some(Duration::from_secs(5)));
        assert_eq!(
            delay_after(7, Jitter::NONE),
            Some(Duration::from_secs(36_000))
        );
        assert_eq!(delay_after(8, Jitter::NONE), None);
        assert_eq!(delay_after(0, Jitter::NONE), None);
        for random in 0..1000 {
            let delay = delay_after(2, Jitter::new(random)).expect("planned");
            assert!(
                (Duration::from_secs(240)..=Duration::from_secs(360)).contains(&delay),
                "{delay:?}"
            );
        }
    }
}
