//! The rules of a payment, as tables and as random histories.

use std::time::Duration;

use proptest::prelude::*;
use serde_json::{Value, json};
use shared::domain::external::PayRequest;
use shared::domain::money::{Currency, Money};

use super::*;

const NOW: Ticks = Ticks::from_unix_seconds(1_782_000_000);

fn after(seconds: u64) -> Ticks {
    NOW.plus(Duration::from_secs(seconds))
}

fn eur(value: u64) -> Money {
    Money {
        value,
        currency: Currency::Eur,
    }
}

fn payment(amount: u64, data: &Value) -> Payment {
    let request: PayRequest = serde_json::from_value(json!({
        "amount": amount, "currency": "EUR", "shopTransactionId": "ORD-1",
        "successRedirectUrl": "https://shop.example/ok", "failureRedirectUrl": "https://shop.example/ko",
        "callbackUrl": "https://shop.example/callback", "providerData": data,
    }))
    .expect("a request");
    let asked = Asked::read(request).expect("in order");
    Payment::asked_for("sbx_1".to_owned(), asked, "secret".to_owned(), NOW)
}

fn online(amount: u64) -> Payment {
    payment(amount, &json!({}))
}

fn at_terminal(amount: u64) -> Payment {
    payment(
        amount,
        &json!({ "channel": "pos", "poiId": "V400m-SBX-000101" }),
    )
}

fn reserved(amount: u64) -> Payment {
    let mut payment = payment(amount, &json!({ "preAuth": true }));
    payment.decide(true, NOW);
    payment
}

/// What whoever looks at a time sees.
fn seen_at(payment: &Payment, at: Ticks) -> (&'static str, String) {
    let mut payment = payment.clone();
    payment.advance(at);
    let answer = payment.pay_answer(String::new());
    (payment.status().as_str(), answer.result_description)
}

fn results(answer: &Result<ModifyAnswer, KeyReused>) -> PayResult {
    answer.as_ref().expect("the key is its own").result
}

#[test]
fn an_amount_decides_what_becomes_of_a_payment_and_when() {
    for (amount, seconds, approved, status, reason) in [
        (1_000, 0, None, "PENDING", ""),
        (1_000, 899, None, "PENDING", ""),
        (1_000, 900, None, "FAILED", "EXPIRED"),
        (1_000, 0, Some(true), "ACCEPTED", ""),
        (1_000, 0, Some(false), "FAILED", "DECLINED"),
        (601, 0, None, "ACCEPTED", ""),
        (602, 0, None, "FAILED", "DECLINED"),
        (603, 29, None, "PENDING", ""),
        (603, 30, None, "ACCEPTED", ""),
        (604, 29, None, "PENDING", ""),
        (604, 30, None, "FAILED", "DECLINED"),
        (605, 59, Some(true), "ACCEPTED", ""),
        (605, 60, Some(true), "FAILED", "CHARGED_BACK"),
        (605, 60, Some(false), "FAILED", "DECLINED"),
        (606, 29, Some(true), "PENDING", ""),
        (606, 30, Some(true), "ACCEPTED", ""),
    ] {
        let mut payment = online(amount);
        if let Some(approved) = approved {
            payment.decide(approved, NOW);
        }
        let seen = seen_at(&payment, after(seconds));
        let expected = (status, reason.to_owned());
        assert_eq!(seen, expected, "{amount} after {seconds} s, {approved:?}");
    }
}

#[test]
fn a_terminal_answers_as_in_test() {
    for (amount, status, reason) in [
        (1_000, "ACCEPTED", ""),
        (601, "ACCEPTED", ""),
        (134, "ACCEPTED", ""),
        (124, "FAILED", "NOT_ENOUGH_BALANCE"),
        (132, "FAILED", "TERMINAL_UNREACHABLE"),
    ] {
        let payment = at_terminal(amount);
        let seen = seen_at(&payment, after(10_000_000));
        assert_eq!(seen, (status, reason.to_owned()), "{amount}");
        assert_eq!(payment.is_unheard(), amount == 134);
    }
    assert!(!online(134).is_unheard());
}

#[test]
fn a_page_is_answered_once_and_in_time() {
    let mut payment = online(1_000);
    payment.decide(true, after(899));
    payment.decide(false, after(899));
    assert_eq!(payment.status(), ProcessorStatus::Accepted);
    assert_eq!(payment.next_url(), Some("https://shop.example/ok"));
    let mut late = online(1_000);
    late.decide(true, after(900));
    assert_eq!(late.status(), ProcessorStatus::Failed);
    assert_eq!(late.sums, Sums::default());
    assert_eq!(late.next_url(), Some("https://shop.example/ko"));
}

#[test]
fn every_change_that_nobody_was_answered_is_told() {
    for (payment, seconds, told) in [
        (online(1_000), 899, false),
        (online(1_000), 900, true),
        (online(601), 900, false),
        (online(602), 900, false),
        (online(603), 30, true),
        (online(604), 30, true),
        (at_terminal(1_000), 900, false),
    ] {
        let mut payment = payment;
        let name = format!("{} after {seconds}", payment.asked.amount);
        payment.advance(after(seconds));
        assert_eq!(payment.callback.is_some(), told, "{name}");
        assert!(
            payment.due_at().is_none_or(|at| at > after(seconds)),
            "{name}"
        );
    }
    let mut charged_back = online(605);
    charged_back.decide(true, NOW);
    let first = charged_back.callback.clone().expect("told of the yes");
    charged_back.advance(after(60));
    let second = charged_back.callback.clone().expect("told of the end");
    assert_eq!((first.number, second.number), (1, 2));
    let mut nobody = online(603);
    nobody.asked.callback_url = None;
    nobody.advance(after(30));
    assert_eq!((nobody.callback, nobody.changes), (None, 1));
}

#[test]
fn what_is_asked_of_a_payment_depends_on_how_it_stands() {
    let accepted = || {
        let mut payment = online(1_000);
        payment.decide(true, NOW);
        payment
    };
    let captured = || {
        let mut payment = reserved(1_000);
        let _ = payment.modify(Ask::Capture(eur(600)), None, NOW);
        payment
    };
    let cases: [(&str, Payment, [PayResult; 4]); 6] = {
        use PayResult::{Ko, Ok};
        [
            ("open", online(1_000), [Ko, Ko, Ko, Ko]),
            ("pending", online(603), [Ko, Ko, Ko, Ko]),
            ("failed", online(602), [Ko, Ko, Ko, Ko]),
            ("accepted", accepted(), [Ok, Ko, Ko, Ko]),
            ("reserved", reserved(1_000), [Ko, Ok, Ok, Ok]),
            ("captured", captured(), [Ok, Ko, Ko, Ko]),
        ]
    };
    for (name, payment, expected) in cases {
        let asks = [
            Ask::Refund(eur(100)),
            Ask::Capture(eur(100)),
            Ask::Cancel,
            Ask::Extend,
        ];
        for (ask, expected) in asks.into_iter().zip(expected) {
            let answer = payment.clone().modify(ask, None, NOW);
            assert_eq!(results(&answer), expected, "{ask:?} of one that is {name}");
        }
    }
    let void = at_terminal(1_000).modify(Ask::Cancel, None, NOW);
    assert_eq!(results(&void), PayResult::Ok);
    let mut refunded = at_terminal(1_000);
    assert_eq!(
        results(&refunded.modify(Ask::Refund(eur(1)), None, NOW)),
        PayResult::Ok
    );
    assert_eq!(
        results(&refunded.modify(Ask::Cancel, None, NOW)),
        PayResult::Ko
    );
}

#[test]
fn an_amount_must_be_there_and_of_the_payments_currency() {
    for (ask, expected) in [
        (Ask::Refund(eur(1_000)), PayResult::Ok),
        (Ask::Refund(eur(1_001)), PayResult::Ko),
        (
            Ask::Refund(Money {
                value: 1,
                currency: Currency::Gbp,
            }),
            PayResult::Ko,
        ),
    ] {
        let answer = at_terminal(1_000).modify(ask, None, NOW);
        assert_eq!(results(&answer), expected, "{ask:?}");
    }
    for (ask, expected, sums) in [
        (Ask::Capture(eur(1_000)), PayResult::Ok, (1_000, 0)),
        (Ask::Capture(eur(300)), PayResult::Ok, (300, 700)),
        (Ask::Capture(eur(1_001)), PayResult::Ko, (0, 0)),
        (
            Ask::Capture(Money {
                value: 1,
                currency: Currency::Usd,
            }),
            PayResult::Ko,
            (0, 0),
        ),
        (Ask::Cancel, PayResult::Ok, (0, 1_000)),
    ] {
        let mut payment = reserved(1_000);
        let answer = payment.modify(ask, None, NOW);
        assert_eq!(results(&answer), expected, "{ask:?}");
        assert_eq!(
            (payment.sums.captured, payment.sums.voided),
            sums,
            "{ask:?}"
        );
    }
}

#[test]
fn magic_amounts_make_modifications_wait_or_fail() {
    let mut slow = at_terminal(607);
    let answer = slow.modify(Ask::Refund(eur(600)), Some("r-1"), NOW);
    assert_eq!(results(&answer), PayResult::Pending);
    // What is on its way back cannot go back twice.
    let answer = slow.modify(Ask::Refund(eur(8)), Some("r-2"), NOW);
    assert_eq!(results(&answer), PayResult::Ko);
    slow.advance(after(29));
    assert_eq!(slow.sums.refunded, 0);
    slow.advance(after(30));
    assert_eq!(slow.sums.refunded, 600);
    assert!(slow.callback.is_some());
    let answer = slow.modify(Ask::Refund(eur(600)), Some("r-1"), after(31));
    assert_eq!(results(&answer), PayResult::Ok, "as it stands now");
    let told = slow.status_answer().modifications;
    let told: Vec<_> = told
        .iter()
        .map(|one| (one.idempotency_key.as_str(), one.result))
        .collect();
    assert_eq!(told, [("r-1", PayResult::Ok), ("r-2", PayResult::Ko)]);

    let answer = at_terminal(608).modify(Ask::Refund(eur(1)), None, NOW);
    assert_eq!(results(&answer), PayResult::Ko);
    for ask in [Ask::Capture(eur(1)), Ask::Cancel, Ask::Extend] {
        let answer = reserved(609).modify(ask, None, NOW);
        assert_eq!(results(&answer), PayResult::Ko, "{ask:?}");
    }
}

#[test]
fn a_chargeback_takes_all_that_is_left() {
    let mut payment = online(1_605);
    payment.decide(true, NOW);
    let answer = payment.modify(Ask::Refund(eur(605)), Some("r-1"), after(59));
    assert_eq!(results(&answer), PayResult::Ok);
    payment.advance(after(60));
    let answer = payment.modify(Ask::Refund(eur(1)), Some("r-2"), after(60));
    assert_eq!(results(&answer), PayResult::Ko);
    let sums = Sums {
        authorised: 1_605,
        captured: 1_605,
        refunded: 605,
        voided: 0,
        charged_back: 1_000,
    };
    assert_eq!(payment.sums, sums);
}

#[test]
fn a_key_is_used_for_one_thing() {
    let mut payment = at_terminal(1_000);
    let first = payment.modify(Ask::Refund(eur(100)), Some("r-1"), NOW);
    let again = payment.modify(Ask::Refund(eur(100)), Some("r-1"), after(1_000));
    assert_eq!(first, again);
    assert_eq!(payment.sums.refunded, 100);
    for other in [Ask::Refund(eur(101)), Ask::Cancel] {
        assert_eq!(payment.modify(other, Some("r-1"), NOW), Err(KeyReused));
    }
    // Without a key everything is new.
    for _ in 0..2 {
        let answer = payment.modify(Ask::Refund(eur(100)), None, NOW);
        assert_eq!(results(&answer), PayResult::Ok);
    }
    assert_eq!(payment.sums.refunded, 300);
    assert_eq!(payment.status_answer().modifications.len(), 1);
}

#[test]
fn a_payment_takes_so_many_modifications_and_no_more() {
    let mut payment = at_terminal(100_000);
    for number in 0..MODIFICATIONS_MAX {
        let answer = payment.modify(Ask::Refund(eur(1)), Some(&number.to_string()), NOW);
        assert_eq!(results(&answer), PayResult::Ok);
    }
    let answer = payment.modify(Ask::Refund(eur(1)), Some("more"), NOW);
    assert_eq!(results(&answer), PayResult::Ko);
    assert_eq!(payment.modifications.len(), MODIFICATIONS_MAX);
    let size = serde_json::to_string(&payment).expect("JSON").len();
    let longest_keys = MODIFICATIONS_MAX * 255;
    assert!(size + longest_keys < 380_000, "{size}");
}

#[test]
fn a_payment_is_read_as_it_was_written() {
    let mut slow = at_terminal(607);
    let _ = slow.modify(Ask::Refund(eur(600)), Some("r-1"), NOW);
    let _ = slow.modify(Ask::Extend, Some("e-1"), NOW);
    let mut charged_back = online(605);
    charged_back.decide(true, NOW);
    for payment in [online(1_000), online(603), slow, charged_back] {
        let text = serde_json::to_string(&payment).expect("JSON");
        let read: Payment = serde_json::from_str(&text).expect(&text);
        assert_eq!(read, payment);
    }
}

/// Something that happens to a payment, after some seconds.
#[derive(Debug, Clone)]
enum Step {
    Decide(bool),
    Modify(Ask, Option<u8>),
    Look,
}

fn any_step() -> impl Strategy<Value = (u64, Step)> {
    let amount = || (1_u64..1_200).prop_map(eur);
    let ask = prop_oneof![
        amount().prop_map(Ask::Refund),
        amount().prop_map(Ask::Capture),
        Just(Ask::Cancel),
        Just(Ask::Extend),
    ];
    let step = prop_oneof![
        any::<bool>().prop_map(Step::Decide),
        (ask, proptest::option::of(0_u8..4)).prop_map(|(ask, key)| Step::Modify(ask, key)),
        Just(Step::Look),
    ];
    (0_u64..40, step)
}

proptest! {
    /// Whatever happens, no money comes from nowhere, and what was answered is what the sums say.
    #[test]
    fn sums_stay_within_what_was_authorised(
        amount in prop_oneof![Just(1_000_u64), 600_u64..612, 1_124_u64..1_135],
        pos in any::<bool>(),
        pre_auth in any::<bool>(),
        steps in prop::collection::vec(any_step(), 0..30),
    ) {
        let channel = if pos { "pos" } else { "ecommerce" };
        let data = json!({ "channel": channel, "poiId": "V400m-SBX-000101", "preAuth": pre_auth });
        let mut payment = payment(amount, &data);
        let mut now = NOW;
        for (seconds, step) in steps {
            now = now.plus(Duration::from_secs(seconds));
            let before = payment.clone();
            match step {
                Step::Decide(approved) => payment.decide(approved, now),
                Step::Modify(ask, key) => {
                    let key = key.map(|key| key.to_string());
                    let first = payment.modify(ask, key.as_deref(), now);
                    if key.is_some() {
                        let sums = payment.sums;
                        let again = payment.modify(ask, key.as_deref(), now);
                        prop_assert_eq!(first, again);
                        prop_assert_eq!(sums, payment.sums);
                    }
                }
                Step::Look => payment.advance(now),
            }
            let sums = payment.sums;
            prop_assert!(sums.authorised == 0 || sums.authorised == amount);
            prop_assert!(sums.captured + sums.voided <= sums.authorised);
            prop_assert!(sums.refunded + sums.charged_back + payment.being_refunded() <= sums.captured);
            prop_assert!(sums.refunded >= before.sums.refunded);
            let refunded: u64 = payment.modifications.iter().filter_map(|one| match (one.ask, &one.verdict) {
                (Ask::Refund(amount), Verdict::Done) => Some(amount.value),
                _ => None,
            }).sum();
            prop_assert_eq!(sums.refunded, refunded);
            // Nothing is overdue for whoever has just looked.
            prop_assert!(payment.next_at().is_none_or(|at| at > now));
            // Looking in between makes no difference.
            let (mut early, mut late) = (payment.clone(), payment.clone());
            early.advance(now.plus(Duration::from_secs(30)));
            early.advance(now.plus(Duration::from_secs(1_000)));
            late.advance(now.plus(Duration::from_secs(1_000)));
            prop_assert_eq!((early.state, early.sums, early.changes), (late.state, late.sums, late.changes));
        }
    }
}
