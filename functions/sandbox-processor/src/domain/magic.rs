//! What an amount makes of a payment: its last three digits say it (docs/sandbox-processor.md, *Magic amounts*).

use std::time::Duration;

use shared::domain::external::Reason;

/// What is decided later is decided after this.
pub(crate) const LATER: Duration = Duration::from_secs(30);

/// What is charged back is charged back after this, counted from when the payment was accepted.
pub(crate) const CHARGED_BACK_AFTER: Duration = Duration::from_secs(60);

/// A page that nobody answers is over after this.
pub(crate) const PAGE_OPEN_FOR: Duration = Duration::from_secs(15 * 60);

/// What becomes of a payment that is accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Course {
    /// It is, at once.
    Accepted,
    /// It is, after [`LATER`].
    AcceptedLater,
    /// It is not, after [`LATER`].
    FailedLater,
    /// It is, and is taken back after [`CHARGED_BACK_AFTER`].
    ChargedBack,
}

/// What a payment online is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Online {
    /// Decided without the customer.
    AtOnce(Course),
    /// Refused without the customer.
    Refused(Reason),
    /// The customer decides; this is what becomes of a yes.
    OnPage(Course),
}

/// What a payment at a terminal is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AtTerminal {
    /// Taken.
    Accepted,
    /// Not taken.
    Refused(Reason),
    /// Taken, and the answer comes too late for anybody to hear it.
    AcceptedUnheard,
}

/// How a modification goes that the payment allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Turn {
    /// Done at once.
    Done,
    /// Done after [`LATER`].
    DoneLater,
    /// Refused.
    Refused,
}

const fn last_three_digits(amount: u64) -> u64 {
    amount % 1_000
}

/// A payment online.
pub(crate) const fn online(amount: u64) -> Online {
    match last_three_digits(amount) {
        601 | 610 => Online::AtOnce(Course::Accepted),
        602 => Online::Refused(Reason::Declined),
        603 => Online::AtOnce(Course::AcceptedLater),
        604 => Online::AtOnce(Course::FailedLater),
        605 => Online::OnPage(Course::ChargedBack),
        606 => Online::OnPage(Course::AcceptedLater),
        _ => Online::OnPage(Course::Accepted),
    }
}

/// A payment at a terminal (contract README, *POS payment*).
pub(crate) const fn at_terminal(amount: u64) -> AtTerminal {
    match last_three_digits(amount) {
        124 => AtTerminal::Refused(Reason::NotEnoughBalance),
        125 => AtTerminal::Refused(Reason::BlockedCard),
        126 => AtTerminal::Refused(Reason::CardExpired),
        127 => AtTerminal::Refused(Reason::InvalidPin),
        128 => AtTerminal::Refused(Reason::Declined),
        131 => AtTerminal::Refused(Reason::ProviderError),
        132 => AtTerminal::Refused(Reason::TerminalUnreachable),
        133 => AtTerminal::Refused(Reason::TerminalBusy),
        134 => AtTerminal::AcceptedUnheard,
        _ => AtTerminal::Accepted,
    }
}

/// A charge of a subscription, for which no customer is there: what a page would ask is answered with yes.
pub(crate) const fn unattended(amount: u64) -> Online {
    match online(amount) {
        Online::OnPage(course) => Online::AtOnce(course),
        other => other,
    }
}

/// An automatic charge of a subscription: 610 is accepted when it begins and refused from then on.
pub(crate) const fn automatic(amount: u64) -> Online {
    match last_three_digits(amount) {
        610 => Online::Refused(Reason::NotEnoughBalance),
        _ => unattended(amount),
    }
}

/// A refund of a payment of this amount.
pub(crate) const fn refund(payment_amount: u64) -> Turn {
    match last_three_digits(payment_amount) {
        607 => Turn::DoneLater,
        608 => Turn::Refused,
        _ => Turn::Done,
    }
}

/// A capture, cancellation or extension of a payment of this amount.
pub(crate) const fn change(payment_amount: u64) -> Turn {
    match last_three_digits(payment_amount) {
        609 => Turn::Refused,
        _ => Turn::Done,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_online_are_as_documented() {
        use Course::{Accepted, AcceptedLater, ChargedBack, FailedLater};
        for (amount, page, without) in [
            (601, Online::AtOnce(Accepted), Online::AtOnce(Accepted)),
            (
                602,
                Online::Refused(Reason::Declined),
                Online::Refused(Reason::Declined),
            ),
            (
                603,
                Online::AtOnce(AcceptedLater),
                Online::AtOnce(AcceptedLater),
            ),
            (
                604,
                Online::AtOnce(FailedLater),
                Online::AtOnce(FailedLater),
            ),
            (
                605,
                Online::OnPage(ChargedBack),
                Online::AtOnce(ChargedBack),
            ),
            (
                606,
                Online::OnPage(AcceptedLater),
                Online::AtOnce(AcceptedLater),
            ),
            (600, Online::OnPage(Accepted), Online::AtOnce(Accepted)),
            (611, Online::OnPage(Accepted), Online::AtOnce(Accepted)),
            (1, Online::OnPage(Accepted), Online::AtOnce(Accepted)),
            (124, Online::OnPage(Accepted), Online::AtOnce(Accepted)),
        ] {
            for amount in [amount, amount + 1_000, amount + 99_999_000] {
                assert_eq!(online(amount), page, "{amount}");
                assert_eq!(unattended(amount), without, "{amount}");
                assert_eq!(automatic(amount), without, "{amount}");
            }
        }
        assert_eq!(online(610), Online::AtOnce(Accepted));
        assert_eq!(automatic(610), Online::Refused(Reason::NotEnoughBalance));
    }

    #[test]
    fn amounts_at_terminals_are_those_of_test() {
        for (amount, refused) in [
            (124, "NOT_ENOUGH_BALANCE"),
            (125, "BLOCKED_CARD"),
            (126, "CARD_EXPIRED"),
            (127, "INVALID_PIN"),
            (128, "DECLINED"),
            (131, "PROVIDER_ERROR"),
            (132, "TERMINAL_UNREACHABLE"),
            (133, "TERMINAL_BUSY"),
        ] {
            let AtTerminal::Refused(reason) = at_terminal(7_000 + amount) else {
                panic!("{amount} is taken");
            };
            assert_eq!(reason.as_str(), refused);
        }
        assert_eq!(at_terminal(134), AtTerminal::AcceptedUnheard);
        for amount in [123, 129, 130, 135, 601, 602] {
            assert_eq!(at_terminal(amount), AtTerminal::Accepted, "{amount}");
        }
    }

    #[test]
    fn modifications_go_by_the_payments_amount() {
        for (amount, refunded, changed) in [
            (606, Turn::Done, Turn::Done),
            (607, Turn::DoneLater, Turn::Done),
            (608, Turn::Refused, Turn::Done),
            (609, Turn::Done, Turn::Refused),
        ] {
            assert_eq!(
                (refund(amount), change(amount)),
                (refunded, changed),
                "{amount}"
            );
        }
    }
}
