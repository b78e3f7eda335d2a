//! Medians and percentiles of whole numbers.

/// The middle one; of an even number the lower of the two. Nothing has 0.
pub(crate) fn median(values: &[u64]) -> u64 {
    percentile(values, 50)
}

/// The smallest value that at least so many in a hundred do not exceed.
pub(crate) fn percentile(values: &[u64], percent: usize) -> u64 {
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    let place = (sorted.len() * percent).div_ceil(100).saturating_sub(1);
    sorted.get(place).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_values_that_were_there() {
        let hundred: Vec<u64> = (1..=100).rev().collect();
        assert_eq!((median(&hundred), percentile(&hundred, 99)), (50, 99));
        assert_eq!((median(&[7]), percentile(&[7], 99)), (7, 7));
        assert_eq!(median(&[3, 1, 2]), 2);
        assert_eq!(median(&[]), 0);
    }
}
