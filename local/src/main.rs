//! `cargo run`: the whole payment service on this machine.

mod arguments;

use std::process::ExitCode;

use arguments::{HELP, Wish};
use local::{Options, Stack};

/// What a shell expects of a program that was called wrongly.
const WRONG_USAGE: u8 = 2;

#[tokio::main]
async fn main() -> ExitCode {
    match arguments::parse(std::env::args().skip(1), variable) {
        Ok(Wish::Help) => {
            print!("{HELP}");
            ExitCode::SUCCESS
        }
        Ok(Wish::Run(options)) => run(*options).await,
        Err(problem) => {
            eprintln!("{problem}");
            ExitCode::from(WRONG_USAGE)
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "this program's own settings are not a function's configuration"
)]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

async fn run(options: Options) -> ExitCode {
    shared::telemetry::start_on_stderr();
    let for_watch = options.for_watch.clone();
    let signals = match Signals::listen() {
        Ok(signals) => signals,
        Err(error) => {
            eprintln!("cannot listen for signals: {error}");
            return ExitCode::FAILURE;
        }
    };
    let stack = match Stack::start(options).await {
        Ok(stack) => stack,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::FAILURE;
        }
    };
    eprint!("{}", summary(&stack, for_watch.as_ref()));
    println!("ready {}", stack.base_url());
    signals.wait().await;
    eprintln!("Stopping.");
    stack.shutdown().await;
    ExitCode::SUCCESS
}

/// What to try next.
fn summary(stack: &Stack, for_watch: Option<&local::Watch>) -> String {
    let base_url = stack.base_url();
    let dynamodb = stack.dynamodb_endpoint();
    let sqs = stack.sqs_endpoint();
    let service = for_watch.map_or(base_url, |watch| &watch.functions_url);
    format!(
        "\n  \
         The payment service:  {service}/external/v1/test/payment/session\n  \
         Demo merchants:       {base_url}/local/demo\n  \
         Webhooks arrive at:   {base_url}/local/inbox\n  \
         A page to look at:    {base_url}/local\n  \
         DynamoDB and SQS:     {dynamodb}  {sqs}\n\n  \
         README.md has the tour to try. Ctrl-C stops.\n\n"
    )
}

/// The wish of the user, or of the system, that this process ends.
#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn listen() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    async fn wait(mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

/// The wish of the user that this process ends.
#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn listen() -> std::io::Result<Self> {
        Ok(Self)
    }

    async fn wait(self) {
        // Without Ctrl-C there is nothing to wait for, and the process is ended from outside.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
