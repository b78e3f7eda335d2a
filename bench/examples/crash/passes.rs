//! Sending: everything, again and again with the same keys, until nothing is killed any more.

use std::time::Instant;

use bench::Failure;
use futures_util::StreamExt;

use crate::client::{Client, Reply};
use crate::plan::Plan;
use crate::stack::Stack;

/// Requests under way at the same time.
const CONCURRENT: usize = 16;

/// The replies of each pass; of a request that was cut off there is none.
pub(crate) struct Passes(Vec<Vec<Option<Reply>>>);

impl Passes {
    /// Sends everything and kills the stack in the middle, as often as asked; then sends everything once more.
    pub(crate) async fn run(
        client: &Client,
        plan: &Plan,
        stack: &mut Stack,
        kills: usize,
    ) -> Result<Self, Failure> {
        let count = plan.requests.len();
        let mut passes = Vec::new();
        for kill in 1..=kills {
            // Not always at the same place; and a pass begins where the last one was cut off.
            let kill_after = count * kill / (kills + 1);
            println!("sending {count} requests; SIGKILL after {kill_after} replies");
            passes.push(
                pass(
                    client,
                    plan,
                    (kill - 1) * count / kills,
                    Some((kill_after.max(1), &mut *stack)),
                )
                .await?,
            );
            let began = Instant::now();
            stack.restart().await?;
            println!(
                "restarted on the same data in {} ms",
                began.elapsed().as_millis()
            );
        }
        println!("resending all {count} requests with their keys");
        passes.push(pass(client, plan, 0, None).await?);
        Ok(Self(passes))
    }

    /// The replies to one request, in their order.
    pub(crate) fn replies(&self, number: usize) -> impl Iterator<Item = &Reply> {
        self.0.iter().filter_map(move |pass| pass[number].as_ref())
    }

    /// The reply that counts: the last pass has one to each request, unless something is wrong.
    pub(crate) fn last(&self, number: usize) -> Option<&Reply> {
        self.0.last()?[number].as_ref()
    }

    /// How many replies each pass had, and how many requests had an effect whose reply was lost.
    pub(crate) fn told(&self) -> Vec<String> {
        let numbered = self.0.iter().enumerate();
        let told = numbered.map(|(place, pass)| {
            let lost = (0..pass.len()).filter(|number| self.is_first_reply_a_replay(place, *number));
            let replies = pass.iter().flatten().count();
            format!(
                "pass {}: {replies} of {} replies; {} of them to requests that had taken effect before, their \
                 replies cut off",
                place + 1,
                pass.len(),
                lost.count(),
            )
        });
        told.collect()
    }

    fn is_first_reply_a_replay(&self, place: usize, number: usize) -> bool {
        let earlier = self.0[..place].iter().any(|pass| pass[number].is_some());
        !earlier
            && self.0[place][number]
                .as_ref()
                .is_some_and(|reply| reply.is_replay)
    }
}

async fn pass(
    client: &Client,
    plan: &Plan,
    first: usize,
    mut kill: Option<(usize, &mut Stack)>,
) -> Result<Vec<Option<Reply>>, Failure> {
    let count = plan.requests.len();
    let order = (0..count).map(|place| (first + place) % count);
    let sent =
        order.map(|number| async move { (number, plan.requests[number].send(client).await.ok()) });
    let mut sent = futures_util::stream::iter(sent).buffer_unordered(CONCURRENT);
    let mut replies = vec![None; count];
    let mut replied = 0;
    while let Some((number, reply)) = sent.next().await {
        replied += usize::from(reply.is_some());
        replies[number] = reply;
        if let Some((_, stack)) = kill.take_if(|(after, _)| replied >= *after) {
            stack.kill().await?;
        }
    }
    Ok(replies)
}
