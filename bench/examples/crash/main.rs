//! Kills the local stack with SIGKILL in the middle of requests, starts it again, resends everything with its old keys,
//! and checks that each request had exactly one effect and each event its webhook.
//!
//! `cargo run -p bench --example crash`; exit code 1 if anything is wrong.

mod arguments;
mod client;
mod hurry;
mod merchants;
mod passes;
mod plan;
mod prepare;
mod receiver;
mod report;
mod stack;
mod tables;
mod verify;

use std::process::ExitCode;

use bench::Failure;

use crate::arguments::Arguments;
use crate::client::Client;
use crate::merchants::Merchants;
use crate::passes::Passes;
use crate::plan::Plan;
use crate::receiver::Receiver;
use crate::report::Report;
use crate::stack::{DataDir, Stack};

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
    let report = run(arguments, &data_dir).await?;
    print!("{report}");
    if report.is_good() {
        data_dir.remove()?;
        return Ok(ExitCode::SUCCESS);
    }
    println!("the data and the log stay in {}", data_dir.path().display());
    Ok(ExitCode::FAILURE)
}

async fn run(arguments: Arguments, data_dir: &DataDir) -> Result<Report, Failure> {
    if arguments.build {
        bench::build_debug("local")?;
    }
    let binary = bench::debug_binary("local")?;
    let receiver = Receiver::start(arguments.failing).await?;
    let mut stack = Stack::start(&binary, data_dir, 0).await?;
    let client = Client::new(stack.base_url());
    let merchants = Merchants::load(&client).await?;
    merchants.point_webhooks(&client, receiver.url()).await?;

    println!("preparing {} payments", arguments.payments());
    let payments = prepare::payments(&client, &merchants, arguments.payments()).await?;
    let plan = Plan::new(&merchants, &payments, arguments.requests);
    let passes = Passes::run(&client, &plan, &mut stack, arguments.kills).await?;

    let mut report = Report::default();
    report.told(&passes.told());
    verify::replies(&mut report, &plan, &passes);
    verify::sessions(&mut report, &client, &plan, &passes).await?;
    let rests = verify::balances(&mut report, &client, &plan, &payments).await?;
    let verified = verify::webhooks(
        &mut report,
        &client,
        &receiver,
        &plan,
        &passes,
        &payments,
        &rests,
    );
    if arguments.failing == 0 {
        verified.await?;
    } else {
        // The plan would take a day: operators send again what waits.
        tokio::select! {
            verified = verified => verified?,
            failure = hurry::for_ever(&client, &merchants) => return Err(failure),
        }
    }
    stack.kill().await?;
    tables::verify(&mut report, data_dir, &plan, payments.len())?;
    Ok(report)
}
