//! The README's tour, that of docs/sandbox-processor.md and that of docs/external-integration.md, exactly as they are printed:
//! their commands are run, and what they print is compared.
//!
//! Times, references, tokens and signatures differ from run to run; they are compared by their form.

use std::process::Command;
use std::time::{Duration, Instant};

use local::{Options, Stack};
use regex_lite::Regex;
use serde_json::Value;

const README: &str = include_str!("../../README.md");

/// A command of the tour, and what it prints, if that is shown.
struct Step {
    command: String,
    expected: Option<String>,
}

/// The steps of a section.
fn steps(page: &str, section: &str) -> Vec<Step> {
    let heading = format!("\n## {section}\n");
    let (_, tour) = page.split_once(&heading).expect("a tour");
    let tour = tour.split("\n## ").next().unwrap_or_default();
    let mut steps: Vec<Step> = Vec::new();
    for (number, block) in tour.split("```").enumerate() {
        if number % 2 == 0 {
            continue;
        }
        let (language, text) = block.split_once('\n').expect("a block");
        match language {
            "sh" => steps.push(Step {
                command: text.to_owned(),
                expected: None,
            }),
            _ => steps.last_mut().expect("a command first").expected = Some(text.trim().to_owned()),
        }
    }
    steps
}

/// What is different in every run, by its form.
fn by_form(text: &str) -> String {
    let forms = [
        (r"eyJ[A-Za-z0-9_.-]+", "<token>"),
        (r"v1,[A-Za-z0-9+/]{43}=", "<signature>"),
        (r"t=\d{10},v1=[0-9a-f]{64}", "<signature>"),
        (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", "<time>"),
        (r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", "<time>"),
        (r"-\d{14}", "-<ticks>"),
        (r#""\d{10}""#, "\"<seconds>\""),
        (r"sbx_[0-9a-f]{32}\.[0-9a-f]{32}", "<page>"),
        (r"[0-9a-f]{32}", "<trace>"),
    ];
    forms.iter().fold(text.to_owned(), |text, (form, name)| {
        Regex::new(form)
            .expect("a form")
            .replace_all(&text, *name)
            .into_owned()
    })
}

fn assert_same(printed: &str, expected: &str) {
    let json = |text: &str| serde_json::from_str::<Value>(&by_form(text)).ok();
    match (json(printed), json(expected)) {
        (Some(printed), Some(expected)) => assert_eq!(printed, expected),
        _ => assert_eq!(by_form(printed), by_form(expected)),
    }
}

/// Runs the tour up to a command, in one shell as a reader would, and gives what the last one prints.
fn run(shell: &mut Shell, command: &str) -> String {
    let folder = shell.folder.path();
    let script = format!("{}\n{command}", shell.variables);
    let output = Command::new("bash")
        .arg("-c")
        .arg(&script)
        .current_dir(folder)
        .output()
        .expect("bash runs");
    // A search that finds nothing yet fails too: it is repeated for a while, and compared in the end.
    assert!(
        output.status.success() || output.stdout.is_empty(),
        "{command}\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    // Variables of this command are there for the next ones.
    let assignments = command.lines().filter(|line| {
        line.split_once('=').is_some_and(|(name, _)| {
            !name.is_empty() && name.bytes().all(|b| b.is_ascii_uppercase())
        })
    });
    for assignment in assignments {
        shell.variables.push_str(assignment);
        shell.variables.push('\n');
    }
    String::from_utf8(output.stdout)
        .expect("text")
        .trim()
        .to_owned()
}

struct Shell {
    folder: Folder,
    variables: String,
}

/// A folder of this test's own, removed at its end.
struct Folder(std::path::PathBuf);

impl Folder {
    fn path(&self) -> &std::path::Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if std::fs::remove_dir_all(&self.0).is_err() {
            eprintln!("{} is left behind", self.0.display());
        }
    }
}

fn is_here(program: &str) -> bool {
    Command::new(program)
        .arg("--version")
        .output()
        .is_ok_and(|output| output.status.success())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_tour_works_as_printed() {
    works_as_printed(README, "The tour", 7).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_live_tour_works_as_printed() {
    works_as_printed(README, "Live, through a processor", 7).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sandbox_can_be_tried_as_printed() {
    let page = include_str!("../../docs/sandbox-processor.md");
    works_as_printed(page, "Try it", 4).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_external_integration_works_as_printed() {
    let page = include_str!("../../docs/external-integration.md");
    works_as_printed(page, "A payment, step by step", 4).await;
}

/// Runs the commands of a section, and compares so many answers at least.
async fn works_as_printed(page: &str, section: &str, at_least: usize) {
    if !is_here("bash") || !is_here("curl") {
        // CI has both; a machine with Rust alone runs the same steps in tests/api.
        eprintln!("not run: the tour needs bash and curl");
        return;
    }
    let options = Options {
        background: true,
        ..Options::default()
    };
    let stack = Stack::start(options).await.expect("the stack starts");
    let base_url = stack.base_url().to_owned();
    let page = page.replace("http://127.0.0.1:9000", &base_url);
    let page = page.replace("127.0.0.1:9000", base_url.trim_start_matches("http://"));
    let steps = steps(&page, section);
    assert!(steps.len() >= at_least, "{} steps", steps.len());
    let name = format!("tour-{}-{}", std::process::id(), section.len());
    let folder = Folder(std::env::temp_dir().join(name));
    std::fs::create_dir(folder.path()).expect("a folder");
    let compared = tokio::task::spawn_blocking(move || {
        let mut shell = Shell {
            folder,
            variables: String::new(),
        };
        let mut compared = 0;
        for step in &steps {
            let began = Instant::now();
            let mut printed = run(&mut shell, &step.command);
            // A webhook is under way for a moment.
            let empty = |printed: &str| printed.is_empty() || printed == "[]";
            while step.expected.is_some()
                && empty(&printed)
                && began.elapsed() < Duration::from_secs(20)
            {
                printed = run(&mut shell, &step.command);
            }
            if let Some(expected) = &step.expected {
                assert_same(&printed, expected);
                compared += 1;
            }
        }
        compared
    });
    assert!(compared.await.expect("the tour") >= at_least);
    stack.shutdown().await;
}
