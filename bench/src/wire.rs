//! What a request asks of the database, seen on the wire.

use crate::Failure;
use crate::proxy::{Call, WriteUnits};
use crate::subject::Subject;
use crate::world::World;

/// The calls of one request of a warm process.
#[derive(Debug, Clone)]
pub(crate) struct OnTheWire {
    pub(crate) subject: Subject,
    /// Calls before the first request.
    pub(crate) calls_of_init: usize,
    /// Operations, in their order.
    pub(crate) operations: Vec<String>,
    /// Calls that had to be waited for one after the other.
    pub(crate) trips: u64,
    /// Size of what was sent, in bytes: a function and its floor should be alike.
    pub(crate) bytes: usize,
    /// What the writes cost.
    pub(crate) units: WriteUnits,
}

/// Looks at one request of every subject.
pub(crate) async fn look(
    world: &mut World,
    subjects: &[Subject],
) -> Result<Vec<OnTheWire>, Failure> {
    let mut seen = Vec::new();
    for &subject in subjects {
        seen.push(look_at(world, subject).await?);
    }
    Ok(seen)
}

async fn look_at(world: &mut World, subject: Subject) -> Result<OnTheWire, Failure> {
    let mut process = world.launch(&subject).await?;
    let poll = process.idle().await?;
    let calls_of_init = world.proxy.take_calls().len();
    // The first one opens the connection, and makes what a replay repeats.
    world.serve(&subject, &mut process, poll).await?;
    let poll = process.idle().await?;
    world.proxy.take_calls();
    world.proxy.ask_for_units(true);
    let served = world.serve(&subject, &mut process, poll).await;
    world.proxy.ask_for_units(false);
    served?;
    Ok(summed_up(subject, calls_of_init, &world.proxy.take_calls()))
}

fn summed_up(subject: Subject, calls_of_init: usize, calls: &[Call]) -> OnTheWire {
    let units = calls.iter().map(|call| call.units);
    OnTheWire {
        subject,
        calls_of_init,
        operations: calls.iter().map(|call| call.operation.clone()).collect(),
        trips: calls.iter().map(|call| u64::from(call.is_trip)).sum(),
        bytes: calls.iter().map(|call| call.bytes).sum(),
        units: units.fold(WriteUnits::default(), |sum, units| WriteUnits {
            table: sum.table + units.table,
            indexes: sum.indexes + units.indexes,
        }),
    }
}
