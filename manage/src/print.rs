//! Answers for eyes.

use serde_json::Value;

/// Said with every key and secret that is shown.
pub(crate) const SHOWN_ONCE: &str =
    "Shown this once, and stored nowhere where it could be shown again: keep it now.";

/// Which answer it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum View {
    Merchant,
    MadeKey,
    Key,
    Keys,
    Secret,
    Webhook,
    Pinged,
    Service,
    Settled,
    Delivery,
    Deliveries,
    Resent,
    DeadLetters,
    Redriven,
    Repaired,
    Audit,
}

impl View {
    /// Whether it shows a key or a secret.
    pub(crate) const fn has_secrets(self) -> bool {
        matches!(self, Self::MadeKey | Self::Secret)
    }
}

fn names(list: &Value) -> String {
    let names: Vec<&str> = list
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    if names.is_empty() {
        "none".to_owned()
    } else {
        names.join(", ")
    }
}

/// An answer as text.
pub(crate) fn table(view: View, answer: &Value) -> String {
    let data = &answer["data"];
    match view {
        View::Merchant => {
            let complete = match data["complete"].as_bool() {
                Some(true) => "live and test",
                _ => "an earlier command was cut off: repeat it",
            };
            facts(&[
                ("Merchant", text(&data["webcode"])),
                ("Name", text(&data["name"])),
                ("Environments", complete.to_owned()),
            ])
        }
        View::Key => key(data),
        View::MadeKey => secrets(
            &key(data),
            &[
                ("API key", text(&data["apiKey"])),
                ("Client secret", text(&data["clientSecret"])),
            ],
        ),
        View::Secret => secrets(
            &facts(&[("Signs from", time(&data["effectiveAt"]))]),
            &[("Client secret", text(&data["clientSecret"]))],
        ),
        View::Webhook => facts(&[
            ("URL", data["url"].as_str().unwrap_or("none").to_owned()),
            (
                "Enabled",
                if data["enabled"] == true { "yes" } else { "no" }.to_owned(),
            ),
            ("Disabled", disabled(&data["disabled"])),
            ("Missed", missed(&data["missed"])),
        ]),
        View::Service => facts(&[
            (
                "Service",
                data["externalService"]
                    .as_str()
                    .unwrap_or("none")
                    .to_owned(),
            ),
            ("Available", names(&data["available"])),
        ]),
        View::Settled => facts(&[
            ("Modification", text(&data["reference"])),
            ("Status", text(&data["status"])),
        ]),
        View::Pinged => facts(&[("Event", text(&data["eventId"]))]),
        View::Delivery => delivery(data),
        View::Deliveries => deliveries(answer),
        View::Resent => format!("{} sent again\n", data["resent"]),
        View::DeadLetters => dead_letters(data),
        View::Redriven => format!(
            "{} sent again, {} named again, {} done, {} left\n",
            data["resent"], data["named"], data["done"], data["left"]
        ),
        View::Repaired => repaired(data),
        View::Keys => keys(data),
        View::Audit => audit(answer),
    }
}

fn key(data: &Value) -> String {
    facts(&[
        ("Key", text(&data["id"])),
        ("Ends with", text(&data["endsWith"])),
        ("Addresses", addresses(&data["ips"])),
        ("Created", time(&data["createdAt"])),
        ("Regenerated", time(&data["regeneratedAt"])),
        ("Revoked", time(&data["revokedAt"])),
    ])
}

fn secrets(about: &str, shown: &[(&str, String)]) -> String {
    format!("{about}\n{}\n{SHOWN_ONCE}\n", facts(shown))
}

fn keys(data: &Value) -> String {
    let rows: Vec<Vec<String>> = rows_of(data)
        .map(|key| {
            vec![
                text(&key["id"]),
                text(&key["endsWith"]),
                time(&key["createdAt"]),
                time(&key["regeneratedAt"]),
                addresses(&key["ips"]),
            ]
        })
        .collect();
    if rows.is_empty() {
        return "There is no active key.\n".to_owned();
    }
    grid(
        &["KEY", "ENDS WITH", "CREATED", "REGENERATED", "ADDRESSES"],
        &rows,
    )
}

fn disabled(disabled: &Value) -> String {
    if disabled.is_null() {
        return String::new();
    }
    let because = match disabled["because"].as_str() {
        Some("gone") => "it answered 410",
        Some("failing") => "it failed every delivery for five days",
        _ => "an operator wished so",
    };
    format!("{}: {because}", time(&disabled["at"]))
}

fn missed(missed: &Value) -> String {
    if missed.is_null() {
        return String::new();
    }
    let more = if missed["isMore"] == true {
        " or more"
    } else {
        ""
    };
    format!(
        "{}{more}; to send them: webhook enable with --resend, or delivery resend-failed, of the same merchant and environment, \
         with --skipped --from {} --to {} --ended-from {}",
        missed["count"],
        text(&missed["from"]),
        text(&missed["to"]),
        text(&missed["endedFrom"])
    )
}

fn delivery(data: &Value) -> String {
    let mut shown = facts(&[
        ("Event", text(&data["eventId"])),
        ("Kind", text(&data["eventCode"])),
        ("State", text(&data["state"])),
        ("Created", time(&data["createdAt"])),
        ("Due", time(&data["dueAt"])),
        ("Ended", time(&data["endedAt"])),
        ("Last answer", text(&data["lastAnswer"])),
        ("Body", text(&data["body"])),
    ]);
    // Operators get them as `made`, beside their number.
    let rows: Vec<Vec<String>> = rows_of(&data["made"])
        .chain(rows_of(&data["attempts"]))
        .map(|attempt| {
            vec![
                time(&attempt["at"]),
                text(&attempt["outcome"]),
                number(&attempt["status"]),
                text(&attempt["error"]),
                format!("{} ms", attempt["durationMs"]),
            ]
        })
        .collect();
    if !rows.is_empty() {
        shown.push('\n');
        shown.push_str(&grid(
            &["ATTEMPT", "OUTCOME", "STATUS", "ERROR", "TOOK"],
            &rows,
        ));
    }
    shown
}

fn deliveries(answer: &Value) -> String {
    let rows: Vec<Vec<String>> = rows_of(&answer["data"])
        .map(|row| {
            vec![
                text(&row["eventId"]),
                text(&row["eventCode"]),
                text(&row["state"]),
                time(&row["createdAt"]),
                attempts(&row["attempts"]),
                text(&rows_of(&row["attempts"]).last().unwrap_or(&Value::Null)["outcome"]),
                number(&row["lastStatus"]),
                text(&row["lastError"]),
                time(&row["dueAt"]),
            ]
        })
        .collect();
    let head = [
        "EVENT", "KIND", "STATE", "CREATED", "ATTEMPTS", "OUTCOME", "STATUS", "ERROR", "DUE",
    ];
    let mut shown = if rows.is_empty() {
        "There is no such delivery here.\n".to_owned()
    } else {
        grid(&head, &rows)
    };
    if let Some(cursor) = answer["pagination"]["nextCursor"].as_str() {
        shown.push_str(&format!("\nOlder ones: --cursor {cursor}\n"));
    }
    shown
}

fn dead_letters(data: &Value) -> String {
    let rows: Vec<Vec<String>> = rows_of(data)
        .map(|letter| {
            let names = &letter["names"];
            let named = [
                &names["delivery"]["event"],
                &names["session"],
                &names["payment"],
            ];
            let named = named.into_iter().map(text).find(|name| !name.is_empty());
            vec![
                named.unwrap_or_else(|| "nothing".to_owned()),
                text(&letter["state"]),
                time(&letter["sentAt"]),
                text(&letter["messageId"]),
            ]
        })
        .collect();
    if rows.is_empty() {
        return "Nothing was given up.\n".to_owned();
    }
    grid(&["NAMES", "STATE", "SENT", "MESSAGE"], &rows)
}

fn repaired(data: &Value) -> String {
    let mut shown = String::new();
    for event in rows_of(&data["missing"]) {
        shown.push_str(&format!("{}\n", text(event)));
    }
    for item in rows_of(&data["unreadable"]) {
        shown.push_str(&format!("{} cannot be read\n", text(item)));
    }
    let missing = rows_of(&data["missing"]).count();
    shown.push_str(&format!(
        "{} payments and sessions looked at, {missing} deliveries missing, {} created\n",
        data["lookedAt"], data["created"]
    ));
    shown
}

fn number(value: &Value) -> String {
    value
        .as_u64()
        .map(|number| number.to_string())
        .unwrap_or_default()
}

/// How many attempts there were: operators get the number, merchants the attempts.
fn attempts(value: &Value) -> String {
    match value.as_array() {
        Some(attempts) => attempts.len().to_string(),
        None => number(value),
    }
}

fn audit(answer: &Value) -> String {
    let rows: Vec<Vec<String>> = rows_of(&answer["data"])
        .map(|record| {
            vec![
                time(&record["at"]),
                text(&record["action"]),
                text(&record["target"]),
                changes(&record["old"], &record["new"]),
                who(&record["who"]),
                text(&record["from"]),
            ]
        })
        .collect();
    if rows.is_empty() {
        return "Nothing was changed yet.\n".to_owned();
    }
    let mut text = grid(&["WHEN", "ACTION", "KEY", "CHANGE", "WHO", "FROM"], &rows);
    if let Some(cursor) = answer["pagination"]["nextCursor"].as_str() {
        text.push_str(&format!("\nOlder ones: --cursor {cursor}\n"));
    }
    text
}

/// `arn:aws:iam::111122223333:user/jane` without the account, which is always the same.
fn who(arn: &Value) -> String {
    let arn = text(arn);
    match arn.rsplit_once(':') {
        Some((_, name)) => name.to_owned(),
        None => arn,
    }
}

fn rows_of(data: &Value) -> impl Iterator<Item = &Value> {
    data.as_array().into_iter().flatten()
}

/// One line for each setting that is new or another: `enabled: no → yes`.
fn changes(old: &Value, new: &Value) -> String {
    let settings = new.as_object().into_iter().flatten();
    let lines: Vec<String> = settings
        .filter(|(name, value)| old[name.as_str()] != **value)
        .map(|(name, value)| match &old[name.as_str()] {
            Value::Null => format!("{name}: {}", setting(name, value)),
            before => format!(
                "{name}: {} → {}",
                setting(name, before),
                setting(name, value)
            ),
        })
        .collect();
    lines.join("\n")
}

fn setting(name: &str, value: &Value) -> String {
    match (name, value) {
        ("effectiveAt", _) => time(value),
        (_, Value::Array(_)) => addresses(value).replace('\n', ", "),
        (_, Value::Bool(true)) => "yes".to_owned(),
        (_, Value::Bool(false)) => "no".to_owned(),
        (_, _) => text(value),
    }
}

fn text(value: &Value) -> String {
    // What comes from elsewhere must not move the cursor or change colours.
    let clean = |text: &str| text.chars().filter(|c| !c.is_control()).collect();
    value.as_str().map(clean).unwrap_or_default()
}

/// `2026-06-21T00:00:00.000Z` to the second.
fn time(value: &Value) -> String {
    let text = text(value);
    match text.split_once('T') {
        Some((date, time)) => format!("{date} {}Z", time.get(..8).unwrap_or(time)),
        None => text,
    }
}

fn addresses(ips: &Value) -> String {
    let ips: Vec<String> = rows_of(ips).map(text).collect();
    if ips.is_empty() {
        "anywhere".to_owned()
    } else {
        ips.join("\n")
    }
}

/// Names and values below each other, without those that are empty.
fn facts(facts: &[(&str, String)]) -> String {
    let width = facts.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    let mut shown = String::new();
    for (name, value) in facts.iter().filter(|(_, value)| !value.is_empty()) {
        for (number, line) in value.lines().enumerate() {
            let name = if number == 0 { *name } else { "" };
            shown.push_str(&format!("{name:width$}  {line}\n"));
        }
    }
    shown
}

/// Columns as wide as what is in them; a cell may have several lines. A column without anything in it is left out.
fn grid(head: &[&str], rows: &[Vec<String>]) -> String {
    let used: Vec<usize> = (0..head.len())
        .filter(|column| rows.iter().any(|row| !row[*column].is_empty()))
        .collect();
    let width = |column: &usize| {
        let cells = rows.iter().flat_map(|row| row[*column].lines());
        cells
            .map(|line| line.chars().count())
            .chain([head[*column].len()])
            .max()
            .unwrap_or(0)
    };
    let widths: Vec<usize> = used.iter().map(width).collect();
    let line = |cells: &mut dyn Iterator<Item = &str>| {
        let padded: Vec<String> = cells
            .zip(&widths)
            .map(|(cell, width)| format!("{cell:width$}"))
            .collect();
        format!("{}\n", padded.join("  ").trim_end())
    };
    let mut shown = line(&mut used.iter().map(|column| head[*column]));
    for row in rows {
        let height = used.iter().map(|column| row[*column].lines().count());
        for number in 0..height.max().unwrap_or(0) {
            let mut cells = used
                .iter()
                .map(|column| row[*column].lines().nth(number).unwrap_or_default());
            shown.push_str(&line(&mut cells));
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn keys_stand_in_columns() {
        let answer = json!({"data": [
            {"id": "key_1", "endsWith": "aB3x", "ips": [], "createdAt": "2026-06-21T00:00:00.000Z"},
            {"id": "key_22", "endsWith": "Zz09", "ips": ["203.0.113.0/24", "2001:db8::/32"],
             "createdAt": "2026-06-21T10:00:00.000Z"},
        ]});
        let expected = "\
KEY     ENDS WITH  CREATED               ADDRESSES
key_1   aB3x       2026-06-21 00:00:00Z  anywhere
key_22  Zz09       2026-06-21 10:00:00Z  203.0.113.0/24
                                         2001:db8::/32
";
        assert_eq!(table(View::Keys, &answer), expected);
        assert_eq!(
            table(View::Keys, &json!({"data": []})),
            "There is no active key.\n"
        );
    }

    #[test]
    fn changes_say_what_was_and_what_is() {
        let answer = json!({
            "data": [{
                "at": "2026-06-21T00:00:00.000Z", "who": "arn:aws:iam::1:user/x", "action": "webhook.changed",
                "old": {"url": "https://a.example/", "enabled": false},
                "new": {"url": "https://a.example/", "enabled": true},
            }],
            "pagination": {"limit": 1, "nextCursor": "abc"},
        });
        let expected = "\
WHEN                  ACTION           CHANGE             WHO
2026-06-21 00:00:00Z  webhook.changed  enabled: no → yes  user/x

Older ones: --cursor abc
";
        assert_eq!(table(View::Audit, &answer), expected);
    }

    #[test]
    fn a_made_key_is_shown_with_a_warning() {
        let answer = json!({"data": {
            "id": "key_1", "endsWith": "aB3x", "ips": [], "createdAt": "2026-06-21T00:00:00.000Z",
            "apiKey": "pk_test_x", "clientSecret": "cs_test_y",
        }});
        let expected = format!(
            "\
Key          key_1
Ends with    aB3x
Addresses    anywhere
Created      2026-06-21 00:00:00Z

API key        pk_test_x
Client secret  cs_test_y

{SHOWN_ONCE}
"
        );
        assert_eq!(table(View::MadeKey, &answer), expected);
        let shown = table(View::Merchant, &json!({"data": {"name": "\u{1b}[31mred"}}));
        assert!(!shown.contains('\u{1b}'));
    }
}
