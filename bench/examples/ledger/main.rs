//! Payments and modifications at a service whose answers go wrong, on a stack that is killed with SIGKILL: at the end both
//! books agree to the cent, nothing was charged or refunded twice, and nothing is stuck.
//!
//! `cargo run -p bench --example ledger`; exit code 1 if anything is wrong.

mod arguments;
mod books;
mod client;
mod customers;
#[path = "../crash/stack.rs"]
mod stack;

use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use bench::Failure;
use futures_util::StreamExt;
use futures_util::stream;
use serde_json::Value;

use crate::arguments::Arguments;
use crate::client::Client;
use crate::customers::{Paid, Purchase};
use crate::stack::{DataDir, Stack};

/// Customers, and requests of the merchant, at the same time.
const AT_ONCE: usize = 16;

/// How far the clock is moved on at a time while things settle…
const STEP_SECONDS: u64 = 900;

/// … and how often: more than all retries take.
const STEPS: usize = 400;

/// How long what fell due is waited for after each step.
const SETTLES_WITHIN: Duration = Duration::from_secs(3);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<ExitCode, Failure> {
    let arguments = match Arguments::parse(std::env::args().skip(1)) {
        Ok(arguments) => arguments,
        Err(usage) => {
            eprintln!("{usage}");
            return Ok(ExitCode::from(2));
        }
    };
    let data_dir = DataDir::make()?;
    let problems = run(arguments, &data_dir).await?;
    if problems.is_empty() {
        println!("both books agree to the cent; nothing was done twice, nothing is stuck");
        data_dir.remove()?;
        return Ok(ExitCode::SUCCESS);
    }
    for problem in &problems {
        println!("WRONG: {problem}");
    }
    println!("the data and the log stay in {}", data_dir.path().display());
    Ok(ExitCode::FAILURE)
}

async fn run(arguments: Arguments, data_dir: &DataDir) -> Result<Vec<String>, Failure> {
    if arguments.build {
        bench::build_debug("local")?;
    }
    let binary = bench::debug_binary("local")?;
    let mut stack = Stack::start(&binary, data_dir, 0).await?;
    let client = Client::connect(stack.base_url()).await?;
    if arguments.faults_per_mille > 0 {
        client.fault(arguments.faults_per_mille).await?;
    }
    let began = Instant::now();

    // One kill is kept for the modifications.
    let (first, second) = (arguments.kills - arguments.kills / 3, arguments.kills / 3);
    let purchases: Vec<Purchase> = (0..arguments.payments).map(Purchase::nth).collect();
    let bought = killing(&mut stack, first, purchases.len(), |done| {
        let client = &client;
        stream::iter(&purchases).for_each_concurrent(AT_ONCE, move |purchase| async move {
            if let Err(error) = customers::buy(client, purchase).await {
                eprintln!("purchase {}: {error}", purchase.number);
            }
            done.fetch_add(1, Ordering::Relaxed);
        })
    });
    bought.await?;
    println!(
        "{:>6.1?}  {} customers are done",
        began.elapsed(),
        purchases.len()
    );
    let sessions = settled(&client, "/payment/sessions").await?;
    println!("{:>6.1?}  every session has ended", began.elapsed());

    let paid = customers::paid_of(&sessions);
    if paid.is_empty() {
        return Ok(vec!["no session was paid".to_owned()]);
    }
    let numbers: Vec<usize> = (0..arguments.modifications).collect();
    let modified = killing(&mut stack, second, numbers.len(), |done| {
        let (client, paid) = (&client, &paid);
        stream::iter(&numbers).for_each_concurrent(AT_ONCE, move |number| async move {
            let of: &Paid = &paid[number % paid.len()];
            if let Err(error) = customers::modify(client, *number, of).await {
                eprintln!("modification {number}: {error}");
            }
            done.fetch_add(1, Ordering::Relaxed);
        })
    });
    modified.await?;
    println!(
        "{:>6.1?}  {} modifications were asked for",
        began.elapsed(),
        numbers.len()
    );
    let modifications = settled(&client, "/payment/modifications").await?;
    println!("{:>6.1?}  every modification is settled", began.elapsed());

    let sessions = client.list("/payment/sessions").await?;
    let ledger = client.ledger().await?;
    stack.kill().await?;
    Ok(compared(arguments, &sessions, &modifications, &ledger))
}

/// Does something, and kills the stack so many times at even distances on the way.
async fn killing<F: Future<Output = ()>>(
    stack: &mut Stack,
    kills: usize,
    all: usize,
    work: impl FnOnce(&'static AtomicUsize) -> F,
) -> Result<(), Failure> {
    // Lives as long as the program: there are two of them.
    let done: &'static AtomicUsize = Box::leak(Box::default());
    let work = work(done);
    let killer = async {
        for kill in 1..=kills {
            let at = all * kill / (kills + 1);
            while done.load(Ordering::Relaxed) < at {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            stack.kill().await?;
            stack.restart().await?;
            println!("killed after {at} of {all}, and started again");
        }
        Ok::<_, Failure>(())
    };
    let ((), killed) = tokio::join!(work, killer);
    killed
}

/// Moves the clock on until nothing of a list is open any more. Gives the list.
async fn settled(client: &Client, path: &str) -> Result<Vec<Value>, Failure> {
    let is_open = |row: &&Value| {
        let status = row["status"].as_str().unwrap_or_default();
        status == "pending" || status == "received"
    };
    let mut open = usize::MAX;
    for step in 0..STEPS {
        client.forward(STEP_SECONDS).await?;
        let ends = Instant::now() + SETTLES_WITHIN;
        loop {
            let rows = client.list(path).await?;
            let now_open = rows.iter().filter(is_open).count();
            if now_open == 0 {
                return Ok(rows);
            }
            if Instant::now() >= ends {
                if now_open != open || step % 20 == 0 {
                    println!("        {now_open} of {} open", rows.len());
                }
                open = now_open;
                break;
            }
            tokio::time::sleep(Duration::from_millis(250)).await;
        }
    }
    Err(format!("{open} of {path} are stuck").into())
}

/// What is wrong.
fn compared(
    arguments: Arguments,
    sessions: &[Value],
    modifications: &[Value],
    ledger: &[Value],
) -> Vec<String> {
    let theirs = match books::theirs(ledger) {
        Ok(theirs) => theirs,
        Err(problem) => return vec![problem],
    };
    let ours = books::ours(sessions, modifications);
    let counted = |status: &str| {
        let of = |rows: &[Value]| rows.iter().filter(|row| row["status"] == status).count();
        (of(sessions), of(modifications))
    };
    println!(
        "sessions: {} completed, {} failed, {} expired, {} cancelled of {}",
        counted("completed").0,
        counted("failed").0,
        counted("expired").0,
        counted("cancelled").0,
        sessions.len()
    );
    println!(
        "modifications: {} success, {} failed of {}",
        counted("success").1,
        counted("failed").1,
        modifications.len()
    );
    for kind in ["refund", "capture", "cancel", "extend"] {
        let failed = |row: &&Value| row["status"] == "failed" && row["type"] == kind;
        let count = modifications.iter().filter(failed).count();
        if count > 0 {
            println!("failed of these: {count} {kind}");
        }
    }
    println!("here:  {:?}", books::total(&ours));
    println!(
        "there: {:?} in {} payments",
        books::total(&theirs),
        ledger.len()
    );
    let mut problems = books::differences(&ours, &theirs);
    if sessions.len() != arguments.payments {
        problems.push(format!(
            "{} sessions instead of {}",
            sessions.len(),
            arguments.payments
        ));
    }
    problems
}
