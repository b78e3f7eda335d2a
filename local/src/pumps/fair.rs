//! SQS's fair queues: which of the messages that wait goes next, so that one group's load delays no other group.
//!
//! Groups take turns. And of the functions that run at the same time a few are kept for groups of which nothing is under
//! way, and for the time when all others are busy: a group whose messages take long occupies those, and never these.

use std::collections::{BTreeMap, VecDeque};

/// Whose messages a function takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lane {
    /// Everybody's.
    Any,
    /// Those of groups of which nothing is under way, while all that take everybody's are busy.
    Quiet,
}

/// So many functions run at the same time: whose messages each of them takes.
pub(super) fn lanes(concurrency: usize) -> impl Iterator<Item = Lane> {
    let quiet = if concurrency < 2 {
        0
    } else {
        concurrency.div_ceil(4)
    };
    (0..concurrency).map(move |place| {
        if place < quiet {
            Lane::Quiet
        } else {
            Lane::Any
        }
    })
}

/// Messages that wait, by group.
#[derive(Debug)]
pub(super) struct Groups<T> {
    /// A group is here as long as it has messages that wait or are under way.
    groups: BTreeMap<String, Group<T>>,
    /// The groups that have messages waiting, in the order of their turns.
    turns: VecDeque<String>,
}

#[derive(Debug)]
struct Group<T> {
    waiting: VecDeque<T>,
    under_way: usize,
}

impl<T> Groups<T> {
    pub(super) const fn new() -> Self {
        Self {
            groups: BTreeMap::new(),
            turns: VecDeque::new(),
        }
    }

    /// A message that waits.
    pub(super) fn put(&mut self, name: String, message: T) {
        let group = self.groups.entry(name.clone()).or_insert_with(|| Group {
            waiting: VecDeque::new(),
            under_way: 0,
        });
        if group.waiting.is_empty() {
            self.turns.push_back(name);
        }
        group.waiting.push_back(message);
    }

    /// The messages that go next, at most `limit` and of one group, with its name: they are under way now. They are of one
    /// group because a batch is under way as long as its slowest message.
    pub(super) fn take(&mut self, limit: usize, lane: Lane) -> Option<(String, Vec<T>)> {
        let groups = &mut self.groups;
        let place = self.turns.iter().position(|name| {
            lane == Lane::Any || groups.get(name).is_some_and(|group| group.under_way == 0)
        })?;
        let name = self.turns.remove(place)?;
        let group = groups.get_mut(&name)?;
        let taken: Vec<T> = group
            .waiting
            .drain(..limit.min(group.waiting.len()))
            .collect();
        group.under_way += taken.len();
        if !group.waiting.is_empty() {
            self.turns.push_back(name.clone());
        }
        Some((name, taken))
    }

    /// So many messages of a group are not under way any more.
    pub(super) fn done(&mut self, name: &str, count: usize) {
        if let Some(group) = self.groups.get_mut(name) {
            group.under_way = group.under_way.saturating_sub(count);
            if group.under_way == 0 && group.waiting.is_empty() {
                self.groups.remove(name);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn loud() -> Groups<u32> {
        let mut groups = Groups::new();
        for number in 0..100 {
            groups.put("loud".to_owned(), number);
        }
        groups
    }

    fn some(name: &str, numbers: &[u32]) -> Option<(String, Vec<u32>)> {
        Some((name.to_owned(), numbers.to_vec()))
    }

    #[test]
    fn groups_take_turns() {
        let mut groups = loud();
        groups.put("quiet".to_owned(), 1_000);
        assert_eq!(groups.take(2, Lane::Any), some("loud", &[0, 1]));
        assert_eq!(groups.take(2, Lane::Any), some("quiet", &[1_000]));
        assert_eq!(groups.take(2, Lane::Any), some("loud", &[2, 3]));
    }

    #[test]
    fn a_loud_group_leaves_the_quiet_lane_to_others() {
        let mut groups = loud();
        assert_eq!(groups.take(2, Lane::Any), some("loud", &[0, 1]));
        assert_eq!(groups.take(2, Lane::Quiet), None);
        groups.put("quiet".to_owned(), 1_000);
        assert_eq!(groups.take(2, Lane::Quiet), some("quiet", &[1_000]));
        groups.put("quiet".to_owned(), 1_001);
        assert_eq!(groups.take(2, Lane::Quiet), None, "it is under way too");
        groups.done("quiet", 1);
        assert_eq!(groups.take(2, Lane::Quiet), some("quiet", &[1_001]));
        groups.done("loud", 2);
        assert_eq!(groups.take(2, Lane::Quiet), some("loud", &[2, 3]));
    }

    #[test]
    fn nothing_is_kept_of_a_group_that_is_done() {
        let mut groups = Groups::new();
        groups.put("one".to_owned(), 1);
        assert_eq!(groups.take(10, Lane::Any), some("one", &[1]));
        assert_eq!(groups.take(10, Lane::Any), None);
        groups.done("one", 1);
        assert!(groups.groups.is_empty() && groups.turns.is_empty());
    }

    #[test]
    fn a_quarter_of_the_functions_is_kept_for_quiet_groups() {
        for (concurrency, quiet) in [(1, 0), (2, 1), (8, 2)] {
            let kept = lanes(concurrency).filter(|lane| *lane == Lane::Quiet);
            assert_eq!(kept.count(), quiet, "{concurrency}");
            assert_eq!(lanes(concurrency).count(), concurrency);
        }
    }
}
