//! The operators' command line: merchants, keys, secrets, webhooks, deliveries, and who changed what (docs/management.md). Merchants can
//! have their own deliveries sent again with it.
//!
//! `arguments` is what can be asked for, `caller` how the API knows who asks, `client` the request, `print` what is shown.

mod arguments;
mod caller;
mod client;
mod delivery;
mod print;
mod processing;

use std::process::ExitCode;

use clap::Parser;

use crate::arguments::{Arguments, Environment, Output};
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
    let mut next = Some(match caller.merchants_environment() {
        Some(of_key) if arguments.environment.is_some_and(|asked| asked != of_key) => {
            return Err(ClientError::Usage(
                "MERCHANT_API_KEY is of the other environment",
            ));
        }
        Some(of_key) => arguments
            .command
            .asked_by_merchant(of_key)
            .ok_or(ClientError::Usage(
                "MERCHANT_API_KEY is set, and a merchant's key is for `delivery` and `webhook ping` alone",
            ))?,
        None => {
            let environment = arguments.environment.unwrap_or(Environment::Test);
            arguments.command.asked(environment)
        }
    });
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
    std::env::var(name).ok()
}
