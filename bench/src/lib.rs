//! Measures the functions as they are deployed: release binaries, each a process of its own under a small
//! Lambda Runtime API, against a real DynamoDB engine behind TLS, beside floors that make the same calls and nothing
//! else. `CONTRIBUTING.md` has the command, `PERFORMANCE.md` the budgets.
//!
//! Rooms: `runtime_api` and `process` are Lambda; `engine`, `proxy` and `certificate` are DynamoDB; `seed` and
//! `events` are the merchant and API Gateway; `rounds` and `wire` measure; `budgets` and `table` tell. `deliveries`
//! measures the webhook worker, which serves no requests, beside a bare loop of its HTTP client.
//!
//! The program `crash` is beside it because it needs the same few things: it builds, starts and ends processes.

mod arguments;
mod budgets;
mod certificate;
mod compile;
mod deliveries;
mod engine;
mod events;
mod machine;
mod process;
mod proxy;
mod rounds;
mod runtime_api;
mod seed;
mod sizes;
mod statistics;
mod subject;
mod table;
mod wire;
mod world;

pub use arguments::Arguments;
pub use compile::{build_debug, debug_binary};

use machine::Machine;
use table::Facts;
use world::World;

/// Why a program of this package gives up.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Measures everything and prints it. Gives whether every budget is kept.
///
/// # Errors
/// Something does not build, start or answer.
pub async fn measure(arguments: &Arguments) -> Result<bool, Failure> {
    let only = arguments.only.as_deref();
    if only == Some(deliveries::WORKER) {
        deliveries::measure(arguments).await?;
        return Ok(true);
    }
    let kept = measure_requests(arguments).await?;
    if only.is_none() {
        // Last, because it keeps this program off a core.
        deliveries::measure(arguments).await?;
    }
    Ok(kept)
}

async fn measure_requests(arguments: &Arguments) -> Result<bool, Failure> {
    let subjects = subject::chosen(arguments.only.as_deref())?;
    if arguments.build {
        subject::build(&subjects)?;
    }
    let mut world = World::start().await?;
    let machine = Machine::now();
    let wire = wire::look(&mut world, &subjects).await?;
    let samples = rounds::run(&mut world, &subjects, arguments).await?;
    println!("{}\n{}", machine, Machine::now());
    let sizes = sizes::of(&subjects)?;
    let facts = Facts {
        wire,
        samples,
        sizes,
    };
    print!("{}", table::measurements(&facts));
    let verdicts = budgets::judge(&facts);
    print!("{}", table::verdicts(&verdicts));
    Ok(verdicts.iter().all(|verdict| verdict.is_kept()))
}
