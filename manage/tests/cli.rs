//! The program itself, against a stack.

use std::process::{Command, Output};

use local::{Options, Stack};
use serde_json::Value;

/// Runs the program with the arguments of a line.
async fn run(stack: &Stack, line: &str, variables: &[(&str, &str)]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_manage"));
    command
        .args(["--url", stack.base_url()])
        .args(line.split(' '))
        .env_clear()
        .envs(variables.iter().copied());
    tokio::task::spawn_blocking(move || command.output())
        .await
        .expect("it does not panic")
        .expect("it runs")
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("text")
}

/// What a command prints that goes well.
async fn ok(stack: &Stack, line: &str) -> String {
    let output = run(stack, line, &[]).await;
    assert!(output.status.success(), "{line}\n{}", text(&output.stderr));
    text(&output.stdout).to_owned()
}

async fn json(stack: &Stack, line: &str) -> Value {
    let printed = ok(stack, &format!("{line} --output json")).await;
    serde_json::from_str::<Value>(&printed).expect("JSON")["data"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_merchant_is_managed_from_the_command_line() {
    let stack = Stack::start(Options::default())
        .await
        .expect("the stack starts");
    let created = ok(&stack, "merchant create SHOP03 --name Three").await;
    assert!(created.contains("SHOP03") && created.contains("Three"));
    let renamed = json(&stack, "merchant rename SHOP03 --name Four").await;
    assert_eq!(renamed["name"], "Four");
    assert_eq!(json(&stack, "merchant show SHOP03").await, renamed);

    let printed = ok(&stack, "key create SHOP03 --ip 127.0.0.0/8 --ip ::1").await;
    for shown in [
        "pk_test_",
        "cs_test_",
        "127.0.0.0/8",
        "::1/128",
        "Shown this once",
    ] {
        assert!(printed.contains(shown), "{printed}");
    }
    let keys = json(&stack, "key list SHOP03").await;
    let id = keys[0]["id"].as_str().expect("a text");
    assert!(ok(&stack, "key list SHOP03").await.contains(id));
    let wide = json(&stack, &format!("key ips SHOP03 {id} --anywhere")).await;
    assert_eq!(wide["ips"], serde_json::json!([]));
    let again = json(&stack, &format!("key regenerate SHOP03 {id}")).await;
    assert_eq!(again["id"], id);
    assert!(again["apiKey"].is_string());

    let rotated = ok(&stack, "secret rotate SHOP03").await;
    assert!(rotated.contains("cs_test_") && rotated.contains("Shown this once"));
    let set = json(&stack, "webhook set SHOP03 https://shop.example/hook").await;
    assert_eq!(set["enabled"], true);
    assert_eq!(
        json(&stack, "webhook disable SHOP03").await["enabled"],
        false
    );
    assert_eq!(json(&stack, "webhook enable SHOP03").await["enabled"], true);
    let pinged = json(&stack, "webhook ping SHOP03").await;
    let event = pinged["eventId"].as_str().expect("a text");
    stack.pump_streams().await.expect("dispatched");
    let listed = ok(&stack, "delivery list SHOP03 --state waiting").await;
    assert!(
        listed.contains(event) && listed.contains("PING"),
        "{listed}"
    );
    let shown = ok(&stack, &format!("delivery show SHOP03 {event}")).await;
    assert!(shown.contains("\"event_code\":\"PING\""), "{shown}");
    ok(&stack, &format!("delivery resend SHOP03 {event}")).await;
    let between = "--from 2020-01-01T00:00:00Z --to 2100-01-01T00:00:00Z";
    let none = ok(&stack, &format!("delivery resend-failed SHOP03 {between}")).await;
    assert_eq!(none, "0 sent again\n");
    let none = ok(&stack, "dead-letter list").await;
    assert_eq!(none, "Nothing was given up.\n");
    let none = ok(&stack, "dead-letter redrive").await;
    assert_eq!(none, "0 sent again, 0 named again, 0 done, 0 left\n");
    let none = ok(&stack, "repair --create").await;
    assert_eq!(
        none,
        "0 payments and sessions looked at, 0 deliveries missing, 0 created\n"
    );
    let off = ok(&stack, "webhook disable SHOP03").await;
    assert!(off.contains("an operator wished so"), "{off}");
    let on = ok(&stack, "webhook enable SHOP03 --resend").await;
    assert!(
        on.contains("Missed    0;") && on.ends_with("0 sent again\n"),
        "{on}"
    );
    assert!(
        ok(&stack, "webhook show SHOP03")
            .await
            .contains("https://shop.example/hook")
    );
    ok(&stack, &format!("key revoke SHOP03 {id}")).await;
    let none = ok(&stack, "key list SHOP03").await;
    assert_eq!(none, "There is no active key.\n");

    let audit = ok(&stack, "audit list SHOP03 --limit 3").await;
    for shown in [
        "key.revoked",
        "enabled: no → yes",
        "user/local-operator",
        "--cursor",
    ] {
        assert!(audit.contains(shown), "{audit}");
    }
    let live = ok(&stack, "audit list SHOP03 --environment live").await;
    assert!(live.contains("name: Three → Four") && !live.contains("key."));
    stack.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_refused_is_told_with_its_trace_id() {
    let stack = Stack::start(Options::default())
        .await
        .expect("the stack starts");
    let refused = run(&stack, "key list NOBODY", &[]).await;
    assert_eq!(refused.status.code(), Some(1));
    assert!(refused.stdout.is_empty());
    let told = text(&refused.stderr);
    assert!(
        told.starts_with("error: Resource not found. (HTTP 404, code 10404)\ntraceId: "),
        "{told}"
    );
    let wrong_token = [("MANAGE_TOKEN", "another")];
    let refused = run(&stack, "merchant show SHOP01", &wrong_token).await;
    assert_eq!(refused.status.code(), Some(1));
    assert!(text(&refused.stderr).starts_with("error: Forbidden (HTTP 403)"));
    let misused = run(&stack, "key list ../SHOP01", &[]).await;
    assert_eq!(misused.status.code(), Some(2));
    stack.shutdown().await;
}

#[tokio::test]
async fn requests_to_another_machine_need_credentials() {
    let output = Command::new(env!("CARGO_BIN_EXE_manage"))
        .args(["--url", "https://api.example", "key", "list", "SHOP01"])
        .env_clear()
        .env("MANAGE_TOKEN", "of this machine")
        .output()
        .expect("it runs");
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("AWS_ACCESS_KEY_ID is not set"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_merchant_has_its_own_events_sent_again_and_does_nothing_else() {
    let stack = Stack::start(Options::default())
        .await
        .expect("the stack starts");
    ok(&stack, "merchant create SHOP03 --name Three").await;
    let key = json(&stack, "key create SHOP03").await;
    let key = key["apiKey"].as_str().expect("a text");
    ok(&stack, "webhook set SHOP03 https://shop.example/hook").await;
    let run = async |line: &str| run(&stack, line, &[("MERCHANT_API_KEY", key)]).await;
    let ok = async |line: &str| {
        let output = run(line).await;
        assert!(output.status.success(), "{line}\n{}", text(&output.stderr));
        text(&output.stdout).to_owned()
    };
    let pinged = ok("webhook ping SHOP03").await;
    let event = pinged.split_whitespace().last().expect("an event");
    let listed = ok("delivery list SHOP03 --state waiting --limit 1").await;
    assert!(
        listed.contains(event) && listed.contains("PING"),
        "{listed}"
    );
    let shown = ok(&format!("delivery show SHOP03 {event}")).await;
    assert!(shown.contains("\"event_code\":\"PING\""), "{shown}");
    let resent = ok(&format!("delivery resend SHOP03 {event}")).await;
    assert!(
        resent.contains(event) && resent.contains("waiting"),
        "{resent}"
    );
    let between = "--from 2020-01-01T00:00:00Z --to 2100-01-01T00:00:00Z";
    let none = ok(&format!(
        "delivery resend-failed SHOP03 {between} --skipped"
    ))
    .await;
    assert_eq!(none, "0 sent again\n");
    let foreign = run("webhook ping SHOP01").await;
    assert!(text(&foreign.stderr).contains("code 11008"));
    for (line, problem) in [
        ("webhook disable SHOP03", "MERCHANT_API_KEY is set"),
        ("key list SHOP03", "MERCHANT_API_KEY is set"),
        ("repair", "MERCHANT_API_KEY is set"),
        (
            "webhook ping SHOP03 --environment live",
            "MERCHANT_API_KEY is of the other",
        ),
    ] {
        let refused = run(line).await;
        assert!(!refused.status.success(), "{line}");
        assert!(text(&refused.stderr).contains(problem), "{line}");
    }
    stack.shutdown().await;
}
