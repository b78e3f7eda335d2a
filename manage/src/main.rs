//! The operators' command line: merchants, keys, secrets, webhooks, deliveries, and who changed what (docs/management.md).
//!
//! `arguments` is what can be asked for, `caller` how the API knows who asks, `client` the request, `print` what is shown.

mod arguments;
mod caller;
mod client;
mod print;
mod processing;

use std::process::ExitCode;

use clap::Parser;

use crate::arguments::{Arguments, Output};
use crate::caller::Caller;
use crate::client::ClientError;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match run(&Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: &Arguments) -> Result<(), ClientError> {
    let caller = Caller::find(&arguments.url, variable)?;
    let mut next = Some(arguments.command.asked(arguments.environment));
    while let Some(asked) = next {
        let answer = client::send(&arguments.url, &caller, &asked).await?;
        match arguments.output {
            Output::Json => println!("{answer:#}"),
            Output::Table => print!("{}", print::table(asked.view, &answer)),
        }
        if asked.view.has_secrets() && arguments.output == Output::Json {
            eprintln!("{}", print::SHOWN_ONCE);
        }
        next = asked.next(&answer);
    }
    Ok(())
}

#[expect(
    clippy::disallowed_methods,
    reason = "this program's own settings are not a function's configuration"
)]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
