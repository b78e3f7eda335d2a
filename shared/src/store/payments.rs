//! How payments and their modifications are written.
//!
//! A write says what changed, and its condition what the decision relied on: money goes by adding and subtracting, so that
//! refunds which all fit don't fight each other.

use aws_sdk_dynamodb::types::AttributeValue;

use super::items::{item_of, value_of};
use super::keys::{
    BYREF_PK, BYREF_SK, DUE_AT, DUE_PK, Distance, Key, LIST_PK, LIST_SK, Listed, by_time,
    due_partition_of, list_partition, payment_partition, processor_partition,
};
use super::retry::Unavailable;
use super::write::{Update, Write, number_value, text};
use crate::domain::modification::{Modification, ModificationStatus};
use crate::domain::payment::{JOURNAL_MAX, MODIFICATIONS_MAX, Payment, PaymentState};
use crate::domain::time::Ticks;

const _: () = assert!(
    JOURNAL_MAX as u64 > MODIFICATIONS_MAX,
    "every settled modification finds room in the journal"
);

/// Creates a payment.
///
/// # Errors
/// A bug of the mapping. So it is with all functions of this module.
pub fn create_payment(payment: &Payment, now: Ticks, writer: &str) -> Result<Write, Unavailable> {
    let mut item = item_of(payment)?;
    if let Some(due_at) = due_at(payment) {
        item.insert(DUE_AT.to_owned(), number_value(due_at.get()));
        item.insert(
            DUE_PK.to_owned(),
            text(&due_partition(payment, due_at, now)),
        );
    }
    Ok(Write::create(
        Key::payment(&payment.payment_reference),
        item,
        writer,
    ))
}

/// Changes a payment from what was read to what was decided.
///
/// # Errors
/// A bug of the mapping.
pub fn change_payment(
    before: &Payment,
    after: &Payment,
    now: Ticks,
    writer: &str,
) -> Result<Write, Unavailable> {
    let mut update = Update::of(Key::payment(&before.payment_reference), writer)
        .require_equal("state", value_of(&before.state)?);
    if before.state != PaymentState::Captured {
        // Of a capture and a cancellation one is open at a time.
        update = match &before.open {
            Some(open) => update.require_equal("open", text(open.as_str())),
            None => update.require_absent("open"),
        };
    }
    if after.modifications > before.modifications {
        update = update
            .add("modifications", after.modifications - before.modifications)
            .require_below("modifications", MODIFICATIONS_MAX);
    }
    if after.state != before.state {
        update = update.set("state", value_of(&after.state)?);
    }
    if after.captured != before.captured {
        update = update
            .set("captured", number_value(after.captured))
            .set("left", number_value(after.left));
    } else if after.state == PaymentState::ChargedBack {
        // Whatever was being refunded meanwhile.
        update = update.set("left", number_value(0));
    } else if after.left > before.left {
        update = update.add("left", after.left - before.left);
    } else if after.left < before.left {
        let taken = before.left - after.left;
        update = update
            .subtract("left", taken)
            .require_at_least("left", taken);
    }
    if after.refunded > before.refunded {
        update = update.add("refunded", after.refunded - before.refunded);
    }
    let at_processor_changes = after.processor != before.processor;
    if let Some(processor) = after.processor.as_ref().filter(|_| at_processor_changes) {
        update = update.set("processor", value_of(processor)?);
    }
    // Whatever ends an open payment relies on what was known of it at its service: that nobody gave it up, for one.
    if at_processor_changes || before.open_at_processor().is_some() {
        update = match &before.processor {
            Some(seen) => {
                update.require_part_equal("processor", "revision", number_value(seen.revision))
            }
            None => update.require_absent("processor"),
        };
    }
    if after.state == PaymentState::ChargedBack {
        // What is told is what was not given back.
        update = update.require_equal("refunded", number_value(before.refunded));
    }
    if let Some((partition, sort)) = named_at_processor(after)
        && named_at_processor(before).is_none()
    {
        update = update
            .set(BYREF_PK, text(&partition))
            .set(BYREF_SK, text(&sort));
    }
    if after.terminal != before.terminal {
        update = update.set("terminal", value_of(&after.terminal)?);
    }
    if after.open != before.open {
        update = match &after.open {
            Some(open) => update.set("open", text(open.as_str())),
            None => update.remove("open"),
        };
    }
    if after.state == PaymentState::Expired {
        if let Some(end) = before.valid_until {
            update = update.require_equal("validUntil", number_value(end.get()));
        }
    } else if after.modifications > before.modifications && before.ends_at().is_some() {
        // It has not run out; that somebody extends it at the same moment changes nothing.
        update = update.require_above("validUntil", now.get());
    }
    if let Some(end) = after
        .valid_until
        .filter(|_| after.valid_until != before.valid_until)
    {
        update = update.set("validUntil", number_value(end.get()));
        if before.valid_until.is_some() {
            // A later extension stays.
            update = update.require_at_most("validUntil", end.get());
        }
    }
    match (due_at(before), due_at(after)) {
        (before_due, Some(due)) if before_due != Some(due) => {
            update = update
                .set(DUE_AT, number_value(due.get()))
                .set(DUE_PK, text(&due_partition(after, due, now)));
            if let Some(end) = before.valid_until.filter(|end| *end == due) {
                // It is due when the reservation ends: when it really does.
                update = update.require_equal("validUntil", number_value(end.get()));
            }
        }
        (Some(_), None) => update = update.remove(DUE_AT).remove(DUE_PK),
        _ => {}
    }
    let told = after
        .journal
        .get(before.journal.len()..)
        .unwrap_or_default();
    if !told.is_empty() {
        let entries = told.iter().map(value_of).collect::<Result<_, _>>()?;
        update = update
            .append("journal", entries)
            .require_shorter("journal", JOURNAL_MAX);
    }
    Ok(update.write())
}

/// Where a payment is found by the name that it has at its service.
fn named_at_processor(payment: &Payment) -> Option<(String, String)> {
    let at = payment.processor.as_ref()?;
    let reference = &payment.payment_reference;
    Some((
        processor_partition(&at.service, at.payment_id.as_ref()?),
        by_time(reference.created_at(), reference.as_str()),
    ))
}

/// When somebody must look at a payment, whatever happens: the end of a reservation, of the patience with a terminal, or the
/// next check of what a service makes of it.
fn due_at(payment: &Payment) -> Option<Ticks> {
    if let Some(at) = payment.open_at_processor() {
        return Some(at.check_at);
    }
    let resolve_at = payment
        .terminal
        .as_ref()
        .filter(|_| payment.state == PaymentState::Processing)
        .map(|terminal| terminal.resolve_at);
    resolve_at.or_else(|| payment.ends_at())
}

fn due_partition(payment: &Payment, due_at: Ticks, now: Ticks) -> String {
    let distance = Distance::between(now, due_at);
    due_partition_of(distance, payment.payment_reference.created_at())
}

/// Creates a modification.
///
/// # Errors
/// A bug of the mapping.
pub fn create_modification(
    modification: &Modification,
    writer: &str,
) -> Result<Write, Unavailable> {
    let mut item = item_of(modification)?;
    let at = modification.reference.created_at();
    if let Some(due_at) = modification.due_at {
        item.insert(
            DUE_PK.to_owned(),
            text(&due_partition_of(Distance::between(at, due_at), at)),
        );
    }
    let sort = by_time(at, modification.reference.as_str());
    item.insert(
        LIST_PK.to_owned(),
        text(&list_partition(
            Listed::Modifications,
            &modification.webcode,
            at,
        )),
    );
    item.insert(LIST_SK.to_owned(), text(&sort));
    item.insert(
        BYREF_PK.to_owned(),
        text(&payment_partition(&modification.payment_reference)),
    );
    item.insert(BYREF_SK.to_owned(), text(&sort));
    Ok(Write::create(
        Key::modification(&modification.reference),
        item,
        writer,
    ))
}

/// Settles a modification that is not settled yet: the condition is what keeps a second verdict out.
///
/// # Errors
/// A bug of the mapping.
pub fn settle_modification(
    before: &Modification,
    status: ModificationStatus,
    now: Ticks,
    writer: &str,
) -> Result<Write, Unavailable> {
    let status: AttributeValue = value_of(&status)?;
    let update = Update::of(Key::modification(&before.reference), writer);
    // Whoever settles it relies on what was known of the questions: that nobody is asking, for one.
    let update = match &before.asking {
        Some(seen) => update.require_part_equal("asking", "revision", number_value(seen.revision)),
        None => update.require_absent("asking"),
    };
    Ok(update
        .set("status", status)
        .set("settledAt", number_value(now.get()))
        .remove(DUE_AT)
        .remove(DUE_PK)
        .require_equal("status", value_of(&before.status)?)
        .require_absent("settledAt")
        .write())
}

/// Notes who asks a service for a modification, or what is known of that: on the condition that nobody noted anything since.
///
/// # Errors
/// A bug of the mapping.
pub fn note_asking(
    before: &Modification,
    after: &Modification,
    now: Ticks,
    writer: &str,
) -> Result<Write, Unavailable> {
    let mut update = Update::of(Key::modification(&before.reference), writer)
        .set("asking", value_of(&after.asking)?)
        .require_absent("settledAt");
    update = match &before.asking {
        Some(seen) => update.require_part_equal("asking", "revision", number_value(seen.revision)),
        None => update.require_absent("asking"),
    };
    if let Some(due_at) = after.due_at {
        let distance = Distance::between(now, due_at);
        let partition = due_partition_of(distance, before.reference.created_at());
        update = update
            .set(DUE_AT, number_value(due_at.get()))
            .set(DUE_PK, text(&partition));
    }
    Ok(update.write())
}

#[cfg(test)]
mod tests {
    use super::super::items::read;
    use super::super::write::Action;
    use super::*;
    use crate::domain::session::Session;
    use crate::domain::session::tests::{START, payment_reference, session};

    #[test]
    fn what_is_written_is_read_back() {
        let pre_auth = Session {
            is_pre_auth: true,
            ..session()
        };
        let payment = Payment::authorised(&pre_auth, payment_reference(1), START);
        let write = create_payment(&payment, START, "me").expect("mapped");
        let Action::Put(item) = write.action else {
            panic!("a put");
        };
        assert_eq!(
            item[DUE_AT],
            number_value(payment.valid_until.expect("a reservation").get())
        );
        assert_eq!(item[DUE_PK], text("D#far#3"));
        assert_eq!(read::<Payment>(item).expect("mapped"), payment);
    }

    #[test]
    fn the_end_of_a_reservation_leaves_nothing_due() {
        let pre_auth = Session {
            is_pre_auth: true,
            ..session()
        };
        let before = Payment::authorised(&pre_auth, payment_reference(1), START);
        let mut after = before.clone();
        assert!(after.expire(before.valid_until.expect("a reservation")));
        let write = change_payment(&before, &after, START, "me").expect("mapped");
        let Action::Update(expression) = &write.action else {
            panic!("an update")
        };
        assert!(expression.ends_with("REMOVE #dueAt, #dpk"), "{expression}");
    }
}
