//! `GET /terminals`: the terminals that the sandbox has.

use shared::domain::external::{ProcessorTerminal, TerminalsAnswer};

use crate::answer::{Answer, Refusal};

/// Their names, makes, and whether they can be reached.
const TERMINALS: [(&str, &str, &str, bool); 4] = [
    ("V400m-SBX-000101", "Front desk", "V400m", true),
    ("S1F2-SBX-000102", "Terrace", "S1F2", true),
    ("P400Plus-SBX-000103", "Bar", "P400Plus", true),
    ("V400m-SBX-000104", "Storeroom", "V400m", false),
];

/// When all of them were boarded.
const BOARDED_AT: &str = "2026-01-15T09:00:00.000Z";

/// All of them.
pub(crate) fn list() -> Result<Answer, Refusal> {
    let terminals = TERMINALS
        .iter()
        .map(|(poi_id, name, model, online)| ProcessorTerminal {
            poi_id: (*poi_id).to_owned(),
            name: (*name).to_owned(),
            model: (*model).to_owned(),
            online: *online,
            created_at: BOARDED_AT.to_owned(),
            updated_at: BOARDED_AT.to_owned(),
        })
        .collect();
    Answer::ok(&TerminalsAnswer { terminals })
}

/// Whether a terminal is there and can be reached.
pub(crate) fn is_online(poi_id: &str) -> bool {
    TERMINALS
        .iter()
        .any(|(known, _, _, online)| *known == poi_id && *online)
}
