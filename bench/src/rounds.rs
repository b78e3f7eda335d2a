//! The measured run: in rounds, so that whatever else the machine does meets everything that is measured alike.

use std::time::Duration;

use crate::Failure;
use crate::arguments::Arguments;
use crate::process::Process;
use crate::runtime_api::Poll;
use crate::subject::Subject;
use crate::world::World;

/// Requests after a cold start that are not measured.
const WARM_UP: usize = 50;

/// Requests to one process before it is another one's turn.
const BLOCK: usize = 50;

/// The first requests of each turn are not measured: the caches are those of another process.
const SETTLE: usize = 5;

/// What was measured of a subject. Times in nanoseconds, memory in bytes.
#[derive(Debug, Clone)]
pub(crate) struct Samples {
    pub(crate) subject: Subject,
    /// From the start of the process to its first answer, once a round.
    pub(crate) cold_wall: Vec<u64>,
    /// CPU time until then, once a round.
    pub(crate) cold_cpu: Vec<u64>,
    /// CPU time until the first request was asked for, once a round.
    pub(crate) init_cpu: Vec<u64>,
    /// Of each warm request.
    pub(crate) warm: Vec<u64>,
    /// CPU time of a warm request, once a block.
    pub(crate) cpu_per_request: Vec<u64>,
    /// The most that was resident, once a round.
    pub(crate) peak: Vec<u64>,
    /// Resident at the end, once a round.
    pub(crate) resident: Vec<u64>,
    /// Calls on the database by all warm requests.
    pub(crate) calls: usize,
}

/// Measures everything.
pub(crate) async fn run(
    world: &mut World,
    subjects: &[Subject],
    arguments: &Arguments,
) -> Result<Vec<Samples>, Failure> {
    let mut samples: Vec<_> = subjects.iter().copied().map(Samples::none_of).collect();
    for round in 1..=arguments.rounds {
        eprintln!("round {round} of {}", arguments.rounds);
        // Nobody is always the first, who finds the machine idle.
        samples.rotate_left(1);
        self::round(world, &mut samples, arguments.requests_per_round()).await?;
    }
    Ok(samples)
}

async fn round(world: &mut World, samples: &mut [Samples], requests: usize) -> Result<(), Failure> {
    let mut running = Vec::with_capacity(samples.len());
    for samples in samples.iter_mut() {
        running.push(start_cold(world, samples).await?);
    }
    for (samples, running) in samples.iter().zip(&mut running) {
        for _ in 0..WARM_UP {
            running.serve(world, &samples.subject).await?;
        }
    }
    let mut left = requests;
    while left > 0 {
        let block = left.min(BLOCK);
        for (samples, running) in samples.iter_mut().zip(&mut running) {
            measure_block(world, samples, running, block).await?;
        }
        left -= block;
    }
    for (samples, running) in samples.iter_mut().zip(running) {
        let memory = running.process.memory()?;
        samples.peak.push(memory.peak);
        samples.resident.push(memory.resident);
    }
    Ok(())
}

/// A process that waits for its next request.
struct Running {
    process: Process,
    poll: Option<Poll>,
}

impl Running {
    /// Serves a request and waits until the function is idle again. Gives how long it took.
    async fn serve(&mut self, world: &mut World, subject: &Subject) -> Result<u64, Failure> {
        let poll = self.poll.take().ok_or("the function is not idle")?;
        let took = nanoseconds(world.serve(subject, &mut self.process, poll).await?.took);
        self.poll = Some(self.process.idle().await?);
        Ok(took)
    }
}

async fn start_cold(world: &mut World, samples: &mut Samples) -> Result<Running, Failure> {
    let subject = samples.subject;
    let mut process = world.launch(&subject).await?;
    let poll = process.idle().await?;
    samples.init_cpu.push(nanoseconds(process.cpu()?));
    let served = world.serve(&subject, &mut process, poll).await?;
    samples.cold_cpu.push(nanoseconds(process.cpu()?));
    samples
        .cold_wall
        .push(nanoseconds(served.answer.at - process.started_at));
    drop(served);
    let poll = Some(process.idle().await?);
    Ok(Running { process, poll })
}

async fn measure_block(
    world: &mut World,
    samples: &mut Samples,
    running: &mut Running,
    requests: usize,
) -> Result<(), Failure> {
    for _ in 0..SETTLE {
        running.serve(world, &samples.subject).await?;
    }
    world.proxy.take_calls();
    let before = running.process.cpu()?;
    for _ in 0..requests {
        let took = running.serve(world, &samples.subject).await?;
        samples.warm.push(took);
    }
    let used = nanoseconds(running.process.cpu()?.saturating_sub(before));
    samples
        .cpu_per_request
        .push(used / u64::try_from(requests)?);
    samples.calls += world.proxy.take_calls().len();
    Ok(())
}

impl Samples {
    const fn none_of(subject: Subject) -> Self {
        Self {
            subject,
            cold_wall: Vec::new(),
            cold_cpu: Vec::new(),
            init_cpu: Vec::new(),
            warm: Vec::new(),
            cpu_per_request: Vec::new(),
            peak: Vec::new(),
            resident: Vec::new(),
            calls: 0,
        }
    }
}

fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
