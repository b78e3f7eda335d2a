//! The checks that a merchant could make.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use bench::Failure;
use http::{Method, StatusCode};
use serde_json::Value;

use crate::client::Client;
use crate::hurry::OPERATOR;
use crate::passes::Passes;
use crate::plan::{Asks, Plan, refund_body};
use crate::prepare::{AMOUNT, Payment};
use crate::receiver::{Arrived, Receiver};
use crate::report::Report;

/// An attempt that was cut off is made again after a while; that is waited for.
const WEBHOOKS_WITHIN: Duration = Duration::from_secs(600);

/// Every request has an answer in the end, the same each time that there was one, and names something of its own.
pub(crate) fn replies(report: &mut Report, plan: &Plan, passes: &Passes) {
    let mut unanswered = Vec::new();
    let mut differing = Vec::new();
    let mut repeated = 0;
    let mut names = BTreeMap::<String, usize>::new();
    for (number, request) in plan.requests.iter().enumerate() {
        match passes.last(number) {
            Some(reply) if reply.status == request.status() => {
                *names.entry(reply.data(request.names())).or_default() += 1;
            }
            other => unanswered.push(format!("request {number}: {other:?}")),
        }
        let mut replies = passes.replies(number);
        let first = replies.next();
        for reply in replies {
            repeated += 1;
            if first.is_none_or(|first| !reply.is_like(first)) {
                differing.push(format!("request {number}: {first:?}, then {reply:?}"));
            }
        }
    }
    let shared = names.iter().filter(|(_, count)| **count > 1);
    let shared = shared
        .map(|(name, count)| format!("{name:?} is the answer to {count} requests"))
        .collect();
    report.checked(
        format!(
            "all {} requests are answered in the end",
            plan.requests.len()
        ),
        unanswered,
    );
    report.checked(
        format!("{repeated} replies to repeated requests are the first ones, byte for byte"),
        differing,
    );
    report.checked(
        format!("they name {} different things", names.len()),
        shared,
    );
}

/// Every session is there.
pub(crate) async fn sessions(
    report: &mut Report,
    client: &Client,
    plan: &Plan,
    passes: &Passes,
) -> Result<(), Failure> {
    let (mut count, mut problems) = (0, Vec::new());
    for (number, request) in plan.requests.iter().enumerate() {
        let (Asks::Session { custom_reference }, Some(reply)) =
            (&request.asks, passes.last(number))
        else {
            continue;
        };
        let session_id = reply.data("sessionId");
        let found = request.merchant.query(client, &session_id).await?;
        count += 1;
        if found.data("customReference") != *custom_reference || found.data("status") != "pending" {
            problems.push(format!("{session_id} ({custom_reference}): {}", found.body));
        }
    }
    report.checked(
        format!("{count} sessions are there, each with its own reference"),
        problems,
    );
    Ok(())
}

/// What is left of each payment is what it should be: a cent more is refused, and exactly that is granted. Gives the
/// references of these last refunds.
pub(crate) async fn balances(
    report: &mut Report,
    client: &Client,
    plan: &Plan,
    payments: &[Payment],
) -> Result<BTreeSet<String>, Failure> {
    let (mut rests, mut problems) = (BTreeSet::new(), Vec::new());
    for payment in payments {
        let left = AMOUNT - plan.refunded(&payment.reference);
        let refund = async |amount| {
            payment
                .merchant
                .post(client, "refund", None, &refund_body(payment, amount))
                .await
        };
        let more = refund(left + 1).await?;
        if more.status != StatusCode::BAD_REQUEST {
            problems.push(format!(
                "{}: {} is refunded and should not be: {}",
                payment.reference,
                left + 1,
                more.body
            ));
        }
        let rest = refund(left).await?;
        if rest.status != StatusCode::ACCEPTED {
            problems.push(format!(
                "{}: {left} should be left: {}",
                payment.reference, rest.body
            ));
        }
        rests.insert(rest.data("refundReference"));
    }
    let what = format!(
        "{} payments have exactly the rest that {} refunds leave",
        payments.len(),
        plan.refunds()
    );
    report.checked(what, problems);
    Ok(rests)
}

/// Every event has arrived, and none that should not exist.
pub(crate) async fn webhooks(
    report: &mut Report,
    client: &Client,
    receiver: &Receiver,
    plan: &Plan,
    passes: &Passes,
    payments: &[Payment],
    rests: &BTreeSet<String>,
) -> Result<(), Failure> {
    let refunds = plan
        .requests
        .iter()
        .enumerate()
        .filter(|(_, request)| matches!(request.asks, Asks::Refund { .. }));
    let mut expected = rests.clone();
    expected.extend(
        refunds
            .filter_map(|(number, _)| passes.last(number))
            .map(|reply| reply.data("refundReference")),
    );
    expected.extend(payments.iter().map(|payment| payment.reference.clone()));

    // By their names: as many others would hide some that are still on their way.
    let has_all = |arrived: &Arrived| {
        arrived.len() >= expected.len() && {
            let came: BTreeSet<String> = arrived.values().map(|of| subject(&of[0])).collect();
            expected.is_subset(&came)
        }
    };
    let arrived = receiver.wait(WEBHOOKS_WITHIN, has_all).await;
    let mut subjects = BTreeMap::<String, usize>::new();
    for bodies in arrived.values() {
        *subjects.entry(subject(&bodies[0])).or_default() += 1;
    }
    let missing = expected
        .iter()
        .filter(|name| !subjects.contains_key(*name))
        .cloned()
        .collect();
    let strange = subjects
        .keys()
        .filter(|name| !expected.contains(*name))
        .cloned()
        .collect();
    let twice = subjects.iter().filter(|(_, count)| **count > 1);
    let twice = twice
        .map(|(name, count)| format!("{count} events tell of {name}"))
        .collect();
    let altered = arrived
        .iter()
        .filter(|(_, bodies)| bodies.iter().any(|body| *body != bodies[0]));
    let altered = altered.map(|(id, _)| id.clone()).collect();
    report.checked(
        format!("all {} events have arrived as webhooks", expected.len()),
        missing,
    );
    report.checked("no event has arrived that should not exist", strange);
    report.checked("nothing is told of by two events", twice);
    report.checked("an event that arrived again has the same body", altered);
    let again = Again::of(client, &arrived).await?;
    report.told(&[
        again.told(&arrived),
        format!("{} more were refused by the receiver", receiver.refused()),
    ]);
    report.checked(
        "each that came again is an attempt of its delivery",
        again.unexplained,
    );
    Ok(())
}

/// What an event tells of: a refund, or the authorisation of a payment.
fn subject(body: &[u8]) -> String {
    let event: Value = serde_json::from_slice(body).unwrap_or_default();
    let data = &event["data"];
    let name = data["modificationReference"]
        .as_str()
        .or_else(|| data["paymentReference"].as_str());
    name.unwrap_or_default().to_owned()
}

/// Why events came again, by what their deliveries tell.
#[derive(Default)]
struct Again {
    /// Attempts whose outcome nobody recorded: the kill came between the merchant's answer and the record.
    lost: usize,
    /// Attempts that were recorded as taken, after one that was: it was sent again while it was on its way.
    resent: usize,
    /// More, or fewer, than there were attempts.
    unexplained: Vec<String>,
}

impl Again {
    async fn of(client: &Client, arrived: &Arrived) -> Result<Self, Failure> {
        let mut again = Self::default();
        for (event, bodies) in arrived.iter().filter(|(_, bodies)| bodies.len() > 1) {
            let webcode = event.trim_start_matches("evt_").split('-').next();
            let webcode = webcode.unwrap_or_default();
            let path = format!("/manage/v1/merchants/{webcode}/test/deliveries/{event}");
            let reply = client.call(Method::GET, &path, &[OPERATOR], None).await?;
            let delivery = &reply.json()["data"];
            let made = delivery["made"].as_array().ok_or("no such delivery")?;
            let begun = delivery["attempts"].as_u64().map(usize::try_from);
            let begun = begun.ok_or("no number of attempts")??;
            let is_taken = |attempt: &&Value| {
                let status = attempt["status"].as_u64();
                status.is_some_and(|status| (200..300).contains(&status))
            };
            let taken = made.iter().filter(is_taken).count();
            let unrecorded = begun.saturating_sub(made.len());
            match bodies.len().checked_sub(taken) {
                Some(lost) if lost <= unrecorded => {
                    // The first to arrive is none that came again.
                    again.resent += taken.saturating_sub(1);
                    again.lost += lost - usize::from(taken == 0);
                }
                _ => again.unexplained.push(format!(
                    "{event} arrived {} times, of {begun} attempts with {taken} taken and {unrecorded} unrecorded",
                    bodies.len()
                )),
            }
        }
        Ok(again)
    }

    fn told(&self, arrived: &Arrived) -> String {
        let deliveries: usize = arrived.values().map(Vec::len).sum();
        format!(
            "{deliveries} webhooks of {} events: {} came again because the kill came between the merchant's answer and the record \
             of it, {} because they were sent again meanwhile",
            arrived.len(),
            self.lost,
            self.resent
        )
    }
}
