//! Two sets of books, compared to the cent: what the API says of every payment, and what the service has.

use std::collections::BTreeMap;

use serde_json::Value;

/// What a payment comes to, in minor units.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Sums {
    pub(crate) authorised: u64,
    pub(crate) captured: u64,
    pub(crate) refunded: u64,
    /// Let go of what was authorised: the rest of a capture, and all of a cancellation.
    pub(crate) voided: u64,
}

/// Payments by our name of them.
pub(crate) type Books = BTreeMap<String, Sums>;

/// Our books, from what the API tells of sessions and modifications.
pub(crate) fn ours(sessions: &[Value], modifications: &[Value]) -> Books {
    let mut books = Books::new();
    for session in sessions {
        let value = session["amount"]["value"].as_u64().unwrap_or(0);
        for attempt in session["attempts"].as_array().into_iter().flatten() {
            let reference = attempt["paymentReference"].as_str().unwrap_or_default();
            let mut sums = Sums::default();
            if attempt["status"] == "authorised" {
                sums.authorised = value;
                if session["isPreAuth"] == false {
                    sums.captured = value;
                }
            }
            books.insert(reference.to_owned(), sums);
        }
    }
    for modification in modifications {
        if modification["status"] != "success" {
            continue;
        }
        let reference = modification["paymentReference"]
            .as_str()
            .unwrap_or_default();
        let value = modification["amount"]["value"].as_u64().unwrap_or(0);
        let sums = books.entry(reference.to_owned()).or_default();
        match modification["type"].as_str() {
            Some("refund") => sums.refunded += value,
            Some("capture") => {
                sums.captured += value;
                sums.voided = sums.authorised.saturating_sub(sums.captured);
            }
            Some("cancel") => sums.voided = sums.authorised,
            _ => {}
        }
    }
    books
}

/// The service's books. A name that stands there twice was charged twice.
pub(crate) fn theirs(ledger: &[Value]) -> Result<Books, String> {
    let mut books = Books::new();
    for row in ledger {
        let number = |name: &str| row[name].as_u64().unwrap_or(0);
        let reference = row["shopTransactionId"].as_str().unwrap_or_default();
        let sums = Sums {
            authorised: number("authorised"),
            captured: number("captured"),
            refunded: number("refunded"),
            voided: number("voided"),
        };
        if books.insert(reference.to_owned(), sums).is_some() {
            return Err(format!("{reference} was charged twice"));
        }
    }
    Ok(books)
}

/// Where the two differ. A payment that the service never heard of comes to nothing.
pub(crate) fn differences(ours: &Books, theirs: &Books) -> Vec<String> {
    let mut names: Vec<&String> = ours.keys().chain(theirs.keys()).collect();
    names.sort();
    names.dedup();
    let nothing = Sums::default();
    names
        .into_iter()
        .filter_map(|name| {
            let (here, there) = (
                ours.get(name).unwrap_or(&nothing),
                theirs.get(name).unwrap_or(&nothing),
            );
            (here != there).then(|| format!("{name}: here {here:?}, there {there:?}"))
        })
        .collect()
}

/// The sum of all.
pub(crate) fn total(books: &Books) -> Sums {
    books.values().fold(Sums::default(), |total, sums| Sums {
        authorised: total.authorised + sums.authorised,
        captured: total.captured + sums.captured,
        refunded: total.refunded + sums.refunded,
        voided: total.voided + sums.voided,
    })
}
